/* SPDX-License-Identifier: ISC */
/*
 * Condition variables of pthread with the clock of clock.h.
 */
#include <time.h>

#include "condition.h"

bool
condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	bool ok;

	if (pthread_condattr_init(&attributes) != 0)
		return (false);
	ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(condition, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	return (ok);
}

void
condition_wait_until(
    pthread_cond_t *condition, pthread_mutex_t *lock, monotime_t end)
{
	struct timespec until = {
		.tv_sec = (time_t)(end / MONOTIME_PER_SECOND),
		.tv_nsec = (long)(end % MONOTIME_PER_SECOND * 1000),
	};

	if (end == MONOTIME_NEVER)
		pthread_cond_wait(condition, lock);
	else
		pthread_cond_timedwait(condition, lock, &until);
}
