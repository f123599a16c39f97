/* SPDX-License-Identifier: ISC */
/*
 * Functions of libc, under their names, that ask whether they are refused and
 * go on to libc's own otherwise.
 */
/* The functions themselves are defined here, not what checks them. */
#undef _FORTIFY_SOURCE

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/shortage.h"

static struct {
	atomic_int call; /* SHORTAGE_COUNT: none is refused */
	atomic_size_t calls;
	atomic_size_t refused;
	atomic_size_t granted;
	atomic_bool lasts;
	atomic_int error;
	atomic_bool counts_threads;
	atomic_size_t allocations;
} shortage = { .call = SHORTAGE_COUNT };

static _Thread_local enum { AS_ALL, COUNTED, NOT_COUNTED } this_thread;
static _Thread_local unsigned in_resolver;
static _Thread_local bool makes_thread;

void
shortage_begin(enum shortage_call call, size_t granted, bool lasts, int error)
{
	shortage.call = SHORTAGE_COUNT;
	shortage.calls = shortage.refused = 0;
	shortage.granted = granted;
	shortage.lasts = lasts;
	shortage.error = error;
	shortage.call = (int)call;
}

void
shortage_end(void)
{
	shortage.call = SHORTAGE_COUNT;
}

size_t
shortage_refused(void)
{
	return (shortage.refused);
}

bool
shortage_refuses(enum shortage_call call)
{
	size_t before;

	if ((int)call != shortage.call || in_resolver > 0 ||
	    this_thread == NOT_COUNTED ||
	    (this_thread == AS_ALL && !shortage.counts_threads))
		return (false);
	before = atomic_fetch_add(&shortage.calls, 1);
	if (before < shortage.granted ||
	    (before > shortage.granted && !shortage.lasts))
		return (false);
	atomic_fetch_add(&shortage.refused, 1);
	errno = shortage.error;
	return (true);
}

static void *
event_get_memory(size_t size)
{
	return (shortage_refuses(SHORTAGE_event_memory) ? NULL : malloc(size));
}

static void *
event_change_memory(void *bytes, size_t size)
{
	return (shortage_refuses(SHORTAGE_event_memory) ? NULL
							: realloc(bytes, size));
}

static void
say_nothing(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

void
shortage_begin_event_memory(void)
{
	event_set_mem_functions(event_get_memory, event_change_memory, free);
	event_set_log_callback(say_nothing);
}

void
shortage_count_thread(bool counted)
{
	this_thread = counted ? COUNTED : NOT_COUNTED;
}

void
shortage_count_threads(bool counted)
{
	shortage.counts_threads = counted;
}

size_t
shortage_allocations(void)
{
	return (shortage.allocations);
}

const char *
shortage_name(enum shortage_call call)
{
	static const char *const names[] = {
#define SHORTAGE_NAME(name) #name,
		SHORTAGE_CALLS(SHORTAGE_NAME)
#undef SHORTAGE_NAME
	};

	return (names[call]);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *bytes, size_t size);
void __libc_free(void *bytes);

static void *
count_allocation(void *bytes)
{
	if (bytes != NULL && !makes_thread)
		atomic_fetch_add(&shortage.allocations, 1);
	return (bytes);
}

void *
malloc(size_t size)
{
	if (shortage_refuses(SHORTAGE_memory))
		return (NULL);
	return (count_allocation(__libc_malloc(size)));
}

void *
calloc(size_t count, size_t size)
{
	if (shortage_refuses(SHORTAGE_memory))
		return (NULL);
	return (count_allocation(__libc_calloc(count, size)));
}

void *
realloc(void *bytes, size_t size)
{
	if (bytes == NULL)
		return (malloc(size));
	if (shortage_refuses(SHORTAGE_memory))
		return (NULL);
	if (size == 0)
		atomic_fetch_sub(&shortage.allocations, 1);
	return (__libc_realloc(bytes, size));
}

void
free(void *bytes)
{
	if (bytes != NULL)
		atomic_fetch_sub(&shortage.allocations, 1);
	__libc_free(bytes);
}
#endif

bool
shortage_has_memory(void)
{
	/* Called as they are: the compiler knows that malloc(3) succeeds. */
	void *(*volatile allocate)(size_t) = malloc;
	void *(*volatile change)(void *, size_t) = realloc;
	void *kept = allocate(1), *one, *longer;
	bool refused;

	shortage_count_thread(true);
	shortage_begin(SHORTAGE_memory, 0, true, ENOMEM);
	one = allocate(1);
	longer = change(kept, 2);
	shortage_end();
	refused = one == NULL && longer == NULL;
	free(one);
	free(longer == NULL ? kept : longer);
	return (refused);
}

/* The next definition of a function, that of libc or of a sanitizer. */
static void *
next_of(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL)
		abort();
	return (function);
}

