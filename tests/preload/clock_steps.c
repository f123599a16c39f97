/* SPDX-License-Identifier: ISC */
/*
 * A time of day that jumps: each call returns another one,
 * hours before or after the last. The monotonic clock is left alone.
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* Returns seconds to add now. */
static time_t
jump(void)
{
	static const time_t hours[] = { 0, 26, -5, 9000, -700, 1, -1 };
	static atomic_uint calls;
	unsigned call = atomic_fetch_add(&calls, 1);

	return (hours[call % (sizeof(hours) / sizeof(hours[0]))] * 3600);
}

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = (int)syscall(SYS_clock_gettime, clock, time);

	if (result == 0 &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		time->tv_sec += jump();
	return (result);
}

int
gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;
	int result = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return (result);
}

time_t
time(time_t *result)
{
	struct timespec now = { .tv_sec = 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (result != NULL)
		*result = now.tv_sec;
	return (now.tv_sec);
}
