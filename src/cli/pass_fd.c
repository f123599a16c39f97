/* SPDX-License-Identifier: ISC */
/*
 * One sendmsg(2), with a descriptor beside its byte.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "pass_fd.h"
#include "relay/stream.h"

enum status
pass_fd_check(FILE *err)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof(address);

	if (!stream_was_missing(STDOUT_FILENO) &&
	    getsockname(STDOUT_FILENO, (struct sockaddr *)&address, &length) ==
		0 &&
	    address.ss_family == AF_UNIX)
		return (STATUS_OK);
	fprintf(err,
	    "hecat: -F: standard output has to be a UNIX socket, as ssh's"
	    " ProxyUseFdpass has it\n");
	return (STATUS_USAGE);
}

/* Waits until standard output can be written to. */
static void
wait_for_room(void)
{
	struct pollfd entry = { .fd = STDOUT_FILENO, .events = POLLOUT };

	poll(&entry, 1, -1);
}

/* Sends one byte with the descriptor; 0, or -1 with errno. */
static int
send_descriptor(int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = '\0';
	struct iovec iov = { .iov_base = &byte, .iov_len = sizeof(byte) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header;

	memset(&control, 0, sizeof(control));
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	while (sendmsg(STDOUT_FILENO, &message, MSG_NOSIGNAL) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			wait_for_room();
		else if (errno != EINTR)
			return (-1);
	}
	return (0);
}

int
pass_fd(int fd)
{
	int off = 0;

	if (ioctl(fd, FIONBIO, &off) == -1)
		return (-1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &off, sizeof(off));
	return (send_descriptor(fd));
}
