/* SPDX-License-Identifier: ISC */
/*
 * wakeup.h: how a thread wakes the event loop of another one.
 *
 * One descriptor where the system has eventfd(2), the two of a pipe elsewhere.
 * A wake-up carries nothing: after one the owner checks all that may have
 * happened. Signals add up to one wake-up until wakeup_clear(). They cannot be
 * lost: what cannot be written any more is already readable.
 *
 * The caller orders the calls of several threads by a lock of its own.
 */
#ifndef WAKEUP_H
#define WAKEUP_H

#include <stdbool.h>

struct wakeup {
	int readable; /* to be polled by the owner; -1: closed */
	int writable; /* the same one where one is enough */
};

/* Returns false, with errno, when there is no descriptor. */
bool wakeup_init(struct wakeup *wakeup);

/* Makes it readable. Does nothing to one that is closed. */
void wakeup_signal(struct wakeup *wakeup);

/* Makes it unreadable until the next signal. */
void wakeup_clear(struct wakeup *wakeup);

/* Closes what is open; may be repeated. errno stays. */
void wakeup_release(struct wakeup *wakeup);

#endif
