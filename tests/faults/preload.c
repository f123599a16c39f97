/* SPDX-License-Identifier: ISC */
/*
 * The preload library: each call of fault.h counts, and fails when it is asked
 * to, as libc and the kernel would have it fail.
 */
/* The functions themselves are defined here, under their real names. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "fault.h"

/* libc's own, which never come back here. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* How much a short call moves: the one, or each of those that follow. */
#define SHORT_ONCE ((size_t)1)
#define SHORT_EACH ((size_t)4093)

static struct {
	bool started;
	enum fault_call call; /* FAULT_COUNT: none fails */
	unsigned first;       /* from 1 */
	bool goes_on;
	int error;
	struct tally own;
	struct tally *tally;
} plan = { .call = FAULT_COUNT, .tally = NULL };

/* Whether this thread is inside of libc's resolver. */
static __thread bool in_lookup __attribute__((tls_model("initial-exec")));

/* Counts a call. Returns 0, an error, or FAULT_SHORT. */
static int
fault(enum fault_call call)
{
	unsigned number;

	if (!plan.started)
		return (0);
	number = atomic_fetch_add(&plan.tally->calls[call], 1) + 1;
	if (call != plan.call || number < plan.first ||
	    (number > plan.first && !plan.goes_on))
		return (0);
	atomic_fetch_add(&plan.tally->fired, 1);
	if (in_lookup)
		atomic_fetch_add(&plan.tally->fired_in_lookup, 1);
	if (plan.error > 0 && plan.error != FAULT_SHORT)
		errno = plan.error;
	return (plan.error);
}

/* The same for a call that cannot be short. */
static bool
fails(enum fault_call call)
{
	int error = fault(call);

	return (error != 0 && error != FAULT_SHORT);
}

/* Returns how much is asked for; 0, with errno: the call fails. */
static size_t
size_for(enum fault_call call, size_t size)
{
	int error = fault(call);
	size_t most = plan.goes_on ? SHORT_EACH : SHORT_ONCE;

	if (error == 0 || (error == FAULT_SHORT && size == 0))
		return (size);
	if (error == FAULT_SHORT)
		return (size < most ? size : most);
	return (SIZE_MAX);
}

/* The next definition of a function; `real` in the wrapper that calls it. */
#define FIND_REAL(name)                                           \
	do {                                                      \
		if (real == NULL)                                 \
			*(void **)&real = dlsym(RTLD_NEXT, name); \
	} while (0)

