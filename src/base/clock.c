/* SPDX-License-Identifier: ISC */
/*
 * The monotonic clock in microseconds, and sums that do not overflow.
 */
#include <time.h>

#include "clock.h"

monotime_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec * MONOTIME_PER_SECOND + now.tv_nsec / 1000);
}

int64_t
clock_wall(monotime_t at)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (wall.tv_sec * MONOTIME_PER_SECOND + wall.tv_nsec / 1000 -
	    (clock_now() - at));
}

monotime_t
clock_after(monotime_t start, monotime_t duration)
{
	if (duration >= MONOTIME_NEVER - start)
		return (MONOTIME_NEVER);
	return (start + duration);
}

struct timeval
clock_timeval(monotime_t duration)
{
	return ((struct timeval){
	    .tv_sec = (time_t)(duration / MONOTIME_PER_SECOND),
	    .tv_usec = (suseconds_t)(duration % MONOTIME_PER_SECOND),
	});
}

bool
clock_from_timeval(monotime_t *duration, const struct timeval *tv)
{
	if (tv->tv_sec < 0 || tv->tv_usec < 0 ||
	    tv->tv_usec >= MONOTIME_PER_SECOND ||
	    tv->tv_sec >= MONOTIME_NEVER / MONOTIME_PER_SECOND)
		return (false);
	*duration = tv->tv_sec * MONOTIME_PER_SECOND + tv->tv_usec;
	return (true);
}
