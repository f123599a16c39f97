/* SPDX-License-Identifier: ISC */
/*
 * exchange.h: one query to one server, and its reply.
 *
 * An exchange has a channel of c-ares of its own, which has this one server and
 * makes one try: so it is known who has answered, and with what. c-ares makes
 * the message, keeps its number and reads what comes: replies to something else
 * are ignored, what is truncated is asked again over TCP, and a server without
 * EDNS is asked without it. The sockets and the timer are in the event base;
 * the sockets are the exchange's own, as c-ares 1.18 knows no IPv6 zones and no
 * errno.
 *
 * The life of one: exchange_new(); the callback, once, from the event loop;
 * exchange_free(), at any time, inside the callback, too.
 */
#ifndef CARES_EXCHANGE_H
#define CARES_EXCHANGE_H

#include <event2/util.h>

#include "servers.h"

enum exchange_end {
	EXCHANGE_ANSWERED,  /* with `rcode` */
	EXCHANGE_SILENT,    /* nothing came in time */
	EXCHANGE_FAILED,    /* with `error`: a call of the system's */
	EXCHANGE_MALFORMED, /* the reply cannot be read */
	EXCHANGE_REFERRAL,  /* the server knows nothing, and asks no other */
	EXCHANGE_BAD_NAME,  /* the name cannot be asked for */
	EXCHANGE_NO_MEMORY
};

/* What became of it; valid until the exchange is freed. */
struct exchange_reply {
	enum exchange_end end;
	int rcode;
	int error;
	bool over_tcp;
	struct evutil_addrinfo *addresses; /* NULL: none of the family */
	bool has_ttl;
	unsigned ttl; /* seconds, of the addresses */
};

struct event_base;
struct exchange;

typedef void (*exchange_cb)(const struct exchange_reply *reply, void *arg);

/*
 * Asks `server` for the addresses of `family` that `name` has, and waits for
 * `timeout`. The server is not copied. Returns NULL when out of memory.
 */
struct exchange *exchange_new(struct event_base *base,
    const struct cares_server *server, monotime_t timeout, const char *name,
    int family, exchange_cb cb, void *arg);
void exchange_free(struct exchange *exchange);

#endif
