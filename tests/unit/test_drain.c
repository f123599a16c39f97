/* SPDX-License-Identifier: ISC */
/*
 * When a drain is over: its decisions in virtual time, and the object on a real
 * socket, with a count of the test's own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/real_loop.h"
#include "relay/drain.h"

#define MS    MONOTIME_PER_MS
#define S     MONOTIME_PER_SECOND
#define NEVER MONOTIME_NEVER

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A drain that begins at 0: what its facts are from which time on. */
struct change {
	monotime_t at;
	uint64_t unacked;
	int error;
};

static const struct row {
	const char *name;
	monotime_t patience;
	enum drain_result result;
	monotime_t at;            /* the earliest time of the result */
	struct change changes[5]; /* the last one has no unacked, or is at 0 */
} rows[] = {
	{ "nothing was sent", S, DRAIN_ACKED, 0, { { 0, 0, 0 } } },
	{ "acknowledged after a round trip", S, DRAIN_ACKED, 30 * MS,
	    { { 0, 5, 0 }, { 30 * MS, 0, 0 } } },
	{ "acknowledged bit by bit, each within the patience", S, DRAIN_ACKED,
	    2700 * MS,
	    { { 0, 9, 0 }, { 900 * MS, 5, 0 }, { 1800 * MS, 1, 0 },
		{ 2700 * MS, 0, 0 } } },
	{ "never acknowledged", S, DRAIN_STUCK, S, { { 0, 5, 0 } } },
	{ "acknowledged in part, and no more", S, DRAIN_STUCK, 1500 * MS,
	    { { 0, 5, 0 }, { 500 * MS, 3, 0 } } },
	{ "never acknowledged, and no patience is set", NEVER, DRAIN_WAITING,
	    NEVER, { { 0, 5, 0 } } },
	{ "acknowledged after an hour, and no patience is set", NEVER,
	    DRAIN_ACKED, 3600 * S, { { 0, 5, 0 }, { 3600 * S, 0, 0 } } },
	{ "lost before it is acknowledged", S, DRAIN_LOST, 300 * MS,
	    { { 0, 5, 0 }, { 300 * MS, 5, ECONNRESET } } },
	{ "lost, known from the beginning", NEVER, DRAIN_LOST, 0,
	    { { 0, 5, EPIPE } } },
	{ "lost, and acknowledged at the same time", S, DRAIN_LOST, 300 * MS,
	    { { 0, 5, 0 }, { 300 * MS, 0, ECONNRESET } } },
};

/* Returns the facts of a row at the time `now`. */
static struct drain_facts
facts_at(const struct row *row, monotime_t now)
{
	struct drain_facts facts = { .unacked = 0 };

	for (size_t i = 0; i < COUNT(row->changes); i++)
		if (row->changes[i].at <= now &&
		    (i == 0 || row->changes[i].at > 0))
			facts = (struct drain_facts){
				.unacked = row->changes[i].unacked,
				.error = row->changes[i].error,
			};
	return (facts);
}

/* Polls as often as it is told to, for two hours at most. */
static enum drain_result
run(const struct row *row, monotime_t *now)
{
	struct drain_count count = { .since = 0 };
	enum drain_result result;

	*now = 0;
	do {
		struct drain_facts facts = facts_at(row, *now);

		result = drain_judge(&count, &facts, row->patience, *now);
		if (result == DRAIN_WAITING)
			*now += drain_interval(&count, *now);
	} while (result == DRAIN_WAITING && *now < 7200 * S);
	return (result);
}

static void
every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		monotime_t now;
		enum drain_result result = run(row, &now);

		if (result != row->result)
			fail_msg("%s: result %d", row->name, (int)result);
		if (row->at != NEVER &&
		    (now < row->at || now > row->at + 110 * MS))
			fail_msg(
			    "%s: after %lld us", row->name, (long long)now);
	}
}

/* Soon, so that a round trip costs no more; and ever later, at no great cost.
 */
static void
the_interval_grows_with_the_wait(void **state)
{
	struct drain_count count = { .unacked = 5, .since = S };

	(void)state;
	assert_int_equal(drain_interval(&count, S), MS);
	assert_int_equal(drain_interval(&count, S + 40 * MS), 10 * MS);
	assert_int_equal(drain_interval(&count, 3600 * S), 100 * MS);
}

struct fixture {
	struct event_base *base;
	int ends[2];
	struct drain *drain;
	struct drain_facts facts;
	size_t polls;
	size_t acked_at_poll;  /* everything is, from this one on; 0: never */
	bool reset_before_ack; /* a reset comes right behind the count before */
	size_t results;
	enum drain_result result;
	int error;
};

