/* SPDX-License-Identifier: ISC */
/*
 * SSL_do_handshake(3), again whenever the socket of the outer connection is
 * ready for it. What it has to send is kept by the connection that comes of it,
 * and is sent in the end as far as the outer one takes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/err.h>

#include "relay/tls_stream.h"
#include "server.h"
#include "tls/connection.h"
#include "tls/facts.h"
#include "tls/inner.h"

enum inner_state {
	INNER_HANDSHAKE,
	INNER_SENDING, /* the handshake is done, and not all of it is sent */
	INNER_WAITING  /* for what makes it a success */
};

struct tls_inner {
	enum inner_state state;
	const struct hecat_openssl *openssl;
	struct tls_stream *outer;
	struct tls_stream *stream; /* over `outer`; NULL: it was given */
	SSL *ssl;                  /* of the stream */
	struct server server;
	struct event *readable;
	struct event *writable;
	struct event *timer;
	const struct tls_inner_methods *methods;
	void *arg;
};

/* Waits for nothing any more. */
static void
inner_stop(struct tls_inner *inner)
{
	event_del(inner->readable);
	event_del(inner->writable);
	event_del(inner->timer);
	ERR_clear_error();
}

/* Reports what the handshake has shown, after a success or a failure. */
static void
inner_show(struct tls_inner *inner)
{
	struct facts *facts = facts_new(inner->ssl);

	if (facts != NULL)
		inner->methods->shown(facts_get(facts), inner->arg);
	facts_free(facts);
}

/* Fails; the handshake may be gone afterwards. */
static void
inner_fail(struct tls_inner *inner, int error, const char *reason)
{
	char text[REASON_MAX];

	snprintf(text, sizeof(text), "%s", reason);
	inner_stop(inner);
	if (inner->state != INNER_WAITING)
		inner_show(inner);
	inner->methods->ended(NULL, error, text, inner->arg);
}

/* Gives the connection away; the handshake may be gone afterwards. */
static void
inner_succeed(struct tls_inner *inner)
{
	struct tls_stream *stream = inner->stream;

	inner_stop(inner);
	server_forget(inner->ssl);
	inner->stream = NULL;
	inner->methods->ended(stream, 0, NULL, inner->arg);
}

static void inner_advance(struct tls_inner *inner);

/* The handshake is done: it is a success, or something more is awaited. */
static void
inner_finish(struct tls_inner *inner)
{
	enum hecat_success success = hecat_openssl_get_success(inner->openssl);
	struct timeval tv;

	event_del(inner->timer);
	inner_show(inner);
	inner->state = INNER_WAITING;
	if (success == HECAT_SUCCESS_TCP) {
		inner_succeed(inner);
		return;
	}
	/* The handshake has taken time, which the loop does not know of. */
	event_base_update_cache_time(event_get_base(inner->timer));
	if (success == HECAT_SUCCESS_OPEN &&
	    event_add(inner->timer,
		hecat_openssl_get_success_open_time(inner->openssl, &tv)) == -1)
		inner_fail(inner, ENOMEM, "out of memory");
	else
		inner_advance(inner);
}

/* OpenSSL has done what it was asked for. */
static void
inner_complete(struct tls_inner *inner)
{
	if (inner->state == INNER_WAITING)
		inner_succeed(inner);
	else if (server_has_certificate(
		     inner->ssl, hecat_openssl_get_verify(inner->openssl)))
		inner_finish(inner);
	else
		inner_fail(inner, EPROTO, "the peer has shown no certificate");
}

/*
 * Has OpenSSL go on, or read what follows the handshake and leave it there.
 * Returns what SSL_get_error() has, with *system_error.
 */
static int
inner_try(struct tls_inner *inner, int *system_error)
{
	char byte;
	int result;

	ERR_clear_error();
	errno = 0;
	result = inner->state == INNER_HANDSHAKE
	    ? SSL_do_handshake(inner->ssl)
	    : SSL_peek(inner->ssl, &byte, 1);
	*system_error = errno;
	return (SSL_get_error(inner->ssl, result));
}

/*
 * Writes why OpenSSL does not go on: the outer TLS, the certificate, or what
 * the peer did. Returns the errno that goes with it.
 */
static int
inner_explain(struct tls_inner *inner, int error, int system_error, char *text)
{
	const char *reason = inner->server.reason;
	int result = reason_of_handshake(
	    error, system_error, inner->state == INNER_WAITING, text);

	if (error == SSL_ERROR_SYSCALL && system_error == EPROTO)
		reason = inner->outer->ops->reason(inner->outer);
	if (reason[0] != '\0')
		snprintf(text, REASON_MAX, "%s", reason);
	return (result);
}

/* Sends what is kept; returns 0 when all of it is sent, or an errno. */
static int
inner_flush(struct tls_inner *inner)
{
	return (inner->stream->ops->flush(inner->stream) == 0 ? 0 : errno);
}

/* Whether an answer of either TLS has to be sent before anything is read. */
static bool
inner_needs_room(const struct tls_inner *inner, int error)
{
	return (error == SSL_ERROR_WANT_WRITE ||
	    (error == SSL_ERROR_WANT_READ && inner->outer->read_needs_room));
}

/*
 * Whether OpenSSL can go on at once: there is room for an answer again; or what
 * is left of the handshake waits for the peer of the outer connection, whose
 * answer may have been received with the last bytes.
 */
