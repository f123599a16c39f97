/* SPDX-License-Identifier: ISC */
/*
 * Error lines: each is one line of printable ASCII for any argv.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "options/foreign.h"
#include "options/parse.h"

/* The most items of a list in a message: bounds, words or suggestions. */
#define LIST_MAX 8

/* With more suggestions than this a name is too vague for any. */
#define SUGGESTIONS_MAX 4

/* The longest name that is checked for a typo. */
#define TYPO_NAME_MAX 32
/* The edit distance of a typo. */
#define TYPO_DISTANCE 2

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
	struct text_buffer text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	va_list list;

	va_start(list, format);
	text_buffer_vadd(&text, format, list);
	va_end(list);
	return (OPTIONS_INVALID);
}

enum options_result
option_fail(const struct parse *parse, const struct option_spec *spec,
    const char *value, const char *format, ...)
{
	struct text_buffer text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	enum option_id id = (enum option_id)(spec - option_table);
	char spelling[SPELLING_MAX], quoted[TEXT_QUOTE_MAX];
	va_list list;

	text_buffer_add(&text, "%s %s: ", option_spelling(spelling, parse, id),
	    text_value(quoted, value));
	va_start(list, format);
	text_buffer_vadd(&text, format, list);
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

/* Adds the words of `spec` to a list, the first one of each value. */
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

/* Adds what the table allows: "0, none or 10 to 3600000 milliseconds". */
static void
add_bounds(struct text_buffer *text, const struct option_spec *spec)
{
	char lower[DURATION_TEXT_MAX], upper[DURATION_TEXT_MAX];
	char range[3 * DURATION_TEXT_MAX];
	const char *items[LIST_MAX + 1];
	size_t count = 0;

	if (spec->zero)
		items[count++] = "0";
	count = list_words(spec, items, count);
	if (spec->unit != 0) {
		snprintf(range, sizeof(range), "%s to %s%s",
		    duration_format(lower, spec->lower, spec->unit),
		    duration_format(upper, spec->upper, spec->unit),
		    unit_name(spec));
		items[count++] = range;
	}
	text_buffer_add_list(text, "", items, count);
}

enum options_result
option_fail_bounds(const struct parse *parse, const struct option_spec *spec,
    const char *value)
{
	char bounds[OPTIONS_ERROR_MAX / 2];
	struct text_buffer text = { bounds, sizeof(bounds), 0 };
	int64_t number;

	add_bounds(&text, spec);
	if (spec->zero_advice != NULL && number_parse(&number, value) &&
	    number == 0)
		text_buffer_add(&text, "; %s", spec->zero_advice);
	return (option_fail(parse, spec, value, "must be %s", bounds));
}

/* Returns what another netcat means by an option that was given as a letter. */
static const struct foreign_meaning *
other_meaning(const struct parse *parse, const struct option_spec *spec)
{
	enum option_id id = (enum option_id)(spec - option_table);

	if (parse->given[id].form != FORM_LETTER)
		return (NULL);
	return (foreign_find_meaning(spec->letter));
}

enum options_result
option_fail_duration(const struct parse *parse, const struct option_spec *spec,
    const char *value)
{
	const struct foreign_meaning *meaning = other_meaning(parse, spec);
	const char *items[LIST_MAX + 2];
	char advice[OPTIONS_ERROR_MAX / 4];
	struct text_buffer text = { advice, sizeof(advice), 0 };
	bool in_seconds = spec->unit == DURATION_SECOND;
	size_t count = 0;

	items[count++] = in_seconds ? "3" : "250";
	items[count++] = in_seconds ? "1.5s" : "0.3s";
	count = list_words(spec, items, count);
	if (spec->words == NULL)
		items[count++] = in_seconds ? "2m" : "1m";
	text_buffer_add_list(&text, "", items, count);
	/* It may be the host: the option of the other netcat has no argument.
	 */
	if (meaning != NULL && isalpha((unsigned char)*value))
		text_buffer_add(&text, "; %s's -%c is %s", meaning->of,
		    meaning->letter, meaning->here);
	return (option_fail(
	    parse, spec, value, "not a duration; write %s", advice));
}

enum options_result
parse_fail_letter(const struct parse *parse, int letter)
{
	const char typed[] = { '-', (char)letter, '\0' };
	const struct foreign_option *foreign = foreign_find_letter(letter);
	char shown[TEXT_QUOTE_MAX];

	if (foreign != NULL)
		return (parse_fail(parse, "%s: %s", typed, foreign->advice));
	return (parse_fail(parse, "%s: unknown option; see hecat --help",
	    text_value(shown, typed)));
}

static size_t
least(size_t a, size_t b)
{
	return (a < b ? a : b);
}

/*
 * Returns the edit distance between a name of `length` bytes and `other`; two
 * neighbours in the wrong order count as one edit.
 */
static size_t
edit_distance(const char *name, size_t length, const char *other)
{
	size_t rows[3][TYPO_NAME_MAX + 1];
	size_t other_length = strlen(other);

	if (length > TYPO_NAME_MAX || other_length > TYPO_NAME_MAX)
		return (SIZE_MAX);
	for (size_t j = 0; j <= other_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length; i++) {
		size_t *row = rows[i % 3], *before = rows[(i - 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= other_length; j++) {
			bool same = name[i - 1] == other[j - 1];

			row[j] = least(before[j - 1] + (same ? 0 : 1),
			    least(before[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && name[i - 1] == other[j - 2] &&
			    name[i - 2] == other[j - 1])
				row[j] = least(
				    row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return (rows[length % 3][other_length]);
}

/* Lists the names that begin with `name`; 0: there are none, or too many. */
static size_t
list_longer(const char *items[], const char *name, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		if (strncmp(option_table[i].name, name, length) != 0)
			continue;
		if (count == SUGGESTIONS_MAX)
			return (0);
		items[count++] = option_table[i].name;
	}
	return (count);
}

/* Lists the names nearest to `name`, within TYPO_DISTANCE. */
static size_t
list_nearest(const char *items[], const char *name, size_t length)
{
	size_t nearest = TYPO_DISTANCE, count = 0;

	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		size_t distance = edit_distance(
		    name, length, option_table[i].name);

		/* Two edits make most short names. */
		if (distance > nearest || distance * 2 >= length)
			continue;
		if (distance < nearest)
			count = 0;
		nearest = distance;
		if (count < SUGGESTIONS_MAX)
			items[count++] = option_table[i].name;
	}
	return (count);
}

/* Adds the options that may have been meant, or where to find all of them. */
static void
add_suggestions(struct text_buffer *text, const char *name, size_t length)
{
	const char *items[SUGGESTIONS_MAX];
	size_t count = list_longer(items, name, length);

	if (count == 0)
		count = list_nearest(items, name, length);
	if (count == 0) {
		text_buffer_add(text, "see hecat --help");
		return;
	}
	text_buffer_add(text, "did you mean ");
	text_buffer_add_list(text, "--", items, count);
	text_buffer_add(text, "?");
}

enum options_result
parse_fail_name(const struct parse *parse, const char *token)
{
	struct text_buffer text = { parse->error, OPTIONS_ERROR_MAX, 0 };
	const char *name = token + 2;
	size_t length = strcspn(name, "=");
	const struct foreign_option *foreign = foreign_find_name(name, length);
	char typed[TEXT_QUOTE_MAX], shown[TEXT_QUOTE_MAX];

	if (foreign != NULL)
		return (parse_fail(
		    parse, "--%s: %s", foreign->name, foreign->advice));
	snprintf(typed, sizeof(typed), "%.*s", (int)length + 2, token);
	text_buffer_add(
	    &text, "%s: unknown option; ", text_value(shown, typed));
	add_suggestions(&text, name, length);
	return (OPTIONS_INVALID);
}

enum options_result
parse_fail_single_dash(const struct parse *parse, const char *token)
{
	char typed[TEXT_QUOTE_MAX];

	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(token, "="), token);
	return (parse_fail(
	    parse, "%s: long options take two dashes: -%s", typed, typed));
}
