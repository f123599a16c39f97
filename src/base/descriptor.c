/* SPDX-License-Identifier: ISC */
/*
 * One call on Linux, and what libevent has for it elsewhere.
 */
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifndef __linux__
#include <event2/util.h>
#endif

#include "descriptor.h"

bool
descriptor_is_shortage(int error)
{
	return (error == EMFILE || error == ENFILE || error == ENOBUFS);
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
descriptor_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0)
		return (0);
	if (errno == EMFILE || errno == ENFILE)
		return (-1);
	/* A filter of system calls refuses it, and pipe(3) is the same call. */
	return (socketpair(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
}
#else
/* Closes what cannot be used; errno stays. */
static int
give_up(int fd)
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
	if (evutil_make_socket_closeonexec(fd) == -1 ||
	    (nonblocking && evutil_make_socket_nonblocking(fd) == -1))
		return (give_up(fd));
	return (fd);
}

int
descriptor_pipe(int ends[2])
{
	if (pipe(ends) == -1)
		return (-1);
	for (int i = 0; i < 2; i++)
		if (evutil_make_socket_closeonexec(ends[i]) == -1 ||
		    evutil_make_socket_nonblocking(ends[i]) == -1) {
			give_up(ends[0]);
			return (give_up(ends[1]));
		}
	return (0);
}
#endif
