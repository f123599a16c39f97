/* SPDX-License-Identifier: ISC */
/*
 * shortage.h: calls to libc that are refused, in the program that is linked
 * with it: malloc(3) and its family, the calls for sockets, epoll, wake-ups and
 * threads. The K-th call of a kind fails, or all from the K-th on.
 *
 * Threads are counted that have asked for it, or all but those that have asked
 * not to be. libc's resolver is never refused anything: some of its functions
 * crash or hang then. Where a sanitizer or valgrind has the allocator, no
 * memory is refused.
 */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>

/* X(name); memory is malloc, calloc and realloc; event_memory is libevent's. */
#define SHORTAGE_CALLS(X)    \
	X(memory)            \
	X(event_memory)      \
	X(socket)            \
	X(bind)              \
	X(connect)           \
	X(getsockopt)        \
	X(setsockopt)        \
	X(getsockname)       \
	X(getpeername)       \
	X(recv)              \
	X(recvmsg)           \
	X(send)              \
	X(epoll_create1)     \
	X(epoll_ctl)         \
	X(eventfd)           \
	X(pipe2)             \
	X(pthread_create)    \
	X(pthread_cond_init) \
	X(pthread_condattr_init)

enum shortage_call {
#define SHORTAGE_ENUM(name) SHORTAGE_##name,
	SHORTAGE_CALLS(SHORTAGE_ENUM)
#undef SHORTAGE_ENUM
	    SHORTAGE_COUNT
};

/* Refuses calls, with `error`, once `granted` of them were made. */
void shortage_begin(
    enum shortage_call call, size_t granted, bool lasts, int error);

/* Refuses nothing more. */
void shortage_end(void);

/*
 * Counts a call that a test stands in for itself. Returns whether it is
 * refused, with its errno.
 */
bool shortage_refuses(enum shortage_call call);

/* Returns how many calls were refused since the beginning. */
size_t shortage_refused(void);

/* Makes libevent ask here for memory, and say nothing about it. */
void shortage_begin_event_memory(void);

/* Counts the calling thread, or does not, whatever is set for all. */
void shortage_count_thread(bool counted);

/* Counts threads that have not asked for anything. */
void shortage_count_threads(bool counted);

/* Returns whether memory is refused here. */
bool shortage_has_memory(void);

/*
 * Returns how many allocations are not freed, of all threads, where memory is
 * refused.
 */
size_t shortage_allocations(void);

const char *shortage_name(enum shortage_call call);

#endif
