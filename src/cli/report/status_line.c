/* SPDX-License-Identifier: ISC */
/*
 * A carriage return and "erase to the end of the line" before each line.
 */
#include "descriptor.h"
#include "report/status_line.h"
#include "report/terminal.h"

#define ERASE "\r\033[K"

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

void
status_line_draw(struct status_line *line, const char *text)
{
	if (line->out == NULL || descriptor_is_in_background(line->out->fd))
		return;
	writer_flush(line->out);
	if (writer_is_behind(line->out))
		return;
	fprintf(line->out->file, ERASE "%s", text);
	writer_flush(line->out);
	line->is_drawn = true;
}

void
status_line_erase(struct status_line *line)
{
	if (!line->is_drawn || descriptor_is_in_background(line->out->fd))
		return;
	fprintf(line->out->file, ERASE);
	writer_flush(line->out);
	line->is_drawn = false;
}
