/* SPDX-License-Identifier: ISC */
/*
 * real_loop.h: a real event loop that waits for a condition, never for a time,
 * and fails the test when the condition does not come about.
 */
#ifndef REAL_LOOP_H
#define REAL_LOOP_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;

/* Begins the time that a test may take. */
void real_loop_begin(void);

/* Makes the event base of one test, and begins its time. */
struct event_base *real_loop_new(void);

/* Runs the loop until *count is at least `wanted`. */
void real_loop_run(struct event_base *base, const size_t *count, size_t wanted);

/* Runs what is ready, and does not wait. */
void real_loop_settle(struct event_base *base);

/* Fails when an event has been left in the base. */
void real_loop_assert_no_events(struct event_base *base);

/* Returns whether there is still time; to be asked in loops of a test's own. */
bool real_loop_in_time(void);

/*
 * Waits until the threads of lookups have ended: before a process ends, so that
 * nothing of theirs looks like a leak; before descriptors are counted, since
 * getaddrinfo opens and closes some at any time. A group or test teardown: 0,
 * or -1 where a thread goes on.
 */
int real_loop_join(void **state);

/* Returns the number of open descriptors. */
size_t open_descriptors(void);

/* The same of those below `end`, for what counts often. */
size_t open_descriptors_below(int end);

/* Fails unless the threads of lookups end and `count` descriptors are open. */
void real_loop_assert_left(size_t descriptors);

#endif
