/* SPDX-License-Identifier: ISC */
/*
 * The usage text, made from the table.
 */
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "options/parse.h"

/* The column of the help; after a longer synopsis it has its own line. */
#define HELP_COLUMN 30

static const char head[] =
    "usage: hecat [options] host port\n"
    "       hecat [options] host:port\n"
    "       hecat --fd N [options]\n"
    "\n"
    "Connects to a TCP service at whichever of its addresses answers first,\n"
    "IPv6 or IPv4 (Happy Eyeballs, RFC 8305), and relays standard input and\n"
    "output.\n";

static const char tail[] =
    "\n"
    "A duration may end in its unit: 500ms, 1.5s, 2m. An IPv6 address with a\n"
    "port is written [ADDRESS]:PORT.\n"
    "\n"
    "Examples:\n"
    "  printf 'GET / HTTP/1.0\\r\\n\\r\\n' | hecat example.com 80\n"
    "  hecat -zv -w 3 example.com https\n"
    "  ssh -o ProxyCommand='hecat %h %p' example.com\n"
    "\n"
    "The manual has it all: man hecat\n";

/* Writes "  -d, --delay {MS,none}" to `text`. */
static void
add_synopsis(struct text_buffer *text, const struct option_spec *spec)
{
	if (spec->letter != '\0')
		text_buffer_add(text, "  -%c, ", spec->letter);
	else
		text_buffer_add(text, "      ");
	text_buffer_add(text, "--%s", spec->name);
	if (spec->argument != NULL)
		text_buffer_add(text, "%s%s",
		    option_argument_is_optional(spec) ? "" : " ",
		    spec->argument);
}

/* Adds " (default 250)" where the default can be given as an argument. */
static void
add_default(struct text_buffer *text, const struct option_spec *spec)
{
	const struct option_word *word = spec->words;
	char number[DURATION_TEXT_MAX];

	for (; word != NULL && word->text != NULL; word++) {
		if (word->value == spec->initial) {
			text_buffer_add(text, " (default %s)", word->text);
			return;
		}
	}
	if (spec->unit != 0 && spec->initial >= spec->lower &&
	    spec->initial <= spec->upper)
		text_buffer_add(text, " (default %s)",
		    duration_format(number, spec->initial, spec->unit));
}

/* Prints one option and its help, on two lines where one is not enough. */
static void
print_option(FILE *out, const struct option_spec *spec)
{
	char left[2 * HELP_COLUMN + 16], right[80];
	struct text_buffer synopsis = { left, sizeof(left), 0 };
	struct text_buffer help = { right, sizeof(right), 0 };

	add_synopsis(&synopsis, spec);
	text_buffer_add(&help, "%s", spec->help);
	add_default(&help, spec);
	if (synopsis.length + 2 > HELP_COLUMN)
		fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", right);
	else
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, right);
}

void
options_usage(FILE *out)
{
	size_t i;

	fputs(head, out);
	for (i = 0; i < OPTION_TABLE_SIZE; i++) {
		if (option_table[i].heading != NULL)
			fprintf(out, "\n%s:\n", option_table[i].heading);
		print_option(out, &option_table[i]);
	}
	fputs(tail, out);
}
