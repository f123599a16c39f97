/* SPDX-License-Identifier: ISC */
/*
 * fault.h: what the preload library and the program that runs the matrix share:
 * the calls that can be made to fail, and the tally of a run.
 *
 * Two variables of the environment control the library:
 *
 *	FAULT=CALL:K:ERROR	the K-th call fails, the others do not
 *	FAULT=CALL:K+:ERROR	the K-th call and all after it fail
 *	FAULT_TALLY=FILE	a struct tally, which the library counts in
 *
 * ERROR is a number of errno(3), negative for one of getaddrinfo(3), or
 * "short": the call is made, for less than it asked for. Calls are counted
 * from the start of main(), those of the program's threads too.
 *
 * What it covers: each call from the program and from libevent to libc, and
 * from the program to libevent, as those go through the PLT. malloc(3) and its
 * family are caught inside libc, too (strdup(3), fopen(3), getaddrinfo(3),
 * qsort(3)). Not covered are the system calls that libc makes by itself: those
 * of the resolver, and the write(2) of a FILE. The functions around them are
 *(fflush(3), getaddrinfo(3), getservbyname_r(3)), and refuse.h refuses the
 *system calls.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdatomic.h>

/* X(name), in the order of the tally. */
#define FAULT_CALLS(X)                \
	X(malloc)                     \
	X(calloc)                     \
	X(realloc)                    \
	X(strdup)                     \
	X(strndup)                    \
	X(aligned_alloc)              \
	X(open)                       \
	X(fopen)                      \
	X(fdopen)                     \
	X(fcntl)                      \
	X(close)                      \
	X(dup2)                       \
	X(pipe)                       \
	X(socketpair)                 \
	X(pipe2)                      \
	X(fstat)                      \
	X(stat)                       \
	X(lstat)                      \
	X(access)                     \
	X(openat)                     \
	X(fchmod)                     \
	X(fchown)                     \
	X(renameat)                   \
	X(unlinkat)                   \
	X(lseek)                      \
	X(isatty)                     \
	X(ioctl)                      \
	X(tcgetpgrp)                  \
	X(socket)                     \
	X(bind)                       \
	X(connect)                    \
	X(setsockopt)                 \
	X(getsockopt)                 \
	X(getsockname)                \
	X(getpeername)                \
	X(shutdown)                   \
	X(read)                       \
	X(readv)                      \
	X(pread)                      \
	X(recv)                       \
	X(recvmsg)                    \
	X(write)                      \
	X(writev)                     \
	X(send)                       \
	X(sendmsg)                    \
	X(splice)                     \
	X(sendfile)                   \
	X(poll)                       \
	X(epoll_create1)              \
	X(epoll_ctl)                  \
	X(epoll_wait)                 \
	X(eventfd)                    \
	X(timerfd_create)             \
	X(timerfd_settime)            \
	X(sigaction)                  \
	X(sigprocmask)                \
	X(pthread_sigmask)            \
	X(pthread_create)             \
	X(pthread_attr_init)          \
	X(pthread_attr_setstacksize)  \
	X(pthread_condattr_init)      \
	X(pthread_cond_init)          \
	X(pthread_cond_timedwait)     \
	X(getaddrinfo)                \
	X(getservbyname_r)            \
	X(gethostname)                \
	X(__res_ninit)                \
	X(__getdelim)                 \
	X(if_nametoindex)             \
	X(setlocale)                  \
	X(prctl)                      \
	X(syscall)                    \
	X(fopencookie)                \
	X(open_memstream)             \
	X(fputs)                      \
	X(fputc)                      \
	X(putc)                       \
	X(fwrite)                     \
	X(vfprintf)                   \
	X(getc)                       \
	X(fflush)                     \
	X(fclose)                     \
	X(event_config_new)           \
	X(event_config_avoid_method)  \
	X(event_base_new_with_config) \
	X(event_base_dispatch)        \
	X(event_base_loop)            \
	X(event_new)                  \
	X(event_add)                  \
	X(event_del)                  \
	X(bufferevent_socket_new)     \
	X(bufferevent_socket_connect) \
	X(bufferevent_enable)         \
	X(bufferevent_disable)        \
	X(bufferevent_write)          \
	X(evbuffer_read)              \
	X(evbuffer_add_cb)

enum fault_call {
#define FAULT_ENUM(name) FAULT_##name,
	FAULT_CALLS(FAULT_ENUM)
#undef FAULT_ENUM
	    FAULT_COUNT
};

/* In place of an errno: the call is made for less than it asked for. */
#define FAULT_SHORT 100000

/* Shared with the program under test, so that it survives every end. */
struct tally {
	atomic_uint calls[FAULT_COUNT];
	atomic_uint fired;           /* how many calls were made to fail */
	atomic_uint fired_in_lookup; /* of these, by libc's resolver itself */
};

#endif
