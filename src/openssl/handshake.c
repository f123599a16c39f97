/* SPDX-License-Identifier: ISC */
/*
 * SSL_do_handshake(3), again whenever the socket is ready for it.
 *
 * A bufferevent would do the handshake, too. It is made when that is over:
 * until then its own state, its buffers and its deferred callbacks are one more
 * thing that a cancel in the middle has to undo, and it cannot be asked whether
 * it is done by now.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>

#include "handshake.h"
#include "reason.h"
#include "server.h"
#include "socket_bio.h"

struct handshake {
	const struct hecat_openssl *tls;
	struct hecat_step *step;
	SSL *ssl;
	struct event *readable;
	struct event *writable;
	struct event *timer; /* NULL: without a limit */
	struct server server;
	int padding; /* bytes, in each ClientHello of this handshake */
	int is_done; /* it is over, and what makes it a success is awaited */
	/*
	 * Set while OpenSSL or the observer may call the user, who may free the
	 * connector: what is to go then goes afterwards.
	 */
	int *is_cancelled;
};

/* Where an SSL has its handshake; -1: there is no room for that. */
static int handshake_index = -1;

static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static void
make_index(void)
{
	handshake_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/*
 * The extension of the padding. OpenSSL sends one of RFC 7685 itself, up to 512
 * bytes, and lets nobody else send one; numbers of this form a server ignores
 * (RFC 8701).
 */
#define PADDING_TYPE 0x5a5a

/* Larger segments are those of a path without routers. */
#define SEGMENT_MAX 9216

/* Returns the bytes of padding that fill a segment on their own; 0: none. */
static int
padding_of(const struct handshake *handshake)
{
	struct hecat_step *step = handshake->step;
	socklen_t length = sizeof(int);
	int segment = 0;

	if (!handshake->tls->padding ||
	    !hecat_connector_has_untried(hecat_step_get_connector(step)) ||
	    getsockopt(hecat_step_get_fd(step), IPPROTO_TCP, TCP_MAXSEG,
		&segment, &length) == -1)
		return (0);
	return (segment <= SEGMENT_MAX ? segment : 0);
}

/* Adds the padding to a ClientHello; 0: there is none. */
static int
add_padding(SSL *ssl, unsigned type, unsigned context,
    const unsigned char **out, size_t *length, X509 *certificate,
    size_t chain_index, int *alert, void *arg)
{
	static const unsigned char zeros[SEGMENT_MAX];
	const struct handshake *handshake = SSL_get_ex_data(
	    ssl, handshake_index);
	int padding = handshake == NULL ? 0 : handshake->padding;

	(void)type;
	(void)context;
	(void)certificate;
	(void)chain_index;
	(void)alert;
	(void)arg;
	*out = zeros;
	*length = (size_t)padding;
	return (padding > 0);
}

void
handshake_prepare_padding(SSL_CTX *ctx)
{
	pthread_once(&index_once, make_index);
	/* It fails where it is there already, which is good. */
	SSL_CTX_add_custom_ext(ctx, PADDING_TYPE, SSL_EXT_CLIENT_HELLO,
	    add_padding, NULL, NULL, NULL, NULL);
	ERR_clear_error();
}

static void
handshake_free(struct handshake *handshake)
{
	if (handshake->readable != NULL)
		event_free(handshake->readable);
	if (handshake->writable != NULL)
		event_free(handshake->writable);
	if (handshake->timer != NULL)
		event_free(handshake->timer);
	SSL_free(handshake->ssl);
	free(handshake);
}

/* Waits for nothing any more: the socket may be closed, and its number used. */
static void
handshake_stop(struct handshake *handshake)
{
	event_del(handshake->readable);
	event_del(handshake->writable);
	if (handshake->timer != NULL)
		event_del(handshake->timer);
}

/*
 * Calls the observer. Returns whether the step is still there: the connector
 * may have been cancelled or freed inside.
 */
static int
handshake_report(struct handshake *handshake, const char *reason)
{
	const struct hecat_openssl *tls = handshake->tls;
	int is_cancelled = 0;

	ERR_clear_error();
	handshake_stop(handshake);
	if (tls->observer == NULL)
		return (1);
	handshake->is_cancelled = &is_cancelled;
	tls->observer(
	    handshake->step, handshake->ssl, reason, tls->observer_arg);
	handshake->is_cancelled = NULL;
	return (!is_cancelled);
}

/* Ends the step as a failure; the handshake is gone afterwards. */
static void
handshake_fail(struct handshake *handshake, int error, const char *text)
{
	struct hecat_step *step = handshake->step;
	char reason[REASON_MAX];
	int is_there;

	snprintf(reason, sizeof(reason), "%s", text);
	handshake_stop(handshake);
	/* The observer knows the end of one that is done. */
	is_there = handshake->is_done || handshake_report(handshake, reason);
	handshake_free(handshake);
	if (is_there)
		hecat_step_fail(step, error, reason);
}

/* Returns the options that the user wants bufferevents to have. */
static int
options_of(const struct hecat_step *step)
{
	return (hecat_config_get_bufferevent_options(
	    hecat_connector_get_config(hecat_step_get_connector(step))));
}

/*
 * Moves the bytes that were decrypted while they were waited for into the input
 * of `bufferevent`, which would not notice them. Returns 0 when out of memory.
 */
static int
hand_over_bytes(SSL *ssl, struct bufferevent *bufferevent)
{
	struct evbuffer *input = bufferevent_get_input(bufferevent);
	char bytes[4096];
	int n, is_added = 1;

	evbuffer_unfreeze(input, 0);
	while (is_added && SSL_pending(ssl) > 0 &&
	    (n = SSL_read(ssl, bytes, sizeof(bytes))) > 0)
		is_added = evbuffer_add(input, bytes, (size_t)n) == 0;
	evbuffer_freeze(input, 0);
	return (is_added);
}

/* Ends the step with a bufferevent that goes on where the handshake ended. */
static void
handshake_succeed(struct handshake *handshake)
{
	struct hecat_step *step = handshake->step;
	struct bufferevent *bufferevent;

	handshake_stop(handshake);
	SSL_set_ex_data(handshake->ssl, handshake_index, NULL);
	server_forget(handshake->ssl);
	/* When it fails libevent 2.1.12 has freed what it was to own. */
	SSL_up_ref(handshake->ssl);
	bufferevent = bufferevent_openssl_socket_new(hecat_step_get_base(step),
	    hecat_step_get_fd(step), handshake->ssl, BUFFEREVENT_SSL_OPEN,
	    BEV_OPT_CLOSE_ON_FREE | options_of(step));
	if (bufferevent != NULL && handshake->is_done &&
	    !hand_over_bytes(handshake->ssl, bufferevent)) {
		/* The connector closes the socket. */
		SSL_set_bio(handshake->ssl, NULL, NULL);
		bufferevent_free(bufferevent);
		bufferevent = NULL;
	}
	handshake_free(handshake);
	if (bufferevent != NULL)
		hecat_step_succeed_bufferevent(step, bufferevent);
	else
		hecat_step_fail(step, ENOMEM, "out of memory");
}

/* Waits for the socket; the handshake fails where that is impossible. */
static void
handshake_wait(struct handshake *handshake, struct event *event)
{
	if (event_add(event, NULL) == -1)
		handshake_fail(handshake, ENOMEM, "out of memory");
}

static void handshake_advance(struct handshake *handshake);
static void handshake_on_timeout(evutil_socket_t fd, short what, void *arg);

/* Sets the time after which an open connection is a success; 0: no memory. */
static int
set_open_timer(struct handshake *handshake)
{
	if (!handshake->tls->has_open_time)
		return (1);
	/* The handshake has taken time, which the loop does not know of. */
	event_base_update_cache_time(hecat_step_get_base(handshake->step));
	if (handshake->timer == NULL)
		handshake->timer = evtimer_new(
		    hecat_step_get_base(handshake->step), handshake_on_timeout,
		    handshake);
	return (handshake->timer != NULL &&
	    event_add(handshake->timer, &handshake->tls->open_time) == 0);
}

/* The handshake is done: it is a success, or something more is awaited. */
static void
handshake_finish(struct handshake *handshake)
{
	if (!handshake_report(handshake, NULL)) {
		handshake_free(handshake);
		return;
	}
	if (handshake->tls->success == HECAT_SUCCESS_TCP) {
		handshake_succeed(handshake);
		return;
	}
	handshake->is_done = 1;
	if (set_open_timer(handshake))
		handshake_advance(handshake);
	else
		handshake_fail(handshake, ENOMEM, "out of memory");
}

/*
 * Has OpenSSL go on: with the handshake, or, when that is done, with what makes
 * it a success. Returns what SSL_get_error() has, with *system_error; -1: the
 * step was cancelled inside, and the handshake is gone.
 */
static int
handshake_try(struct handshake *handshake, int *system_error)
{
	int result, error, is_cancelled = 0;
	char byte;

	ERR_clear_error();
	errno = 0;
	handshake->is_cancelled = &is_cancelled;
	result = handshake->is_done ? SSL_peek(handshake->ssl, &byte, 1)
				    : SSL_do_handshake(handshake->ssl);
	handshake->is_cancelled = NULL;
	*system_error = errno;
	error = SSL_get_error(handshake->ssl, result);
	if (!is_cancelled)
		return (error);
	ERR_clear_error();
	handshake_free(handshake);
	return (-1);
}

/* Goes on, as far as the socket allows it; the step may have ended. */
static void
handshake_advance(struct handshake *handshake)
{
	char text[REASON_MAX];
	int system_error, error = handshake_try(handshake, &system_error);

	switch (error) {
	case -1:
		break;
	case SSL_ERROR_NONE:
		if (handshake->is_done)
			handshake_succeed(handshake);
		else if (server_has_certificate(
			     handshake->ssl, handshake->tls->verify))
			handshake_finish(handshake);
		else
			handshake_fail(handshake, EPROTO,
			    "the peer has shown no certificate");
		break;
	case SSL_ERROR_WANT_READ:
		handshake_wait(handshake, handshake->readable);
		break;
	case SSL_ERROR_WANT_WRITE:
		handshake_wait(handshake, handshake->writable);
		break;
	default:
		error = reason_of_handshake(
		    error, system_error, handshake->is_done, text);
		ERR_clear_error();
		handshake_fail(handshake, error,
		    handshake->server.reason[0] != '\0'
			? handshake->server.reason
			: text);
		break;
	}
}

static void
handshake_on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	handshake_advance(arg);
}