/* Closes the other end with data unread, which resets the connection. */
static void
reset(struct fixture *fixture)
{
	assert_int_equal(write(fixture->ends[0], "x", 1), 1);
	close(fixture->ends[1]);
	fixture->ends[1] = -1;
}

static struct drain_facts
gather(void *arg)
{
	struct fixture *fixture = arg;

	fixture->polls++;
	if (fixture->reset_before_ack &&
	    fixture->polls + 1 == fixture->acked_at_poll)
		reset(fixture);
	if (fixture->acked_at_poll > 0 &&
	    fixture->polls >= fixture->acked_at_poll)
		fixture->facts.unacked = 0;
	return (fixture->facts);
}

static void
on_result(enum drain_result result, int error, void *arg)
{
	struct fixture *fixture = arg;

	fixture->results++;
	fixture->result = result;
	fixture->error = error;
}

static void
on_failed(int error, void *arg)
{
	(void)arg;
	fail_msg("the timer: %d", error);
}

static const struct drain_events events = { gather, on_result, on_failed };

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .facts.unacked = 5 };
	fixture.base = real_loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture.ends), 0);
	fixture.drain = drain_new(
	    fixture.base, fixture.ends[0], &events, &fixture);
	assert_non_null(fixture.drain);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	drain_free(fixture->drain);
	event_base_free(fixture->base);
	close(fixture->ends[0]);
	close(fixture->ends[1]);
	return (0);
}

static void
what_is_acknowledged_already_is_reported_at_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->facts.unacked = 0;
	drain_start(fixture->drain);
	assert_int_equal(fixture->results, 1);
	assert_int_equal(fixture->result, DRAIN_ACKED);
}

static void
it_polls_by_itself_and_reports_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->acked_at_poll = 5;
	drain_start(fixture->drain);
	assert_int_equal(fixture->results, 0);
	real_loop_run(fixture->base, &fixture->results, 1);
	assert_int_equal(fixture->result, DRAIN_ACKED);
	assert_int_equal(fixture->polls, 5);
	drain_start(fixture->drain);
	assert_int_equal(fixture->results, 1);
}

static void
a_patience_that_is_set_later_counts_from_then(void **state)
{
	struct fixture *fixture = *state;
	monotime_t begin;

	drain_start(fixture->drain);
	real_loop_run(fixture->base, &fixture->polls, 5);
	begin = clock_now();
	drain_set_patience(fixture->drain, 50 * MS);
	real_loop_run(fixture->base, &fixture->results, 1);
	assert_int_equal(fixture->result, DRAIN_STUCK);
	assert_true(clock_now() - begin > 50 * MS);
}

static void
a_reset_is_found(void **state)
{
	struct fixture *fixture = *state;

	drain_start(fixture->drain);
	reset(fixture);
	real_loop_run(fixture->base, &fixture->results, 1);
	assert_int_equal(fixture->result, DRAIN_LOST);
	assert_int_equal(fixture->error, ECONNRESET);
}

/* It takes nothing back. */
static void
a_reset_behind_the_peers_end_is_not_a_loss(void **state)
{
	struct fixture *fixture = *state;

	reset(fixture);
	fixture->facts = (struct drain_facts){ 0, true, 0 };
	drain_start(fixture->drain);
	assert_int_equal(fixture->result, DRAIN_ACKED);
}

/* Both have come when the count was just taken. */
static void
not_even_one_that_is_seen_before_the_last_acknowledgement(void **state)
{
	struct fixture *fixture = *state;

	fixture->facts.peer_ended = true;
	fixture->acked_at_poll = 3;
	fixture->reset_before_ack = true;
	drain_start(fixture->drain);
	real_loop_run(fixture->base, &fixture->results, 1);
	assert_int_equal(fixture->result, DRAIN_ACKED);
	assert_int_equal(fixture->polls, 3);
}

static void
unless_something_is_not_acknowledged(void **state)
{
	struct fixture *fixture = *state;

	reset(fixture);
	fixture->facts = (struct drain_facts){ 1, true, 0 };
	drain_start(fixture->drain);
	assert_int_equal(fixture->result, DRAIN_LOST);
	assert_int_equal(fixture->error, ECONNRESET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(the_interval_grows_with_the_wait),
		TEST(what_is_acknowledged_already_is_reported_at_once),
		TEST(it_polls_by_itself_and_reports_once),
		TEST(a_patience_that_is_set_later_counts_from_then),
		TEST(a_reset_is_found),
		TEST(a_reset_behind_the_peers_end_is_not_a_loss),
		TEST(not_even_one_that_is_seen_before_the_last_acknowledgement),
		TEST(unless_something_is_not_acknowledged),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
