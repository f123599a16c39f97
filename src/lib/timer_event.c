/* SPDX-License-Identifier: ISC */
/*
 * The real time: the monotonic clock and one libevent timer.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "timer.h"

struct event_timeline {
	struct timeline timeline;
	struct event_base *base;
	struct event *timer;
};

static monotime_t
event_now(struct timeline *timeline)
{
	(void)timeline;
	return (clock_now());
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeline *timeline = arg;

	(void)fd;
	(void)what;
	timeline->cb(timeline->arg);
}

static bool
event_set(struct timeline *timeline, monotime_t at)
{
	struct event_timeline *self = (struct event_timeline *)timeline;
	monotime_t rest;
	struct timeval after;

	if (at == MONOTIME_NEVER)
		return (evtimer_del(self->timer) == 0);
	rest = at - clock_now();
	if (rest < 0)
		rest = 0;
	after = clock_timeval(rest);
	/* libevent counts from its cached time, which a slow callback leaves
	   in the past: the timer would be early. */
	event_base_update_cache_time(self->base);
	return (evtimer_add(self->timer, &after) == 0);
}

static void
event_release(struct timeline *timeline)
{
	struct event_timeline *self = (struct event_timeline *)timeline;

	event_free(self->timer);
	free(self);
}

struct timeline *
timeline_event_new(struct event_base *base)
{
	struct event_timeline *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->timeline = (struct timeline){
		.now = event_now,
		.set = event_set,
		.release = event_release,
	};
	self->base = base;
	self->timer = evtimer_new(base, on_timer, self);
	if (self->timer == NULL) {
		free(self);
		return (NULL);
	}
	return (&self->timeline);
}
