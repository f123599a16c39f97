/* SPDX-License-Identifier: ISC */
/*
 * proxy/tunnel.h: a dialogue with a proxy over a connection, which is a tunnel
 * afterwards.
 *
 * Not a byte behind the last answer is read: what the destination has sent
 * already is there for the next reader of the connection.
 *
 * The life of one: tunnel_new(); the callback, once and from the event loop, in
 * which the tunnel may be freed; tunnel_free(). The connection stays the
 * caller's.
 */
#ifndef PROXY_TUNNEL_H
#define PROXY_TUNNEL_H

#include "clock.h"
#include "proxy/dialogue.h"

struct event_base;
struct tls_stream;
struct tunnel;

/* How long a proxy may take to answer. */
#define TUNNEL_TIMEOUT (60 * MONOTIME_PER_SECOND)

enum tunnel_end {
	TUNNEL_OPEN,
	TUNNEL_REFUSED, /* the proxy's word is in the text */
	TUNNEL_FAILED   /* the dialogue: `error`, or what was answered */
};

struct tunnel_result {
	enum tunnel_end end;
	int error;          /* errno; 0: none */
	bool is_of_address; /* another address may be connected to */
	bool is_of_user;    /* the user or the password was refused */
	const char *text;   /* what the proxy said, or is wrong with that */
};

typedef void (*tunnel_cb)(const struct tunnel_result *result, void *arg);

/*
 * Asks the proxy at the other side of `fd`, a connected non-blocking socket, or
 * of `tls`, unless that is NULL; `fd` is then that of TLS. *request outlives
 * the tunnel. The dialogue fails when `deadline` has expired. Returns NULL with
 * errno.
 */
struct tunnel *tunnel_new(struct event_base *base, int fd,
    struct tls_stream *tls, const struct proxy_request *request,
    monotime_t deadline, tunnel_cb cb, void *arg);

/*
 * Returns whether the proxy has received all that it was asked for and has
 * answered nothing to it: another address may be connected to.
 */
bool tunnel_awaits_reply(const struct tunnel *tunnel);

/* Frees it, which may be NULL; there is no callback. */
void tunnel_free(struct tunnel *tunnel);

#endif
