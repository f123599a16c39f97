/* SPDX-License-Identifier: ISC */
/*
 * An event base, and a deadline far beyond anything that works.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "fake/real_loop.h"

#define DEADLINE (20 * MONOTIME_PER_SECOND)

static monotime_t deadline;
static size_t own_threads; /* before there was any other */

void
real_loop_begin(void)
{
	deadline = clock_now() + DEADLINE;
}

struct event_base *
real_loop_new(void)
{
	struct event_base *base = event_base_new();

	assert_non_null(base);
	real_loop_begin();
	return (base);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

void
real_loop_run(struct event_base *base, const size_t *count, size_t wanted)
{
	const struct timeval end = { .tv_sec = DEADLINE / MONOTIME_PER_SECOND };
	struct event *timer = evtimer_new(base, on_deadline, base);

	assert_non_null(timer);
	assert_int_equal(evtimer_add(timer, &end), 0);
	while (*count < wanted && real_loop_in_time())
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	assert_true(*count >= wanted);
}

void
real_loop_settle(struct event_base *base)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

void
real_loop_assert_no_events(struct event_base *base)
{
	assert_int_equal(
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
}

bool
real_loop_in_time(void)
{
	return (clock_now() < deadline);
}

/*
 * Counts the threads of this process; 0 where that is not known. The
 * folder's links are exact: reading it may pass over a thread while another one
 * ends.
 */
static size_t
threads(void)
{
	struct stat tasks;

	if (stat("/proc/self/task", &tasks) != 0)
		return (0);
	return (tasks.st_nlink);
}

/* The thread sanitizer starts one of its own beside the first of ours. */
#ifdef __SANITIZE_THREAD__
#define SANITIZER_THREADS 1
#else
#define SANITIZER_THREADS 0
#endif

static void __attribute__((constructor)) count_own_threads(void)
{
	own_threads = threads() + SANITIZER_THREADS;
}

int
real_loop_join(void **state)
{
	monotime_t end = clock_now() + DEADLINE;

	(void)state;
	while (threads() > own_threads) {
		if (clock_now() > end)
			return (-1);
		sched_yield();
	}
	return (0);
}

size_t
open_descriptors_below(int end)
{
	size_t count = 0;

	for (int fd = 0; fd < end; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return (count);
}

size_t
open_descriptors(void)
{
	long max = sysconf(_SC_OPEN_MAX);

	return (
	    open_descriptors_below(max > 0 && max < 4096 ? (int)max : 4096));
}

void
real_loop_assert_left(size_t descriptors)
{
	assert_int_equal(real_loop_join(NULL), 0);
	assert_int_equal(open_descriptors(), descriptors);
}