static bool
inner_goes_on(struct tls_inner *inner, int error, int flushed)
{
	if (inner->state == INNER_HANDSHAKE && error == SSL_ERROR_NONE) {
		inner->state = INNER_SENDING;
		return (flushed == EAGAIN && inner->outer->is_renegotiating);
	}
	return (flushed == 0 && inner_needs_room(inner, error));
}

/*
 * Whether it is complete. While the outer TLS is negotiated anew, data that has
 * been received stands before the answer, and is read only by the caller.
 */
static bool
inner_is_complete(const struct tls_inner *inner, int error, int flushed)
{
	if (inner->state == INNER_SENDING && flushed == 0)
		return (true);
	return (error == SSL_ERROR_NONE &&
	    (inner->state == INNER_WAITING || inner->outer->is_renegotiating));
}

/* Waits until the socket allows OpenSSL, or what is kept, to go on. */
static void
inner_wait(struct tls_inner *inner, int error, int flushed)
{
	bool sends = flushed == EAGAIN && !inner->outer->is_renegotiating;
	bool reads = !sends ||
	    (error == SSL_ERROR_WANT_READ && !inner_needs_room(inner, error));

	if ((sends && event_add(inner->writable, NULL) == -1) ||
	    (reads && event_add(inner->readable, NULL) == -1))
		inner_fail(inner, ENOMEM, "out of memory");
}

/* Goes on, as far as the socket allows it; the handshake may have ended. */
static void
inner_advance(struct tls_inner *inner)
{
	char text[REASON_MAX] = "";
	int error, system_error, flushed, reason = 0;
	bool is_failed;

	do {
		error = inner_try(inner, &system_error);
		is_failed = error != SSL_ERROR_NONE &&
		    error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE;
		if (is_failed)
			reason = inner_explain(
			    inner, error, system_error, text);
		/* An alert, too, is worth to be sent. */
		flushed = inner_flush(inner);
	} while (inner_goes_on(inner, error, flushed));
	if (is_failed)
		inner_fail(inner, reason, text);
	else if (flushed != 0 && flushed != EAGAIN)
		inner_fail(inner, flushed,
		    flushed == EPROTO
			? inner->stream->ops->reason(inner->stream)
			: strerror(flushed));
	else if (inner_is_complete(inner, error, flushed))
		inner_complete(inner);
	else
		inner_wait(inner, error, flushed);
}

static void
inner_on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	inner_advance(arg);
}

static void
inner_on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct tls_inner *inner = arg;
	char text[REASON_MAX];
	struct timeval tv;

	(void)fd;
	(void)what;
	if (inner->state == INNER_WAITING) {
		inner_succeed(inner);
		return;
	}
	reason_of_timeout(
	    hecat_openssl_get_handshake_timeout(inner->openssl, &tv), text);
	inner_fail(inner, ETIMEDOUT, text);
}

/* Makes what it needs, and starts to wait; returns 0, or an errno. */
static int
inner_start(struct tls_inner *inner, struct event_base *base)
{
	const struct hecat_openssl *openssl = inner->openssl;
	struct timeval tv;
	const struct timeval *timeout = hecat_openssl_get_handshake_timeout(
	    openssl, &tv);
	const char *reason;
	int fd = inner->outer->fd;

	inner->readable = event_new(base, fd, EV_READ, inner_on_ready, inner);
	inner->writable = event_new(base, fd, EV_WRITE, inner_on_ready, inner);
	inner->timer = evtimer_new(base, inner_on_timeout, inner);
	if (inner->readable == NULL || inner->writable == NULL ||
	    inner->timer == NULL)
		return (ENOMEM);
	SSL_set_connect_state(inner->ssl);
	event_base_update_cache_time(base);
	if ((timeout != NULL && event_add(inner->timer, timeout) == -1) ||
	    event_add(inner->writable, NULL) == -1)
		return (ENOMEM);
	return (server_set(&inner->server, inner->ssl,
	    hecat_openssl_get_verify(openssl),
	    hecat_openssl_get_server_name(openssl), &reason));
}

struct tls_inner *
inner_new(const struct hecat_openssl *openssl, struct event_base *base,
    struct tls_stream *outer, const struct tls_inner_methods *methods,
    void *arg)
{
	struct tls_inner *inner = calloc(1, sizeof(*inner));
	int error = ENOMEM;

	if (inner != NULL)
		inner->ssl = SSL_new(hecat_openssl_get_ctx(openssl));
	if (inner == NULL || inner->ssl == NULL) {
		outer->ops->free(outer);
		free(inner);
		ERR_clear_error();
		errno = ENOMEM;
		return (NULL);
	}
	inner->openssl = openssl;
	inner->outer = outer;
	inner->methods = methods;
	inner->arg = arg;
	inner->stream = connection_new_inside(inner->ssl, outer);
	if (inner->stream != NULL)
		error = inner_start(inner, base);
	if (error == 0)
		return (inner);
	inner_free(inner);
	ERR_clear_error();
	errno = error;
	return (NULL);
}

void
inner_free(struct tls_inner *inner)
{
	if (inner == NULL)
		return;
	if (inner->readable != NULL)
		event_free(inner->readable);
	if (inner->writable != NULL)
		event_free(inner->writable);
	if (inner->timer != NULL)
		event_free(inner->timer);
	if (inner->stream != NULL)
		inner->stream->ops->free(inner->stream);
	free(inner);
}
