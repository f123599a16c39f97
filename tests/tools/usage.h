/* SPDX-License-Identifier: ISC */
/*
 * usage.h: what a process takes up, as the kernel counts it. What cannot be
 * found out ends the program.
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdint.h>

/* Returns the time on the monotonic clock, in microseconds. */
int64_t usage_now(void);

/* Returns the processor time of the process up to now, in microseconds. */
int64_t usage_processor(void);

/* Returns the resident memory in KiB. */
long usage_memory(void);

/*
 * Returns the number of entries of a folder: of /proc/self/task, or
 * /proc/self/fd, without the descriptor that this takes.
 */
long usage_entries(const char *path);

/* Raises the limit of descriptors to its maximum. */
void usage_raise_limit(void);

#endif
