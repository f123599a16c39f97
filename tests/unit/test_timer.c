/* SPDX-License-Identifier: ISC */
/*
 * The timer on a real loop: when it expires, and what it does without memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include <event2/event.h>

#include "timer.h"
#include "fake/real_loop.h"

static bool is_out_of_memory;

static void *
get_memory(size_t size)
{
	return (is_out_of_memory ? NULL : malloc(size));
}

static void *
change_memory(void *bytes, size_t size)
{
	return (is_out_of_memory ? NULL : realloc(bytes, size));
}

static int
setup_all(void **state)
{
	(void)state;
	event_set_mem_functions(get_memory, change_memory, free);
	return (0);
}

static void
count_call(void *arg)
{
	size_t *calls = arg;

	++*calls;
}

/* A timer on a base of its own, which has had no timer before. */
struct fixture {
	struct event_base *base;
	struct timer *timer;
	size_t calls;
};

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.timer = timer_event_new(fixture.base);
	assert_non_null(fixture.timer);
	fixture.timer->cb = count_call;
	fixture.timer->arg = &fixture.calls;
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	fixture->timer->ops->release(fixture->timer);
	event_base_free(fixture->base);
	return (0);
}

static bool
set(const struct fixture *fixture, monotime_t at)
{
	return (fixture->timer->ops->set(fixture->timer, at));
}

static void
it_expires_once(void **state)
{
	struct fixture *fixture = *state;
	monotime_t at = clock_now() + 20 * MONOTIME_PER_MS;

	assert_true(set(fixture, at));
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->calls, 0);
	real_loop_run(fixture->base, &fixture->calls, 1);
	assert_true(clock_now() >= at);
	assert_int_equal(fixture->calls, 1);
	real_loop_assert_no_events(fixture->base);
}

static void
the_last_setting_counts(void **state)
{
	struct fixture *fixture = *state;

	assert_true(set(fixture, clock_now() + 3600 * MONOTIME_PER_SECOND));
	assert_true(set(fixture, clock_now()));
	real_loop_run(fixture->base, &fixture->calls, 1);
	assert_true(set(fixture, clock_now()));
	assert_true(set(fixture, MONOTIME_NEVER));
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->calls, 1);
	real_loop_assert_no_events(fixture->base);
}

/* What has come is always reported, and never from inside the call. */
static void
a_time_that_has_come_needs_no_memory(void **state)
{
	struct fixture *fixture = *state;

	is_out_of_memory = true;
	assert_false(set(fixture, clock_now() + MONOTIME_PER_SECOND));
	assert_true(set(fixture, clock_now()));
	assert_int_equal(fixture->calls, 0);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->calls, 1);
	assert_true(set(fixture, 0));
	assert_true(set(fixture, MONOTIME_NEVER));
	is_out_of_memory = false;
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->calls, 1);
	real_loop_assert_no_events(fixture->base);
}

/* A later time takes the place of one that has come. */
static void
it_may_be_set_again_before_it_is_reported(void **state)
{
	struct fixture *fixture = *state;

	is_out_of_memory = true;
	assert_true(set(fixture, clock_now()));
	is_out_of_memory = false;
	assert_true(set(fixture, clock_now() + 3600 * MONOTIME_PER_SECOND));
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->calls, 0);
	assert_true(set(fixture, MONOTIME_NEVER));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_expires_once),
		TEST(the_last_setting_counts),
		TEST(a_time_that_has_come_needs_no_memory),
		TEST(it_may_be_set_again_before_it_is_reported),
	};

	return (cmocka_run_group_tests(tests, setup_all, NULL));
}
