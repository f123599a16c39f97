/* SPDX-License-Identifier: ISC */
/*
 * What the kernel knows of the socket.
 */
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "given_socket.h"

static enum status
fail(int fd, const char *reason, FILE *err)
{
	fprintf(err, "hecat: --fd %d: %s\n", fd, reason);
	return (STATUS_USAGE);
}

/* Notes who the peer is. Returns false for another kind of socket. */
static bool
set_peer(struct given_socket *given, const struct sockaddr_storage *peer,
    socklen_t length)
{
	struct address address;

	if (peer->ss_family == AF_UNIX) {
		snprintf(given->host, sizeof(given->host), "descriptor %d",
		    given->fd);
		return (true);
	}
	if (!address_from_sockaddr(
		&address, (const struct sockaddr *)peer, length))
		return (false);
	address_format_host(&address, given->host);
	given->port = address_port(&address);
	snprintf(given->port_text, sizeof(given->port_text), "%u",
	    (unsigned)given->port);
	given->service = given->port_text;
	return (true);
}

enum status
given_socket_init(struct given_socket *given, int fd, FILE *err)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof(peer), type_length = sizeof(int);
	int flags = fcntl(fd, F_GETFL), type = 0;

	*given = (struct given_socket){ .fd = fd };
	if (flags == -1)
		return (fail(fd, strerror(errno), err));
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length) == -1)
		return (fail(fd, strerror(errno), err));
	if (type != SOCK_STREAM)
		return (fail(fd, "not a stream socket", err));
	if (getpeername(fd, (struct sockaddr *)&peer, &length) == -1)
		return (fail(fd, strerror(errno), err));
	if (!set_peer(given, &peer, length))
		return (fail(fd, "neither of TCP nor a UNIX socket", err));
	given->may_block = (flags & O_NONBLOCK) == 0;
	return (STATUS_OK);
}
