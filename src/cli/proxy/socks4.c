/* SPDX-License-Identifier: ISC */
/*
 * SOCKS 4, and 4A, whose proxy looks the name up: an address of 0.0.0.1 says
 * that a name follows.
 */
#include <string.h>

#include "proxy/protocol.h"

enum { VERSION = 4, CONNECT = 1, GRANTED = 90, REJECTED = 91, ANSWER = 8 };

static void
socks4_begin(struct dialogue *dialogue)
{
	static const unsigned char name_follows[] = { 0, 0, 0, 1 };
	const struct proxy_request *request = dialogue->request;
	const char *user = request->user == NULL ? "" : request->user;
	bool is_name = request->address.length == 0;
	size_t size = sizeof(name_follows);

	protocol_add_byte(dialogue, VERSION);
	protocol_add_byte(dialogue, CONNECT);
	protocol_add_port(dialogue);
	protocol_add(dialogue,
	    is_name ? name_follows : protocol_address(dialogue, &size), size);
	protocol_add(dialogue, user, strlen(user) + 1);
	if (is_name)
		protocol_add(
		    dialogue, request->host, strlen(request->host) + 1);
	dialogue->stage = DIALOGUE_REPLY;
	dialogue->wanted = ANSWER;
}

/* Ends with what an answer means that does not grant the request. */
static void
refuse(struct dialogue *dialogue, unsigned code)
{
	/* From REJECTED on. */
	static const char *const words[] = {
		"the request was rejected or failed",
		"the proxy cannot reach identd on this host",
		"identd on this host reports another user",
	};

	if (code < REJECTED ||
	    code - REJECTED >= sizeof(words) / sizeof(words[0])) {
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "SOCKS: an unknown answer, %u", code);
		return;
	}
	dialogue->is_of_address = code == REJECTED;
	protocol_end(
	    dialogue, DIALOGUE_REFUSED, "SOCKS: %s", words[code - REJECTED]);
}

static void
socks4_take(struct dialogue *dialogue, unsigned char byte)
{
	dialogue->answer[dialogue->count++] = byte;
	if (dialogue->count == 1 && byte != 0)
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "not an answer of SOCKS 4: its first byte is %u", byte);
	else if (dialogue->count == 2 && byte != GRANTED)
		refuse(dialogue, byte);
	else if (dialogue->count == dialogue->wanted)
		protocol_end(dialogue, DIALOGUE_OPEN, "granted");
}

const struct protocol protocol_socks4 = {
	.begin = socks4_begin,
	.take = socks4_take,
};
