/* SPDX-License-Identifier: ISC */
/*
 * What the process has of the library beside its connectors: the threads of
 * lookups.
 */
#include <errno.h>

#include "hecat.h"
#include "thread_pool.h"

int
hecat_global_shutdown(const struct timeval *timeout)
{
	monotime_t duration = MONOTIME_NEVER;

	if (timeout != NULL && !clock_from_timeval(&duration, timeout)) {
		errno = EINVAL;
		return (-1);
	}
	if (thread_pool_wait(clock_after(clock_now(), duration)))
		return (0);
	errno = EAGAIN;
	return (-1);
}
