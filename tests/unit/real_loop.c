/* SPDX-License-Identifier: ISC */
/*
 * An event base, and a deadline far beyond anything that works.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "real_loop.h"

#define DEADLINE (20 * MONOTIME_PER_SECOND)

static monotime_t deadline;

struct event_base *
real_loop_new(void)
{
	struct event_base *base = event_base_new();

	assert_non_null(base);
	deadline = clock_now() + DEADLINE;
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

bool
real_loop_in_time(void)
{
	return (clock_now() < deadline);
}

/* Counts the threads of this process; 1 where the system does not tell. */
static size_t
threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	size_t count = 0;

	if (tasks == NULL)
		return (1);
	for (const struct dirent *task = readdir(tasks); task != NULL;
	     task = readdir(tasks))
		count += task->d_name[0] != '.';
	closedir(tasks);
	return (count);
}

/* A sanitizer may have a thread of its own, so there is an end to it. */
int
real_loop_join(void **state)
{
	monotime_t end = clock_now() + MONOTIME_PER_SECOND;

	(void)state;
	while (threads() > 1 && clock_now() < end)
		sched_yield();
	return (0);
}

size_t
open_descriptors(void)
{
	long max = sysconf(_SC_OPEN_MAX);
	size_t count = 0;

	for (int fd = 0; fd < (max > 0 && max < 4096 ? max : 4096); fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return (count);
}
