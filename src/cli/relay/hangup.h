/* SPDX-License-Identifier: ISC */
/*
 * relay/hangup.h: an end that goes while nothing is read from it or written to
 * it: a pipe that has no reader any more, a connection that is reset.
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
 * Calls `cb` once when `fd` hangs up; it may be readable or writable as it
 * likes. Where the system cannot do that, or has no descriptor left, nothing
 * is watched: the next read or write will tell. `fd` is the caller's and must
 * stay open until the release.
 */
void hangup_watch(struct hangup *hangup, struct event_base *base, int fd,
    event_callback_fn cb, void *arg);
void hangup_release(struct hangup *hangup);

#endif
