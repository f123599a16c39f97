/* SPDX-License-Identifier: ISC */
/*
 * vsnprintf(3) at the end of the text.
 */
#include <stdio.h>

#include "text_buffer.h"

void
text_buffer_vadd(struct text_buffer *buffer, const char *format, va_list list)
{
	size_t room = buffer->size - buffer->length;
	int wanted = vsnprintf(
	    buffer->bytes + buffer->length, room, format, list);

	if (wanted > 0)
		buffer->length += (size_t)wanted < room ? (size_t)wanted
							: room - 1;
}

void
text_buffer_add(struct text_buffer *buffer, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_buffer_vadd(buffer, format, list);
	va_end(list);
}

void
text_buffer_add_list(struct text_buffer *buffer, const char *prefix,
    const char *const items[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_buffer_add(buffer, i + 1 == count ? " or " : ", ");
		text_buffer_add(buffer, "%s%s", prefix, items[i]);
	}
}
