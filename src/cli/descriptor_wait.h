/* SPDX-License-Identifier: ISC */
/*
 * descriptor_wait.h: how long the program waits for a descriptor.
 *
 * The library waits as long as its budget lasts, since others in the process
 * may close descriptors of theirs. In the program there are no others: when
 * nothing of its own has been under way for DESCRIPTOR_WAIT_MAX, none will
 * come, and the wait is over.
 *
 * Its life: init; follow, for each event of each connect and lookup; release.
 */
#ifndef DESCRIPTOR_WAIT_H
#define DESCRIPTOR_WAIT_H

#include <stdbool.h>

#include "clock.h"
#include "hecat.h"

#define DESCRIPTOR_WAIT_MAX (2 * MONOTIME_PER_SECOND)

struct event;
struct event_base;

/* Called from the event loop, or from inside follow when out of memory. */
typedef void (*descriptor_wait_cb)(void *arg);

struct descriptor_wait {
	struct event_base *base;
	struct event *timer; /* NULL: never needed */
	monotime_t since;    /* MONOTIME_NEVER: there are descriptors */
	descriptor_wait_cb cb;
	void *arg;
};

/* Makes *wait ready; `cb` is called when the wait is over. */
void descriptor_wait_init(struct descriptor_wait *wait, struct event_base *base,
    descriptor_wait_cb cb, void *arg);

/*
 * Takes note of `event`, after which something is under way, or `pending` is
 * false.
 */
void descriptor_wait_follow(struct descriptor_wait *wait,
    const struct hecat_event *event, bool pending);

void descriptor_wait_release(struct descriptor_wait *wait);

#endif