/*
 * Defines a function that returns `failure` when it is refused. The address of
 * libc's own is read before main().
 */
#define REFUSABLE(type, name, parameters, arguments, failure)      \
	static type(*real_##name) parameters;                      \
	static void __attribute__((constructor)) find_##name(void) \
	{                                                          \
		*(void **)&real_##name = next_of(#name);           \
	}                                                          \
	type name parameters                                       \
	{                                                          \
		if (real_##name == NULL)                           \
			find_##name();                             \
		return (shortage_refuses(SHORTAGE_##name)          \
			? (failure)                                \
			: real_##name arguments);                  \
	}

REFUSABLE(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol), -1)
REFUSABLE(int, getsockopt,
    (int fd, int level, int name, void *restrict value,
	socklen_t *restrict size),
    (fd, level, name, value, size), -1)
REFUSABLE(int, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t size),
    (fd, level, name, value, size), -1)
REFUSABLE(ssize_t, recv, (int fd, void *bytes, size_t size, int flags),
    (fd, bytes, size, flags), -1)
REFUSABLE(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
    (fd, message, flags), -1)
REFUSABLE(ssize_t, send, (int fd, const void *bytes, size_t size, int flags),
    (fd, bytes, size, flags), -1)
REFUSABLE(int, epoll_create1, (int flags), (flags), -1)
REFUSABLE(int, eventfd, (unsigned count, int flags), (count, flags), -1)
REFUSABLE(int, pipe2, (int pair[2], int flags), (pair, flags), -1)
/* These return the errno. */
REFUSABLE(int, pthread_cond_init,
    (pthread_cond_t *restrict condition,
	const pthread_condattr_t *restrict attributes),
    (condition, attributes), errno)
REFUSABLE(int, pthread_condattr_init, (pthread_condattr_t * attributes),
    (attributes), errno)

/* Their addresses are of a union type in the headers of glibc. */
REFUSABLE(int, bind, (int fd, __CONST_SOCKADDR_ARG sa, socklen_t length),
    (fd, sa, length), -1)
REFUSABLE(int, connect, (int fd, __CONST_SOCKADDR_ARG sa, socklen_t length),
    (fd, sa, length), -1)
REFUSABLE(int, getsockname,
    (int fd, __SOCKADDR_ARG sa, socklen_t *restrict length), (fd, sa, length),
    -1)
REFUSABLE(int, getpeername,
    (int fd, __SOCKADDR_ARG sa, socklen_t *restrict length), (fd, sa, length),
    -1)

/* Only what adds takes anything. */
int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	static int (*real)(int, int, int, struct epoll_event *);

	if (operation == EPOLL_CTL_ADD && shortage_refuses(SHORTAGE_epoll_ctl))
		return (-1);
	if (real == NULL)
		*(void **)&real = next_of("epoll_ctl");
	return (real(epoll, operation, fd, event));
}

/* What libc allocates here it keeps for the next thread. */
int
pthread_create(pthread_t *restrict thread,
    const pthread_attr_t *restrict attributes, void *(*run)(void *),
    void *restrict arg)
{
	static int (*real)(
	    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	int error;

	if (shortage_refuses(SHORTAGE_pthread_create))
		return (errno);
	if (real == NULL)
		*(void **)&real = next_of("pthread_create");
	makes_thread = true;
	error = real(thread, attributes, run, arg);
	makes_thread = false;
	return (error);
}

/* A part of libc's resolver that is not inside getaddrinfo(3). */
int
__res_ninit(res_state state)
{
	static int (*real)(res_state);
	int result;

	if (real == NULL)
		*(void **)&real = next_of("__res_ninit");
	in_resolver++;
	result = real(state);
	in_resolver--;
	return (result);
}
