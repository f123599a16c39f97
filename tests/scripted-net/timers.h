/* SPDX-License-Identifier: ISC */
/*
 * What is due later: a queue of actions at absolute monotonic times.
 */
#ifndef TIMERS_H
#define TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

typedef void (*timer_action)(void *context, void *subject);

struct timers;

/* Returns the monotonic time in nanoseconds. */
int64_t clock_now(void);

/* Creates an empty queue; the caller releases it with timers_free(). */
struct timers *timers_new(void);

/* Frees the queue and every subject it still owns; nothing is run. */
void timers_free(struct timers *timers);

/*
 * Runs `action(context, subject)` at `due`.  The subject, which may be NULL,
 * belongs to the queue when `owned` is set and is freed after the action.
 */
void timers_add(struct timers *timers, int64_t due, timer_action action,
    void *context, void *subject, bool owned);

/* Stores the time of the next action; false when there is none. */
bool timers_next(const struct timers *timers, int64_t *due);

/* Runs, in order of time and then of addition, all that is due at `now`. */
void timers_run(struct timers *timers, int64_t now);

#endif
