/* SPDX-License-Identifier: ISC */
/*
 * shortage.h: what a test is refused, memory or anything else, at which of its
 * requests.
 *
 * It replaces malloc(3) and its kin: only tests that use it are linked with it.
 */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum scarce {
	PLENTY,
	MEMORY,     /* libevent's */
	OWN_MEMORY, /* every allocation of a thread that is in the loop */
	PLACES
};

/* What is short, and after how many requests; of those one is refused or all.
 */
struct shortage {
	enum scarce what;
	size_t granted;
	bool lasts;
	size_t refused;
};

extern struct shortage shortage;

/* Counts one request. Returns whether it is to be refused. */
bool shortage_refuses(enum scarce what);

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define HAS_OWN_MEMORY

/* Threads of lookups get what they want. */
extern _Thread_local bool shortage_in_loop;

/* Begins a shortage of it in this thread, and ends it. */
void shortage_begin(size_t granted, bool lasts);
void shortage_end(void);

/* Returns whether all of it is: valgrind has an allocator of its own. */
bool shortage_has_own_memory(void);
#endif

#endif
