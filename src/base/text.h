/* SPDX-License-Identifier: ISC */
/*
 * text.h: texts from outside, and how they are written to people.
 *
 * A name, an argument or a file name may hold bytes that a terminal obeys.
 * text_shown() alone decides which bytes are written unchanged; every report,
 * message and JSON value uses it. A text is taken as UTF-8 (RFC 3629).
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Decodes the character at `text`, which must not be its end, to *code. Returns
 * the number of its bytes; 0 where the bytes are not UTF-8.
 */
size_t text_decode(const char *text, uint32_t *code);

/*
 * Returns the number of bytes of the character at `text` when it may be written
 * unchanged; 0 when the bytes are not UTF-8, or the character is a control
 * character (C0, DEL, C1), ends a line or a paragraph, or changes the direction
 * of writing. All of these are in the Basic Multilingual Plane.
 */
size_t text_shown(const char *text);

/*
 * Writes `text` to `shown`, a buffer of `size` bytes, with a question mark for
 * each character, or byte, that may not be written. A text that is too long is
 * cut, never in the middle of a character. Returns `shown`.
 */
const char *text_show(char *shown, size_t size, const char *text);

/* Writes all of `text` to `out` in the same way. */
void text_print(FILE *out, const char *text);

/* Returns the number of characters of `text`. */
size_t text_length(const char *text);

/* Returns the number of bytes of the first `count` characters of `text`. */
size_t text_bytes(const char *text, size_t count);

/* Bytes that hold every text text_quote() makes, with its NUL. */
#define TEXT_QUOTE_MAX 80

/*
 * Writes `text` in quotes to `quoted`, a buffer of TEXT_QUOTE_MAX bytes. Bytes
 * that are not printable ASCII become "\xHH"; a long text is cut and ends in
 * "...". Returns `quoted`.
 */
const char *text_quote(char *quoted, const char *text);

/*
 * Writes `text` to `shown`, a buffer of TEXT_QUOTE_MAX bytes: as it is when it
 * is short and plain (letters, digits and a few signs), else as text_quote()
 * does. Returns `shown`.
 */
const char *text_value(char *shown, const char *text);

#endif
