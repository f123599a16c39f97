/* SPDX-License-Identifier: ISC */
/*
 * event_loop.h: the event base of the program.
 */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include <stdbool.h>

struct event_base;

/*
 * Returns an event base with precise timers, which uses poll(2) where epoll(7)
 * is refused. libevent's errors go to messages(). Returns NULL with errno on
 * failure.
 */
struct event_base *event_loop_new(void);

/*
 * Runs until event_base_loopbreak(). Every other end is a failure, which is
 * reported: the kernel refuses to wait, or there is no event to wait for. Then
 * it returns false.
 */
bool event_loop_run(struct event_base *base);

/* Frees the event base, which may be NULL, and libevent's globals. */
void event_loop_free(struct event_base *base);

#endif
