/* SPDX-License-Identifier: ISC */
/*
 * Real attempts that are a success only with data, or when the connection has
 * stayed open: what the peer does decides, and nothing of what it sends is
 * lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"

/* Longer than any test takes. */
#define LONG  (100 * MONOTIME_PER_SECOND)
#define SHORT (20 * MONOTIME_PER_MS)

/* Both ways to find something out. */
enum find { IN_LOOP, BY_POLL };

/* The other end of an attempt. */
struct other_end {
	int listening;
	int fd;
};

/* Starts an attempt and accepts it. */
static struct other_end
start_accepted(struct attempt_fixture *fixture, enum hecat_success success,
    monotime_t open_time)
{
	struct address address = literal("127.0.0.1");
	struct other_end other = { .listening = listener(&address, 4) };

	fixture->ended = 0;
	fixture->error = -2;
	fixture->success = success;
	fixture->open_time = open_time;
	assert_int_equal(start(fixture, &address), 0);
	other.fd = accept(other.listening, NULL, NULL);
	assert_true(other.fd != -1);
	return (other);
}

static void
close_both(const struct other_end *other)
{
	if (other->fd != -1)
		close(other->fd);
	close(other->listening);
}

/* Has the attempt find out that TCP is connected, which is no end. */
static void
find_connection(struct attempt_fixture *fixture, enum find find)
{
	struct attempt_facts facts = { .established = MONOTIME_NEVER };

	while (facts.established == MONOTIME_NEVER && real_loop_in_time()) {
		if (find == IN_LOOP)
			real_loop_settle(fixture->base);
		else
			fixture->provider->ops->poll(fixture->provider);
		fixture->provider->ops->inspect(fixture->attempt, &facts);
	}
	assert_true(facts.established != MONOTIME_NEVER);
	assert_int_equal(fixture->ended, 0);
}

static void
find_end(struct attempt_fixture *fixture, enum find find)
{
	if (find == IN_LOOP)
		real_loop_run(fixture->base, &fixture->ended, 1);
	else
		poll_until(fixture, 1);
}

static void
reset(struct other_end *other)
{
	const struct linger at_once = { .l_onoff = 1 };

	assert_int_equal(setsockopt(other->fd, SOL_SOCKET, SO_LINGER, &at_once,
			     sizeof(at_once)),
	    0);
	close(other->fd);
	other->fd = -1;
}

/* Every byte of the peer is there for the owner of the socket. */
static void
assert_said(struct attempt_fixture *fixture, const char *text)
{
	char bytes[16] = "";
	int fd = fixture->provider->ops->take(fixture->attempt);

	assert_int_equal(read(fd, bytes, sizeof(bytes) - 1), strlen(text));
	assert_string_equal(bytes, text);
	close(fd);
}

static void
data_is_a_success(
    struct attempt_fixture *fixture, enum hecat_success success, enum find find)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	find_connection(fixture, find);
	assert_int_equal(write(other.fd, "hello", 5), 5);
	find_end(fixture, find);
	assert_int_equal(fixture->error, 0);
	assert_said(fixture, "hello");
	release(fixture);
	close_both(&other);
}

/* The peer has closed by the time its data is found. */
static void
data_before_a_close_is_a_success(
    struct attempt_fixture *fixture, enum hecat_success success, enum find find)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	find_connection(fixture, find);
	assert_int_equal(write(other.fd, "hello", 5), 5);
	close(other.fd);
	other.fd = -1;
	find_end(fixture, find);
	assert_int_equal(fixture->error, 0);
	assert_said(fixture, "hello");
	release(fixture);
	close_both(&other);
}

/* Data that is there before the connection is noticed is found with it. */
static void
data_comes_with_the_connection(
    struct attempt_fixture *fixture, enum hecat_success success)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	assert_int_equal(write(other.fd, "hello", 5), 5);
	close(other.fd);
	other.fd = -1;
	fixture->provider->ops->poll(fixture->provider);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->error, 0);
	assert_said(fixture, "hello");
	release(fixture);
	close_both(&other);
}

static void
a_close_is_a_failure(
    struct attempt_fixture *fixture, enum hecat_success success, enum find find)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	find_connection(fixture, find);
	close(other.fd);
	other.fd = -1;
	find_end(fixture, find);
	assert_int_equal(fixture->error, ATTEMPT_CLOSED);
	release(fixture);
	close_both(&other);
}

static void
a_reset_is_a_failure(
    struct attempt_fixture *fixture, enum hecat_success success, enum find find)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	find_connection(fixture, find);
	reset(&other);
	find_end(fixture, find);
	assert_int_equal(fixture->error, ECONNRESET);
	release(fixture);
	close_both(&other);
}

