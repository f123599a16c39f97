/* SPDX-License-Identifier: ISC */
/*
 * The errors of each call, from its manual page and from the kernel.
 */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "plan.h"

/* Out of memory, of descriptors, of watches: 70, with a message that names it.
 */
#define SHORTAGE (END_INTERNAL | END_NAMED)

#define NO_MEMORY                       \
	{                               \
		ENOMEM, SHORTAGE, false \
	}
#define NO_DESCRIPTORS                  \
	{ EMFILE, SHORTAGE, false },    \
	{                               \
		ENFILE, SHORTAGE, false \
	}
#define INTERRUPTED            \
	{                      \
		EINTR, 0, true \
	}
#define NOT_NOW                 \
	{                       \
		EAGAIN, 0, true \
	}
#define SHORT                         \
	{                             \
		FAULT_SHORT, 0, false \
	}

/* Memory that libevent or libc does not get without saying so in errno. */
#define FAILS_INSIDE                        \
	{                                   \
		ENOMEM, END_INTERNAL, false \
	}

const struct plan_call plan_calls[] = {
	{ FAULT_malloc, { NO_MEMORY } },
	{ FAULT_calloc, { NO_MEMORY } },
	{ FAULT_realloc, { NO_MEMORY } },
	{ FAULT_strdup, { NO_MEMORY } },
	{ FAULT_strndup, { NO_MEMORY } },
	{ FAULT_aligned_alloc, { NO_MEMORY } },
	{ FAULT_open,
	    { NO_MEMORY, NO_DESCRIPTORS,
		{ ENOENT, END_INTERNAL | END_USAGE, false },
		{ EACCES, END_INTERNAL | END_USAGE, false },
		{ EPERM, END_INTERNAL | END_USAGE, false } } },
	{ FAULT_fopen,
	    { NO_MEMORY, NO_DESCRIPTORS,
		{ EACCES, END_USAGE | END_NAMED, false },
		{ EROFS, END_USAGE | END_NAMED, false },
		{ ENOSPC, END_USAGE | END_STREAM | END_NAMED, false } } },
	{ FAULT_fdopen, { NO_MEMORY } },
	{ FAULT_fcntl,
	    { NO_DESCRIPTORS, { EPERM, END_INTERNAL | END_USAGE, false },
		{ EINVAL, END_INTERNAL | END_USAGE, false } } },
	{ FAULT_close,
	    { INTERRUPTED, { EIO, END_STREAM, false },
		{ ENOSPC, END_STREAM, false } } },
	{ FAULT_dup2,
	    { { EMFILE, SHORTAGE, false }, { EBUSY, END_INTERNAL, false } } },
	{ FAULT_pipe, { NO_MEMORY, NO_DESCRIPTORS } },
	{ FAULT_socketpair, { NO_MEMORY, NO_DESCRIPTORS } },
	{ FAULT_pipe2,
	    { NO_MEMORY, NO_DESCRIPTORS, { ENOSYS, 0, false },
		{ EPERM, 0, false } } },
	{ FAULT_fstat,
	    { NO_MEMORY, { EIO, END_STREAM, false },
		{ EOVERFLOW, END_STREAM, false } } },
	{ FAULT_stat, { NO_MEMORY, { EACCES, 0, false } } },
	{ FAULT_lstat, { NO_MEMORY, { EACCES, 0, false } } },
	{ FAULT_access, { { EACCES, END_USAGE, false } } },
	{ FAULT_openat,
	    { NO_MEMORY, NO_DESCRIPTORS, { EACCES, 0, false },
		{ EROFS, 0, false },
		{ ENOSPC, END_STREAM | END_NAMED, false } } },
	{ FAULT_fchmod, { { EPERM, 0, false }, { EROFS, 0, false } } },
	{ FAULT_fchown, { { EPERM, 0, false }, { EINVAL, 0, false } } },
	{ FAULT_renameat,
	    { { EACCES, END_STREAM | END_NAMED, false },
		{ ENOSPC, END_STREAM | END_NAMED, false } } },
	{ FAULT_unlinkat, { { EACCES, 0, false } } },
	{ FAULT_lseek,
	    { { ESPIPE, END_STREAM, false },
		{ EOVERFLOW, END_STREAM, false } } },
	{ FAULT_isatty, { { ENOTTY, 0, false } } },
	{ FAULT_ioctl, { { ENOTTY, 0, false }, { EPERM, 0, false } } },
	{ FAULT_tcgetpgrp, { { ENOTTY, 0, false } } },
	{ FAULT_socket,
	    { NO_MEMORY, NO_DESCRIPTORS, { ENOBUFS, SHORTAGE, false },
		{ EACCES, END_UNCONNECTED | END_NAMED, false },
		{ EAFNOSUPPORT, END_UNCONNECTED | END_NAMED, false } } },
	{ FAULT_bind,
	    { NO_MEMORY, { EADDRINUSE, END_UNCONNECTED | END_NAMED, false },
		{ EACCES, END_UNCONNECTED | END_NAMED, false } } },
	{ FAULT_connect,
	    { NO_MEMORY, { ENOBUFS, SHORTAGE, false },
		{ ECONNREFUSED, END_UNCONNECTED | END_NAMED, false },
		{ ENETUNREACH, END_UNCONNECTED | END_NAMED, false },
		{ EADDRNOTAVAIL, END_UNCONNECTED | END_NAMED, false },
		{ ETIMEDOUT, END_UNCONNECTED | END_NAMED, false },
		{ EACCES, END_UNCONNECTED | END_NAMED, false } } },
	{ FAULT_setsockopt,
	    { NO_MEMORY, { ENOBUFS, SHORTAGE, false },
		{ ENOPROTOOPT, 0, false }, { EPERM, 0, false },
		{ EINVAL, 0, false } } },
	/* What an attempt has come to cannot be known then: it has failed. */
	{ FAULT_getsockopt,
	    { { ENOBUFS, SHORTAGE, false },
		{ ENOPROTOOPT, END_INTERNAL | END_UNCONNECTED, false },
		{ EINVAL, END_INTERNAL | END_UNCONNECTED, false },
		{ EPERM, END_INTERNAL | END_UNCONNECTED, false } } },
	{ FAULT_getsockname,
	    { { ENOBUFS, SHORTAGE, false }, { EPERM, END_INTERNAL, false } } },
	{ FAULT_getpeername,
	    { { ENOBUFS, SHORTAGE, false }, { ENOTCONN, END_LOST, false } } },
	{ FAULT_shutdown,
	    { { ENOTCONN, END_LOST, false }, { ENOBUFS, SHORTAGE, false } } },
	{ FAULT_read,
	    { SHORT, INTERRUPTED, NOT_NOW, NO_MEMORY,
		{ EIO, END_STREAM, false } } },
	{ FAULT_readv,
	    { SHORT, INTERRUPTED, NOT_NOW, NO_MEMORY,
		{ ECONNRESET, END_LOST, false },
		{ ETIMEDOUT, END_LOST, false } } },
	{ FAULT_pread,
	    { SHORT, INTERRUPTED, NO_MEMORY, { EIO, END_STREAM, false } } },
	{ FAULT_recv,
	    { SHORT, INTERRUPTED, NOT_NOW, NO_MEMORY,
		{ ECONNRESET, END_LOST | END_STREAM, false },
		{ ETIMEDOUT, END_LOST | END_STREAM, false } } },
	{ FAULT_recvmsg,
	    { INTERRUPTED, NOT_NOW, NO_MEMORY, { ENOBUFS, SHORTAGE, false } } },
	/* Messages go by this, too. */
	{ FAULT_write,
	    { SHORT, INTERRUPTED, NOT_NOW,
		{ ENOMEM, END_INTERNAL | END_STREAM | END_SILENT, false },
		{ ENOSPC, END_STREAM | END_SILENT, false },
		{ EIO, END_STREAM | END_SILENT, false },
		{ EFBIG, END_STREAM | END_SILENT, false },
		{ EPIPE, END_STREAM | END_SIGPIPE | END_SILENT, false } } },
	{ FAULT_writev,
	    { SHORT, INTERRUPTED, NOT_NOW, NO_MEMORY,
		{ ECONNRESET, END_LOST, false }, { EPIPE, END_LOST, false } } },
	{ FAULT_send,
	    { SHORT, INTERRUPTED, NOT_NOW, NO_MEMORY,
		{ ENOBUFS, SHORTAGE, false },
		{ ECONNRESET, END_LOST | END_STREAM, false },
		{ EPIPE, END_LOST | END_SIGPIPE, false } } },
	{ FAULT_sendmsg,
	    { INTERRUPTED, NOT_NOW, NO_MEMORY, { ENOBUFS, SHORTAGE, false } } },
	{ FAULT_splice,
	    { SHORT, INTERRUPTED, NOT_NOW, { EINVAL, 0, false },
		{ ENOSYS, 0, false }, { EPERM, 0, false }, { EACCES, 0, false },
		{ ENOMEM, 0, false }, { EIO, END_LOST | END_STREAM, false } } },
	{ FAULT_sendfile,
	    { SHORT, INTERRUPTED, NOT_NOW, { EINVAL, 0, false },
		{ ENOSYS, 0, false }, { EPERM, 0, false }, { ENOMEM, 0, false },
		{ EIO, END_LOST | END_STREAM, false } } },
	/* For ever is no fault that any program bears. */
	{ FAULT_poll,
	    { INTERRUPTED,
		{ ENOMEM, END_INTERNAL | END_STREAM | END_SILENT, true },
		{ EPERM, END_INTERNAL | END_STREAM | END_SILENT, true } } },
	{ FAULT_epoll_create1,
	    { NO_MEMORY, NO_DESCRIPTORS, { ENOSYS, 0, false },
		{ EPERM, 0, false } } },
	{ FAULT_epoll_ctl,
	    { NO_MEMORY, { ENOSPC, SHORTAGE, false },
		{ EPERM,
		    END_INTERNAL | END_STREAM | END_UNCONNECTED |
			END_UNRESOLVED,
		    false } } },
	{ FAULT_epoll_wait,
	    { INTERRUPTED, { EINVAL, END_INTERNAL, false },
		{ EPERM, END_INTERNAL, false },
		{ ENOSYS, END_INTERNAL, false } } },
	{ FAULT_eventfd, { NO_MEMORY, NO_DESCRIPTORS, { ENOSYS, 0, false } } },
	{ FAULT_timerfd_create,
	    { NO_MEMORY, NO_DESCRIPTORS, { ENOSYS, 0, false } } },
	{ FAULT_timerfd_settime, { { EINVAL, END_INTERNAL, true } } },
	{ FAULT_sigaction, { { EINVAL, END_INTERNAL, false } } },
	{ FAULT_sigprocmask, { { EINVAL, END_INTERNAL, false } } },
	{ FAULT_pthread_sigmask, { { EINVAL, 0, false } } },
	{ FAULT_pthread_create,
	    { { EAGAIN, SHORTAGE, false }, { EPERM, SHORTAGE, false } } },
	{ FAULT_pthread_attr_init, { NO_MEMORY } },
	{ FAULT_pthread_attr_setstacksize, { { EINVAL, 0, false } } },
	{ FAULT_pthread_condattr_init, { NO_MEMORY } },
	{ FAULT_pthread_cond_init,
	    { NO_MEMORY, { EAGAIN, END_INTERNAL, false } } },
	{ FAULT_pthread_cond_timedwait, { { ETIMEDOUT, 0, false } } },
	{ FAULT_getaddrinfo,
	    { { EAI_MEMORY, END_INTERNAL, false },
		{ EAI_AGAIN, END_UNRESOLVED, false },
		{ EAI_FAIL, END_UNRESOLVED, false },
		{ EAI_NONAME, END_UNRESOLVED, false }, NO_DESCRIPTORS,
		NO_MEMORY } },
	{ FAULT_getservbyname_r,
	    { { ENOENT, END_USAGE, false }, { ENOMEM, END_INTERNAL, false },
		{ EMFILE, END_INTERNAL, false } } },
	{ FAULT_gethostname, { { EPERM, 0, false } } },
	{ FAULT___res_ninit, { { ENOMEM, END_INTERNAL, false } } },
	{ FAULT___getdelim,
	    { { ENOMEM, END_INTERNAL, false }, { EIO, 0, false } } },
	{ FAULT_if_nametoindex, { { ENODEV, END_USAGE, false } } },
	{ FAULT_setlocale, { { ENOENT, 0, false } } },
	{ FAULT_prctl, { { EPERM, 0, false }, { EINVAL, 0, false } } },
	{ FAULT_syscall, { { EPERM, 0, false }, { ENOSYS, 0, false } } },
	{ FAULT_fopencookie, { NO_MEMORY } },
	{ FAULT_open_memstream, { NO_MEMORY } },
	{ FAULT_fputs,
	    { { ENOSPC, END_STREAM | END_SILENT, false },
		{ EPIPE, END_STREAM | END_SIGPIPE | END_SILENT, false } } },
	{ FAULT_fputc, { { ENOSPC, END_STREAM | END_SILENT, false } } },
	{ FAULT_putc, { { ENOSPC, END_STREAM | END_SILENT, false } } },
	{ FAULT_fwrite, { { ENOSPC, END_STREAM | END_SILENT, false } } },
	{ FAULT_vfprintf,
	    { { ENOMEM, END_STREAM | END_INTERNAL | END_SILENT, false },
		{ ENOSPC, END_STREAM | END_SILENT, false } } },
	{ FAULT_getc, { { EIO, 0, false } } },
	{ FAULT_fflush,
	    { { ENOSPC, END_STREAM | END_SILENT, false },
		{ EPIPE, END_STREAM | END_SIGPIPE | END_SILENT, false } } },
	{ FAULT_fclose,
	    { { ENOSPC, END_STREAM, false }, { EIO, END_STREAM, false } } },
	{ FAULT_event_config_new, { FAILS_INSIDE } },
	{ FAULT_event_config_avoid_method, { FAILS_INSIDE } },
	{ FAULT_event_base_new_with_config, { FAILS_INSIDE } },
	{ FAULT_event_base_dispatch, { FAILS_INSIDE } },
	{ FAULT_event_base_loop, { FAILS_INSIDE } },
	{ FAULT_event_new, { FAILS_INSIDE } },
	{ FAULT_event_add, { FAILS_INSIDE, { ENOSPC, END_INTERNAL, false } } },
	{ FAULT_event_del, { { ENOENT, END_INTERNAL, false } } },
	{ FAULT_bufferevent_socket_new, { FAILS_INSIDE } },
	{ FAULT_bufferevent_socket_connect, { FAILS_INSIDE } },
	{ FAULT_bufferevent_enable, { FAILS_INSIDE } },
	{ FAULT_bufferevent_disable, { FAILS_INSIDE } },
	{ FAULT_bufferevent_write, { FAILS_INSIDE } },
	{ FAULT_evbuffer_read,
	    { NO_MEMORY, { ECONNRESET, END_LOST, false },
		{ EAGAIN, 0, true } } },
	{ FAULT_evbuffer_add_cb, { FAILS_INSIDE } },
};

