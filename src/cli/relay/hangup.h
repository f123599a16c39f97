/* SPDX-License-Identifier: ISC */
/*
 * relay/hangup.h: notices that a descriptor hangs up while nothing is read from
 * it or written to it: a pipe that has no reader any more, a connection that is
 * reset.
 *
 * The life of one: HANGUP_NONE; hangup_watch(), after which it may call back
 * once; hangup_release(), which makes it HANGUP_NONE again.
 */
#ifndef RELAY_HANGUP_H
#define RELAY_HANGUP_H

#include <event2/event.h>

struct hangup {
	int epoll; /* watches for that alone; -1: nothing is watched */
	struct event *event;
};

#define HANGUP_NONE ((struct hangup){ .epoll = -1 })

/*
 * Calls `cb` once, from the event loop, when `fd` hangs up, whether it is
 * readable or writable or not. Where the system cannot do that, or has no
 * descriptor left, nothing is watched: the next read or write will fail. `fd`
 * belongs to the caller and must stay open until the release.
 */
void hangup_watch(struct hangup *hangup, struct event_base *base, int fd,
    event_callback_fn cb, void *arg);
void hangup_release(struct hangup *hangup);

/*
 * Returns a new descriptor, the caller's, that is readable once `fd` has hung
 * up; -1 where `fd` cannot be polled, or the system cannot do that.
 */
int hangup_open(int fd);

#endif