/* Nobody has polled the socket between the SYN-ACK and the reset. */
static void
a_reset_at_once_is_a_failure(
    struct attempt_fixture *fixture, enum hecat_success success, enum find find)
{
	struct other_end other = start_accepted(fixture, success, LONG);

	reset(&other);
	find_end(fixture, find);
	assert_int_equal(fixture->error, ECONNRESET);
	release(fixture);
	close_both(&other);
}

static void
in_every_way(
    void (*test)(struct attempt_fixture *, enum hecat_success, enum find),
    struct attempt_fixture *fixture)
{
	for (int find = IN_LOOP; find <= BY_POLL; find++) {
		test(fixture, HECAT_SUCCESS_OPEN, (enum find)find);
		test(fixture, HECAT_SUCCESS_DATA, (enum find)find);
	}
}

static void
the_first_byte_is_a_success(void **state)
{
	in_every_way(data_is_a_success, *state);
	in_every_way(data_before_a_close_is_a_success, *state);
	data_comes_with_the_connection(*state, HECAT_SUCCESS_OPEN);
	data_comes_with_the_connection(*state, HECAT_SUCCESS_DATA);
}

static void
a_peer_that_ends_before_has_failed(void **state)
{
	in_every_way(a_close_is_a_failure, *state);
	in_every_way(a_reset_is_a_failure, *state);
	in_every_way(a_reset_at_once_is_a_failure, *state);
}

/* Not a moment too early; how late is the machine's business. */
static void
to_stay_open_is_a_success(void **state)
{
	struct attempt_fixture *fixture = *state;

	for (int find = IN_LOOP; find <= BY_POLL; find++) {
		struct other_end other = start_accepted(
		    fixture, HECAT_SUCCESS_OPEN, SHORT);
		struct attempt_facts facts;

		find_end(fixture, (enum find)find);
		assert_int_equal(fixture->error, 0);
		fixture->provider->ops->inspect(fixture->attempt, &facts);
		assert_true(clock_now() - facts.established >= SHORT);
		close(fixture->provider->ops->take(fixture->attempt));
		release(fixture);
		close_both(&other);
	}
}

/* The time has expired, and there is a reset that was not polled. */
static void
a_reset_counts_that_comes_with_the_end_of_the_time(void **state)
{
	struct attempt_fixture *fixture = *state;

	for (int find = IN_LOOP; find <= BY_POLL; find++) {
		struct other_end other = start_accepted(
		    fixture, HECAT_SUCCESS_OPEN, SHORT);
		struct attempt_facts facts;

		find_connection(fixture, (enum find)find);
		fixture->provider->ops->inspect(fixture->attempt, &facts);
		while (clock_now() - facts.established <= SHORT)
			continue;
		reset(&other);
		find_end(fixture, (enum find)find);
		assert_int_equal(fixture->error, ECONNRESET);
		release(fixture);
		close_both(&other);
	}
}

/* Of two attempts the one whose time has expired ends, the other goes on. */
static void
each_waits_for_its_own_time(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct other_end first = start_accepted(
	    fixture, HECAT_SUCCESS_OPEN, SHORT);
	struct attempt *gone = fixture->attempt;
	struct other_end second;

	find_connection(fixture, IN_LOOP);
	second = start_accepted(fixture, HECAT_SUCCESS_OPEN, SHORT);
	find_connection(fixture, IN_LOOP);
	/* What is released does not end, and does not stop the other's time. */
	fixture->provider->ops->release(gone);
	real_loop_run(fixture->base, &fixture->ended, 1);
	assert_int_equal(fixture->error, 0);
	close(fixture->provider->ops->take(fixture->attempt));
	release(fixture);
	close_both(&first);
	close_both(&second);
}

/* A loser is closed, and gets not one byte. */
static void
one_that_waits_can_be_released(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct other_end other = start_accepted(
	    fixture, HECAT_SUCCESS_OPEN, LONG);
	char byte;

	find_connection(fixture, BY_POLL);
	release(fixture);
	assert_int_equal(read(other.fd, &byte, 1), 0);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->ended, 0);
	close_both(&other);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, attempt_setup, attempt_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_byte_is_a_success),
		TEST(a_peer_that_ends_before_has_failed),
		TEST(to_stay_open_is_a_success),
		TEST(a_reset_counts_that_comes_with_the_end_of_the_time),
		TEST(each_waits_for_its_own_time),
		TEST(one_that_waits_can_be_released),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
