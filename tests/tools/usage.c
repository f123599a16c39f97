/* SPDX-License-Identifier: ISC */
/*
 * /proc, and the clocks.
 */
#include <sys/resource.h>
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "usage.h"

static int64_t
microseconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return ((int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

int64_t
usage_now(void)
{
	return (microseconds(CLOCK_MONOTONIC));
}

int64_t
usage_processor(void)
{
	return (microseconds(CLOCK_PROCESS_CPUTIME_ID));
}

long
usage_memory(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long size = -1;

	if (file == NULL)
		err(1, "/proc/self/status");
	while (size == -1 && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "VmRSS: %ld", &size);
	fclose(file);
	return (size);
}

long
usage_entries(const char *path)
{
	DIR *folder = opendir(path);
	long count = 0;

	if (folder == NULL)
		err(1, "%s", path);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return (count - (strcmp(path, "/proc/self/fd") == 0));
}

void
usage_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "setrlimit");
}
