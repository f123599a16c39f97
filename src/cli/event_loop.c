/* SPDX-License-Identifier: ISC */
/*
 * libevent, set up for one thread and exact times.
 */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/timerfd.h>
#endif
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "event_loop.h"
#include "report/messages.h"
#include "status.h"

/* libevent's last warning, which is more exact than errno. */
static char warning[256];

/* Exits: libevent cannot go on. */
static void
event_loop_on_fatal(int error)
{
	(void)error;
	messages_flush(MESSAGES_PATIENCE_US);
	_exit(STATUS_INTERNAL);
}

/* Reports why the event loop cannot go on. */
static void
print_failure(const char *reason)
{
	fprintf(messages(), "hecat: the event loop failed: %s\n", reason);
}

/*
 * Reports libevent's errors and keeps its last warning. A timer that could not
 * be set is fatal: libevent would wait for ever.
 */
static void
event_loop_on_log(int severity, const char *message)
{
	if (severity >= EVENT_LOG_ERR) {
		fprintf(messages(), "hecat: libevent: %s\n", message);
	} else if (severity == EVENT_LOG_WARN) {
		snprintf(warning, sizeof(warning), "%s", message);
		if (strncmp(message, "timerfd_settime", 15) == 0) {
			print_failure(message);
			event_loop_on_fatal(0);
		}
	}
}

/*
 * Returns whether all of epoll(7) works. libevent notices by itself when it
 * cannot be created, but not when a filter of system calls refuses the rest.
 */
static bool
epoll_works(void)
{
#ifdef __linux__
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int other = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	bool works = epoll != -1 && other != -1 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, other, &event) == 0 &&
	    (epoll_wait(epoll, &event, 1, 0) != -1 || errno == EINTR);

	if (epoll != -1)
		close(epoll);
	if (other != -1)
		close(other);
	return (works);
#else
	return (true);
#endif
}

/*
 * Returns whether timerfd_create(2) and timerfd_settime(2) work. libevent does
 * not notice by itself when the latter fails. Without them its timers are
 * coarse.
 */
static bool
precise_timers_work(void)
{
#ifdef __linux__
	const struct itimerspec never = { .it_value.tv_sec = 0 };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	bool works = timer != -1 &&
	    timerfd_settime(timer, 0, &never, NULL) == 0;

	if (timer != -1)
		close(timer);
	return (works);
#else
	return (true);
#endif
}

struct event_base *
event_loop_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(event_loop_on_log);
	event_set_fatal_callback(event_loop_on_fatal);
	if (config == NULL) {
		errno = ENOMEM;
		return (NULL);
	}
	if (precise_timers_work())
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	errno = 0;
	if (epoll_works() || event_config_avoid_method(config, "epoll") == 0) {
		errno = 0;
		base = event_base_new_with_config(config);
	}
	event_config_free(config);
	if (base == NULL && errno == 0)
		errno = ENOMEM;
	return (base);
}

bool
event_loop_run(struct event_base *base)
{
	int result;

	warning[0] = '\0';
	errno = 0;
	result = event_base_dispatch(base);
	if (result == 0 && event_base_got_break(base))
		return (true);
	if (result != -1)
		fprintf(
		    messages(), "hecat: internal error: nothing to wait for\n");
	else if (warning[0] != '\0')
		print_failure(warning);
	else
		print_failure(strerror(errno != 0 ? errno : EIO));
	return (false);
}

void
event_loop_free(struct event_base *base)
{
	if (base != NULL)
		event_base_free(base);
	libevent_global_shutdown();
}
