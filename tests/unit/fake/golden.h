/* SPDX-License-Identifier: ISC */
/*
 * golden.h: texts that were right once, in tests/golden.
 *
 * Tests run from the top of the source tree. With GOLDEN=write in the
 * environment the files are written anew instead of being compared:
 *
 *	GOLDEN=write build/tests/unit/test_report && git diff tests/golden
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdio.h>

/* A text that grows by being written to. */
struct golden {
	FILE *out;
	char *text;
	size_t length;
};

void golden_open(struct golden *golden);

/*
 * Compares what was written with the file NAME, the escape character as "\e";
 * fails the test when they differ, and shows how. Ends the text.
 */
void golden_check(struct golden *golden, const char *name);

#endif
