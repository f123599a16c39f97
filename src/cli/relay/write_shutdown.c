/* SPDX-License-Identifier: ISC */
/*
 * Two timers: one for the FIN, one for the notice that it waits.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay/write_shutdown.h"

/* A FIN that waits for longer than this is worth a notice. */
#define NOTICE_AFTER MONOTIME_PER_SECOND

/* A FIN that there was no room for is sent again after this. */
#define RETRY_AFTER (10 * MONOTIME_PER_MS)

enum write_shutdown_state {
	WRITE_SHUTDOWN_INPUT, /* has not ended */
	WRITE_SHUTDOWN_WAITING,
	WRITE_SHUTDOWN_DONE, /* the FIN is sent */
	WRITE_SHUTDOWN_STOPPED
};

struct write_shutdown {
	struct write_shutdown_config config;
	enum write_shutdown_state state;
	struct event *timer;
	struct event *notice;
};

static void
set_timer(struct write_shutdown *self, struct event *timer, monotime_t after)
{
	struct timeval interval = clock_timeval(after);

	if (event_add(timer, &interval) == -1)
		self->config.events->failed(
		    errno != 0 ? errno : ENOMEM, self->config.arg);
}

/* Returns whether that is done; false: the timer will come back to it. */
static bool
shut_down(struct write_shutdown *self)
{
	int error = self->config.events->send(self->config.arg);

	if (error == EAGAIN) {
		set_timer(self, self->timer, RETRY_AFTER);
		return (false);
	}
	self->state = WRITE_SHUTDOWN_DONE;
	event_del(self->notice);
	self->config.events->shut_down(error, self->config.arg);
	return (true);
}

/* Whether only the peer's silence is waited for: no FIN is left to send. */
static bool
only_leaves(const struct write_shutdown *self)
{
	return (self->state == WRITE_SHUTDOWN_DONE ||
	    self->config.wait == MONOTIME_NEVER);
}

static void
on_quiet(struct write_shutdown *self)
{
	if (only_leaves(self)) {
		self->config.events->quiet(self->config.arg);
		return;
	}
	if (shut_down(self))
		write_shutdown_poll(self);
}

void
write_shutdown_poll(struct write_shutdown *self)
{
	struct half_close_facts facts;
	monotime_t wait, due, rest;

	if (self->state == WRITE_SHUTDOWN_INPUT ||
	    self->state == WRITE_SHUTDOWN_STOPPED)
		return;
	wait = only_leaves(self) ? self->config.leave_wait : self->config.wait;
	if (wait == MONOTIME_NEVER)
		return;
	facts = self->config.events->gather(self->config.arg);
	due = half_close_due(wait, &facts);
	rest = due == MONOTIME_NEVER ? half_close_interval(wait)
				     : due - clock_now();
	if (rest > 0)
		set_timer(self, self->timer, rest);
	else
		on_quiet(self);
}

static void
write_shutdown_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_shutdown_poll(arg);
}

static void
write_shutdown_on_notice(evutil_socket_t fd, short what, void *arg)
{
	struct write_shutdown *self = arg;

	(void)fd;
	(void)what;
	self->config.events->waits(self->config.arg);
}

void
write_shutdown_start(struct write_shutdown *self)
{
	if (self->state != WRITE_SHUTDOWN_INPUT)
		return;
	self->state = WRITE_SHUTDOWN_WAITING;
	write_shutdown_poll(self);
	if (self->state == WRITE_SHUTDOWN_WAITING &&
	    self->config.wait != MONOTIME_NEVER)
		set_timer(self, self->notice, NOTICE_AFTER);
}

void
write_shutdown_stop(struct write_shutdown *self)
{
	self->state = WRITE_SHUTDOWN_STOPPED;
	event_del(self->timer);
	event_del(self->notice);
}

struct write_shutdown *
write_shutdown_new(const struct write_shutdown_config *config)
{
	struct write_shutdown *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->config = *config;
	self->timer = evtimer_new(config->base, write_shutdown_on_timer, self);
	self->notice = evtimer_new(
	    config->base, write_shutdown_on_notice, self);
	if (self->timer != NULL && self->notice != NULL)
		return (self);
	write_shutdown_free(self);
	return (NULL);
}

void
write_shutdown_free(struct write_shutdown *self)
{
	if (self == NULL)
		return;
	if (self->timer != NULL)
		event_free(self->timer);
	if (self->notice != NULL)
		event_free(self->notice);
	free(self);
}
