/* SPDX-License-Identifier: ISC */
/*
 * Dialogues with proxies: what is sent, and what each answer comes to, however
 * it is cut.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/dialogue.h"
#include "proxy/no_proxy.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Answers in hexadecimal; a text in quotes stands for its bytes. */
static const struct row {
	enum proxy_protocol protocol;
	const char *user;
	const char *answers; /* a blank between them */
	enum dialogue_state state;
	bool is_of_address;
	const char *text;
} rows[] = {
	/* clang-format off */
	{ PROXY_SOCKS4, NULL, "005a000000000000", DIALOGUE_OPEN, false, "granted" },
	{ PROXY_SOCKS4, "u", "005affffffffffff", DIALOGUE_OPEN, false, "granted" },
	{ PROXY_SOCKS4, NULL, "005b", DIALOGUE_REFUSED, true,
	  "SOCKS: the request was rejected or failed" },
	{ PROXY_SOCKS4, NULL, "005d", DIALOGUE_REFUSED, false,
	  "SOCKS: identd on this host reports another user" },
	{ PROXY_SOCKS4, NULL, "04", DIALOGUE_BROKEN, false,
	  "not an answer of SOCKS 4: its first byte is 4" },
	{ PROXY_SOCKS4, NULL, "0059", DIALOGUE_BROKEN, false,
	  "SOCKS: an unknown answer, 89" },
	{ PROXY_SOCKS5, NULL, "0500 05000001c00002010050", DIALOGUE_OPEN, false,
	  "succeeded" },
	{ PROXY_SOCKS5, NULL, "0500 0500000400000000000000000000000000000000ffff",
	  DIALOGUE_OPEN, false, "succeeded" },
	{ PROXY_SOCKS5, NULL, "0500 0500000303'abc'0050", DIALOGUE_OPEN, false,
	  "succeeded" },
	{ PROXY_SOCKS5, NULL, "0500 05000003000050", DIALOGUE_OPEN, false,
	  "succeeded" },
	{ PROXY_SOCKS5, "u", "0502 0100 05000001000000000000", DIALOGUE_OPEN,
	  false, "succeeded" },
	{ PROXY_SOCKS5, "u", "0500 05000001000000000000", DIALOGUE_OPEN, false,
	  "succeeded" },
	{ PROXY_SOCKS5, "u", "0502 0101", DIALOGUE_REFUSED, false,
	  "SOCKS: the user or the password is wrong" },
	{ PROXY_SOCKS5, NULL, "05ff", DIALOGUE_REFUSED, false,
	  "SOCKS: a user and a password are wanted" },
	{ PROXY_SOCKS5, NULL, "0500 0505", DIALOGUE_REFUSED, true,
	  "SOCKS: connection refused" },
	{ PROXY_SOCKS5, NULL, "0500 0507", DIALOGUE_REFUSED, false,
	  "SOCKS: command not supported" },
	{ PROXY_SOCKS5, NULL, "0500 05000005", DIALOGUE_BROKEN, false,
	  "SOCKS: an unknown type of address, 5" },
	{ PROXY_SOCKS5, NULL, "0500 0500ff", DIALOGUE_BROKEN, false,
	  "SOCKS: the reserved byte is 255" },
	{ PROXY_HTTP, NULL, "'HTTP/1.1 200 ok'0d0a'A: b'0d0a0d0a", DIALOGUE_OPEN,
	  false, "200 ok" },
	{ PROXY_HTTP, NULL, "'HTTP/1.0 299'0a0a", DIALOGUE_OPEN, false, "299" },
	{ PROXY_HTTP, "u", "'HTTP/1.1 103 x'0a0a'HTTP/1.9 201 '0a0a",
	  DIALOGUE_OPEN, false, "201" },
	{ PROXY_HTTP, NULL, "'HTTP/1.1 300 '0a", DIALOGUE_REFUSED, false, "300" },
	{ PROXY_HTTP, NULL, "'HTTP/1.1 999 a  b '0d0a", DIALOGUE_REFUSED, false,
	  "999 a  b" },
	{ PROXY_HTTP, NULL, "'HTTP/1.1 200 ok'0d'x'", DIALOGUE_BROKEN, false,
	  "HTTP: a CR without LF in a header" },
	{ PROXY_HTTP, NULL, "00", DIALOGUE_BROKEN, false,
	  "HTTP: a NUL byte in a header" },
	{ PROXY_HTTP, NULL, "0a", DIALOGUE_BROKEN, false,
	  "not an answer of HTTP/1: ''" },
	/* clang-format on */
};

