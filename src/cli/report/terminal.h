/* SPDX-License-Identifier: ISC */
/*
 * report/terminal.h: what a stream can show.
 */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>

struct terminal {
	unsigned columns; /* 80 where nobody says */
	bool colour;      /* a terminal, and NO_COLOR is not set */
	bool unicode;     /* a terminal in a UTF-8 locale */
};

/* Finds out about `fd`; loads the locale's LC_CTYPE for it. */
struct terminal terminal_of(int fd);

/* Returns the number of columns of `fd` alone. */
unsigned terminal_columns(int fd);

#endif
