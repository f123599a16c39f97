/* SPDX-License-Identifier: ISC */
/*
 * Error lines: one line of printable ASCII each, whatever was typed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "options/parse.h"

/* Columns of a quoted value beyond which it is cut. */
#define QUOTE_SHOWN 60

/* What a list in a message holds at most: bounds, words or suggestions. */
#define LIST_MAX 8

/* Suggestions beyond which a name is too vague to suggest anything. */
#define SUGGESTIONS_MAX 4

/* Options of other netcats, and what to use instead of them. */
static const struct {
	char letter;
	const char *name;
	const char *advice;
} foreign_options[] = {
	{ 'l', "listen", "hecat only connects; to listen use nc -l or socat" },
	{ 'u', "udp", "hecat speaks TCP only; for UDP use nc -u or socat" },
	{ 'k', "keep-open",
	    "hecat only connects; to keep listening use nc -lk or socat" },
	{ 'U', "unixsock",
	    "hecat speaks TCP only; for Unix sockets use nc -U or socat" },
	{ 'e', "exec",
	    "hecat starts no programs; use a pipe, or socat with EXEC" },
};

#define FOREIGN_COUNT (sizeof(foreign_options) / sizeof(foreign_options[0]))

/* Adds as much of the text as there is room for. */
static void
text_vadd(struct text *text, const char *format, va_list list)
{
	size_t room = text->size - text->length;
	int wanted = vsnprintf(text->bytes + text->length, room, format, list);

	if (wanted > 0)
		text->length += (size_t)wanted < room ? (size_t)wanted
						      : room - 1;
}

void
text_add(struct text *text, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_vadd(text, format, list);
	va_end(list);
}

void
text_add_list(struct text *text, const char *prefix, const char *const items[],
    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 0)
			text_add(text, i + 1 == count ? " or " : ", ");
		text_add(text, "%s%s", prefix, items[i]);
	}
}

/* Writes one byte of a value, escaped if need be; returns the columns. */
static size_t
escape(char *out, char byte)
{
	unsigned char value = (unsigned char)byte;

	if (byte == '\'' || byte == '\\')
		return ((size_t)snprintf(out, 5, "\\%c", byte));
	if (value < ' ' || value > '~')
		return ((size_t)snprintf(out, 5, "\\x%02x", value));
	*out = byte;
	return (1);
}

const char *
quote_value(char *quoted, const char *value)
{
	size_t used = 0;

	quoted[used++] = '\'';
	for (; *value != '\0' && used <= QUOTE_SHOWN; value++)
		used += escape(quoted + used, *value);
	snprintf(quoted + used, QUOTE_MAX - used, "%s'",
	    *value != '\0' ? "..." : "");
	return (quoted);
}

const char *
option_spelling(char *text, const struct parse *parse, enum option_id id)
{
	const struct option_spec *spec = &option_table[id];

	if (parse->given[id].form == FORM_LETTER)
		snprintf(text, SPELLING_MAX, "-%c", spec->letter);
	else
		snprintf(text, SPELLING_MAX, "--%s", spec->name);
	return (text);
}

enum options_result
parse_fail(const struct parse *parse, const char *format, ...)
{
	struct text text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	va_list list;

	va_start(list, format);
	text_vadd(&text, format, list);
	va_end(list);
	return (OPTIONS_INVALID);
}

enum options_result
option_fail(const struct parse *parse, const struct option_spec *spec,
    const char *value, const char *format, ...)
{
	struct text text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	enum option_id id = (enum option_id)(spec - option_table);
	char spelling[SPELLING_MAX], quoted[QUOTE_MAX];
	va_list list;

	text_add(&text, "%s %s: ", option_spelling(spelling, parse, id),
	    quote_value(quoted, value));
	va_start(list, format);
	text_vadd(&text, format, list);
	va_end(list);
	return (OPTIONS_INVALID);
}

/* Returns the name of the unit of bare numbers, with a space in front. */
static const char *
unit_name(const struct option_spec *spec)
{
	if (spec->unit == DURATION_MILLISECOND)
		return (" milliseconds");
	return (spec->unit == DURATION_SECOND ? " seconds" : "");
}

/* Adds the words of `spec` to a list, of equal values the first one. */
static size_t
list_words(
    const struct option_spec *spec, const char *items[LIST_MAX], size_t count)
{
	const struct option_word *word = spec->words;

	for (; word != NULL && word->text != NULL && count < LIST_MAX; word++) {
		if (word == spec->words || word->value != word[-1].value)
			items[count++] = word->text;
	}
	return (count);
}

enum options_result
option_fail_bounds(const struct parse *parse, const struct option_spec *spec,
    const char *value)
{
	char lower[DURATION_TEXT_MAX], upper[DURATION_TEXT_MAX];
	char range[3 * DURATION_TEXT_MAX], bounds[OPTIONS_ERROR_MAX / 2];
	struct text text = { bounds, sizeof(bounds), 0 };
	const char *items[LIST_MAX];
	size_t count = 0;
	int64_t number;

	if (spec->unit != 0) {
		snprintf(range, sizeof(range), "%s to %s%s",
		    duration_format(lower, spec->lower, spec->unit),
		    duration_format(upper, spec->upper, spec->unit),
		    unit_name(spec));
		items[count++] = range;
	}
	if (spec->zero)
		items[count++] = "0";
	count = list_words(spec, items, count);
	text_add_list(&text, "", items, count);
	if (spec->zero_advice != NULL && number_parse(&number, value) &&
	    number == 0)
		text_add(&text, "; %s", spec->zero_advice);
	return (option_fail(parse, spec, value, "%s", bounds));
}

enum options_result
parse_fail_letter(const struct parse *parse, int letter)
{
	const char typed[] = { '-', (char)letter, '\0' };
	char quoted[QUOTE_MAX];
	size_t i;

	for (i = 0; i < FOREIGN_COUNT; i++) {
		if (foreign_options[i].letter == letter)
			return (parse_fail(
			    parse, "%s: %s", typed, foreign_options[i].advice));
	}
	return (parse_fail(parse, "unknown option %s; see hecat --help",
	    quote_value(quoted, typed)));
}

/* Adds the options whose names begin with `name`, unless there are many. */
static void
add_suggestions(struct text *text, const char *name, size_t length)
{
	const char *items[SUGGESTIONS_MAX];
	size_t count = 0;
	size_t i;

	for (i = 0; i < OPTION_TABLE_SIZE; i++) {
		if (strncmp(option_table[i].name, name, length) != 0)
			continue;
		if (count == SUGGESTIONS_MAX) {
			count = 0;
			break;
		}
		items[count++] = option_table[i].name;
	}
	if (count == 0) {
		text_add(text, "see hecat --help");
		return;
	}
	text_add(text, "did you mean ");
	text_add_list(text, "--", items, count);
	text_add(text, "?");
}

enum options_result
parse_fail_name(const struct parse *parse, const char *token)
{
	struct text text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	const char *name = token + 2;
	size_t length = strcspn(name, "=");
	char quoted[QUOTE_MAX];
	size_t i;

	for (i = 0; i < FOREIGN_COUNT; i++) {
		if (strlen(foreign_options[i].name) == length &&
		    strncmp(foreign_options[i].name, name, length) == 0)
			return (parse_fail(parse, "--%s: %s",
			    foreign_options[i].name,
			    foreign_options[i].advice));
	}
	text_add(&text, "unknown option %s; ", quote_value(quoted, token));
	add_suggestions(&text, name, length);
	return (OPTIONS_INVALID);
}