const size_t plan_call_count = sizeof(plan_calls) / sizeof(plan_calls[0]);

#define REFUSED_BY_PROFILE                            \
	{                                             \
		"EPERM", "ENOSYS", "EACCES", "ENOMEM" \
	}

const struct plan_refusal plan_refusals[] = {
	{ "splice,sendfile", REFUSED_BY_PROFILE, 0 },
	{ "epoll_create1", REFUSED_BY_PROFILE, 0 },
	{ "epoll_ctl", { "EPERM", "ENOSYS", "EACCES" }, 0 },
	{ "epoll_wait,epoll_pwait", REFUSED_BY_PROFILE, 0 },
	{ "pipe2", REFUSED_BY_PROFILE, 0 },
	{ "statx", REFUSED_BY_PROFILE, 0 },
	{ "getrandom", REFUSED_BY_PROFILE, 0 },
	{ "eventfd2", REFUSED_BY_PROFILE, 0 },
	{ "timerfd_create,timerfd_settime", REFUSED_BY_PROFILE, 0 },
	{ "timerfd_settime", REFUSED_BY_PROFILE, 0 },
	{ "clone3", { "ENOSYS" }, 0 },
	{ "sendmmsg", { "ENOSYS" }, 0 },
	/* Nor do the sockets of a lookup get along without. */
	{ "setsockopt,getsockopt", { "EPERM" },
	    END_UNCONNECTED | END_UNRESOLVED },
	{ "socket", { "EPERM", "EACCES" }, END_UNCONNECTED | END_UNRESOLVED },
	{ "splice,sendfile,epoll_create1,pipe2,statx,getrandom,eventfd2,"
	  "timerfd_create",
	    { "EPERM", "ENOSYS" }, 0 },
};

const size_t plan_refusal_count = sizeof(plan_refusals) /
    sizeof(plan_refusals[0]);

const char *
plan_call_name(enum fault_call call)
{
	static const char *const names[] = {
#define FAULT_NAME(name) #name,
		FAULT_CALLS(FAULT_NAME)
#undef FAULT_NAME
	};

	return (names[call]);
}

const char *
plan_error_name(int error)
{
	const char *name;

	switch (error) {
	case FAULT_SHORT:
		return ("short");
	case EAI_AGAIN:
		return ("EAI_AGAIN");
	case EAI_FAIL:
		return ("EAI_FAIL");
	case EAI_MEMORY:
		return ("EAI_MEMORY");
	case EAI_NONAME:
		return ("EAI_NONAME");
	default:
		name = strerrorname_np(error);
		return (name == NULL ? "?" : name);
	}
}
