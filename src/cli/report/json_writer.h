/* SPDX-License-Identifier: ISC */
/*
 * report/json_writer.h: writes one JSON value (RFC 8259) to a stream, piece by
 * piece, without building it in memory.
 *
 * A member of an object has a `name`, an item of an array NULL. The writer adds
 * commas, quotes and indentation. It owns nothing and needs no release.
 */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	int depth;
	bool first; /* the next value is the first of its object or array */
};

void json_init(struct json *json, FILE *out);

void json_object_begin(struct json *json, const char *name);
void json_object_end(struct json *json);
void json_array_begin(struct json *json, const char *name);
void json_array_end(struct json *json);

/*
 * Writes a string. `text` is UTF-8; other bytes become U+FFFD, and characters
 * that a terminal obeys (text.h) are escaped. NULL becomes null.
 */
void json_string(struct json *json, const char *name, const char *text);
void json_integer(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);

/* Writes a duration of microseconds as milliseconds with three decimals. */
void json_ms(struct json *json, const char *name, int64_t duration);

#endif
