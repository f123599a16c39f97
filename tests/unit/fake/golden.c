/* SPDX-License-Identifier: ISC */
/*
 * Texts compared with files, and the difference shown by diff(1).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/golden.h"

#define DIRECTORY  "tests/golden/"
#define NAME_BYTES 256

/* Writes `text` with its escape characters spelled out. */
static bool
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	bool written;

	if (file == NULL)
		return (false);
	for (; *text != '\0'; text++) {
		if (*text == '\033')
			fputs("\\e", file);
		else
			putc(*text, file);
	}
	written = !ferror(file);
	return (fclose(file) == 0 && written);
}

/* Shows the difference between two files; returns whether there is none. */
static bool
is_same(const char *expected, const char *actual)
{
	char command[2 * NAME_BYTES + 80];
	char line[512];
	bool same = true;
	FILE *diff;

	snprintf(command, sizeof(command),
	    "diff -u --label '%s' --label 'this run' '%s' '%s' 2>&1", expected,
	    expected, actual);
	diff = popen(command, "re");
	assert_non_null(diff);
	while (fgets(line, sizeof(line), diff) != NULL) {
		fputs(line, stderr);
		same = false;
	}
	return (pclose(diff) == 0 && same);
}

void
golden_open(struct golden *golden)
{
	*golden = (struct golden){ .text = NULL };
	golden->out = open_memstream(&golden->text, &golden->length);
	assert_non_null(golden->out);
}

void
golden_check(struct golden *golden, const char *name)
{
	const char *mode = getenv("GOLDEN");
	char path[NAME_BYTES], actual[] = "/tmp/golden.XXXXXX";
	bool written, same;
	int fd;

	assert_int_equal(fclose(golden->out), 0);
	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	if (mode != NULL && strcmp(mode, "write") == 0) {
		written = write_file(path, golden->text);
		free(golden->text);
		if (!written)
			fail_msg("cannot write %s", path);
		return;
	}
	fd = mkstemp(actual);
	assert_true(fd != -1);
	close(fd);
	written = write_file(actual, golden->text);
	free(golden->text);
	same = written && is_same(path, actual);
	unlink(actual);
	if (!same)
		fail_msg("%s is not what this run says; if this run is right: "
			 "GOLDEN=write, and git diff",
		    path);
}