static void
handshake_on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct handshake *handshake = arg;
	char text[REASON_MAX];

	(void)fd;
	(void)what;
	if (handshake->is_done) {
		handshake_succeed(handshake);
		return;
	}
	reason_of_timeout(&handshake->tls->timeout, text);
	handshake_fail(handshake, ETIMEDOUT, text);
}

/* Sets what is sent and checked; returns 0, or an errno with a reason. */
static int
set_server(struct handshake *handshake, const char **reason)
{
	const struct hecat_openssl *tls = handshake->tls;
	const char *name = tls->server_name;

	if (name == NULL)
		name = hecat_connector_get_host(
		    hecat_step_get_connector(handshake->step));
	return (server_set(
	    &handshake->server, handshake->ssl, tls->verify, name, reason));
}

/* Makes what a handshake needs; returns 0 when out of memory. */
static int
prepare(struct handshake *handshake)
{
	struct event_base *base = hecat_step_get_base(handshake->step);
	int fd = hecat_step_get_fd(handshake->step);
	BIO *bio;

	handshake->ssl = SSL_new(handshake->tls->ctx);
	bio = socket_bio_new(fd);
	if (handshake->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		return (0);
	}
	SSL_set_bio(handshake->ssl, bio, bio);
	SSL_set_connect_state(handshake->ssl);
	handshake->readable = event_new(
	    base, fd, EV_READ, handshake_on_ready, handshake);
	handshake->writable = event_new(
	    base, fd, EV_WRITE, handshake_on_ready, handshake);
	if (handshake->tls->has_timeout) {
		handshake->timer = evtimer_new(
		    base, handshake_on_timeout, handshake);
		if (handshake->timer == NULL ||
		    event_add(handshake->timer, &handshake->tls->timeout) == -1)
			return (0);
	}
	return (handshake->readable != NULL && handshake->writable != NULL &&
	    SSL_set_ex_data(handshake->ssl, handshake_index, handshake));
}

