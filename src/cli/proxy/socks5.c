/* SPDX-License-Identifier: ISC */
/*
 * SOCKS 5 (RFC 1928), with user and password (RFC 1929).
 *
 * What is reserved has to be zero: a proxy that puts something there speaks
 * another protocol, and what follows would be read wrongly.
 */
#include <string.h>

#include "proxy/protocol.h"

enum { VERSION = 5, PASSWORD_VERSION = 1, CONNECT = 1 };

enum method { METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_REFUSED = 0xff };

enum address_type { TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

/* Version, reply, reserved and type; the length of a name is behind them. */
enum { REPLY_HEAD = 4, PORT = 2 };

static void
socks5_begin(struct dialogue *dialogue)
{
	bool has_user = dialogue->request->user != NULL;

	protocol_add_byte(dialogue, VERSION);
	protocol_add_byte(dialogue, has_user ? 2 : 1);
	protocol_add_byte(dialogue, METHOD_NONE);
	if (has_user)
		protocol_add_byte(dialogue, METHOD_PASSWORD);
	dialogue->stage = DIALOGUE_METHOD;
	dialogue->wanted = 2;
}

/* Ends with a refusal of user and password, or of the lack of them. */
static void
refuse_user(struct dialogue *dialogue, const char *text)
{
	dialogue->is_of_user = true;
	protocol_end(dialogue, DIALOGUE_REFUSED, "SOCKS: %s", text);
}

/* Adds a text behind its length. */
static void
add_field(struct dialogue *dialogue, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);

	protocol_add_byte(dialogue, (unsigned char)length);
	if (length > 0)
		protocol_add(dialogue, text, length);
}

static void
send_password(struct dialogue *dialogue)
{
	protocol_add_byte(dialogue, PASSWORD_VERSION);
	add_field(dialogue, dialogue->request->user);
	add_field(dialogue, dialogue->request->password);
	dialogue->stage = DIALOGUE_PASSWORD;
	dialogue->wanted = 2;
}

static void
send_request(struct dialogue *dialogue)
{
	const struct proxy_request *request = dialogue->request;
	const void *bytes;
	size_t size;

	protocol_add_byte(dialogue, VERSION);
	protocol_add_byte(dialogue, CONNECT);
	protocol_add_byte(dialogue, 0);
	if (request->address.length == 0) {
		protocol_add_byte(dialogue, TYPE_NAME);
		add_field(dialogue, request->host);
	} else {
		bytes = protocol_address(dialogue, &size);
		protocol_add_byte(dialogue,
		    address_family(&request->address) == AF_INET ? TYPE_IPV4
								 : TYPE_IPV6);
		protocol_add(dialogue, bytes, size);
	}
	protocol_add_port(dialogue);
	dialogue->stage = DIALOGUE_REPLY;
	dialogue->wanted = REPLY_HEAD;
}

static void
take_method(struct dialogue *dialogue, unsigned method)
{
	bool has_user = dialogue->request->user != NULL;

	if (method == METHOD_NONE)
		send_request(dialogue);
	else if (method == METHOD_PASSWORD && has_user)
		send_password(dialogue);
	else if (method == METHOD_REFUSED)
		refuse_user(dialogue,
		    has_user ? "no way to authenticate was accepted"
			     : "a user and a password are wanted");
	else
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "SOCKS: method %u was not offered", method);
}

static void
refuse(struct dialogue *dialogue, unsigned code)
{
	static const struct {
		const char *text;
		bool is_of_address;
	} words[] = {
		{ NULL, false },
		{ "general failure", true },
		{ "not allowed by the rules of the proxy", true },
		{ "network unreachable", true },
		{ "host unreachable", true },
		{ "connection refused", true },
		{ "TTL expired", true },
		{ "command not supported", false },
		{ "address type not supported", true },
	};

	if (code >= sizeof(words) / sizeof(words[0])) {
		protocol_end(
		    dialogue, DIALOGUE_REFUSED, "SOCKS: failure %u", code);
		return;
	}
	dialogue->is_of_address = words[code].is_of_address;
	protocol_end(dialogue, DIALOGUE_REFUSED, "SOCKS: %s", words[code].text);
}

/* Finds out how much belongs to the address behind the head of a reply. */
static void
take_type(struct dialogue *dialogue, unsigned type)
{
	if (type == TYPE_IPV4)
		dialogue->wanted = REPLY_HEAD + 4 + PORT;
	else if (type == TYPE_IPV6)
		dialogue->wanted = REPLY_HEAD + 16 + PORT;
	else if (type == TYPE_NAME)
		dialogue->wanted = REPLY_HEAD + 1;
	else
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "SOCKS: an unknown type of address, %u", type);
}

/* Takes byte number `count` of a reply. */
static void
take_reply(struct dialogue *dialogue, unsigned byte)
{
	switch (dialogue->count) {
	case 1:
		break;
	case 2:
		if (byte != 0)
			refuse(dialogue, byte);
		return;
	case 3:
		if (byte != 0)
			protocol_end(dialogue, DIALOGUE_BROKEN,
			    "SOCKS: the reserved byte is %u", byte);
		return;
	case REPLY_HEAD:
		take_type(dialogue, byte);
		return;
	case REPLY_HEAD + 1:
		if (dialogue->answer[REPLY_HEAD - 1] == TYPE_NAME)
			dialogue->wanted = REPLY_HEAD + 1 + byte + PORT;
		break;
	}
	if (dialogue->count == dialogue->wanted)
		protocol_end(dialogue, DIALOGUE_OPEN, "succeeded");
}

/* Returns whether the first byte of an answer is the one it has to be. */
static bool
check_version(struct dialogue *dialogue, unsigned byte)
{
	unsigned version = dialogue->stage == DIALOGUE_PASSWORD
	    ? PASSWORD_VERSION
	    : VERSION;

	if (dialogue->count != 1 || byte == version)
		return (true);
	protocol_end(dialogue, DIALOGUE_BROKEN,
	    "not an answer of SOCKS 5: its first byte is %u", byte);
	return (false);
}

static void
socks5_take(struct dialogue *dialogue, unsigned char byte)
{
	dialogue->answer[dialogue->count++] = byte;
	if (!check_version(dialogue, byte))
		return;
	if (dialogue->stage == DIALOGUE_REPLY) {
		take_reply(dialogue, byte);
		return;
	}
	if (dialogue->count < dialogue->wanted)
		return;
	dialogue->count = 0;
	if (dialogue->stage == DIALOGUE_METHOD)
		take_method(dialogue, byte);
	else if (byte == 0)
		send_request(dialogue);
	else
		refuse_user(dialogue, "the user or the password is wrong");
}

const struct protocol protocol_socks5 = {
	.begin = socks5_begin,
	.take = socks5_take,
};
