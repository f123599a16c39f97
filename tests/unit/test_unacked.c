/* SPDX-License-Identifier: ISC */
/*
 * What a peer on loopback has acknowledged, and when.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <unistd.h>

#include "relay/unacked.h"
#include "clock.h"

/* What the ticks that a system counts in may hide. */
#define TICKS_US (20 * MONOTIME_PER_MS)

struct fixture {
	int ours;
	int peer;
	struct unacked unacked;
};

static int
setup(void **state)
{
	static struct fixture fixture;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &length), 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fixture.ours = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    connect(fixture.ours, (struct sockaddr *)&address, length), 0);
	fixture.peer = accept(listener, NULL, NULL);
	assert_int_not_equal(fixture.peer, -1);
	close(listener);
	unacked_init(&fixture.unacked, fixture.ours);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->ours);
	close(fixture->peer);
	return (0);
}

/* Sends, and returns a time at which all of it was acknowledged. */
static monotime_t
send_and_see(struct fixture *fixture)
{
	char byte;

	assert_int_equal(send(fixture->ours, "hello", 5, 0), 5);
	while (unacked_bytes(&fixture->unacked, 5) > 0)
		recv(fixture->peer, &byte, 1, MSG_PEEK);
	return (clock_now());
}

static void
what_is_sent_gets_acknowledged(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unacked_bytes(&fixture->unacked, 0), 0);
	assert_int_equal(unacked_bytes(&fixture->unacked, 5), 5);
	send_and_see(fixture);
	assert_int_equal(unacked_bytes(&fixture->unacked, 5), 0);
	assert_int_equal(unacked_bytes(&fixture->unacked, 7), 2);
}

/* However late one looks. */
static void
an_acknowledgement_came_when_it_came(void **state)
{
	struct fixture *fixture = *state;
	monotime_t sent = clock_now();
	monotime_t seen = send_and_see(fixture);
	monotime_t now, came;

	do {
		now = clock_now();
		came = now -
		    unacked_age_ms(&fixture->unacked) * MONOTIME_PER_MS;
		assert_true(came <= seen + TICKS_US);
	} while (now < seen + 5 * TICKS_US);
	now = unacked_age_ms(&fixture->unacked) * MONOTIME_PER_MS;
	assert_true(clock_now() - now >= sent - TICKS_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_is_sent_gets_acknowledged, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_acknowledgement_came_when_it_came, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
