/* SPDX-License-Identifier: ISC */
/*
 * clock.h: the time, in microseconds on the monotonic clock.
 *
 * A deadline is a point in this time, a duration the difference of two.
 * MONOTIME_NEVER is later than every deadline.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <sys/time.h>
#include <stdbool.h>
#include <stdint.h>

typedef int64_t monotime_t;

#define MONOTIME_NEVER INT64_MAX

#define MONOTIME_PER_MS     INT64_C(1000)
#define MONOTIME_PER_SECOND INT64_C(1000000)

/* Returns the time on CLOCK_MONOTONIC in microseconds. */
monotime_t clock_now(void);

/*
 * Returns the time of day at `at`, in microseconds since the Epoch (UTC), as
 * far as the clock of the day has run evenly since.
 */
int64_t clock_wall(monotime_t at);

/* Returns `start` + `duration`; MONOTIME_NEVER where the sum overflows. */
monotime_t clock_after(monotime_t start, monotime_t duration);

/* Returns a duration as libevent takes it. */
struct timeval clock_timeval(monotime_t duration);

/*
 * Reads a duration that libevent would take. Returns false, and writes nothing,
 * when it is negative, not normalised or longer than a monotime_t holds.
 */
bool clock_from_timeval(monotime_t *duration, const struct timeval *tv);

#endif
