/* SPDX-License-Identifier: ISC */
/*
 * A reader for UTF-8 and one for JSON, both as strict as can be.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fake/output_check.h"

#define DEPTH_MAX 16
#define NAMES_MAX 64

/* Reads one character; returns its bytes, 0 when it is none. */
static size_t
read_character(const char *text, size_t size, uint32_t *code)
{
	unsigned char lead = (unsigned char)*text;
	size_t more = lead < 0x80 ? 0
	    : lead >> 5 == 0x06   ? 1
	    : lead >> 4 == 0x0e   ? 2
	    : lead >> 3 == 0x1e   ? 3
				  : size;
	uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	if (more >= size)
		return (0);
	*code = more == 0 ? lead : lead & (0x3fU >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return (0);
		*code = *code * 64 + (text[i] & 0x3f);
	}
	if (*code < least[more] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return (0);
	return (more + 1);
}

/* Whether a terminal obeys the character. */
static bool
is_obeyed(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return (true);
	/* Marks, embeddings, overrides, isolates; the ends of lines. */
	return (code == 0x61c || code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069));
}

/* Returns the length of a sequence that sets colours at `text`; 0: none. */
static size_t
colour_length(const char *text, size_t size)
{
	size_t length = 2;

	if (size < 3 || text[0] != '\033' || text[1] != '[')
		return (0);
	while (length < size &&
	    ((text[length] >= '0' && text[length] <= '9') ||
		text[length] == ';'))
		length++;
	return (length < size && text[length] == 'm' ? length + 1 : 0);
}

const char *
output_fault(const char *text, size_t size, const char *allowed)
{
	bool coloured = strchr(allowed, '\033') != NULL;
	uint32_t code;
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		length = coloured ? colour_length(text + at, size - at) : 0;
		if (length > 0)
			continue;
		length = read_character(text + at, size - at, &code);
		if (length == 0)
			return ("no UTF-8");
		if (code == '\033' || code == 0)
			return ("an escape sequence or a NUL");
		if (code != '\n' && is_obeyed(code) &&
		    (code > 0x7f || strchr(allowed, (int)code) == NULL))
			return ("a character that a terminal obeys");
	}
	return (NULL);
}

struct reader {
	const char *at;
	const char *end;
	const char *fault;
	int depth;
};

/* A string as it stands between its quotes. */
struct string {
	const char *begin;
	size_t length;
};

static bool read_value(struct reader *reader);

static bool
fail(struct reader *reader, const char *fault)
{
	if (reader->fault == NULL)
		reader->fault = fault;
	return (false);
}

static char
peek(const struct reader *reader)
{
	return (reader->at < reader->end ? *reader->at : '\0');
}

static bool
take(struct reader *reader, char wanted)
{
	if (reader->at == reader->end || *reader->at != wanted)
		return (false);
	reader->at++;
	return (true);
}

static void
skip_blanks(struct reader *reader)
{
	while (take(reader, ' ') || take(reader, '\n') || take(reader, '\t') ||
	    take(reader, '\r'))
		continue;
}

/* Reads the four digits of "\u". */
static bool
read_hex(struct reader *reader, unsigned *code)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;

	*code = 0;
	for (int i = 0; i < 4; i++) {
		char at = peek(reader);

		if (at >= 'A' && at <= 'F')
			at = (char)(at - 'A' + 'a');
		digit = at == '\0' ? NULL : strchr(digits, at);
		if (digit == NULL)
			return (fail(reader, "\\u without four digits"));
		*code = *code * 16 + (unsigned)(digit - digits);
		reader->at++;
	}
	return (true);
}

static bool
read_escape(struct reader *reader)
{
	unsigned code, low;

	if (!take(reader, 'u')) {
		if (peek(reader) == '\0' ||
		    strchr("\"\\/bfnrt", *reader->at) == NULL)
			return (fail(reader, "an unknown escape"));
		reader->at++;
		return (true);
	}
	if (!read_hex(reader, &code))
		return (false);
	if (code < 0xd800 || code > 0xdfff)
		return (true);
	if (code > 0xdbff || !take(reader, '\\') || !take(reader, 'u') ||
	    !read_hex(reader, &low) || low < 0xdc00 || low > 0xdfff)
		return (fail(reader, "a lone surrogate"));
	return (true);
}

