/* SPDX-License-Identifier: ISC */
/*
 * options_outcome.h: a command line in one string, and what becomes of it in
 * another, for tests of the options.
 *
 * In what is typed the arguments are separated by spaces; '~' stands for a
 * space within an argument and "''" for an empty one. What becomes of it is the
 * error line, or host and service followed by every field that is not at its
 * default.
 */
#ifndef OPTIONS_OUTCOME_H
#define OPTIONS_OUTCOME_H

#include "options/options.h"

/* The arguments of a command at most, and the bytes of an outcome. */
#define WORDS_MAX  64
#define OUTPUT_MAX 2048

struct command {
	char *argv[WORDS_MAX + 2];
	int argc;
};

/* Makes an argv of what is typed; command_release() frees it. */
void command_init(struct command *command, const char *typed);
void command_release(struct command *command);

/*
 * Parses what is typed and writes what becomes of it to `output`, a buffer of
 * OUTPUT_MAX bytes. argv is freed before the result is rendered.
 */
enum options_result outcome_of(const char *typed, char *output);

#endif
