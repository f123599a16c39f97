/* SPDX-License-Identifier: ISC */
/*
 * signals.h: the signals that end the program, where it has something to say
 * before: SIGINT, SIGTERM and SIGHUP.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>

#define SIGNALS_COUNT 3

struct event;
struct event_base;

/*
 * Called once, from the event loop, for the first that comes. All of them have
 * their default action then: a second one kills.
 */
typedef void (*signals_cb)(int number, void *arg);

/* All zero before they are caught. */
struct signals {
	struct event *events[SIGNALS_COUNT]; /* NULL: left as it is */
	signals_cb cb;
	void *arg;
};

/* Catches them; one that was ignored stays ignored. */
void signals_catch(
    struct signals *signals, struct event_base *base, signals_cb cb, void *arg);

/* Leaves them to the system again; where they are not caught, does nothing. */
void signals_release(struct signals *signals);

#endif