static bool
read_string(struct reader *reader, struct string *string)
{
	uint32_t code;
	size_t length;

	if (!take(reader, '"'))
		return (fail(reader, "no string"));
	string->begin = reader->at;
	while (!take(reader, '"')) {
		if (take(reader, '\\')) {
			if (!read_escape(reader))
				return (false);
			continue;
		}
		if (reader->at == reader->end)
			return (fail(reader, "a string without an end"));
		length = read_character(
		    reader->at, (size_t)(reader->end - reader->at), &code);
		if (length == 0)
			return (fail(reader, "a string that is not UTF-8"));
		if (is_obeyed(code))
			return (fail(reader, "a control in a string"));
		reader->at += length;
	}
	string->length = (size_t)(reader->at - 1 - string->begin);
	return (true);
}

static bool
read_digits(struct reader *reader)
{
	const char *begin = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return (reader->at > begin);
}

static bool
read_number(struct reader *reader)
{
	bool is_zero;

	take(reader, '-');
	is_zero = peek(reader) == '0';
	if (is_zero ? !take(reader, '0') : !read_digits(reader))
		return (fail(reader, "no value"));
	if (take(reader, '.') && !read_digits(reader))
		return (fail(reader, "a point without digits"));
	if (take(reader, 'e') || take(reader, 'E')) {
		if (!take(reader, '+'))
			take(reader, '-');
		if (!read_digits(reader))
			return (fail(reader, "an exponent without digits"));
	}
	return (true);
}

static bool
read_member(struct reader *reader, struct string *names, size_t count)
{
	struct string *name = &names[count];

	skip_blanks(reader);
	if (count == NAMES_MAX)
		return (fail(reader, "more members than the test expects"));
	if (!read_string(reader, name))
		return (false);
	for (size_t i = 0; i < count; i++)
		if (names[i].length == name->length &&
		    memcmp(names[i].begin, name->begin, name->length) == 0)
			return (fail(reader, "a name twice in one object"));
	skip_blanks(reader);
	if (!take(reader, ':'))
		return (fail(reader, "no colon after a name"));
	return (read_value(reader));
}

static bool
read_object(struct reader *reader)
{
	struct string names[NAMES_MAX];
	size_t count = 0;

	skip_blanks(reader);
	if (take(reader, '}'))
		return (true);
	do
		if (!read_member(reader, names, count++))
			return (false);
	while (take(reader, ','));
	return (take(reader, '}') || fail(reader, "an object without an end"));
}

static bool
read_array(struct reader *reader)
{
	skip_blanks(reader);
	if (take(reader, ']'))
		return (true);
	do
		if (!read_value(reader))
			return (false);
	while (take(reader, ','));
	return (take(reader, ']') || fail(reader, "an array without an end"));
}

static bool
read_word(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length ||
	    memcmp(reader->at, word, length) != 0)
		return (false);
	reader->at += length;
	return (true);
}

/* Reads a value and the blanks around it. */
static bool
read_value(struct reader *reader)
{
	struct string string;
	bool good;

	skip_blanks(reader);
	if (++reader->depth > DEPTH_MAX)
		return (fail(reader, "deeper than the test expects"));
	if (take(reader, '{'))
		good = read_object(reader);
	else if (take(reader, '['))
		good = read_array(reader);
	else if (peek(reader) == '"')
		good = read_string(reader, &string);
	else
		good = read_word(reader, "true") ||
		    read_word(reader, "false") || read_word(reader, "null") ||
		    read_number(reader);
	reader->depth--;
	skip_blanks(reader);
	return (good);
}

const char *
output_json_fault(const char *text, size_t size)
{
	struct reader reader = { .at = text, .end = text + size };

	if (!read_value(&reader))
		return (reader.fault);
	return (reader.at == reader.end ? NULL : "more than one value");
}
