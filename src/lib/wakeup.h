/* SPDX-License-Identifier: ISC */
/*
 * wakeup.h: lets a thread wake the event loop of another thread.
 *
 * It has one descriptor where the system has eventfd(2), the two of a pipe
 * elsewhere. A wake-up has no content: after one the owner checks all that it
 * waits for. Any number of signals before wakeup_clear() is one wake-up. No
 * signal is lost: when a write fails because the pipe is full, it is readable
 * already.
 *
 * The life of one: wakeup_init(); wakeup_signal() and wakeup_clear();
 * wakeup_release(). The caller serialises the calls by a lock of its own.
 */
#ifndef WAKEUP_H
#define WAKEUP_H

#include <stdbool.h>

struct wakeup {
	int readable; /* the owner polls it; -1: closed */
	int writable; /* the same descriptor with eventfd(2) */
};

/* Returns false with errno when it cannot be made. */
bool wakeup_init(struct wakeup *wakeup);

/* Makes it readable; does nothing when it is closed. */
void wakeup_signal(struct wakeup *wakeup);

/* Makes it not readable until the next signal. */
void wakeup_clear(struct wakeup *wakeup);

/* Closes the descriptors; may be repeated. Keeps errno. */
void wakeup_release(struct wakeup *wakeup);

#endif
