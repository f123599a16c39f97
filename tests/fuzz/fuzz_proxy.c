/* SPDX-License-Identifier: ISC */
/*
 * The answers of a proxy, cut anywhere: what comes of them is what a slow model
 * finds in all of the bytes, and none behind the last answer is taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "proxy/dialogue.h"

/* What the model finds: an end, and how many bytes belong to it. */
struct verdict {
	enum dialogue_state state;
	size_t used;
};

static struct verdict
verdict(enum dialogue_state state, size_t used)
{
	return ((struct verdict){ state, used });
}

/* Returns byte number `at`; -1: it is not there. */
static int
byte_at(const uint8_t *bytes, size_t size, size_t at)
{
	return (at < size ? bytes[at] : -1);
}

static struct verdict
judge_socks4(const uint8_t *bytes, size_t size)
{
	int code = byte_at(bytes, size, 1);

	if (size > 0 && bytes[0] != 0)
		return (verdict(DIALOGUE_BROKEN, 1));
	if (code >= 91 && code <= 93)
		return (verdict(DIALOGUE_REFUSED, 2));
	if (code != -1 && code != 90)
		return (verdict(DIALOGUE_BROKEN, 2));
	return (size < 8 ? verdict(DIALOGUE_ASKS, size)
			 : verdict(DIALOGUE_OPEN, 8));
}

/* The reply of SOCKS 5, from `at` on. */
static struct verdict
judge_reply(const uint8_t *bytes, size_t size, size_t at)
{
	int type = byte_at(bytes, size, at + 3);
	size_t length = 0;

	if (size > at && bytes[at] != 5)
		return (verdict(DIALOGUE_BROKEN, at + 1));
	if (size > at + 1 && bytes[at + 1] != 0)
		return (verdict(DIALOGUE_REFUSED, at + 2));
	if (size > at + 2 && bytes[at + 2] != 0)
		return (verdict(DIALOGUE_BROKEN, at + 3));
	if (type != -1 && type != 1 && type != 3 && type != 4)
		return (verdict(DIALOGUE_BROKEN, at + 4));
	if (size < at + 5)
		return (verdict(DIALOGUE_ASKS, size));
	length = type == 1 ? 10 : type == 4 ? 22 : (size_t)7 + bytes[at + 4];
	return (size < at + length ? verdict(DIALOGUE_ASKS, size)
				   : verdict(DIALOGUE_OPEN, at + length));
}

static struct verdict
judge_socks5(const uint8_t *bytes, size_t size, bool has_user)
{
	if (size > 0 && bytes[0] != 5)
		return (verdict(DIALOGUE_BROKEN, 1));
	if (size < 2)
		return (verdict(DIALOGUE_ASKS, size));
	if (bytes[1] == 0)
		return (judge_reply(bytes, size, 2));
	if (bytes[1] == 255)
		return (verdict(DIALOGUE_REFUSED, 2));
	if (bytes[1] != 2 || !has_user)
		return (verdict(DIALOGUE_BROKEN, 2));
	if (size > 2 && bytes[2] != 1)
		return (verdict(DIALOGUE_BROKEN, 3));
	if (size < 4)
		return (verdict(DIALOGUE_ASKS, size));
	return (bytes[3] != 0 ? verdict(DIALOGUE_REFUSED, 4)
			      : judge_reply(bytes, size, 4));
}

/* Returns the status of a line of `length` bytes; 0: it is no status line. */
static int
status_of(const char *line, size_t length)
{
	char copy[16] = "";
	char minor, space;
	int status = 0, end = 0;

	memcpy(copy, line, length < 12 ? length : 12);
	if (length < 12 || strspn(copy + 9, "0123456789") != 3 ||
	    sscanf(copy, "HTTP/1.%c%c%3d%n", &minor, &space, &status, &end) !=
		3 ||
	    end != 12 || minor < '0' || minor > '9' || space != ' ' ||
	    status < 100)
		return (0);
	return (length > 12 && line[12] != ' ' ? 0 : status);
}

/* Line by line, each found from its end. */
static struct verdict
judge_http(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	size_t begin = 0;
	int status = 0;

	for (size_t at = 0; at < size; at++) {
		size_t end = at;

		if (at + 1 > PROXY_HEADERS_MAX)
			return (verdict(DIALOGUE_BROKEN, PROXY_HEADERS_MAX));
		if (bytes[at] == 0)
			return (verdict(DIALOGUE_BROKEN, at + 1));
		if (bytes[at] != '\n') {
			if (at > begin && bytes[at - 1] == '\r')
				return (verdict(DIALOGUE_BROKEN, at + 1));
			continue;
		}
		end -= at > begin && bytes[at - 1] == '\r';
		if (status == 0) {
			status = status_of(text + begin, end - begin);
			if (status == 0 || status == 101)
				return (verdict(DIALOGUE_BROKEN, at + 1));
			if (status >= 300)
				return (verdict(DIALOGUE_REFUSED, at + 1));
		} else if (end == begin && status >= 200) {
			return (verdict(DIALOGUE_OPEN, at + 1));
		} else if (end == begin) {
			status = 0;
		}
		begin = at + 1;
	}
	return (size >= PROXY_HEADERS_MAX
		? verdict(DIALOGUE_BROKEN, PROXY_HEADERS_MAX)
		: verdict(DIALOGUE_ASKS, size));
}

