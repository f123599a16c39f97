/* SPDX-License-Identifier: ISC */
/*
 * JSON, two blanks a level.
 */
#include <inttypes.h>

#include "json.h"

void
json_init(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out, .first = true };
}

/*
 * Returns the length of the UTF-8 sequence at `text`, 0 when it is none. Only
 * the form is looked at: what the resolver or the user wrote is passed on.
 */
static int
utf8_length(const unsigned char *text)
{
	int length = text[0] < 0x80             ? 1
	    : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
	    : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
	    : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
						: 0;

	for (int i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return (0);
	return (length);
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
