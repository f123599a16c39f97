/* SPDX-License-Identifier: ISC */
/*
 * JSON, indented by two blanks a level.
 */
#include <inttypes.h>
#include <stddef.h>

#include "report/json_writer.h"
#include "text.h"

void
json_init(struct json *json, FILE *out)
{
	*json = (struct json){ .out = out, .first = true };
}

/* Writes the escape of a character that may not be written unchanged; returns
 * its bytes.
 */
static size_t
write_escape(struct json *json, const char *text)
{
	uint32_t code;
	size_t length = text_decode(text, &code);

	if (length == 0) {
		fputs("\\ufffd", json->out);
		return (1);
	}
	fprintf(json->out, "\\u%04" PRIx32, code);
	return (length);
}

static void
write_text(struct json *json, const char *text)
{
	size_t length;

	putc('"', json->out);
	for (; *text != '\0'; text += length) {
		length = text_shown(text);
		if (length == 0) {
			length = write_escape(json, text);
			continue;
		}
		if (*text == '"' || *text == '\\')
			putc('\\', json->out);
		fwrite(text, 1, length, json->out);
	}
	putc('"', json->out);
}

/* Begins a value: comma, new line, indentation and name. */
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
	/* The remainder of a negative number would be negative. */
	uint64_t us = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;

	begin(json, name);
	fprintf(json->out, "%s%" PRIu64 ".%03" PRIu64, duration < 0 ? "-" : "",
	    us / 1000, us % 1000);
}
