/* SPDX-License-Identifier: ISC */
/*
 * What the protocols share.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "proxy/protocol.h"
#include "text_buffer.h"

void
protocol_add(struct dialogue *dialogue, const void *bytes, size_t size)
{
	if (size > sizeof(dialogue->output) - dialogue->output_length)
		return; /* The bounds of a request leave room for all. */
	memcpy(dialogue->output + dialogue->output_length, bytes, size);
	dialogue->output_length += size;
}

void
protocol_add_byte(struct dialogue *dialogue, unsigned char byte)
{
	protocol_add(dialogue, &byte, 1);
}

void
protocol_add_port(struct dialogue *dialogue)
{
	uint16_t port = htons(dialogue->request->port);

	protocol_add(dialogue, &port, sizeof(port));
}

const void *
protocol_address(const struct dialogue *dialogue, size_t *size)
{
	const struct address *address = &dialogue->request->address;

	if (address_family(address) == AF_INET) {
		*size = sizeof(address->in.sin_addr);
		return (&address->in.sin_addr);
	}
	*size = sizeof(address->in6.sin6_addr);
	return (&address->in6.sin6_addr);
}

void
protocol_end(struct dialogue *dialogue, enum dialogue_state state,
    const char *format, ...)
{
	struct text_buffer text = { dialogue->text, sizeof(dialogue->text), 0 };
	va_list list;

	dialogue->state = state;
	va_start(list, format);
	text_buffer_vadd(&text, format, list);
	va_end(list);
}
