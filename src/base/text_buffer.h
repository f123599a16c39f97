/* SPDX-License-Identifier: ISC */
/*
 * text_buffer.h: a text that is made piece by piece in a buffer of the
 * caller's. What has no room is cut off; the text always ends in a NUL.
 *
 *	char bytes[80];
 *	struct text_buffer buffer = { bytes, sizeof(bytes), 0 };
 *
 *	text_buffer_add(&buffer, "%s port %u", host, port);
 */
#ifndef TEXT_BUFFER_H
#define TEXT_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

struct text_buffer {
	char *bytes; /* the caller's */
	size_t size;
	size_t length; /* of the text, without its NUL */
};

void text_buffer_add(struct text_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_buffer_vadd(struct text_buffer *buffer, const char *format,
    va_list list) __attribute__((format(printf, 2, 0)));

/* Adds "a", "a or b" or "a, b or c", each with `prefix` in front. */
void text_buffer_add_list(struct text_buffer *buffer, const char *prefix,
    const char *const items[], size_t count);

#endif
