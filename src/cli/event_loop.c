/* SPDX-License-Identifier: ISC */
/*
 * libevent, set up for one thread and exact times.
 */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
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

/* The loop that runs; NULL: none. */
static struct event_base *running;
/* Ends it, for a timer that could not be set; NULL: all timers could. */
static struct event *breaker;

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

#ifdef __linux__
static void
event_loop_on_broken(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/*
 * Ends the loop that runs by a descriptor that is readable: libevent is about
 * to wait, and a break alone would not wake it. Returns false when there is no
 * such loop, or no such descriptor.
 */
static bool
break_loop(void)
{
	int fd = running == NULL ? -1 : eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd == -1)
		return (false);
	breaker = event_new(
	    running, fd, EV_READ, event_loop_on_broken, running);
	return (breaker != NULL && event_add(breaker, NULL) == 0);
}
#else
static bool
break_loop(void)
{
	return (false);
}
#endif

/*
 * Reports libevent's errors and keeps its last warning. With a timer that could
 * not be set libevent would wait for ever: it ends.
 */
static void
event_loop_on_log(int severity, const char *message)
{
	if (severity >= EVENT_LOG_ERR) {
		fprintf(messages(), "hecat: libevent: %s\n", message);
	} else if (severity == EVENT_LOG_WARN) {
		if (breaker != NULL)
			return;
		snprintf(warning, sizeof(warning), "%s", message);
		if (strncmp(message, "timerfd_settime", 15) == 0 &&
		    !break_loop()) {
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

static void
event_loop_release_breaker(void)
{
	if (breaker == NULL)
		return;
	close(event_get_fd(breaker));
	event_free(breaker);
	breaker = NULL;
}

bool
event_loop_run(struct event_base *base)
{
	int result;

	warning[0] = '\0';
	errno = 0;
	running = base;
	result = event_base_dispatch(base);
	running = NULL;
	if (result == 0 && event_base_got_break(base) && breaker == NULL)
		return (true);
	if (result != -1 && breaker == NULL)
		fprintf(
		    messages(), "hecat: internal error: nothing to wait for\n");
	else if (warning[0] != '\0')
		print_failure(warning);
	else
		print_failure(strerror(errno != 0 ? errno : EIO));
	event_loop_release_breaker();
	return (false);
}

void
event_loop_free(struct event_base *base)
{
	if (base != NULL)
		event_base_free(base);
	libevent_global_shutdown();
}
