/* SPDX-License-Identifier: ISC */
/*
 * One system call on Linux; several elsewhere, with libevent's help, and for a
 * descriptor of somebody else's.
 */
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <event2/util.h>

#include "descriptor.h"

bool
descriptor_is_shortage(int error)
{
	return (error == EMFILE || error == ENFILE || error == ENOBUFS);
}

int
descriptor_adopt(int fd)
{
	return (evutil_make_socket_closeonexec(fd) == 0 &&
		    evutil_make_socket_nonblocking(fd) == 0
		? 0
		: -1);
}

bool
descriptor_is_in_background(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	return (foreground != -1 && foreground != getpgrp());
}

#ifdef __linux__
int
descriptor_socket(int domain, int type, int protocol, bool nonblocking)
{
	type |= SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
	return (socket(domain, type, protocol));
}

int
descriptor_pipe(int pair[2])
{
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0)
		return (0);
	if (errno == EMFILE || errno == ENFILE)
		return (-1);
	/* A filter of system calls may refuse pipes and permit sockets. */
	return (socketpair(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
}
#else
/* Closes `fd` and returns -1; keeps errno. */
static int
fail_closing(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return (-1);
}

int
descriptor_socket(int domain, int type, int protocol, bool nonblocking)
{
	int fd = socket(domain, type, protocol);

	if (fd == -1)
		return (-1);
	if (nonblocking ? descriptor_adopt(fd) == -1
			: evutil_make_socket_closeonexec(fd) == -1)
		return (fail_closing(fd));
	return (fd);
}

int
descriptor_pipe(int pair[2])
{
	if (pipe(pair) == -1)
		return (-1);
	for (int i = 0; i < 2; i++)
		if (descriptor_adopt(pair[i]) == -1) {
			fail_closing(pair[0]);
			return (fail_closing(pair[1]));
		}
	return (0);
}
#endif
