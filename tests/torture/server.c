/* SPDX-License-Identifier: ISC */
/*
 * A TCP server for one connection, and its ways to end it.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/sockios.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tools/peer_tls.h"
#include "server.h"

/* The largest record of TLS. */
#define RECORD_BYTES 16384

static void
set_option(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) == -1)
		err(2, "setsockopt");
}

void
server_open(struct server *server, const struct plan *plan)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memset(server, 0, sizeof(*server));
	if (fd == -1)
		err(2, "socket");
	if (plan->receive_buffer != 0)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, plan->receive_buffer);
	if (plan->send_buffer != 0)
		set_option(fd, SOL_SOCKET, SO_SNDBUF, plan->send_buffer);
	if (bind(fd, (struct sockaddr *)&address, length) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) == -1)
		err(2, "listen");
	server->plan = plan;
	server->listener = fd;
	server->port = ntohs(address.sin_port);
	server->fd = -1;
	server->source.fd = -1;
	server->sink.fd = -1;
}

const char *
server_certificate(void)
{
	return (getenv("PEER_TLS"));
}

/* Does the handshake, while the program does nothing else. */
static void
begin_tls(struct server *server)
{
	const struct peer_tls_config config = {
		.certificate = server_certificate(),
	};
	int flags = fcntl(server->fd, F_GETFL);

	if (peer_tls == NULL)
		errx(2, "built without OpenSSL");
	fcntl(server->fd, F_SETFL, flags & ~O_NONBLOCK);
	server->tls = peer_tls->accept(server->fd, &config);
	fcntl(server->fd, F_SETFL, flags);
	if (server->tls == NULL)
		errx(2, "no handshake");
	server->source.tls = server->sink.tls = server->tls;
}

void
server_accept(struct server *server)
{
	const struct plan *plan = server->plan;
	struct data upload = plan_upload(plan);
	struct data download = plan_download(plan);
	int fd = accept4(
	    server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return;
	close(server->listener);
	server->listener = -1;
	server->fd = fd;
	if (plan->key % 2 == 0)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	source_init(&server->source, fd, &download, &plan->pace[SERVER_SOURCE],
	    plan->key + SERVER_SOURCE);
	sink_init(&server->sink, fd, &upload, plan->crlf,
	    &plan->pace[SERVER_SINK], plan->key + SERVER_SINK);
	if (server_certificate() != NULL)
		begin_tls(server);
}

void
server_end(struct server *server)
{
	/* On failure the other side has closed, which the sink notices. */
	if (server->tls != NULL)
		peer_tls->shutdown(server->tls);
	else
		shutdown(server->fd, SHUT_WR);
	server->source.at_end = true;
}

static void
close_connection(struct server *server)
{
	if (server->tls != NULL)
		peer_tls->free(server->tls);
	server->tls = NULL;
	if (server->fd != -1)
		close(server->fd);
	server->fd = -1;
	server->source.fd = -1;
	server->sink.fd = -1;
}

void
server_break_off(struct server *server)
{
	struct linger linger = { .l_onoff = 1 };
	int out = 0, in = 0;

	if (server->plan->reset != RESET_CLOSE)
		setsockopt(
		    server->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	ioctl(server->fd, SIOCOUTQ, &out);
	ioctl(server->fd, FIONREAD, &in);
	/* Ours may be the end that is counted too. */
	if (server->source.at_end && out > 0)
		out--;
	close_connection(server);
	server->has_broken_off = true;
	/* A record of which a part is missing is none. */
	if (server_certificate() != NULL && out > 0)
		out += RECORD_BYTES;
	server->acknowledged = server->source.sent > (uint64_t)out
	    ? server->source.sent - (uint64_t)out
	    : 0;
	server->unread = (uint64_t)in;
}

void
server_close(struct server *server)
{
	close_connection(server);
	if (server->listener != -1)
		close(server->listener);
	server->listener = -1;
}
