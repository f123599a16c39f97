/* SPDX-License-Identifier: ISC */
/*
 * A time has expired once the descriptors were polled after it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include <event2/event.h>

#include "fake/real_loop.h"
#include "relay/expiry.h"

#define MS MONOTIME_PER_MS

struct fixture {
	struct event_base *base;
	int pipe[2];
	struct event *timer; /* of the test's own */
	struct event *readable;
	struct expiry *expiry;
	size_t reads;
	size_t expired;
	size_t reads_before; /* it expired */
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *fixture = arg;

	(void)fd;
	(void)what;
	assert_int_equal(write(fixture->pipe[1], "x", 1), 1);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *fixture = arg;

	(void)fd;
	(void)what;
	fixture->reads++;
}

static void
on_expired(void *arg)
{
	struct fixture *fixture = arg;

	fixture->expired++;
	fixture->reads_before = fixture->reads;
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	assert_int_equal(pipe(fixture.pipe), 0);
	fixture.timer = evtimer_new(fixture.base, on_timer, &fixture);
	fixture.readable = event_new(
	    fixture.base, fixture.pipe[0], EV_READ, on_readable, &fixture);
	fixture.expiry = expiry_new(fixture.base, on_expired, &fixture);
	assert_non_null(fixture.timer);
	assert_non_null(fixture.readable);
	assert_non_null(fixture.expiry);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	expiry_free(fixture->expiry);
	event_free(fixture->timer);
	event_free(fixture->readable);
	event_base_free(fixture->base);
	close(fixture->pipe[0]);
	close(fixture->pipe[1]);
	return (0);
}

/*
 * Both timers have expired when the loop comes to them, and what is readable by
 * then is read first.
 */
static void
what_came_before_is_handled_first(void **state)
{
	struct fixture *fixture = *state;
	const struct timeval now = { 0 };
	monotime_t begin = clock_now();

	event_add(fixture->readable, NULL);
	event_add(fixture->timer, &now);
	assert_true(expiry_set(fixture->expiry, 0));
	while (clock_now() < begin + MS)
		continue;
	real_loop_run(fixture->base, &fixture->expired, 1);
	assert_int_equal(fixture->reads_before, 1);
	assert_int_equal(fixture->expired, 1);
}

static void
it_expires_once_and_not_before_its_time(void **state)
{
	struct fixture *fixture = *state;
	monotime_t begin = clock_now();

	assert_true(expiry_set(fixture->expiry, 0));
	assert_true(expiry_set(fixture->expiry, 60 * MS));
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_int_equal(fixture->expired, 1);
	/* The clock of an event base that is not precise has ticks. */
	assert_true(clock_now() - begin >= 40 * MS);
}

static void
never_changes_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_true(expiry_set(fixture->expiry, MONOTIME_NEVER));
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_int_equal(fixture->expired, 0);
	assert_true(expiry_set(fixture->expiry, MS));
	assert_true(expiry_set(fixture->expiry, MONOTIME_NEVER));
	assert_int_equal(event_base_dispatch(fixture->base), 1);
	assert_int_equal(fixture->expired, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_came_before_is_handled_first),
		TEST(it_expires_once_and_not_before_its_time),
		TEST(never_changes_nothing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
