/* SPDX-License-Identifier: ISC */
/*
 * timer.h: the time of one connector: what it is, and one alarm.
 *
 * This is the seam through which whole scenarios run in virtual time. The
 * alarm is set at an absolute time; setting it again replaces it.
 */
#ifndef TIMER_H
#define TIMER_H

#include <stdbool.h>

#include "clock.h"

typedef void (*timeline_cb)(void *arg);

/* A timeline is a struct that begins with this one. */
struct timeline {
	monotime_t (*now)(struct timeline *timeline);
	/*
	 * Calls `cb` from the event loop once it is `at`; MONOTIME_NEVER unsets
	 * the alarm, a time in the past rings it soon. Returns false when out
	 * of memory.
	 */
	bool (*set)(struct timeline *timeline, monotime_t at);
	void (*release)(struct timeline *timeline);
	timeline_cb cb; /* set by the user of the timeline, as is arg */
	void *arg;
};

struct event_base;

/* Returns the real time on a timer of `base`; NULL when out of memory. */
struct timeline *timeline_event_new(struct event_base *base);

#endif
