/* SPDX-License-Identifier: ISC */
/*
 * Size, colour and characters of a terminal.
 */
#include <sys/ioctl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/terminal.h"

#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS    24

unsigned
terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return (DEFAULT_COLUMNS);
	return (size.ws_col);
}

unsigned
terminal_rows(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == -1 || size.ws_row == 0)
		return (DEFAULT_ROWS);
	return (size.ws_row);
}

bool
terminal_is_dumb(void)
{
	const char *term = getenv("TERM");

	return (term != NULL && strcmp(term, "dumb") == 0);
}

/* Returns whether the environment refuses colour (no-color.org). */
static bool
is_colour_refused(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (
	    (no_color != NULL && no_color[0] != '\0') || terminal_is_dumb());
}

struct terminal
terminal_of(int fd)
{
	struct terminal terminal = { .columns = terminal_columns(fd) };

	if (!isatty(fd))
		return (terminal);
	setlocale(LC_CTYPE, "");
	terminal.colour = !is_colour_refused();
	terminal.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return (terminal);
}
