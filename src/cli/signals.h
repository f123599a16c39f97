/* SPDX-License-Identifier: ISC */
/*
 * signals.h: the signals that end the program after it has written its reports:
 * SIGINT, SIGTERM and SIGHUP.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>

#define SIGNALS_COUNT 3

struct event;
struct event_base;

/*
 * Called once, from the event loop, for the first of these signals. All have
 * their default action by then: the second one kills the process.
 */
typedef void (*signals_cb)(int number, void *arg);

/* All zero before signals_catch(). */
struct signals {
	struct event *events[SIGNALS_COUNT]; /* NULL: not caught */
	signals_cb cb;
	void *arg;
};

/* Catches the signals; one that is ignored stays ignored. */
void signals_catch(
    struct signals *signals, struct event_base *base, signals_cb cb, void *arg);

/* Gives the signals their default action again; does nothing without them. */
void signals_release(struct signals *signals);

#endif
