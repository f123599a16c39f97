/* SPDX-License-Identifier: ISC */
/*
 * The write side of a real socket is shut down when the facts, which are the
 * test's own, say so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/real_loop.h"
#include "relay/write_shutdown.h"

#define MS    MONOTIME_PER_MS
#define NEVER MONOTIME_NEVER

struct fixture {
	struct event_base *base;
	int ends[2];
	struct write_shutdown *shutdown;
	struct half_close_facts facts;
	size_t full; /* how often there is no room */
	size_t polls;
	size_t shut_downs;
	int error;
	size_t waits;
	size_t quiets;
	bool stops_when_shut_down;
};

static struct half_close_facts
gather(void *arg)
{
	struct fixture *fixture = arg;

	fixture->polls++;
	return (fixture->facts);
}

/* Sends the FIN, or says that there is no room for it. */
static int
send_fin(void *arg)
{
	struct fixture *fixture = arg;

	if (fixture->full > 0) {
		fixture->full--;
		return (EAGAIN);
	}
	return (shutdown(fixture->ends[0], SHUT_WR) == -1 ? errno : 0);
}

static void
on_shut_down(int error, void *arg)
{
	struct fixture *fixture = arg;

	fixture->shut_downs++;
	fixture->error = error;
	if (fixture->stops_when_shut_down)
		write_shutdown_stop(fixture->shutdown);
}

static void
on_waits(void *arg)
{
	((struct fixture *)arg)->waits++;
}

static void
on_quiet(void *arg)
{
	((struct fixture *)arg)->quiets++;
}

static void
on_failed(int error, void *arg)
{
	(void)arg;
	fail_msg("a timer: %d", error);
}

static const struct write_shutdown_events events = {
	.gather = gather,
	.send = send_fin,
	.shut_down = on_shut_down,
	.waits = on_waits,
	.quiet = on_quiet,
	.failed = on_failed,
};

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.facts.input_sent = true;
	fixture.facts.moved_at = clock_now();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture.ends), 0);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	write_shutdown_free(fixture->shutdown);
	event_base_free(fixture->base);
	close(fixture->ends[0]);
	close(fixture->ends[1]);
	return (0);
}

static void
make(struct fixture *fixture, monotime_t wait, monotime_t leave_wait)
{
	fixture->shutdown = write_shutdown_new(&(struct write_shutdown_config){
	    .base = fixture->base,
	    .wait = wait,
	    .leave_wait = leave_wait,
	    .events = &events,
	    .arg = fixture,
	});
	assert_non_null(fixture->shutdown);
}

/* Whether the peer sees EOF. */
static bool
is_shut_down(const struct fixture *fixture)
{
	char byte;

	return (recv(fixture->ends[1], &byte, 1, MSG_DONTWAIT) == 0);
}

static void
nothing_happens_before_input_is_sent(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, NEVER);
	write_shutdown_poll(fixture->shutdown);
	assert_int_equal(fixture->polls, 0);
	assert_false(is_shut_down(fixture));
}

static void
without_a_wait_it_is_at_once(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, NEVER);
	write_shutdown_start(fixture->shutdown);
	assert_true(is_shut_down(fixture));
	assert_int_equal(fixture->shut_downs, 1);
	assert_int_equal(fixture->error, 0);
	write_shutdown_poll(fixture->shutdown);
	assert_int_equal(fixture->shut_downs, 1);
}

static void
it_waits_for_a_quiet_peer(void **state)
{
	struct fixture *fixture = *state;
	monotime_t begin;

	make(fixture, 20 * MS, NEVER);
	fixture->facts.unacked = 1;
	write_shutdown_start(fixture->shutdown);
	real_loop_run(fixture->base, &fixture->polls, 4);
	assert_false(is_shut_down(fixture));
	fixture->facts.unacked = 0;
	fixture->facts.moved_at = begin = clock_now();
	real_loop_run(fixture->base, &fixture->shut_downs, 1);
	assert_true(clock_now() - begin >= 20 * MS);
	assert_true(is_shut_down(fixture));
}

static void
a_fin_that_waits_for_a_second_is_noticed(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 60 * MONOTIME_PER_SECOND, NEVER);
	write_shutdown_start(fixture->shutdown);
	real_loop_run(fixture->base, &fixture->waits, 1);
	assert_int_equal(fixture->shut_downs, 0);
	assert_false(is_shut_down(fixture));
}

static void
no_notice_follows_the_fin(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 20 * MS, NEVER);
	write_shutdown_start(fixture->shutdown);
	/* Up to where no event is left. */
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_int_equal(fixture->shut_downs, 1);
	assert_int_equal(fixture->waits, 0);
}

static void
the_peers_end_is_not_waited_for_when_sending_only(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 20 * MS);
	write_shutdown_start(fixture->shutdown);
	assert_int_equal(fixture->shut_downs, 1);
	assert_int_equal(fixture->quiets, 0);
	real_loop_run(fixture->base, &fixture->quiets, 1);
	assert_int_equal(fixture->shut_downs, 1);
}

static void
nor_where_no_fin_is_sent(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, NEVER, 20 * MS);
	write_shutdown_start(fixture->shutdown);
	real_loop_run(fixture->base, &fixture->quiets, 1);
	assert_int_equal(fixture->shut_downs, 0);
	assert_false(is_shut_down(fixture));
}

static void
nothing_happens_after_a_stop(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 20 * MS, 20 * MS);
	write_shutdown_start(fixture->shutdown);
	write_shutdown_stop(fixture->shutdown);
	/* No event is left. */
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	write_shutdown_poll(fixture->shutdown);
	write_shutdown_start(fixture->shutdown);
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_false(is_shut_down(fixture));
	assert_int_equal(fixture->waits, 0);
}

static void
a_failure_is_reported_and_may_stop_it(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->ends[0]);
	fixture->ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_not_equal(fixture->ends[0], -1);
	fixture->stops_when_shut_down = true;
	make(fixture, 0, 20 * MS);
	write_shutdown_start(fixture->shutdown);
	assert_int_equal(fixture->shut_downs, 1);
	assert_int_equal(fixture->error, ENOTCONN);
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_int_equal(fixture->quiets, 0);
}

/* A close_notify is written: the socket may be full. */
static void
one_without_room_is_sent_later(void **state)
{
	struct fixture *fixture = *state;

	fixture->full = 2;
	make(fixture, 0, NEVER);
	write_shutdown_start(fixture->shutdown);
	assert_int_equal(fixture->shut_downs, 0);
	while (fixture->shut_downs == 0)
		event_base_loop(fixture->base, EVLOOP_ONCE);
	assert_int_equal(fixture->full, 0);
	assert_int_equal(fixture->error, 0);
	assert_true(is_shut_down(fixture));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_happens_before_input_is_sent),
		TEST(without_a_wait_it_is_at_once),
		TEST(one_without_room_is_sent_later),
		TEST(it_waits_for_a_quiet_peer),
		TEST(a_fin_that_waits_for_a_second_is_noticed),
		TEST(no_notice_follows_the_fin),
		TEST(the_peers_end_is_not_waited_for_when_sending_only),
		TEST(nor_where_no_fin_is_sent),
		TEST(nothing_happens_after_a_stop),
		TEST(a_failure_is_reported_and_may_stop_it),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
