/* SPDX-License-Identifier: ISC */
/*
 * report/terminal.h: the size of a terminal, and what it can show.
 */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>

struct terminal {
	unsigned columns; /* 80 where it is not known */
	bool colour;      /* a terminal, and NO_COLOR is not set */
	bool unicode;     /* a terminal in a UTF-8 locale */
};

/* Returns what `fd` can show; sets LC_CTYPE from the environment for it. */
struct terminal terminal_of(int fd);

/* Returns the columns of `fd` as they are now. */
unsigned terminal_columns(int fd);

/* Returns the rows of `fd` as they are now; 24 where they are not known. */
unsigned terminal_rows(int fd);

/* Returns whether the terminal obeys no escape sequence (TERM=dumb). */
bool terminal_is_dumb(void);

#endif