/* Writes the bytes of one answer; returns the rest of the text. */
static const char *
decode(const char *text, unsigned char *bytes, size_t *count)
{
	bool is_quoted = false;

	for (*count = 0; *text != '\0' && (is_quoted || *text != ' '); text++) {
		char digits[3] = { text[0], text[1], '\0' };

		if (*text == '\'') {
			is_quoted = !is_quoted;
			continue;
		}
		if (is_quoted) {
			bytes[(*count)++] = (unsigned char)*text;
			continue;
		}
		bytes[(*count)++] = (unsigned char)strtoul(digits, NULL, 16);
		text++;
	}
	return (*text == ' ' ? text + 1 : text);
}

/* Sends all that there is to be sent; there has to be something. */
static void
send_all(struct dialogue *dialogue)
{
	size_t size;

	assert_true(dialogue_output(dialogue, &size) != NULL && size > 0);
	dialogue_sent(dialogue, size / 2);
	dialogue_sent(dialogue, size - size / 2);
	dialogue_output(dialogue, &size);
	assert_int_equal(size, 0);
}

/* Goes through a row with its answers cut in pieces of `piece` bytes. */
static void
run_row(const struct row *row, size_t piece)
{
	struct proxy_request request = {
		.protocol = row->protocol,
		.host = "www.test",
		.port = 80,
		.user = row->user,
		.password = row->user == NULL ? NULL : "secret",
	};
	unsigned char bytes[128];
	struct dialogue dialogue;
	const char *rest = row->answers;
	size_t count, used;

	dialogue_init(&dialogue, &request);
	while (*rest != '\0') {
		assert_int_equal(dialogue.state, DIALOGUE_ASKS);
		send_all(&dialogue);
		rest = decode(rest, bytes, &count);
		memcpy(bytes + count, "tunnel", 6);
		for (used = 0; used + piece < count; used += piece)
			assert_int_equal(
			    dialogue_input(&dialogue, bytes + used, piece),
			    piece);
		/* What is behind the last answer is not taken. */
		assert_int_equal(dialogue_input(&dialogue, bytes + used,
				     count - used + (*rest == '\0' ? 6 : 0)),
		    count - used);
	}
	assert_int_equal(dialogue.state, row->state);
	assert_int_equal(dialogue.is_of_address, row->is_of_address);
	assert_string_equal(dialogue.text, row->text);
	dialogue_output(&dialogue, &count);
	assert_int_equal(count, 0);
	assert_int_equal(dialogue_input(&dialogue, "x", 1), 0);
}

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		for (size_t piece = 1; piece < 64; piece++)
			run_row(&rows[i], piece);
}

/* The longest of everything has room. */
static void
test_longest_request(void **state)
{
	char longest[PROXY_FIELD_MAX + 1];
	struct proxy_request request = {
		.host = longest,
		.port = 65535,
		.user = longest,
		.password = longest,
	};
	struct dialogue dialogue;
	const unsigned char *output;
	size_t size;

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	request.protocol = PROXY_HTTP;
	dialogue_init(&dialogue, &request);
	output = dialogue_output(&dialogue, &size);
	assert_memory_equal(output + size - 5, "=\r\n\r\n", 5);
	request.protocol = PROXY_SOCKS4;
	dialogue_init(&dialogue, &request);
	dialogue_output(&dialogue, &size);
	assert_int_equal(size, 8 + 256 + 256);
	request.protocol = PROXY_SOCKS5;
	dialogue_init(&dialogue, &request);
	send_all(&dialogue);
	dialogue_input(&dialogue, "\5\2", 2);
	dialogue_output(&dialogue, &size);
	assert_int_equal(size, 1 + 256 + 256);
	send_all(&dialogue);
	dialogue_input(&dialogue, "\1\0", 2);
	dialogue_output(&dialogue, &size);
	assert_int_equal(size, 4 + 256 + 2);
}

