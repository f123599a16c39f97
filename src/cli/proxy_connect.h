/* SPDX-License-Identifier: ISC */
/*
 * proxy_connect.h: one connect through a proxy.
 *
 * Where the scheme leaves the name to us it is looked up first. Then the race
 * is run to the proxy, and the dialogue follows on its winner: as the step of
 * the connector, with TLS through the tunnel behind it; or, where the proxy is
 * spoken to by TLS, which is part of the race, on the connection it has made,
 * with TLS to the destination inside of that behind it. A proxy that does not
 * reach the address that it was asked for is asked for the next one, over a new
 * connection: it closes the one before.
 *
 * The budget of -w is one for all of it.
 *
 * The life of one: proxy_connect_new(); proxy_connect_start(), which calls
 * connected() or failed() from the event loop, once, unless it fails;
 * proxy_connect_free().
 */
#ifndef PROXY_CONNECT_H
#define PROXY_CONNECT_H

#include "connect_config.h"
#include "hecat.h"
#include "report/trace.h"

struct event_base;
struct proxy_connect;
struct tls_stream;

struct proxy_connect_methods {
	/* An event has been added to `trace`, of the connect or of a lookup. */
	void (*observe)(const struct hecat_event *event,
	    const struct trace *trace, void *arg);

	/* The proxy is asked, or has answered: see the tunnel of the trace. */
	void (*asked)(void *arg);

	/* The connection is the caller's; `tls` may be NULL. */
	void (*connected)(int fd, struct tls_stream *tls, void *arg);

	void (*failed)(enum hecat_error error, void *arg);
};

/*
 * Makes one for the proxy of *config, which ends at `deadline`; `trace`, which
 * was initialized, becomes the record of it. All of these outlive it. Returns
 * NULL when out of memory.
 */
struct proxy_connect *proxy_connect_new(struct event_base *base,
    const struct options *options, struct connect_config *config,
    monotime_t deadline, struct trace *trace,
    const struct proxy_connect_methods *methods, void *arg);

/*
 * Starts. Returns STATUS_OK; otherwise prints on `err` what is wrong and
 * returns the exit status.
 */
enum status proxy_connect_start(struct proxy_connect *connect, FILE *err);

/* Gives up what is under way, so that it stands in the trace: no callback. */
void proxy_connect_cancel(struct proxy_connect *connect);

/*
 * Frees it, which may be NULL. The trace keeps its record of the dialogue until
 * then.
 */
void proxy_connect_free(struct proxy_connect *connect);

#endif
