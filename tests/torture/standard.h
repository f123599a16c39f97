/* SPDX-License-Identifier: ISC */
/*
 * standard.h: standard input and output of the program, of every kind, and
 * what is at their other end.
 */
#ifndef STANDARD_H
#define STANDARD_H

#include <termios.h>

#include "plan.h"

/* One of the program's streams. */
struct standard_stream {
	int child; /* the program's; kept open here where it is `held` */
	int other; /* the end of feeder or collector, non-blocking; -1: none */
	int file;  /* what is read afterwards; -1: no file */
	int flags; /* those of `child` at the start */
	bool is_terminal;
	struct termios settings;
};

struct standard {
	const struct plan *plan;
	struct standard_stream in, out;
};

/* Opens both as planned. Whatever is impossible ends the test. */
void standard_open(struct standard *standard, const struct plan *plan);

/* The program has started: closes the descriptors that only it uses. */
void standard_release(struct standard *standard);

/* Ends standard input. */
void standard_end_input(struct standard *standard);

/*
 * Writes a line on each flag or setting that is not as it was. Returns the
 * number of them.
 */
unsigned standard_check_flags(const struct standard *standard, FILE *out);

/* The same if any of the `fed` bytes has been read. */
unsigned standard_check_unread(
    const struct standard *standard, uint64_t fed, FILE *out);

/* Adds what is in the file of standard output, if it is one, to `check`. */
unsigned standard_check_file(
    const struct standard *standard, struct data_check *check, FILE *out);

void standard_close(struct standard *standard);

#endif
