/* SPDX-License-Identifier: ISC */
/*
 * What the protocols share: one byte in at a time, so that it does not matter
 * how the answers are cut.
 */
#include <string.h>

#include "proxy/dialogue.h"

static const struct protocol *
protocol_of(const struct dialogue *dialogue)
{
	static const struct protocol *const protocols[] = {
		[PROXY_SOCKS4] = &protocol_socks4,
		[PROXY_SOCKS5] = &protocol_socks5,
		[PROXY_HTTP] = &protocol_http,
	};

	return (protocols[dialogue->request->protocol]);
}

void
dialogue_init(struct dialogue *dialogue, const struct proxy_request *request)
{
	memset(dialogue, 0, sizeof(*dialogue));
	dialogue->request = request;
	protocol_of(dialogue)->begin(dialogue);
}

const unsigned char *
dialogue_output(const struct dialogue *dialogue, size_t *size)
{
	*size = dialogue->state == DIALOGUE_ASKS
	    ? dialogue->output_length - dialogue->output_sent
	    : 0;
	return (dialogue->output + dialogue->output_sent);
}

void
dialogue_sent(struct dialogue *dialogue, size_t size)
{
	dialogue->output_sent += size;
	if (dialogue->output_sent == dialogue->output_length)
		dialogue->output_sent = dialogue->output_length = 0;
}

size_t
dialogue_input(struct dialogue *dialogue, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	size_t used = 0;

	while (used < size && dialogue->state == DIALOGUE_ASKS)
		protocol_of(dialogue)->take(dialogue, at[used++]);
	/* What was not asked yet cannot have been granted. */
	if (dialogue->state == DIALOGUE_OPEN && dialogue->output_length > 0)
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "the proxy answered before it was asked");
	return (used);
}

bool
dialogue_awaits_reply(const struct dialogue *dialogue)
{
	return (dialogue->state == DIALOGUE_ASKS &&
	    dialogue->stage == DIALOGUE_REPLY && dialogue->output_length == 0 &&
	    dialogue->count == 0 && dialogue->headers == 0);
}

const char *
dialogue_protocol_name(const struct proxy_request *request)
{
	switch (request->protocol) {
	case PROXY_SOCKS4:
		return (request->address.length == 0 ? "SOCKS 4A" : "SOCKS 4");
	case PROXY_SOCKS5:
		return ("SOCKS 5");
	case PROXY_HTTP:
		break;
	}
	return ("HTTP");
}
