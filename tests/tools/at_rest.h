/* SPDX-License-Identifier: ISC */
/*
 * at_rest.h: whether another process has done all there is for it to do.
 */
#ifndef AT_REST_H
#define AT_REST_H

#include <sys/types.h>

/*
 * Waits until the process sleeps, and has slept all the time from one look to
 * the next. A process that was woken is never asleep when whoever woke it goes
 * on, so what the caller has done before is over then. Exits when there is no
 * such process.
 */
void at_rest_wait(pid_t pid);

#endif
