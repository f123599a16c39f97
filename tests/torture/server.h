/* SPDX-License-Identifier: ISC */
/*
 * server.h: the peer of one run of the program, on loopback.
 */
#ifndef SERVER_H
#define SERVER_H

#include "plan.h"
#include "sink.h"
#include "source.h"

struct server {
	const struct plan *plan;
	int listener; /* -1 once it has accepted */
	unsigned port;
	int fd;               /* -1: not yet, or no more */
	struct peer_tls *tls; /* NULL: plain */
	struct source source;
	struct sink sink;
	bool has_broken_off;
	uint64_t acknowledged; /* bytes sent that the other side had then */
	uint64_t unread;       /* bytes received that were not read then, of
				  TLS those of its records */
};

/* Returns the certificate of TLS; NULL: connections are plain. */
const char *server_certificate(void);

void server_open(struct server *server, const struct plan *plan);

/*
 * Accepts a connection, if there is one; with a certificate in the environment
 * (PEER_TLS) it speaks TLS.
 */
void server_accept(struct server *server);

/* Ends its own side. */
void server_end(struct server *server);

/* Breaks off as planned. */
void server_break_off(struct server *server);

void server_close(struct server *server);

#endif
