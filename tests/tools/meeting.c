/* SPDX-License-Identifier: ISC */
/*
 * Files that are made and waited for. One with a number is written under
 * another name, then renamed.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "meeting.h"

/* How soon a file that is waited for is looked for again. */
#define WAIT_MS 2

void
meeting_touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd == -1)
		err(1, "%s", name);
	close(fd);
}

void
meeting_wait(const char *name)
{
	while (access(name, F_OK) == -1)
		poll(NULL, 0, WAIT_MS);
}

void
meeting_write(const char *name, int number)
{
	char temporary[4096];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	file = fopen(temporary, "w");
	if (file == NULL)
		err(1, "%s", temporary);
	fprintf(file, "%d\n", number);
	if (fclose(file) != 0 || rename(temporary, name) == -1)
		err(1, "%s", name);
}

int
meeting_read(const char *name)
{
	FILE *file;
	int number;

	meeting_wait(name);
	file = fopen(name, "r");
	if (file == NULL)
		err(1, "%s", name);
	if (fscanf(file, "%d", &number) != 1)
		errx(1, "%s: no number", name);
	fclose(file);
	return (number);
}