/* Wraps a function that returns `failure` with errno when it fails. */
#define FAULTY(type, name, parameters, arguments, failure) \
	type name parameters                               \
	{                                                  \
		static type(*real) parameters;             \
                                                           \
		if (fails(FAULT_##name))                   \
			return (failure);                  \
		FIND_REAL(#name);                          \
		return (real arguments);                   \
	}

/* Wraps a function that moves `size` bytes. */
#define FAULTY_MOVE(name, parameters, arguments)     \
	ssize_t name parameters                      \
	{                                            \
		static ssize_t(*real) parameters;    \
                                                     \
		size = size_for(FAULT_##name, size); \
		if (size == SIZE_MAX)                \
			return (-1);                 \
		FIND_REAL(#name);                    \
		return (real arguments);             \
	}

/* Wraps a vector's: a short one moves the beginning of its first part. */
#define FAULTY_VECTOR(name)                                                  \
	ssize_t name(int fd, const struct iovec *parts, int count)           \
	{                                                                    \
		static ssize_t (*real)(int, const struct iovec *, int);      \
		struct iovec part = { .iov_base = NULL };                    \
		int error = fault(FAULT_##name);                             \
                                                                             \
		if (error != 0 && error != FAULT_SHORT)                      \
			return (-1);                                         \
		FIND_REAL(#name);                                            \
		if (error == 0 || count == 0 || parts[0].iov_len == 0)       \
			return (real(fd, parts, count));                     \
		part.iov_base = parts[0].iov_base;                           \
		part.iov_len = plan.goes_on && parts[0].iov_len > SHORT_EACH \
		    ? SHORT_EACH                                             \
		    : SHORT_ONCE;                                            \
		return (real(fd, &part, 1));                                 \
	}

/* Wraps a function of pthreads, which returns its error. */
#define FAULTY_PTHREAD(name, parameters, arguments) \
	int name parameters                         \
	{                                           \
		static int(*real) parameters;       \
		int saved = errno;                  \
                                                    \
		if (fails(FAULT_##name)) {          \
			errno = saved;              \
			return (plan.error);        \
		}                                   \
		FIND_REAL(#name);                   \
		return (real arguments);            \
	}

void *
malloc(size_t size)
{
	return (fails(FAULT_malloc) ? NULL : __libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return (fails(FAULT_calloc) ? NULL : __libc_calloc(count, size));
}

void *
realloc(void *bytes, size_t size)
{
	return (fails(FAULT_realloc) ? NULL : __libc_realloc(bytes, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return (fails(FAULT_aligned_alloc) ? NULL
					   : __libc_memalign(alignment, size));
}

FAULTY(char *, strdup, (const char *text), (text), NULL)
FAULTY(char *, strndup, (const char *text, size_t size), (text, size), NULL)

int
open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list arguments;
	mode_t mode = 0;

	if (fails(FAULT_open))
		return (-1);
	if ((flags & O_CREAT) != 0) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	FIND_REAL("open");
	return (real(path, flags, mode));
}

FAULTY(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
FAULTY(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL)

int
fcntl(int fd, int command, ...)
{
	static int (*real)(int, int, ...);
	va_list arguments;
	void *argument;

	if (fails(FAULT_fcntl))
		return (-1);
	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	FIND_REAL("fcntl");
	return (real(fd, command, argument));
}

int
ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list arguments;
	void *argument;

	if (fails(FAULT_ioctl))
		return (-1);
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	FIND_REAL("ioctl");
	return (real(fd, request, argument));
}

/* Wraps a function that has its effect even when it returns a failure. */
#define FAULTY_DONE(type, name, parameters, arguments, failure) \
	type name parameters                                    \
	{                                                       \
		static type(*real) parameters;                  \
		bool failed = fails(FAULT_##name);              \
		int error = errno;                              \
		type result;                                    \
                                                                \
		FIND_REAL(#name);                               \
		result = real arguments;                        \
		if (!failed)                                    \
			return (result);                        \
		errno = error;                                  \
		return (failure);                               \
	}

/* As on Linux, the descriptor is closed. */
FAULTY_DONE(int, close, (int fd), (fd), -1)

FAULTY(int, dup2, (int from, int to), (from, to), -1)
FAULTY(int, pipe, (int pair[2]), (pair), -1)
FAULTY(int, socketpair, (int family, int type, int protocol, int pair[2]),
    (family, type, protocol, pair), -1)
FAULTY(int, pipe2, (int pair[2], int flags), (pair, flags), -1)
FAULTY(int, fstat, (int fd, struct stat *status), (fd, status), -1)
FAULTY(int, stat, (const char *path, struct stat *status), (path, status), -1)
FAULTY(int, lstat, (const char *path, struct stat *status), (path, status), -1)
FAULTY(int, access, (const char *path, int mode), (path, mode), -1)
FAULTY(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
FAULTY(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), -1)
FAULTY(int, renameat, (int folder, const char *from, int other, const char *to),
    (folder, from, other, to), -1)
FAULTY(int, unlinkat, (int folder, const char *path, int flags),
    (folder, path, flags), -1)

int
openat(int folder, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	va_list arguments;
	mode_t mode = 0;

	if (fails(FAULT_openat))
		return (-1);
	if ((flags & O_CREAT) != 0) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	FIND_REAL("openat");
	return (real(folder, path, flags, mode));
}

FAULTY(
    off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence), -1)
FAULTY(int, isatty, (int fd), (fd), 0)
FAULTY(pid_t, tcgetpgrp, (int fd), (fd), -1)
FAULTY(int, socket, (int family, int type, int protocol),
    (family, type, protocol), -1)
FAULTY(int, bind, (int fd, const struct sockaddr *address, socklen_t length),
    (fd, address, length), -1)
FAULTY(int, connect, (int fd, const struct sockaddr *address, socklen_t length),
    (fd, address, length), -1)
FAULTY(int, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t length),
    (fd, level, name, value, length), -1)
FAULTY(int, getsockopt,
    (int fd, int level, int name, void *value, socklen_t *length),
    (fd, level, name, value, length), -1)
FAULTY(int, getsockname, (int fd, struct sockaddr *address, socklen_t *length),
    (fd, address, length), -1)
FAULTY(int, getpeername, (int fd, struct sockaddr *address, socklen_t *length),
    (fd, address, length), -1)
FAULTY(int, shutdown, (int fd, int how), (fd, how), -1)

FAULTY_MOVE(read, (int fd, void *bytes, size_t size), (fd, bytes, size))
FAULTY_MOVE(pread, (int fd, void *bytes, size_t size, off_t offset),
    (fd, bytes, size, offset))
FAULTY_MOVE(recv, (int fd, void *bytes, size_t size, int flags),
    (fd, bytes, size, flags))
FAULTY_MOVE(write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
FAULTY_MOVE(send, (int fd, const void *bytes, size_t size, int flags),
    (fd, bytes, size, flags))
FAULTY_MOVE(splice,
    (int from, off_t *in, int to, off_t *out, size_t size, unsigned flags),
    (from, in, to, out, size, flags))
FAULTY_MOVE(sendfile, (int to, int from, off_t *offset, size_t size),
    (to, from, offset, size))
FAULTY_VECTOR(readv)
FAULTY_VECTOR(writev)
FAULTY(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
    (fd, message, flags), -1)
FAULTY(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
    (fd, message, flags), -1)

FAULTY(int, poll, (struct pollfd * entries, nfds_t count, int timeout),
    (entries, count, timeout), -1)
FAULTY(int, epoll_create1, (int flags), (flags), -1)
FAULTY(int, epoll_ctl,
    (int epoll, int operation, int fd, struct epoll_event *event),
    (epoll, operation, fd, event), -1)
FAULTY(int, epoll_wait,
    (int epoll, struct epoll_event *events, int count, int timeout),
    (epoll, events, count, timeout), -1)
FAULTY(int, eventfd, (unsigned value, int flags), (value, flags), -1)
FAULTY(int, timerfd_create, (int clock, int flags), (clock, flags), -1)
FAULTY(int, timerfd_settime,
    (int fd, int flags, const struct itimerspec *value,
	struct itimerspec *before),
    (fd, flags, value, before), -1)

FAULTY(int, sigaction,
    (int number, const struct sigaction *action, struct sigaction *before),
    (number, action, before), -1)
FAULTY(int, sigprocmask, (int how, const sigset_t *set, sigset_t *before),
    (how, set, before), -1)
FAULTY_PTHREAD(pthread_sigmask,
    (int how, const sigset_t *set, sigset_t *before), (how, set, before))
FAULTY_PTHREAD(pthread_create,
    (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *),
	void *argument),
    (thread, attributes, run, argument))
FAULTY_PTHREAD(pthread_attr_init, (pthread_attr_t * attributes), (attributes))
FAULTY_PTHREAD(pthread_attr_setstacksize,
    (pthread_attr_t * attributes, size_t size), (attributes, size))
FAULTY_PTHREAD(
    pthread_condattr_init, (pthread_condattr_t * attributes), (attributes))
FAULTY_PTHREAD(pthread_cond_init,
    (pthread_cond_t * condition, const pthread_condattr_t *attributes),
    (condition, attributes))
FAULTY_PTHREAD(pthread_cond_timedwait,
    (pthread_cond_t * condition, pthread_mutex_t *lock,
	const struct timespec *until),
    (condition, lock, until))

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	static int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	int result;

	if (fails(FAULT_getaddrinfo))
		return (plan.error < 0 ? plan.error : EAI_SYSTEM);
	FIND_REAL("getaddrinfo");
	in_lookup = true;
	result = real(node, service, hints, list);
	in_lookup = false;
	return (result);
}

/* Returns its error, and sets no errno. */
int
getservbyname_r(const char *name, const char *protocol, struct servent *entry,
    char *buffer, size_t size, struct servent **found)
{
	static int (*real)(const char *, const char *, struct servent *, char *,
	    size_t, struct servent **);

	if (fails(FAULT_getservbyname_r)) {
		*found = NULL;
		return (plan.error);
	}
	FIND_REAL("getservbyname_r");
	return (real(name, protocol, entry, buffer, size, found));
}

FAULTY(int, gethostname, (char *name, size_t size), (name, size), -1)
int
__res_ninit(res_state state)
{
	static int (*real)(res_state);
	int result;

	if (fails(FAULT___res_ninit))
		return (-1);
	FIND_REAL("__res_ninit");
	in_lookup = true;
	result = real(state);
	in_lookup = false;
	return (result);
}

FAULTY(ssize_t, __getdelim,
    (char **line, size_t *size, int delimiter, FILE *file),
    (line, size, delimiter, file), -1)
FAULTY(unsigned, if_nametoindex, (const char *name), (name), 0)
FAULTY(
    char *, setlocale, (int category, const char *name), (category, name), NULL)

FAULTY(FILE *, fopencookie,
    (void *cookie, const char *mode, cookie_io_functions_t functions),
    (cookie, mode, functions), NULL)
FAULTY(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL)

/* The arguments of both functions; absent ones are not read. */
#define LONG_ARGUMENTS 5

static void
take_arguments(va_list list, unsigned long *arguments)
{
	for (int i = 0; i < LONG_ARGUMENTS; i++)
		arguments[i] = va_arg(list, unsigned long);
}

int
prctl(int option, ...)
{
	static int (*real)(int, ...);
	unsigned long arguments[LONG_ARGUMENTS];
	va_list list;

	if (fails(FAULT_prctl))
		return (-1);
	va_start(list, option);
	take_arguments(list, arguments);
	va_end(list);
	FIND_REAL("prctl");
	return (real(
	    option, arguments[0], arguments[1], arguments[2], arguments[3]));
}

long
syscall(long number, ...)
{
	static long (*real)(long, ...);
	unsigned long arguments[LONG_ARGUMENTS];
	va_list list;

	if (fails(FAULT_syscall))
		return (-1);
	va_start(list, number);
	take_arguments(list, arguments);
	va_end(list);
	FIND_REAL("syscall");
	return (real(number, arguments[0], arguments[1], arguments[2],
	    arguments[3], arguments[4]));
}

/* ferror(3) is true for a FILE that could not be written, too. */
static int
mark_failed(FILE *file)
{
	int error = errno;

	file->_flags |= 0x20; /* _IO_ERR_SEEN of glibc */
	errno = error;
	return (EOF);
}

#define FAULTY_STDIO(name, parameters, arguments)   \
	int name parameters                         \
	{                                           \
		static int(*real) parameters;       \
                                                    \
		if (fails(FAULT_##name))            \
			return (mark_failed(file)); \
		FIND_REAL(#name);                   \
		return (real arguments);            \
	}

FAULTY_STDIO(fputs, (const char *text, FILE *file), (text, file))
FAULTY_STDIO(fputc, (int byte, FILE *file), (byte, file))
FAULTY_STDIO(putc, (int byte, FILE *file), (byte, file))
FAULTY_STDIO(getc, (FILE * file), (file))
FAULTY_STDIO(fflush, (FILE * file), (file))
FAULTY_STDIO(vfprintf, (FILE * file, const char *format, va_list list),
    (file, format, list))

int
fprintf(FILE *file, const char *format, ...)
{
	va_list list;
	int count;

	va_start(list, format);
	count = vfprintf(file, format, list);
	va_end(list);
	return (count);
}

int
printf(const char *format, ...)
{
	va_list list;
	int count;

	va_start(list, format);
	count = vfprintf(stdout, format, list);
	va_end(list);
	return (count);
}

/* The FILE is closed, and its buffered bytes may be lost. */
FAULTY_DONE(int, fclose, (FILE * file), (file), EOF)

size_t
fwrite(const void *bytes, size_t size, size_t count, FILE *file)
{
	static size_t (*real)(const void *, size_t, size_t, FILE *);

	if (fails(FAULT_fwrite)) {
		mark_failed(file);
		return (0);
	}
	FIND_REAL("fwrite");
	return (real(bytes, size, count, file));
}

FAULTY(struct event_config *, event_config_new, (void), (), NULL)
FAULTY(int, event_config_avoid_method,
    (struct event_config * config, const char *name), (config, name), -1)
FAULTY(struct event_base *, event_base_new_with_config,
    (const struct event_config *config), (config), NULL)
FAULTY(int, event_base_dispatch, (struct event_base * base), (base), -1)
FAULTY(int, event_base_loop, (struct event_base * base, int flags),
    (base, flags), -1)
FAULTY(struct event *, event_new,
    (struct event_base * base, evutil_socket_t fd, short what,
	event_callback_fn cb, void *arg),
    (base, fd, what, cb, arg), NULL)
FAULTY(int, event_add, (struct event * event, const struct timeval *after),
    (event, after), -1)
/* epoll_ctl(2) may not know the descriptor; the event is deleted all the same.
 */
FAULTY_DONE(int, event_del, (struct event * event), (event), -1)
FAULTY_DONE(int, bufferevent_disable, (struct bufferevent * bev, short what),
    (bev, what), -1)
FAULTY(struct bufferevent *, bufferevent_socket_new,
    (struct event_base * base, evutil_socket_t fd, int options),
    (base, fd, options), NULL)
FAULTY(int, bufferevent_socket_connect,
    (struct bufferevent * bev, const struct sockaddr *address, int length),
    (bev, address, length), -1)
FAULTY(int, bufferevent_enable, (struct bufferevent * bev, short what),
    (bev, what), -1)
FAULTY(int, bufferevent_write,
    (struct bufferevent * bev, const void *bytes, size_t size),
    (bev, bytes, size), -1)
FAULTY(int, evbuffer_read,
    (struct evbuffer * buffer, evutil_socket_t fd, int size),
    (buffer, fd, size), -1)
FAULTY(struct evbuffer_cb_entry *, evbuffer_add_cb,
    (struct evbuffer * buffer, evbuffer_cb_func cb, void *arg),
    (buffer, cb, arg), NULL)

/*
 * What these are called where offsets have 64 bits in any case, and where the
 * compiler adds checks of its own (_FORTIFY_SOURCE).
 */
#define ALSO(type, alias_name, name, parameters) \
	type alias_name parameters __attribute__((alias(#name)));

ALSO(int, open64, open, (const char *, int, ...))
ALSO(int, openat64, openat, (int, const char *, int, ...))
ALSO(ssize_t, getdelim, __getdelim, (char **, size_t *, int, FILE *))
ALSO(int, fcntl64, fcntl, (int, int, ...))
ALSO(FILE *, fopen64, fopen, (const char *, const char *))
ALSO(off_t, lseek64, lseek, (int, off_t, int))
ALSO(ssize_t, pread64, pread, (int, void *, size_t, off_t))
ALSO(ssize_t, sendfile64, sendfile, (int, int, off_t *, size_t))
ALSO(int, fstat64, fstat, (int, struct stat64 *))
ALSO(int, stat64, stat, (const char *, struct stat64 *))
ALSO(int, lstat64, lstat, (const char *, struct stat64 *))

int
__open_2(const char *path, int flags)
{
	return (open(path, flags));
}

int
__open64_2(const char *path, int flags)
{
	return (open(path, flags));
}

int
__fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list list;
	int count;

	(void)flag;
	va_start(list, format);
	count = vfprintf(file, format, list);
	va_end(list);
	return (count);
}

int
__printf_chk(int flag, const char *format, ...)
{
	va_list list;
	int count;

	(void)flag;
	va_start(list, format);
	count = vfprintf(stdout, format, list);
	va_end(list);
	return (count);
}

int
__vfprintf_chk(FILE *file, int flag, const char *format, va_list list)
{
	(void)flag;
	return (vfprintf(file, format, list));
}

/* `room` is that of the buffer, which has been checked before. */
ssize_t
__read_chk(int fd, void *bytes, size_t size, size_t room)
{
	(void)room;
	return (read(fd, bytes, size));
}

ssize_t
__pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room)
{
	(void)room;
	return (pread(fd, bytes, size, offset));
}

ssize_t
__recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
	(void)room;
	return (recv(fd, bytes, size, flags));
}

int
__poll_chk(struct pollfd *entries, nfds_t count, int timeout, size_t room)
{
	(void)room;
	return (poll(entries, count, timeout));
}

/* Finds the call by its name. */
static enum fault_call
find_call(const char *name, size_t length)
{
	static const char *const names[] = {
#define FAULT_NAME(call) #call,
		FAULT_CALLS(FAULT_NAME)
#undef FAULT_NAME
	};
	int call = 0;

	while (call < FAULT_COUNT &&
	    (strlen(names[call]) != length ||
		memcmp(names[call], name, length) != 0))
		call++;
	return ((enum fault_call)call);
}

/* Reads CALL:K[+]:ERROR; all else ends the program, which would pass. */
static void
read_plan(const char *text)
{
	const char *colon = strchr(text, ':');
	char *end = NULL;

	if (colon != NULL) {
		plan.call = find_call(text, (size_t)(colon - text));
		plan.first = (unsigned)strtoul(colon + 1, &end, 10);
		plan.goes_on = *end == '+';
		end += plan.goes_on;
	}
	if (end == NULL || *end != ':' || plan.first == 0 ||
	    plan.call == FAULT_COUNT)
		_exit(126);
	plan.error = strcmp(end + 1, "short") == 0
	    ? FAULT_SHORT
	    : (int)strtol(end + 1, NULL, 10);
}

/* Shares the tally with the process that runs the matrix. */
static struct tally *
map_tally(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *tally = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	if (tally == MAP_FAILED)
		_exit(126);
	close(fd);
	return (tally);
}

/* Ends all faults: what a build that counts writes at its end is not met. */
void
fault_end(void)
{
	plan.started = false;
}

__attribute__((constructor)) static void
prepare(void)
{
	const char *path = getenv("FAULT_TALLY");
	const char *text = getenv("FAULT");

	if (text != NULL)
		read_plan(text);
	plan.tally = path != NULL ? map_tally(path) : &plan.own;
	plan.started = true;
}
