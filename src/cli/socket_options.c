/* SPDX-License-Identifier: ISC */
/*
 * The options, a row each, set one after the other.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "descriptor.h"
#include "socket_options.h"

#if defined(__linux__) && !defined(IPPROTO_MPTCP)
#define IPPROTO_MPTCP 262
#endif

/* What this system does not have; it is an error where it is asked for. */
#define NONE (-1)
#ifndef SO_BINDTODEVICE
#define SO_BINDTODEVICE NONE
#endif
#ifndef TCP_KEEPIDLE
#ifdef TCP_KEEPALIVE
#define TCP_KEEPIDLE TCP_KEEPALIVE
#else
#define TCP_KEEPIDLE NONE
#endif
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP NONE
#endif

/* Notes that the kernel refused an option; returns `error`. */
static int
refuse(struct socket_options *sockets, const char *name, int error)
{
	sockets->refused = name;
	sockets->error = error;
	return (error);
}

/* Sets an option of any type; 0, or an errno that is noted. */
static int
set(struct socket_options *sockets, int fd, const char *name, int level,
    int option, const void *value, size_t size)
{
	if (option == NONE)
		return (refuse(sockets, name, ENOPROTOOPT));
	if (setsockopt(fd, level, option, value, (socklen_t)size) == 0)
		return (0);
	return (refuse(sockets, name, errno));
}

static int
set_interface(struct socket_options *sockets, int fd)
{
	const char *name = sockets->options->interface;

	if (name == NULL)
		return (0);
	return (set(sockets, fd, "--interface", SOL_SOCKET, SO_BINDTODEVICE,
	    name, strlen(name) + 1));
}

/* Returns the seconds of --keepalive, rounded up; 0: the system's. */
static int
keepalive_seconds(const struct options *options)
{
	return ((int)((options->keepalive + MONOTIME_PER_SECOND - 1) /
	    MONOTIME_PER_SECOND));
}

/* Sets all options of a socket of `family`; 0, or an errno that is noted. */
static int
set_all(struct socket_options *sockets, int fd, int family)
{
	const struct options *options = sockets->options;
	bool is_ipv6 = family == AF_INET6;
	bool alive = options->keepalive != OPTIONS_NO_KEEPALIVE;
	const struct {
		const char *name;
		bool wanted;
		int level;
		int option;
		int value;
	} rows[] = {
		{ "-T", options->tos != -1, is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    is_ipv6 ? IPV6_TCLASS : IP_TOS, options->tos },
		{ "-M", options->ttl != 0, is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
		    is_ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, (int)options->ttl },
		{ "-O", options->send_buffer != 0, SOL_SOCKET, SO_SNDBUF,
		    options->send_buffer },
		{ "-I", options->receive_buffer != 0, SOL_SOCKET, SO_RCVBUF,
		    options->receive_buffer },
		{ "--mss", options->mss != 0, IPPROTO_TCP, TCP_MAXSEG,
		    options->mss },
		{ "--keepalive", alive, SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ "--keepalive", alive && options->keepalive > 0, IPPROTO_TCP,
		    TCP_KEEPIDLE, keepalive_seconds(options) },
	};
	int error;

	sockets->family = family;
	error = set_interface(sockets, fd);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (error == 0 && rows[i].wanted)
			error = set(sockets, fd, rows[i].name, rows[i].level,
			    rows[i].option, &rows[i].value,
			    sizeof(rows[i].value));
	return (error);
}

/* Returns a new socket, or -1 with errno, which is noted. */
static int
make(struct socket_options *sockets, int family)
{
	int fd = -1;

	sockets->family = family;
	if (sockets->options->mptcp && IPPROTO_MPTCP == NONE)
		errno = EPROTONOSUPPORT;
	else
		fd = descriptor_socket(family, SOCK_STREAM,
		    sockets->options->mptcp ? IPPROTO_MPTCP : 0, true);
	if (fd == -1 && sockets->options->mptcp)
		refuse(sockets, "--mptcp", errno);
	return (fd);
}

static evutil_socket_t
on_make(struct hecat_connector *connector, const struct sockaddr *address,
    void *arg)
{
	(void)connector;
	return (make(arg, address->sa_family));
}

static int
on_prepare(struct hecat_connector *connector, evutil_socket_t fd,
    const struct sockaddr *address, void *arg)
{
	(void)connector;
	return (set_all(arg, fd, address->sa_family));
}

/* Returns whether `error` says that this system has no such sockets. */
static bool
is_unsupported(int error)
{
	return (error == EPROTONOSUPPORT || error == ENOPROTOOPT ||
	    error == EINVAL);
}

/*
 * Tries all on a socket of `family`. Without one of a family, and for lack of
 * descriptors or memory, the connect finds out.
 */
static bool
try_family(struct socket_options *sockets, int family)
{
	int fd = make(sockets, family);

	if (fd == -1) {
		if (!is_unsupported(errno))
			sockets->refused = NULL;
		return (sockets->refused == NULL);
	}
	set_all(sockets, fd, family);
	close(fd);
	return (sockets->refused == NULL);
}

static bool
is_wanted(const struct options *options)
{
	return (options->interface != NULL || options->tos != -1 ||
	    options->ttl != 0 || options->send_buffer != 0 ||
	    options->receive_buffer != 0 || options->mss != 0 ||
	    options->keepalive != OPTIONS_NO_KEEPALIVE || options->mptcp);
}

/* Returns the one family that there can be; AF_UNSPEC: both can. */
static int
only_family(const struct options *options)
{
	struct address literal;

	if (options->address_count == 0 && options->resolve_count == 0 &&
	    address_parse(&literal, options->host, 0) == ADDRESS_PARSED)
		return (address_family(&literal));
	return (options->family);
}

enum status
socket_options_init(struct socket_options *sockets,
    const struct options *options, struct hecat_config *config, FILE *err)
{
	int only;

	*sockets = (struct socket_options){ .options = options };
	if (!is_wanted(options))
		return (STATUS_OK);
	only = only_family(options);
	if ((only != AF_INET && !try_family(sockets, AF_INET6)) ||
	    (only != AF_INET6 && !try_family(sockets, AF_INET))) {
		socket_options_report(sockets, err);
		return (sockets->error == ENOMEM ||
			    descriptor_is_shortage(sockets->error)
			? STATUS_INTERNAL
			: STATUS_USAGE);
	}
	if (options->mptcp)
		hecat_config_set_socket_factory(config, on_make, sockets);
	hecat_config_set_socket_cb(config, on_prepare, sockets);
	return (STATUS_OK);
}

bool
socket_options_report(const struct socket_options *sockets, FILE *err)
{
	if (sockets->refused == NULL)
		return (false);
	fprintf(err, "hecat: %s: %s (%s%s)\n", sockets->refused,
	    strerror(sockets->error), sockets->options->mptcp ? "MPTCP, " : "",
	    address_family_name(sockets->family));
	return (true);
}

int
socket_options_finish(struct socket_options *sockets, int fd)
{
	const int off = 0;

	if (!sockets->options->no_nodelay)
		return (0);
	return (set(sockets, fd, "--no-nodelay", IPPROTO_TCP, TCP_NODELAY, &off,
		    sizeof(off)) == 0
		? 0
		: -1);
}
