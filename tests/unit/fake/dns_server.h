/* SPDX-License-Identifier: ISC */
/*
 * dns_server.h: a name server on loopback, over UDP and TCP at one port, which
 * answers as a test tells it to, well or not.
 *
 * The life of one: dns_server_init(); then the members may be set at any time;
 * dns_server_release().
 */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"

#define DNS_SERVER_QUERIES_MAX 256

enum dns_manner {
	DNS_ADDRESSES, /* `count` of them, the first with `ttl` */
	DNS_ALIASES,   /* the same behind two aliases, of half the time */
	DNS_RCODE,     /* `rcode`, and nothing else: 0 is "no data" */
	DNS_ALIAS_TO_NOTHING,
	DNS_REFERRAL, /* nothing, and no recursion */
	DNS_SILENT,
	DNS_SHORT,      /* less than a header, then the addresses */
	DNS_WRONG_ID,   /* of another query, then the addresses */
	DNS_WRONG_NAME, /* likewise */
	DNS_CUT,        /* the last record ends too soon */
	DNS_TRUNCATED,  /* over UDP; over TCP addresses */
	DNS_CLOSES,     /* truncated over UDP; over TCP it closes */
	DNS_TRICKLES,   /* truncated over UDP; over TCP byte by byte */
	DNS_OLD         /* FORMERR for a query with EDNS, else the addresses */
};

/* How queries of one type are answered. */
struct dns_reply {
	enum dns_manner manner;
	int rcode;
	unsigned count;
	unsigned ttl;
	unsigned lost; /* this many queries are not answered, first of all */
};

/* Replies for a name; that of the server for all others. */
struct dns_name {
	const char *name; /* NULL: the end of the list */
	struct dns_reply ipv6;
	struct dns_reply ipv4;
};

struct dns_query_seen {
	char name[256];
	int family;
	bool over_tcp;
	bool edns;
	unsigned udp_size;
	unsigned id;
	unsigned port; /* of the client */
};

struct event_base;
struct event;
struct evconnlistener;

struct dns_server {
	struct event_base *base;
	struct address address;
	struct dns_reply ipv6;
	struct dns_reply ipv4;
	struct dns_name *names; /* NULL: none */
	struct dns_query_seen queries[DNS_SERVER_QUERIES_MAX];
	size_t query_count;
	size_t tcp_count; /* connections */
	int udp;
	struct event *readable;
	struct evconnlistener *listener;
};

/* Starts it at `host`, "127.0.0.1" or "::1". Both types have one address. */
void dns_server_init(
    struct dns_server *server, struct event_base *base, const char *host);
void dns_server_release(struct dns_server *server);

#endif
