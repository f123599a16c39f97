/* SPDX-License-Identifier: ISC */
/*
 * A fuzz target without a fuzzer: every file that is named, or that is in a
 * folder that is named, once. Any compiler will do, and valgrind.
 *
 * A target ends the program where something is wrong; the name of the file is
 * the last line on standard error then. No file at all is an error too.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"

#define PATH_BYTES 4096

static size_t files;

/* Hands a file over, in memory of its very size. */
static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes = NULL;
	long size = -1;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0) {
		rewind(file);
		bytes = malloc(size > 0 ? (size_t)size : 1);
	}
	if (bytes == NULL ||
	    fread(bytes, 1, (size_t)size, file) != (size_t)size) {
		perror(path);
		return (1);
	}
	fclose(file);
	fprintf(stderr, "\r%s", path);
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
	files++;
	return (0);
}

static int
replay(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	char inside[PATH_BYTES];
	int status = 0;

	if (folder == NULL)
		return (replay_file(path));
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		status |= replay_file(inside);
	}
	closedir(folder);
	return (status);
}

int
main(int argc, char *argv[])
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	fprintf(stderr, "\r%zu inputs\n", files);
	return (files == 0 ? 1 : status);
}
