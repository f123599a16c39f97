/* SPDX-License-Identifier: ISC */
/*
 * Socket options, ICMP errors and TCP_INFO.
 *
 * An ICMPv6 error from the host itself or from a neighbour reaches a
 * connecting socket while connect(2) still holds it, and shows only at the
 * retransmission of the SYN, a second later. With IPV6_RECVERR it is in the
 * error queue at once, and with it the address of its sender. poll(2) then
 * returns POLLERR alone, and SO_ERROR stays 0.
 *
 * The kernel returns an error of a socket once. A reset that follows the
 * SYN-ACK is an error of the connection, which the next read or write has to
 * return. So TCP_INFO is read first: it shows whether there is a connection.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/errqueue.h>
#else
#include <netinet/tcp.h>
#endif

#include "descriptor.h"
#include "tcp_info.h"
#include "tcp_socket.h"

/* Turns a socket option on (1) or off (0). */
static int
set_flag(int fd, int level, int option, int value)
{
	return (setsockopt(fd, level, option, &value, sizeof(value)));
}

/* Makes the kernel queue ICMP errors (1), or stops it (0). */
static void
set_icmp_errors(int fd, int family, int value)
{
#if defined(IP_RECVERR) && defined(IPV6_RECVERR)
	if (family == AF_INET)
		set_flag(fd, IPPROTO_IP, IP_RECVERR, value);
	else
		set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR, value);
#else
	(void)fd;
	(void)family;
	(void)value;
#endif
}

static int
bind_source(int fd, const struct address *source)
{
	if (address_port(source) != 0) {
		if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1) == -1)
			return (-1);
	} else {
#ifdef IP_BIND_ADDRESS_NO_PORT
		/* Without it there are fewer ports; that is no error. */
		set_flag(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
	}
	return (bind(fd, &source->sa, source->length));
}

/* Makes what a factory has made a socket that attempts can use; 0 or -1. */
static int
adopt_socket(int fd)
{
	int type = 0;
	socklen_t length = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == -1)
		return (-1);
	if (type != SOCK_STREAM) {
		errno = EPROTOTYPE;
		return (-1);
	}
	return (descriptor_adopt(fd));
}

/* Returns a new socket, or -1 with errno. */
static int
new_socket(const struct attempt_request *request)
{
	const struct socket_request *custom = request->socket;
	int fd;

	if (custom == NULL || custom->factory == NULL)
		return (descriptor_socket(address_family(request->destination),
		    SOCK_STREAM, 0, true));
	errno = 0;
	fd = custom->factory(
	    custom->connector, &request->destination->sa, custom->factory_arg);
	if (fd == -1 && errno == 0)
		errno = EINVAL;
	return (fd);
}

/* Has the socket prepared as the caller asks; 0, or -1 with errno. */
static int
prepare_socket(int fd, const struct attempt_request *request)
{
	const struct socket_request *custom = request->socket;
	int error = 0;

	if (custom == NULL)
		return (0);
	if (custom->factory != NULL && adopt_socket(fd) == -1)
		return (-1);
	if (custom->prepare != NULL && custom->is_wanted(custom->connector))
		error = custom->prepare(custom->connector, fd,
		    &request->destination->sa, custom->prepare_arg);
	if (error == 0 && !custom->is_wanted(custom->connector))
		error = ECANCELED;
	errno = error;
	return (error == 0 ? 0 : -1);
}

int
tcp_socket_open(const struct attempt_request *request)
{
	int error;
	int fd = new_socket(request);

	if (fd == -1)
		return (-1);
	if (prepare_socket(fd, request) == 0) {
		set_icmp_errors(fd, address_family(request->destination), 1);
		if (request->source == NULL ||
		    bind_source(fd, request->source) == 0)
			return (fd);
	}
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

#ifdef __linux__
/* Notes the sender of the ICMP error in `message`. Returns its errno, or 0. */
static int
read_icmp_error(struct msghdr *message, struct attempt_facts *facts)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(message); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(message, cmsg)) {
		struct sock_extended_err ee;
		const struct sockaddr *offender;

		if (!(cmsg->cmsg_level == IPPROTO_IP &&
			cmsg->cmsg_type == IP_RECVERR) &&
		    !(cmsg->cmsg_level == IPPROTO_IPV6 &&
			cmsg->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&ee, CMSG_DATA(cmsg), sizeof(ee));
		offender = SO_EE_OFFENDER(
		    (struct sock_extended_err *)CMSG_DATA(cmsg));
		if (ee.ee_origin == SO_EE_ORIGIN_ICMP ||
		    ee.ee_origin == SO_EE_ORIGIN_ICMP6)
			address_from_sockaddr(&facts->offender, offender,
			    sizeof(facts->offender.in6));
		return ((int)ee.ee_errno);
	}
	return (0);
}

/*
 * Takes the next ICMP error of a connecting socket out of its queue, and notes
 * its sender. Returns its errno; 0 when the queue is empty.
 */
