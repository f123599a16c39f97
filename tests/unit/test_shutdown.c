/* SPDX-License-Identifier: ISC */
/*
 * hecat_global_shutdown() with lookups that hang, and what a child of fork(2)
 * does with the connectors of its parent. By the public interface; gate.h has
 * the getaddrinfo.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "clock.h"
#include "fake/child.h"
#include "fake/gate.h"
#include "fake/real_loop.h"
#include "hecat.h"

#define WAITERS 4

struct fixture {
	struct event_base *base;
	struct hecat_config *config;
	struct hecat_connector *connector;
	size_t callbacks;
	size_t candidates;
};

static void
on_looked_up(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	fixture->callbacks++;
	fixture->candidates = hecat_connector_get_candidate_count(connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	(void)error;
	fixture->callbacks++;
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.config = hecat_config_new();
	assert_non_null(fixture.config);
	assert_int_equal(hecat_config_set_family(fixture.config, AF_INET), 0);
	gate_reset();
	*state = &fixture;
	return (0);
}

/* Leaves no thread: nothing else waits for them. */
static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	gate_open(true, true);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
	hecat_config_free(fixture->config);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	event_base_free(fixture->base);
	return (0);
}

static void
start(struct fixture *fixture)
{
	fixture->callbacks = 0;
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_looked_up, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(hecat_connector_lookup_hostname(
			     fixture->connector, "host.example", "80"),
	    0);
}

/* Starts a lookup that hangs. */
static void
start_to_hang(struct fixture *fixture)
{
	start(fixture);
	real_loop_settle(fixture->base);
	gate_wait_for_calls(1);
}

/* Starts a lookup that hangs in the thread of a connector that is gone. */
static void
leave_behind(struct fixture *fixture)
{
	start_to_hang(fixture);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
}

static void
assert_again(const struct timeval *timeout)
{
	errno = 0;
	assert_int_equal(hecat_global_shutdown(timeout), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
without_a_thread_it_is_done(void **state)
{
	static const struct timeval none = { .tv_sec = 0 };

	(void)state;
	assert_int_equal(hecat_global_shutdown(&none), 0);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
}

static void
what_is_no_duration_is_refused(void **state)
{
	static const struct timeval bad[] = {
		{ .tv_sec = -1 },
		{ .tv_usec = -1 },
		{ .tv_usec = 1000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_int_equal(hecat_global_shutdown(&bad[i]), -1);
		assert_int_equal(errno, EINVAL);
	}
}

static void
it_waits_for_a_lookup_no_longer_than_told(void **state)
{
	static const struct timeval none = { .tv_sec = 0 };
	static const struct timeval some = { .tv_usec = 30000 };
	monotime_t began = clock_now();

	leave_behind(*state);
	assert_again(&none);
	assert_again(&some);
	assert_true(clock_now() - began >= 30 * MONOTIME_PER_MS);
	gate_open(true, true);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
	assert_int_equal(hecat_global_shutdown(&none), 0);
}

static void *
shut_down(void *result)
{
	*(int *)result = hecat_global_shutdown(NULL);
	return (NULL);
}

static void
several_threads_may_wait(void **state)
{
	pthread_t threads[WAITERS];
	int results[WAITERS];

	leave_behind(*state);
	for (size_t i = 0; i < WAITERS; i++) {
		results[i] = -1;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, shut_down, &results[i]),
		    0);
	}
	gate_open(true, true);
	for (size_t i = 0; i < WAITERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(results[i], 0);
	}
}

/* Lookups that come and go while others wait for all of them. */
static void
connectors_may_be_used_afterwards(void **state)
{
	struct fixture *fixture = *state;

	gate_open(true, true);
	for (int i = 0; i < 20; i++) {
		start(fixture);
		real_loop_run(fixture->base, &fixture->callbacks, 1);
		assert_int_equal(fixture->candidates, 2);
		hecat_connector_free(fixture->connector);
		fixture->connector = NULL;
		if (i % 2 == 0)
			assert_int_equal(hecat_global_shutdown(NULL), 0);
	}
}

static void
a_lookup_that_is_wanted_is_waited_for_and_answers(void **state)
{
	static const struct timeval none = { .tv_sec = 0 };
	struct fixture *fixture = *state;

	start_to_hang(fixture);
	assert_again(&none);
	gate_open(true, true);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
	assert_int_equal(fixture->callbacks, 0);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->candidates, 2);
}

/*
 * Waits for threads that are the parent's, drops the connector of the parent,
 * and has a lookup of its own.
 */
static int
run_child(void *arg)
{
	static const struct timeval none = { .tv_sec = 0 };
	struct fixture *fixture = arg;
	monotime_t end;

	gate_after_fork();
	if (hecat_global_shutdown(NULL) != 0)
		return (1);
	if (event_reinit(fixture->base) != 0)
		return (2);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	if (hecat_global_shutdown(&none) != 0 || fixture->callbacks != 0)
		return (3);
	start(fixture);
	end = clock_now() + 20 * MONOTIME_PER_SECOND;
	while (fixture->callbacks == 0 && clock_now() < end)
		event_base_loop(fixture->base, EVLOOP_ONCE);
	if (fixture->candidates != 2)
		return (4);
	hecat_connector_free(fixture->connector);
	return (hecat_global_shutdown(NULL) == 0 ? 0 : 5);
}

/* While a thread of the parent hangs, and another thread waits for it. */
static void
a_child_waits_for_nothing_and_has_connectors_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	pthread_t waiting;
	int result = -1, status;

#ifdef __SANITIZE_THREAD__
	print_message("the thread sanitizer allows no thread in a child\n");
	skip();
#endif
	start_to_hang(fixture);
	assert_int_equal(pthread_create(&waiting, NULL, shut_down, &result), 0);
	status = child_run(run_child, fixture);
	gate_open(true, true);
	assert_int_equal(pthread_join(waiting, NULL), 0);
	assert_int_equal(result, 0);
	assert_int_equal(status, 0);
	/* The answer is the parent's. */
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->candidates, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_thread_it_is_done),
		TEST(what_is_no_duration_is_refused),
		TEST(it_waits_for_a_lookup_no_longer_than_told),
		TEST(several_threads_may_wait),
		TEST(connectors_may_be_used_afterwards),
		TEST(a_lookup_that_is_wanted_is_waited_for_and_answers),
		TEST(a_child_waits_for_nothing_and_has_connectors_of_its_own),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