/* An answer to what was not sent yet is none; a refusal is heard even so. */
static void
test_early_answers(void **state)
{
	struct proxy_request request = {
		.protocol = PROXY_HTTP,
		.host = "h",
		.port = 1,
	};
	struct dialogue dialogue;

	(void)state;
	dialogue_init(&dialogue, &request);
	dialogue_input(&dialogue, "HTTP/1.1 200 ok\n\n", 17);
	assert_int_equal(dialogue.state, DIALOGUE_BROKEN);
	assert_string_equal(
	    dialogue.text, "the proxy answered before it was asked");
	dialogue_init(&dialogue, &request);
	dialogue_input(&dialogue, "HTTP/1.1 503 no\n", 16);
	assert_int_equal(dialogue.state, DIALOGUE_REFUSED);
	request.protocol = PROXY_SOCKS5;
	dialogue_init(&dialogue, &request);
	send_all(&dialogue);
	dialogue_input(&dialogue, "\5\0\5\0\0\1\0\0\0\0\0\0", 12);
	assert_int_equal(dialogue.state, DIALOGUE_BROKEN);
}

/* The whole request has been sent, and no byte of its answer is there. */
static void
test_awaits_reply(void **state)
{
	struct proxy_request request = {
		.protocol = PROXY_SOCKS5,
		.host = "h",
		.port = 1,
		.user = "u",
		.password = "p",
	};
	struct dialogue dialogue;

	(void)state;
	dialogue_init(&dialogue, &request);
	send_all(&dialogue);
	assert_false(dialogue_awaits_reply(&dialogue));
	dialogue_input(&dialogue, "\5\2", 2);
	send_all(&dialogue);
	assert_false(dialogue_awaits_reply(&dialogue));
	dialogue_input(&dialogue, "\1\0", 2);
	assert_false(dialogue_awaits_reply(&dialogue));
	send_all(&dialogue);
	assert_true(dialogue_awaits_reply(&dialogue));
	dialogue_input(&dialogue, "\5", 1);
	assert_false(dialogue_awaits_reply(&dialogue));
	request.protocol = PROXY_HTTP;
	dialogue_init(&dialogue, &request);
	assert_false(dialogue_awaits_reply(&dialogue));
	send_all(&dialogue);
	assert_true(dialogue_awaits_reply(&dialogue));
	dialogue_input(&dialogue, "HTTP/1.1 100 wait\n", 18);
	assert_false(dialogue_awaits_reply(&dialogue));
	dialogue_input(&dialogue, "\nHTTP/1.1 503 no\n", 17);
	assert_int_equal(dialogue.state, DIALOGUE_REFUSED);
	assert_false(dialogue_awaits_reply(&dialogue));
}

static void
test_headers_have_an_end(void **state)
{
	struct proxy_request request = {
		.protocol = PROXY_HTTP,
		.host = "h",
		.port = 1,
	};
	struct dialogue dialogue;
	size_t used = 0;

	(void)state;
	dialogue_init(&dialogue, &request);
	send_all(&dialogue);
	while (dialogue.state == DIALOGUE_ASKS)
		used += dialogue_input(&dialogue, "aaaaaaaaaaaaaaaa", 16);
	assert_int_equal(dialogue.state, DIALOGUE_BROKEN);
	assert_int_equal(used, PROXY_HEADERS_MAX);
	assert_string_equal(dialogue.text, "HTTP: more than 64 KiB of headers");
}

static void
test_no_proxy(void **state)
{
	static const struct {
		const char *list;
		const char *host;
		bool has;
	} names[] = {
		{ "", "h", false },
		{ "*", "h", true },
		{ "*", "192.0.2.1", true },
		{ "h", "h", true },
		{ "H.test", "h.TEST", true },
		{ "h.test", "h.test.", true },
		{ "test", "h.test", true },
		{ ".test", "h.test", true },
		{ ".test", "test", true },
		{ "st", "h.test", false },
		{ "h.test", "test", false },
		{ "a, b,c\td", "d", true },
		{ ",, a ,", "a", true },
		{ "a b", "c", false },
		{ ".", "h", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.0/24", "192.0.2.9", true },
		{ "192.0.2.0/24", "192.0.3.9", false },
		{ "2001:db8::/32", "2001:db8::1", true },
		{ "[::1]", "::1", true },
		{ "1", "0.0.0.1", true },
		{ "2.1", "192.0.2.1", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (no_proxy_has(names[i].list, names[i].host) != names[i].has)
			fail_msg("%s in %s", names[i].host, names[i].list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_longest_request),
		cmocka_unit_test(test_early_answers),
		cmocka_unit_test(test_awaits_reply),
		cmocka_unit_test(test_headers_have_an_end),
		cmocka_unit_test(test_no_proxy),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
