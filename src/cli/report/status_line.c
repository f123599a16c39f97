/* SPDX-License-Identifier: ISC */
/*
 * A carriage return and "erase to the end of the line" for each line; the
 * cursor stays at the end of the last one.
 */
#include <unistd.h>

#include "descriptor.h"
#include "report/status_line.h"
#include "report/terminal.h"

/* Columns left free for the "^C" that a terminal echoes and the cursor. */
#define FREE_COLUMNS 3

unsigned
status_line_columns(const struct status_line *line)
{
	unsigned columns = terminal_columns(line->out->fd);

	if (columns <= FREE_COLUMNS)
		return (0);
	columns -= FREE_COLUMNS;
	return (columns < STATUS_LINE_MAX ? columns : STATUS_LINE_MAX - 1);
}

/*
 * Prints what erases the lines that are drawn, from the last one to the first.
 * "Erase to the end of the screen" would do, but some terminals then keep what
 * was there in their history.
 */
static void
erase(struct status_line *line)
{
	fprintf(line->out->file, "\r\033[K");
	for (; line->drawn > 1; line->drawn--)
		fprintf(line->out->file, "\033[A\033[K");
	line->drawn = 0;
}

void
status_line_draw(struct status_line *line, const char *text)
{
	if (line->out == NULL || descriptor_is_in_background(line->out->fd) ||
	    (isatty(line->out->fd) && terminal_is_dumb()))
		return;
	writer_flush(line->out);
	if (writer_is_behind(line->out))
		return;
	erase(line);
	fprintf(line->out->file, "%s", text);
	writer_flush(line->out);
	for (line->drawn = 1; *text != '\0'; text++)
		if (*text == '\n')
			line->drawn++;
}

void
status_line_erase(struct status_line *line)
{
	if (line->drawn == 0 || descriptor_is_in_background(line->out->fd))
		return;
	erase(line);
	writer_flush(line->out);
}
