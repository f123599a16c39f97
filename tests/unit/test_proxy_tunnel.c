/* SPDX-License-Identifier: ISC */
/*
 * Tunnels over a pair of sockets: what is left in the socket, and the ends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "proxy/tunnel.h"

static const struct proxy_request request = {
	.protocol = PROXY_SOCKS5,
	.host = "www.test",
	.port = 80,
};

struct fixture {
	struct event_base *base;
	int pair[2]; /* ours, and the proxy's */
	struct tunnel *tunnel;
	int calls;
	enum tunnel_end end;
	int error;
	bool is_of_address;
	bool is_of_user;
	char text[DIALOGUE_TEXT_MAX];
};

static void
on_end(const struct tunnel_result *result, void *arg)
{
	struct fixture *fixture = arg;

	fixture->calls++;
	fixture->end = result->end;
	fixture->error = result->error;
	fixture->is_of_address = result->is_of_address;
	fixture->is_of_user = result->is_of_user;
	snprintf(fixture->text, sizeof(fixture->text), "%s", result->text);
	/* It may go inside. */
	tunnel_free(fixture->tunnel);
	fixture->tunnel = NULL;
	event_base_loopbreak(fixture->base);
}

static void
start(struct fixture *fixture, monotime_t patience)
{
	*fixture = (struct fixture){ .base = event_base_new() };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->pair),
	    0);
	fixture->tunnel = tunnel_new(fixture->base, fixture->pair[0], NULL,
	    &request, clock_after(clock_now(), patience), on_end, fixture);
	assert_non_null(fixture->tunnel);
	/* Never from inside. */
	assert_int_equal(fixture->calls, 0);
}

static void
say(const struct fixture *fixture, const void *bytes, size_t size)
{
	assert_int_equal(send(fixture->pair[1], bytes, size, 0), size);
}

/* Waits for the end, and compares all but its text. */
static void
expect_end(struct fixture *fixture, enum tunnel_end end, int error)
{
	while (fixture->calls == 0)
		assert_true(event_base_dispatch(fixture->base) >= 0);
	assert_int_equal(fixture->calls, 1);
	assert_int_equal(fixture->end, end);
	assert_int_equal(fixture->error, error);
}

static void
expect(
    struct fixture *fixture, enum tunnel_end end, int error, const char *text)
{
	expect_end(fixture, end, error);
	assert_string_equal(fixture->text, text);
}

/* The deadline: the text has the time, which the machine may make longer. */
static void
expect_timeout(struct fixture *fixture)
{
	char expected[DIALOGUE_TEXT_MAX];
	double seconds;

	expect_end(fixture, TUNNEL_FAILED, ETIMEDOUT);
	assert_int_equal(sscanf(fixture->text,
			     "no answer from the proxy in %lf s", &seconds),
	    1);
	snprintf(expected, sizeof(expected),
	    "no answer from the proxy in %.1f s", seconds);
	assert_string_equal(fixture->text, expected);
}

static void
finish(struct fixture *fixture)
{
	tunnel_free(fixture->tunnel);
	close(fixture->pair[0]);
	close(fixture->pair[1]);
	event_base_free(fixture->base);
}

/* Runs the loop until the proxy has got `size` bytes. */
static void
hear(struct fixture *fixture, size_t size)
{
	char bytes[64];

	while (size > 0) {
		ssize_t n;

		assert_true(
		    event_base_loop(fixture->base, EVLOOP_NONBLOCK) >= 0);
		n = recv(fixture->pair[1], bytes, size, 0);
		if (n > 0)
			size -= (size_t)n;
		else
			assert_int_equal(errno, EAGAIN);
	}
}

static void
test_rest_stays_in_the_socket(void **state)
{
	static const char said[] = "\5\0\0\1\0\0\0\0\0\0banner";
	struct fixture fixture;
	char rest[16];

	(void)state;
	start(&fixture, MONOTIME_PER_SECOND * 60);
	hear(&fixture, 3);
	say(&fixture, "\5\0", 2);
	hear(&fixture, 15);
	say(&fixture, said, sizeof(said) - 1);
	expect(&fixture, TUNNEL_OPEN, 0, "succeeded");
	assert_int_equal(recv(fixture.pair[0], rest, sizeof(rest), 0), 6);
	assert_memory_equal(rest, "banner", 6);
	finish(&fixture);
}

static void
test_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_SECOND * 60);
	say(&fixture, "\5\0\5\5rest", 8);
	expect(&fixture, TUNNEL_REFUSED, 0, "SOCKS: connection refused");
	finish(&fixture);
}

/* What it has said counts, even if it reads nothing. */
static void
test_refused_by_a_proxy_that_has_closed(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_SECOND * 60);
	say(&fixture, "\5\xff", 2);
	close(fixture.pair[1]);
	fixture.pair[1] = dup(fixture.pair[0]);
	expect(&fixture, TUNNEL_REFUSED, 0,
	    "SOCKS: a user and a password are wanted");
	assert_true(fixture.is_of_user);
	assert_false(fixture.is_of_address);
	finish(&fixture);
}

static void
test_closed(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_SECOND * 60);
	say(&fixture, "\5", 1);
	shutdown(fixture.pair[1], SHUT_WR);
	expect(&fixture, TUNNEL_FAILED, 0,
	    "closed by the proxy before it had answered");
	assert_false(fixture.is_of_address);
	finish(&fixture);
}

/* Silence about what was asked for is about that, and no other is. */
static void
test_silence_about_an_address(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_SECOND * 60);
	hear(&fixture, 3);
	assert_false(tunnel_awaits_reply(fixture.tunnel));
	say(&fixture, "\5\0", 2);
	hear(&fixture, 15);
	assert_true(tunnel_awaits_reply(fixture.tunnel));
	shutdown(fixture.pair[1], SHUT_WR);
	expect(&fixture, TUNNEL_FAILED, 0,
	    "closed by the proxy before it had answered");
	assert_true(fixture.is_of_address);
	assert_false(fixture.is_of_user);
	finish(&fixture);
}

static void
test_deadline(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_MS);
	expect_timeout(&fixture);
	assert_false(fixture.is_of_address);
	finish(&fixture);
	start(&fixture, -MONOTIME_PER_MS);
	expect_timeout(&fixture);
	finish(&fixture);
}

static void
test_freed_before_its_end(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, MONOTIME_PER_MS);
	tunnel_free(fixture.tunnel);
	fixture.tunnel = NULL;
	assert_int_equal(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 1);
	assert_int_equal(fixture.calls, 0);
	finish(&fixture);
	tunnel_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rest_stays_in_the_socket),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_by_a_proxy_that_has_closed),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_silence_about_an_address),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_freed_before_its_end),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
