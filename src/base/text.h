/* SPDX-License-Identifier: ISC */
/*
 * text.h: which bytes of a foreign text may be written out.
 *
 * A name, an argument or a file name may hold bytes that a terminal obeys. What
 * may be written as it is text_shown() decides alone; every report, message and
 * JSON value asks it. A text is taken as UTF-8 (RFC 3629).
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Decodes the character at `text`, which is not at its end, to *code. Returns
 * its bytes; 0 when there is none: that byte is not UTF-8.
 */
size_t text_decode(const char *text, uint32_t *code);

/*
 * Returns the bytes of the character at `text`, if it may be written as it is;
 * 0 when there is none, or one that is not for the eye: a control character
 * (C0, DEL, C1), the end of a line or a paragraph, or one that turns the
 * direction of writing. Each of those is in the Basic Multilingual Plane.
 */
size_t text_shown(const char *text);

/*
 * Writes `text` to `shown`, a buffer of `size` bytes, with a question mark for
 * each character, or byte, that may not be written. What has no room is cut
 * off, never in the middle of a character. Returns `shown`.
 */
const char *text_show(char *shown, size_t size, const char *text);

/* Writes all of `text` to `out` in the same way. */
void text_print(FILE *out, const char *text);

/* Returns the characters of `text`. */
size_t text_length(const char *text);

/* Returns the bytes of the first `count` characters of `text`. */
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
 * Writes `text` to `shown`, a buffer of TEXT_QUOTE_MAX bytes: as it is where a
 * shell would take it as one word and a reader too, else as text_quote() does.
 * Returns `shown`.
 */
const char *text_value(char *shown, const char *text);

#endif
