/* SPDX-License-Identifier: ISC */
/*
 * report/status_line.h: one line on a terminal that is drawn again and again,
 * and erased in the end.
 *
 * Nothing is drawn while the terminal is another job's, nor while it has not
 * taken what was drawn before.
 */
#ifndef REPORT_STATUS_LINE_H
#define REPORT_STATUS_LINE_H

#include <stdbool.h>

#include "report/writer.h"

/* Bytes that hold every line, with its NUL. */
#define STATUS_LINE_MAX 256

struct status_line {
	struct writer *out; /* NULL: nothing is drawn */
	bool is_drawn;
};

/* Returns the columns a line may have: a "^C" that is echoed has room, too. */
unsigned status_line_columns(const struct status_line *line);

/* Draws `text` in the place of what was drawn before. */
void status_line_draw(struct status_line *line, const char *text);

/* Erases what is drawn. */
void status_line_erase(struct status_line *line);

#endif
