/* SPDX-License-Identifier: ISC */
/*
 * CONNECT (RFC 9110 section 9.3.6): any status of 2xx opens the tunnel, which
 * begins behind the empty line, whatever length the headers name. Of the
 * headers nothing else counts. A status of 1xx is followed by another one; 101
 * was not asked for.
 */
#include <stdio.h>
#include <string.h>

#include "proxy/protocol.h"
#include "text.h"

/* A proxy answers with 407 when it wants a user; some answer with 401. */
#define STATUS_SWITCHING    101
#define STATUS_UNAUTHORIZED 401
#define STATUS_PROXY_AUTH   407

/* Adds a text. */
static void
add(struct dialogue *dialogue, const char *text)
{
	protocol_add(dialogue, text, strlen(text));
}

/* Adds "name:80", "192.0.2.1:80" or "[2001:db8::1]:80". */
static void
add_authority(struct dialogue *dialogue)
{
	const struct proxy_request *request = dialogue->request;
	char text[ADDRESS_TEXT_MAX], port[8];
	struct address address = request->address;

	if (address.length > 0) {
		address_set_port(&address, request->port);
		add(dialogue, address_format(&address, text));
		return;
	}
	snprintf(port, sizeof(port), ":%u", (unsigned)request->port);
	add(dialogue, request->host);
	add(dialogue, port);
}

/* Adds "user:password" in base64 (RFC 4648 section 4). */
static void
add_credentials(struct dialogue *dialogue)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const struct proxy_request *request = dialogue->request;
	unsigned char plain[2 * PROXY_FIELD_MAX + 2];
	int length = snprintf((char *)plain, sizeof(plain), "%s:%s",
	    request->user, request->password == NULL ? "" : request->password);
	size_t count = (size_t)length < sizeof(plain) ? (size_t)length
						      : sizeof(plain) - 1;

	for (size_t i = 0; i < count; i += 3) {
		uint32_t group = (uint32_t)plain[i] << 16;
		size_t left = count - i;

		group |= left > 1 ? (uint32_t)plain[i + 1] << 8 : 0;
		group |= left > 2 ? plain[i + 2] : 0;
		for (size_t j = 0; j < 4; j++)
			protocol_add_byte(dialogue,
			    j > left ? '='
				     : (unsigned char)
					   digits[group >> (18 - 6 * j) & 63]);
	}
}

static void
http_begin(struct dialogue *dialogue)
{
	add(dialogue, "CONNECT ");
	add_authority(dialogue);
	add(dialogue, " HTTP/1.1\r\nHost: ");
	add_authority(dialogue);
	add(dialogue, "\r\n");
	if (dialogue->request->user != NULL) {
		add(dialogue, "Proxy-Authorization: Basic ");
		add_credentials(dialogue);
		add(dialogue, "\r\n");
	}
	add(dialogue, "\r\n");
	dialogue->stage = DIALOGUE_REPLY;
}

static bool
is_digit(char byte)
{
	return (byte >= '0' && byte <= '9');
}

/* Returns the status of "HTTP/1.x NNN ..."; 0: it is no such line. */
static int
parse_status(const char *line)
{
	static const char version[] = "HTTP/1.";
	const char *at = line + sizeof(version) - 1;

	if (strncmp(line, version, sizeof(version) - 1) != 0 ||
	    !is_digit(at[0]) || at[1] != ' ' || at[2] < '1' || at[2] > '9' ||
	    !is_digit(at[3]) || !is_digit(at[4]) ||
	    (at[5] != ' ' && at[5] != '\0'))
		return (0);
	return ((at[2] - '0') * 100 + (at[3] - '0') * 10 + at[4] - '0');
}

/* Keeps the status and its reason as the text. */
static void
keep_status(
    struct dialogue *dialogue, enum dialogue_state state, const char *line)
{
	const char *status = strchr(line, ' ') + 1;
	size_t length = strlen(status);

	while (length > 0 && status[length - 1] == ' ')
		length--;
	protocol_end(dialogue, state, "%.*s", (int)length, status);
}

/* Takes the first line of an answer. */
static void
take_status(struct dialogue *dialogue)
{
	const char *line = (const char *)dialogue->answer;
	char quoted[TEXT_QUOTE_MAX];
	int status = parse_status(line);

	dialogue->status = status;
	dialogue->is_of_user = status == STATUS_UNAUTHORIZED ||
	    status == STATUS_PROXY_AUTH;
	if (status == 0)
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "not an answer of HTTP/1: %s", text_quote(quoted, line));
	else if (status >= 300)
		keep_status(dialogue, DIALOGUE_REFUSED, line);
	else if (status == STATUS_SWITCHING)
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "HTTP: status 101 was not asked for");
	else if (status >= 200)
		keep_status(dialogue, DIALOGUE_ASKS, line);
}

/* Takes a line without its end. */
static void
take_line(struct dialogue *dialogue)
{
	bool is_empty = dialogue->count == 0;

	dialogue->answer[dialogue->count] = '\0';
	dialogue->count = 0;
	if (dialogue->status == 0)
		take_status(dialogue);
	else if (is_empty && dialogue->status < 200)
		dialogue->status = 0;
	else if (is_empty)
		dialogue->state = DIALOGUE_OPEN;
}

static void
http_take(struct dialogue *dialogue, unsigned char byte)
{
	dialogue->headers++;
	if (byte == '\n') {
		dialogue->after_cr = false;
		take_line(dialogue);
	} else if (dialogue->after_cr || byte == '\0') {
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "HTTP: a %s in a header",
		    byte == '\0' ? "NUL byte" : "CR without LF");
	} else if (byte == '\r') {
		dialogue->after_cr = true;
	} else if (dialogue->count < DIALOGUE_LINE_MAX) {
		dialogue->answer[dialogue->count++] = byte;
	}
	if (dialogue->state == DIALOGUE_ASKS &&
	    dialogue->headers == PROXY_HEADERS_MAX)
		protocol_end(dialogue, DIALOGUE_BROKEN,
		    "HTTP: more than %zu KiB of headers",
		    PROXY_HEADERS_MAX / 1024);
}

const struct protocol protocol_http = {
	.begin = http_begin,
	.take = http_take,
};
