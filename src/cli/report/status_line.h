/* SPDX-License-Identifier: ISC */
/*
 * report/status_line.h: a line, or several, on a terminal that are drawn again
 * and again, and erased in the end.
 *
 * Nothing is drawn while the terminal is another job's, nor while it has not
 * taken what was drawn before, nor on one that cannot erase (TERM=dumb).
 */
#ifndef REPORT_STATUS_LINE_H
#define REPORT_STATUS_LINE_H

#include "report/writer.h"

/* Bytes that hold every line, with its NUL. */
#define STATUS_LINE_MAX 256

struct status_line {
	struct writer *out; /* NULL: nothing is drawn */
	unsigned drawn;     /* lines on the screen */
};

/* Returns the columns a line may have: a "^C" that is echoed has room, too. */
unsigned status_line_columns(const struct status_line *line);

/*
 * Draws `text` in the place of what was drawn before. It may have several
 * lines, each of status_line_columns() at most, and no newline at its end.
 */
void status_line_draw(struct status_line *line, const char *text);

/* Erases what is drawn. */
void status_line_erase(struct status_line *line);

#endif
