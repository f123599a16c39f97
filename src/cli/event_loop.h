/* SPDX-License-Identifier: ISC */
/*
 * event_loop.h: the event base of the program.
 */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

struct event_base;

/*
 * Returns an event base with precise timers, and has libevent's errors printed
 * with ours; NULL, with errno, when that is impossible.
 */
struct event_base *event_loop_new(void);

/* Frees the event base, which may be NULL, and libevent's globals. */
void event_loop_free(struct event_base *base);

#endif