/*
 * With pieces of this size: the request of SOCKS 5 is sent behind the piece
 * that ends the answer before, so that none in the same piece can be to it.
 */
static struct verdict
judge(const struct proxy_request *request, const uint8_t *bytes, size_t size,
    size_t piece)
{
	struct verdict found;
	size_t asked;

	if (request->protocol == PROXY_SOCKS4)
		return (judge_socks4(bytes, size));
	if (request->protocol == PROXY_HTTP)
		return (judge_http(bytes, size));
	found = judge_socks5(bytes, size, request->user != NULL);
	if (found.state != DIALOGUE_OPEN)
		return (found);
	asked = bytes[1] == 0 ? 2 : 4;
	if ((asked - 1) / piece == (found.used - 1) / piece)
		found.state = DIALOGUE_BROKEN;
	return (found);
}

/* A request of HTTP has as many lines as are meant, whatever the user is. */
static void
check_output(const struct dialogue *dialogue)
{
	const unsigned char *output;
	size_t size, lines = 0;

	output = dialogue_output(dialogue, &size);
	CHECK(size > 0 && size < DIALOGUE_OUTPUT_MAX);
	if (dialogue->request->protocol != PROXY_HTTP)
		return;
	for (size_t i = 0; i < size; i++) {
		CHECK(
		    output[i] >= ' ' || output[i] == '\r' || output[i] == '\n');
		lines += output[i] == '\n';
	}
	CHECK(lines == (dialogue->request->user != NULL ? 4 : 3));
	CHECK(memcmp(output + size - 4, "\r\n\r\n", 4) == 0);
}

static void
choose_request(struct choices *choices, struct proxy_request *request,
    char user[PROXY_FIELD_MAX + 1], char password[PROXY_FIELD_MAX + 1])
{
	static const enum proxy_protocol protocols[] = { PROXY_SOCKS4,
		PROXY_SOCKS5, PROXY_HTTP };

	request->protocol = protocols[choose(choices, 3)];
	request->host = "www.test";
	if (choose_one_in(choices, 3))
		request->address = choose_address(choices, 0);
	request->port = (uint16_t)(1 + choose(choices, 65535));
	if (choose_one_in(choices, 2))
		return;
	request->user = choose_text(choices, user, PROXY_FIELD_MAX + 1);
	if (!choose_one_in(choices, 4))
		request->password = choose_text(
		    choices, password, PROXY_FIELD_MAX + 1);
}

static void
send_all(struct dialogue *dialogue)
{
	size_t size;

	dialogue_output(dialogue, &size);
	if (size > 0)
		dialogue_sent(dialogue, size);
}

/* Hands the bytes over in pieces, each in memory of its own. */
static size_t
hand_over(
    struct dialogue *dialogue, const uint8_t *bytes, size_t size, size_t piece)
{
	size_t at = 0;

	while (at < size) {
		size_t count = size - at < piece ? size - at : piece;
		uint8_t *copy = malloc(count);
		size_t used;

		if (copy == NULL)
			abort();
		memcpy(copy, bytes + at, count);
		send_all(dialogue);
		used = dialogue_input(dialogue, copy, count);
		free(copy);
		CHECK(used <= count);
		CHECK((used == count) || dialogue->state != DIALOGUE_ASKS);
		at += used;
		if (dialogue->state != DIALOGUE_ASKS)
			break;
	}
	return (at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char user[PROXY_FIELD_MAX + 1], password[PROXY_FIELD_MAX + 1];
	struct choices choices = { data, size };
	struct proxy_request request = { .host = NULL };
	struct dialogue dialogue;
	struct verdict found;
	size_t used, piece;

	choose_request(&choices, &request, user, password);
	piece = 1 + choose(&choices, 64);
	dialogue_init(&dialogue, &request);
	check_output(&dialogue);
	found = judge(&request, choices.bytes, choices.left, piece);
	used = hand_over(&dialogue, choices.bytes, choices.left, piece);
	CHECK(dialogue.state == found.state);
	CHECK(used == found.used);
	CHECK(memchr(dialogue.text, '\0', sizeof(dialogue.text)) != NULL);
	CHECK((dialogue.text[0] != '\0') || dialogue.state == DIALOGUE_ASKS);
	CHECK(!dialogue.is_of_address || dialogue.state == DIALOGUE_REFUSED);
	if (dialogue.state != DIALOGUE_ASKS)
		CHECK(dialogue_input(&dialogue, "x", 1) == 0);
	return (0);
}