static int
handshake_begin(struct hecat_step *step, void *arg)
{
	struct handshake *handshake = calloc(1, sizeof(*handshake));
	const char *reason = NULL;
	int error;

	if (handshake == NULL)
		return (ENOMEM);
	handshake->tls = arg;
	handshake->step = step;
	hecat_step_set_data(step, handshake);
	if (handshake_index == -1 || !prepare(handshake)) {
		ERR_clear_error();
		handshake_free(handshake);
		return (ENOMEM);
	}
	handshake->padding = padding_of(handshake);
	error = set_server(handshake, &reason);
	if (error != 0)
		handshake_fail(handshake, error, reason);
	else
		handshake_advance(handshake);
	return (0);
}

static void
handshake_cancel(struct hecat_step *step, void *arg)
{
	struct handshake *handshake = hecat_step_get_data(step);

	(void)arg;
	handshake_stop(handshake);
	if (handshake->is_cancelled != NULL)
		*handshake->is_cancelled = 1;
	else
		handshake_free(handshake);
}

static void
handshake_poll(struct hecat_step *step, void *arg)
{
	(void)arg;
	handshake_advance(hecat_step_get_data(step));
}

const struct hecat_step_methods handshake_methods = {
	.size = sizeof(handshake_methods),
	.begin = handshake_begin,
	.cancel = handshake_cancel,
	.poll = handshake_poll,
};
