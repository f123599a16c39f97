/* SPDX-License-Identifier: ISC */
/*
 * report/terminal.h: the width of a terminal, and what it can show.
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

#endif
