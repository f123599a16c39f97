/* SPDX-License-Identifier: ISC */
/*
 * timer.h: the time of one connector, and its one timer.
 *
 * This is the seam through which whole scenarios run in virtual time. The
 * timer is set to an absolute time; setting it again replaces that.
 */
#ifndef TIMER_H
#define TIMER_H

#include <stdbool.h>

#include "clock.h"

typedef void (*timer_cb)(void *arg);

struct timer;

/* What a timer does. */
struct timer_ops {
	monotime_t (*now)(struct timer *timer);
	/*
	 * Calls `cb` from the event loop once it is `at`; MONOTIME_NEVER unsets
	 * it, a time in the past expires soon. Returns false when out
	 * of memory, which a time that has come never is.
	 */
	bool (*set)(struct timer *timer, monotime_t at);
	void (*release)(struct timer *timer);
};

/* An implementation has it as a member (container.h). */
struct timer {
	const struct timer_ops *ops;
	timer_cb cb; /* set by the user of the timer, as is arg */
	void *arg;
};

struct event_base;

/* Returns the real time on a timer of `base`; NULL when out of memory. */
struct timer *timer_event_new(struct event_base *base);

#endif
