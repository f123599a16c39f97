/* SPDX-License-Identifier: ISC */
/*
 * The words of one line of a scenario, and what may stand in them.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "timers.h"
#include "words.h"

#define DURATION_MAX_S 3600

static const struct {
	const char *name;
	double ns;
} units[] = {
	{ "us", (double)NS_PER_US },
	{ "ms", (double)NS_PER_MS },
	{ "s", (double)NS_PER_S },
	{ "m", 60 * (double)NS_PER_S },
};

bool
words_fail(struct words *words, const char *format, ...)
{
	va_list arguments;

	if (words->error[0] != '\0')
		return (false);
	va_start(arguments, format);
	vsnprintf(words->error, sizeof(words->error), format, arguments);
	va_end(arguments);
	return (false);
}

void
words_release(struct words *words)
{
	unsigned i;

	for (i = 0; i < words->count; i++)
		free(words->word[i].text);
	words->count = words->next = 0;
}

static bool
ends_line(char c)
{
	return (c == '\0' || c == '\n' || c == ';' || c == '#');
}

/* Adds a word; the line fails when it has too many. */
static bool
add(struct words *words, const char *text, size_t length, bool quoted)
{
	struct word *word;

	if (words->count == WORDS_MAX)
		return (words_fail(
		    words, "more than %d words in one line", WORDS_MAX));
	word = &words->word[words->count++];
	word->text = memory_copy(text, length);
	word->length = length;
	word->quoted = quoted;
	return (true);
}

/* Reads the two digits of a \xHH. */
static bool
read_hex(char *byte, const char **text)
{
	char digits[3] = { 0 };

	if (!isxdigit((unsigned char)(*text)[0]) ||
	    !isxdigit((unsigned char)(*text)[1]))
		return (false);
	memcpy(digits, *text, 2);
	*byte = (char)strtoul(digits, NULL, 16);
	*text += 2;
	return (true);
}

/* Reads what follows a backslash. */
static bool
read_escape(char *byte, const char **text)
{
	static const char names[] = "rnt0\\\"", bytes[] = "\r\n\t\0\\\"";
	const char *found;
	char c = *(*text)++;

	if (c == 'x')
		return (read_hex(byte, text));
	if (c == '\0' || (found = strchr(names, c)) == NULL)
		return (false);
	*byte = bytes[found - names];
	return (true);
}

/* Reads a quoted word from behind its opening quote to its closing one. */
static bool
read_quoted(struct words *words, const char **text)
{
	char *copy = memory_new(strlen(*text) + 1, 1);
	size_t length = 0;
	bool good = true;

	while (good && strchr("\"\n", **text) == NULL) {
		copy[length] = *(*text)++;
		if (copy[length] == '\\')
			good = read_escape(&copy[length], text);
		length++;
	}
	if (!good)
		words_fail(words, "unknown escape in quotes");
	else if (**text != '"')
		good = words_fail(words, "quotes that do not end");
	else
		good = add(words, copy, length, true);
	*text += good;
	free(copy);
	return (good);
}

static bool
read_bare(struct words *words, const char **text)
{
	const char *start = *text;

	while (!ends_line(**text) && !isspace((unsigned char)**text) &&
	    **text != '"')
		(*text)++;
	return (add(words, start, (size_t)(*text - start), false));
}

/* Reads one line, which may have no words. */
static bool
read_line(struct words *words, const char **text)
{
	while (!ends_line(**text)) {
		if (isspace((unsigned char)**text)) {
			(*text)++;
			continue;
		}
		if (**text == '"') {
			(*text)++;
			if (!read_quoted(words, text))
				return (false);
		} else if (!read_bare(words, text)) {
			return (false);
		}
	}
	if (**text == '#')
		*text += strcspn(*text, "\n");
	return (true);
}

/* The text is left at the end of the line, which the next call passes. */
bool
words_read(struct words *words, const char **text)
{
	unsigned line = words->line == 0 ? 1 : words->line;

	memset(words, 0, sizeof(*words));
	words->line = line;
	while (read_line(words, text) && words->count == 0) {
		if (**text == '\0')
			return (false);
		words->line += *(*text)++ == '\n';
	}
	return (words->error[0] == '\0');
}

const char *
words_peek(const struct words *words)
{
	if (words->next == words->count)
		return (NULL);
	return (words->word[words->next].text);
}

const char *
words_take(struct words *words, const char *what)
{
	if (words->next < words->count)
		return (words->word[words->next++].text);
	words_fail(words, "missing %s", what);
	return (NULL);
}

bool
words_take_if(struct words *words, const char *text)
{
	const char *next = words_peek(words);

	if (next == NULL || strcmp(next, text) != 0)
		return (false);
	words->next++;
	return (true);
}

bool
words_take_number(
    struct words *words, const char *what, unsigned limit, unsigned *number)
{
	const char *text = words_take(words, what);
	unsigned long value;
	char *end;

	if (text == NULL)
		return (false);
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || value > limit)
		return (words_fail(
		    words, "%s: not a %s from 0 to %u", text, what, limit));
	*number = (unsigned)value;
	return (true);
}

bool
words_duration_next(const struct words *words)
{
	const char *next = words_peek(words);

	return (next != NULL &&
	    (strcmp(next, "after") == 0 || isdigit((unsigned char)next[0])));
}

/* Finds the factor of a unit; a bare 0 needs none. */
static bool
find_unit(double *ns, const char *name, double value)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, name) == 0) {
			*ns = units[i].ns;
			return (true);
		}
	}
	*ns = 0;
	return (name[0] == '\0' && value == 0);
}

bool
words_take_duration(struct words *words, int64_t *duration)
{
	const char *text;
	double value, unit;
	char *end;

	*duration = 0;
	if (!words_duration_next(words))
		return (true);
	words_take_if(words, "after");
	text = words_take(words, "duration");
	if (text == NULL)
		return (false);
	value = strtod(text, &end);
	if (!isdigit((unsigned char)text[0]) || !find_unit(&unit, end, value))
		return (words_fail(
		    words, "%s: not a duration such as 30ms or 1.5s", text));
	if (value * unit > DURATION_MAX_S * (double)NS_PER_S)
		return (words_fail(words, "%s: longer than an hour", text));
	*duration = (int64_t)(value * unit + 0.5);
	return (true);
}

const struct word *
words_take_quoted(struct words *words, const char *what)
{
	if (words_take(words, what) == NULL)
		return (NULL);
	if (words->word[words->next - 1].quoted)
		return (&words->word[words->next - 1]);
	words_fail(words, "%s: %s has to be in quotes",
	    words->word[words->next - 1].text, what);
	return (NULL);
}
