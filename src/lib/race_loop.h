/* SPDX-License-Identifier: ISC */
/*
 * race_loop.h: the race of hecat.h in an event loop, with its timer handed in.
 *
 * hecat_race_new() uses the real timer; tests bring their own and run whole
 * races in virtual time.
 */
#ifndef RACE_LOOP_H
#define RACE_LOOP_H

#include "hecat.h"
#include "timer.h"

/*
 * Like hecat_race_new(), with `timer`, which it takes over, also when it fails.
 * A timer that is NULL means out of memory.
 */
struct hecat_race *race_loop_new(struct event_base *base, struct timer *timer,
    const struct timeval *delay, const struct hecat_race_methods *methods,
    void *arg);

#endif
