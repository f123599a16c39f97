/* SPDX-License-Identifier: ISC */
/*
 * report/trace_tunnel.h: the record of a dialogue with a proxy, kept for the
 * reports. The address of the proxy is the destination of the trace.
 *
 * Where the proxy is asked for one address after the other, each has a race and
 * a dialogue of its own: the record is that of the last one, with what became
 * of those before.
 */
#ifndef REPORT_TRACE_TUNNEL_H
#define REPORT_TRACE_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "clock.h"

#define TRACE_REPLY_MAX 160 /* bytes of what a proxy has said, with its NUL */

enum trace_tunnel_state {
	TRACE_TUNNEL_UNASKED, /* there is no connection to the proxy yet */
	TRACE_TUNNEL_ASKED,   /* the proxy has not answered */
	TRACE_TUNNEL_OPEN,
	TRACE_TUNNEL_REFUSED, /* by the proxy */
	TRACE_TUNNEL_FAILED   /* the dialogue */
};

/* An address that the proxy did not connect to. */
struct trace_refusal {
	struct address address;
	monotime_t start;
	monotime_t end;
	char reply[TRACE_REPLY_MAX];
};

struct trace_tunnel {
	const char *scheme;   /* "socks5h"; the texts are the caller's */
	const char *protocol; /* "SOCKS 5" */
	const char *host;     /* of the proxy */
	const char *service;
	struct address asked; /* length 0: the proxy looks up the name */
	bool is_tls;          /* the proxy is spoken to by TLS */
	enum trace_tunnel_state state;
	bool is_user_refused;        /* the user or the password */
	monotime_t start;            /* of the dialogue; MONOTIME_NEVER */
	monotime_t end;              /* likewise */
	char reply[TRACE_REPLY_MAX]; /* any bytes of the proxy's; "": none */
	struct trace_refusal *refusals;
	size_t refusal_count;
	const struct trace *lookup; /* of the destination; NULL: none here */
};

/* Begins anew: the proxy is not asked for `address` yet (length 0: the name).
 */
void trace_tunnel_begin(
    struct trace_tunnel *tunnel, const struct address *address);

/* Records that the proxy was asked, and what it answered. */
void trace_tunnel_ask(struct trace_tunnel *tunnel, monotime_t now);
void trace_tunnel_answer(struct trace_tunnel *tunnel,
    enum trace_tunnel_state state, const char *reply, monotime_t now);

/* Keeps the answer among the refusals. Returns false when out of memory. */
bool trace_tunnel_keep_refusal(struct trace_tunnel *tunnel);

void trace_tunnel_release(struct trace_tunnel *tunnel);

#endif
