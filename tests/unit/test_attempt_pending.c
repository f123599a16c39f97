/* SPDX-License-Identifier: ISC */
/*
 * Attempts without an answer: a listener whose queue is full drops the SYN.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <unistd.h>

#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"

/* A listener that accepts none, and connections that fill its queue. */
#define CROWD 9

/* Takes the error of a socket, so that the next call finds none. */
static int
take_error(int fd)
{
	int error = -1;
	socklen_t length = sizeof(error);

	assert_int_equal(
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return (error);
}

/* The queue is full: the SYN of the next one is dropped. */
static void
open_crowd(struct address *address, int crowd[CROWD])
{
	crowd[0] = listener(address, 0);
	for (size_t i = 1; i < CROWD; i++) {
		crowd[i] = socket(address_family(address),
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(crowd[i] != -1);
		connect(crowd[i], &address->sa, address->length);
	}
}

static void
close_crowd(const int crowd[CROWD])
{
	for (size_t i = 0; i < CROWD; i++)
		close(crowd[i]);
}

static void
a_pending_attempt_can_be_released_at_any_time(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int crowd[CROWD];
	struct attempt_facts facts = { .rtt = 0 };
	size_t before;

	open_crowd(&address, crowd);
	before = open_descriptors();
	assert_int_equal(start(fixture, &address), 0);
	real_loop_settle(fixture->base);
	fixture->provider->ops->poll(fixture->provider);
	assert_int_equal(fixture->ended, 0);
	fixture->provider->ops->inspect(fixture->attempt, &facts);
	assert_int_equal(facts.rtt, -1);
	assert_int_equal(open_descriptors(), before + 1);
	release(fixture);
	assert_int_equal(open_descriptors(), before);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->ended, 0);
	close_crowd(crowd);
}

/*
 * Starts an attempt without an answer and closes its connecting socket from
 * outside, so that it is writable and has no error.
 */
static void
start_and_close_silently(struct attempt_fixture *fixture, int crowd[CROWD])
{
	struct address address = literal("127.0.0.1");
	int fd;

	open_crowd(&address, crowd);
	fd = dup(crowd[0]);
	close(fd);
	/* The attempt has the lowest number that is free. */
	assert_int_equal(start(fixture, &address), 0);
	fixture->provider->ops->poll(fixture->provider);
	assert_int_equal(fixture->ended, 0);
	assert_int_equal(shutdown(fd, SHUT_RDWR), 0);
	assert_int_equal(take_error(fd), ECONNRESET);
	assert_int_equal(take_error(fd), 0);
}

static void
poll_takes_no_closed_socket_for_a_connection(void **state)
{
	struct attempt_fixture *fixture = *state;
	int crowd[CROWD];

	start_and_close_silently(fixture, crowd);
	assert_int_equal(poll_to_the_end(fixture), ECONNREFUSED);
	release(fixture);
	close_crowd(crowd);
}

static void
the_loop_takes_no_closed_socket_for_a_connection(void **state)
{
	struct attempt_fixture *fixture = *state;
	int crowd[CROWD];

	start_and_close_silently(fixture, crowd);
	real_loop_run(fixture->base, &fixture->ended, 1);
	assert_int_equal(fixture->error, ECONNREFUSED);
	release(fixture);
	close_crowd(crowd);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, attempt_setup, attempt_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pending_attempt_can_be_released_at_any_time),
		TEST(poll_takes_no_closed_socket_for_a_connection),
		TEST(the_loop_takes_no_closed_socket_for_a_connection),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
