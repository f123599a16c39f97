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
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "handshake.h"
#include "reason.h"
#include "socket_bio.h"

struct handshake {
	const struct hecat_openssl *tls;
	struct hecat_step *step;
	SSL *ssl;
	struct event *readable;
	struct event *writable;
	struct event *timer;           /* NULL: without a limit */
	char name[HANDSHAKE_NAME_MAX]; /* that the certificate is to be for */
	char reason[REASON_MAX];       /* of the verification; "": none */
	int *is_cancelled; /* set while the observer is called: it may cancel */
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
	int padding = handshake == NULL ? 0 : padding_of(handshake);

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

/*
 * Calls the observer. Returns whether the step is still there: the connector
 * may have been cancelled or freed inside.
 */
static int
handshake_report(struct handshake *handshake, const char *reason)
{
	const struct hecat_openssl *tls = handshake->tls;
	int is_cancelled = 0;

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
	is_there = handshake_report(handshake, reason);
	handshake_free(handshake);
	if (is_there)
		hecat_step_fail(step, error, reason);
}

/* Ends the step with a bufferevent that goes on where the handshake ended. */
static void
handshake_succeed(struct handshake *handshake)
{
	struct hecat_step *step = handshake->step;
	struct bufferevent *bufferevent;

	if (!handshake_report(handshake, NULL)) {
		handshake_free(handshake);
		return;
	}
	SSL_set_ex_data(handshake->ssl, handshake_index, NULL);
	/* When it fails libevent 2.1.12 has freed what it was to own. */
	SSL_up_ref(handshake->ssl);
	bufferevent = bufferevent_openssl_socket_new(hecat_step_get_base(step),
	    hecat_step_get_fd(step), handshake->ssl, BUFFEREVENT_SSL_OPEN,
	    BEV_OPT_CLOSE_ON_FREE);
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

/* Goes on, as far as the socket allows it; the handshake may have ended. */
static void
handshake_advance(struct handshake *handshake)
{
	char text[REASON_MAX];
	int result, error, system_error;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(handshake->ssl);
	system_error = errno;
	error = SSL_get_error(handshake->ssl, result);
	if (result == 1) {
		handshake_succeed(handshake);
	} else if (error == SSL_ERROR_WANT_READ) {
		handshake_wait(handshake, handshake->readable);
	} else if (error == SSL_ERROR_WANT_WRITE) {
		handshake_wait(handshake, handshake->writable);
	} else {
		error = reason_of_handshake(
		    handshake->ssl, error, system_error, text);
		handshake_fail(handshake, error,
		    handshake->reason[0] != '\0' ? handshake->reason : text);
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
	const struct timeval *timeout = &handshake->tls->timeout;
	char text[REASON_MAX];

	(void)fd;
	(void)what;
	snprintf(text, sizeof(text), "no TLS handshake in %.1f s",
	    (double)timeout->tv_sec + (double)timeout->tv_usec / 1e6);
	handshake_fail(handshake, ETIMEDOUT, text);
}

/* Keeps why a certificate is refused, after a callback of the caller's. */
static int
handshake_on_verify(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *handshake = SSL_get_ex_data(ssl, handshake_index);
	SSL_verify_cb callers = SSL_CTX_get_verify_callback(
	    SSL_get_SSL_CTX(ssl));

	if (callers != NULL)
		is_good = callers(is_good, store);
	if (!is_good && handshake != NULL)
		reason_of_certificate(
		    store, handshake->name, handshake->reason);
	return (is_good);
}

/* Returns whether `name` is an address, of which *family and `bytes` are set.
 */
static int
is_address(const char *name, int *family, void *bytes)
{
	*family = AF_INET;
	if (inet_aton(name, bytes) == 1)
		return (1);
	*family = AF_INET6;
	return (inet_pton(AF_INET6, name, bytes) == 1);
}

/* Has the address checked that the certificate is for; never sent (RFC 6066).
 */
static int
set_address(struct handshake *handshake, int family, const void *bytes)
{
	inet_ntop(family, bytes, handshake->name, sizeof(handshake->name));
	return (X509_VERIFY_PARAM_set1_ip(
	    SSL_get0_param(handshake->ssl), bytes, family == AF_INET ? 4 : 16));
}

/*
 * Sets the name to send and to check, from a host that may be "[::1]",
 * "fe80::1%eth0" or "name.". Returns 0 when out of memory.
 */
static int
set_name(struct handshake *handshake, const char *host)
{
	char *name = handshake->name;
	unsigned char bytes[16];
	size_t length;
	int family;

	snprintf(name, sizeof(handshake->name), "%s", host + (*host == '['));
	if (strchr(name, ':') != NULL)
		name[strcspn(name, "]%")] = '\0';
	length = strlen(name);
	if (is_address(name, &family, bytes))
		return (set_address(handshake, family, bytes));
	if (length > 0 && name[length - 1] == '.')
		name[length - 1] = '\0';
	SSL_set_hostflags(handshake->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return (SSL_set_tlsext_host_name(handshake->ssl, name) == 1 &&
	    SSL_set1_host(handshake->ssl, name) == 1);
}

static int
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > '~')
			return (0);
	return (1);
}

/* Sets what is sent and checked; returns 0, or an errno with a reason. */
static int
set_server(struct handshake *handshake, const char **reason)
{
	const struct hecat_openssl *tls = handshake->tls;
	const char *name = tls->server_name;

	if (tls->verify)
		SSL_set_verify(
		    handshake->ssl, SSL_VERIFY_PEER, handshake_on_verify);
	else
		SSL_set_verify(handshake->ssl, SSL_VERIFY_NONE, NULL);
	if (name == NULL)
		name = hecat_connector_get_host(
		    hecat_step_get_connector(handshake->step));
	if (name == NULL) {
		*reason = "there is no server name to verify";
		return (EINVAL);
	}
	if (!is_ascii(name)) {
		*reason = "the server name has to be in its ASCII form (xn--)";
		return (EINVAL);
	}
	if (*name == '\0' || set_name(handshake, name))
		return (0);
	*reason = "out of memory";
	return (ENOMEM);
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
		handshake_free(handshake);
		return (ENOMEM);
	}
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
