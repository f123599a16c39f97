/* SPDX-License-Identifier: ISC */
/*
 * The real time: the monotonic clock and one libevent timer.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "container.h"
#include "timer.h"

struct timer_event {
	struct timer timer;
	struct event_base *base;
	struct event *event;
};

static monotime_t
event_now(struct timer *timer)
{
	(void)timer;
	return (clock_now());
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timer *timer = arg;

	(void)fd;
	(void)what;
	timer->cb(timer->arg);
}

static bool
event_set(struct timer *timer, monotime_t at)
{
	struct timer_event *self = container_of(
	    timer, struct timer_event, timer);
	monotime_t rest;
	struct timeval after;

	if (at == MONOTIME_NEVER)
		return (evtimer_del(self->event) == 0);
	rest = at - clock_now();
	if (rest < 0)
		rest = 0;
	after = clock_timeval(rest);
	/* libevent counts from its cached time, which a slow callback leaves
	   in the past: the timer would be early. */
	event_base_update_cache_time(self->base);
	if (evtimer_add(self->event, &after) == 0)
		return (true);
	if (rest > 0)
		return (false);
	/* This takes no memory: an event that is not added has no timeout. */
	event_active(self->event, EV_TIMEOUT, 0);
	return (true);
}

static void
event_release(struct timer *timer)
{
	struct timer_event *self = container_of(
	    timer, struct timer_event, timer);

	event_free(self->event);
	free(self);
}

static const struct timer_ops event_ops = {
	.now = event_now,
	.set = event_set,
	.release = event_release,
};

struct timer *
timer_event_new(struct event_base *base)
{
	struct timer_event *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->timer.ops = &event_ops;
	self->base = base;
	self->event = evtimer_new(base, on_timer, self);
	if (self->event == NULL) {
		free(self);
		return (NULL);
	}
	return (&self->timer);
}