static int
take_icmp_error(int fd, struct attempt_facts *facts)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;
	char payload[1];
	struct iovec iov = { .iov_base = payload, .iov_len = sizeof(payload) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
		return (0);
	return (read_icmp_error(&message, facts));
}
#else
static int
take_icmp_error(int fd, struct attempt_facts *facts)
{
	(void)fd;
	(void)facts;
	return (0);
}
#endif

/* Takes the pending error of the socket; 0: none. */
static int
take_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
		error = errno;
	return (error);
}

static bool
has_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	return (getpeername(fd, (struct sockaddr *)&peer, &length) == 0);
}

#ifdef __linux__
/* The states of TCP_INFO in which the SYN may be without an answer. */
enum { STATE_SYN_SENT = 2, STATE_SYN_RECV = 3, STATE_CLOSE = 7 };

/*
 * Returns whether the peer has answered the SYN, even if the connection has
 * been reset by now. The SYN counts as an acknowledged byte.
 */
static bool
is_answered(int fd, int error)
{
	struct tcp_info info;

	(void)error;
	if (tcp_info_get(fd, &info) == 0)
		return (false);
	switch (info.tcpi_state) {
	case STATE_SYN_SENT:
	case STATE_SYN_RECV:
		return (false);
	case STATE_CLOSE:
		return (info.tcpi_bytes_acked > 0);
	default:
		return (true);
	}
}
#else
/* Returns the same by the error: only a connection is reset, or cannot write.
 */
static bool
is_answered(int fd, int error)
{
	(void)fd;
	return (error == ECONNRESET || error == EPIPE);
}
#endif

int
tcp_socket_connect(int fd, const struct address *destination)
{
	if (connect(fd, &destination->sa, destination->length) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return (0);
	return (errno);
}

/* Takes the error of a socket that is not connected; 0: none. */
static int
take_connect_error(int fd, struct attempt_facts *facts)
{
	int error = take_error(fd);
	int icmp = take_icmp_error(fd, facts);

	return (error != 0 ? error : icmp);
}

enum tcp_socket_state
tcp_socket_poll(int fd, struct attempt_facts *facts, int *error)
{
	struct pollfd entry = { .fd = fd, .events = POLLOUT };

	*error = 0;
	if (poll(&entry, 1, 0) != 1)
		return (TCP_SOCKET_CONNECTING);
	if (is_answered(fd, 0))
		return (TCP_SOCKET_CONNECTED);
	*error = take_connect_error(fd, facts);
	if (*error == 0) {
		/* POLLERR alone: the queued ICMP error was taken before. */
		if ((entry.revents & (POLLOUT | POLLHUP)) == 0)
			return (TCP_SOCKET_CONNECTING);
		/* The reset came just now, or the socket has no error. */
		if (!has_peer(fd))
			*error = take_error(fd);
		if (*error == 0 && !has_peer(fd))
			*error = ECONNREFUSED;
	}
	if (is_answered(fd, *error))
		*error = 0;
	return (*error == 0 ? TCP_SOCKET_CONNECTED : TCP_SOCKET_FAILED);
}

void
tcp_socket_inspect(int fd, struct attempt_facts *facts)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);
#ifdef __linux__
	struct tcp_info info;

	if (tcp_info_get(fd, &info) != 0) {
		facts->retransmissions = info.tcpi_total_retrans;
		/* 0 before the SYN-ACK. */
		if (info.tcpi_rtt != 0)
			facts->rtt = info.tcpi_rtt;
	}
#endif
	if (getsockname(fd, (struct sockaddr *)&local, &length) == 0)
		address_from_sockaddr(
		    &facts->source, (struct sockaddr *)&local, length);
}

bool
tcp_socket_has_input(int fd, int *error)
{
	char byte;
	ssize_t length;

	do
		length = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	while (length == -1 && errno == EINTR);
	if (length == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (false);
	if (length == -1)
		*error = errno;
	else
		*error = length == 0 ? ATTEMPT_CLOSED : 0;
	return (true);
}

bool
tcp_socket_is_self_connected(int fd)
{
	struct sockaddr_storage endpoints[2];
	socklen_t lengths[2] = { sizeof(endpoints[0]), sizeof(endpoints[1]) };
	struct address local, peer;

	return (getsockname(
		    fd, (struct sockaddr *)&endpoints[0], &lengths[0]) == 0 &&
	    getpeername(fd, (struct sockaddr *)&endpoints[1], &lengths[1]) ==
		0 &&
	    address_from_sockaddr(
		&local, (struct sockaddr *)&endpoints[0], lengths[0]) &&
	    address_from_sockaddr(
		&peer, (struct sockaddr *)&endpoints[1], lengths[1]) &&
	    address_equal(&local, &peer));
}

void
tcp_socket_reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

void
tcp_socket_finish(int fd, int family)
{
	set_icmp_errors(fd, family, 0);
	set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}
