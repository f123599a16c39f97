/* SPDX-License-Identifier: ISC */
/*
 * terminal.h: what a stream can show.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct terminal {
	unsigned columns; /* 80 where nobody says */
	bool colour;      /* a terminal, and NO_COLOR is not set */
	bool unicode;     /* a terminal in a UTF-8 locale */
};

/* Finds out about `out`; loads the locale's LC_CTYPE for it. */
struct terminal terminal_of(FILE *out);

/* Returns the number of columns of `out` alone. */
unsigned terminal_columns(FILE *out);

#endif
