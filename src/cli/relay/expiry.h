/* SPDX-License-Identifier: ISC */
/*
 * relay/expiry.h: a time that has expired once the event loop has polled the
 * descriptors after it.
 *
 * After a stop (SIGTSTP) the loop comes to its timers first, whatever the
 * descriptors have: a plain timer would report that nothing came while much
 * did.
 *
 * The life of one: expiry_new(); expiry_set() as often as wanted;
 * expiry_free().
 */
#ifndef RELAY_EXPIRY_H
#define RELAY_EXPIRY_H

#include <stdbool.h>

#include "clock.h"

struct event_base;
struct expiry;

/* Called from the event loop. The expiry may be set anew inside. */
typedef void (*expiry_cb)(void *arg);

/* Makes one that is not set. Returns NULL when out of memory. */
struct expiry *expiry_new(struct event_base *base, expiry_cb cb, void *arg);

/*
 * Has it expire `after` a duration from now, instead of what was set before;
 * with MONOTIME_NEVER nothing changes. Returns false, with errno, when the
 * timer cannot be set.
 */
bool expiry_set(struct expiry *expiry, monotime_t after);

/* Frees it, which may be NULL. */
void expiry_free(struct expiry *expiry);

#endif
