/* SPDX-License-Identifier: ISC */
/*
 * JSON, two blanks a level.
 */
#include <inttypes.h>
#include <stddef.h>

#include "json.h"

void
json_init(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out, .first = true };
}

/*
 * Returns the length of the UTF-8 sequence at `text` (RFC 3629: nothing longer
 * than need be, no surrogates), 0 when it is none.
 */
static int
utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last; /* of the lead byte */
		unsigned char low, high;   /* of the byte after it */
		int length;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i = 0;

	while (i < sizeof(forms) / sizeof(forms[0]) && text[0] > forms[i].last)
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || text[0] < forms[i].first)
		return (0);
	if (forms[i].length > 1 &&
	    (text[1] < forms[i].low || text[1] > forms[i].high))
		return (0);
	for (int at = 2; at < forms[i].length; at++)
		if ((text[at] & 0xc0) != 0x80)
			return (0);
	return (forms[i].length);
}

static void
write_text(struct json *json, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	putc('"', json->out);
	for (; *at != '\0'; at += length > 0 ? length : 1) {
		length = utf8_length(at);
		if (*at == '"' || *at == '\\')
			fprintf(json->out, "\\%c", *at);
		else if (*at < 0x20)
			fprintf(json->out, "\\u%04x", *at);
		else if (length == 0)
			fputs("\\ufffd", json->out);
		else
			fwrite(at, 1, (size_t)length, json->out);
	}
	putc('"', json->out);
}

/* Begins a value: comma, line, indentation and name. */
static void
begin(struct json *json, const char *name)
{
	if (!json->first)
		putc(',', json->out);
	if (json->depth > 0)
		fprintf(json->out, "\n%*s", 2 * json->depth, "");
	json->first = false;
	if (name != NULL) {
		write_text(json, name);
		fputs(": ", json->out);
	}
}

static void
open_level(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	putc(bracket, json->out);
	json->depth++;
	json->first = true;
}

static void
close_level(struct json *json, char bracket)
{
	json->depth--;
	if (!json->first)
		fprintf(json->out, "\n%*s", 2 * json->depth, "");
	putc(bracket, json->out);
	json->first = false;
	if (json->depth == 0)
		putc('\n', json->out);
}

void
json_object_begin(struct json *json, const char *name)
{
	open_level(json, name, '{');
}

void
json_object_end(struct json *json)
{
	close_level(json, '}');
}

void
json_array_begin(struct json *json, const char *name)
{
	open_level(json, name, '[');
}

void
json_array_end(struct json *json)
{
	close_level(json, ']');
}

void
json_string(struct json *json, const char *name, const char *text)
{
	if (text == NULL) {
		json_null(json, name);
		return;
	}
	begin(json, name);
	write_text(json, text);
}

void
json_integer(struct json *json, const char *name, int64_t number)
{
	begin(json, name);
	fprintf(json->out, "%" PRId64, number);
}

void
json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", json->out);
}

void
json_null(struct json *json, const char *name)
{
	begin(json, name);
	fputs("null", json->out);
}

void
json_ms(struct json *json, const char *name, int64_t duration)
{
	begin(json, name);
	fprintf(json->out, "%" PRId64 ".%03" PRId64, duration / 1000,
	    duration % 1000);
}
