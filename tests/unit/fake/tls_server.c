/* SPDX-License-Identifier: ISC */
/*
 * Certificates with keys of a curve, and servers of bufferevents.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/x509v3.h>

#include "fake/tls_server.h"

#define DAY 86400

struct tls_connection {
	struct tls_server *server;
	struct event *hello;             /* of TLS_SMALL, until then */
	struct bufferevent *bufferevent; /* NULL until then */
	bool is_nested; /* the second handshake of TLS_NESTS, or after it */
	struct tls_connection *next;
};

static void
add_extension(X509 *certificate, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(
	    NULL, NULL, kind, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Has the certificate be for an address of so many bytes, and nothing else. */
static void
add_address(X509 *certificate, size_t length)
{
	static const unsigned char bytes[32] = { 192, 0, 2, 1 };
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	assert_true(names != NULL && name != NULL && value != NULL);
	ASN1_OCTET_STRING_set(value, bytes, (int)length);
	GENERAL_NAME_set0_value(name, GEN_IPADD, value);
	sk_GENERAL_NAME_push(names, name);
	assert_int_equal(X509_add1_ext_i2d(certificate, NID_subject_alt_name,
			     names, 0, X509V3_ADD_DEFAULT),
	    1);
	GENERAL_NAMES_free(names);
}

struct tls_identity
tls_identity_new(const struct tls_certificate *wanted)
{
	static long serial;
	struct tls_identity identity = {
		.certificate = X509_new(),
		.key = EVP_EC_gen("P-256"),
	};
	const struct tls_identity *issuer = wanted->issuer != NULL
	    ? wanted->issuer
	    : &identity;
	X509 *certificate = identity.certificate;
	X509_NAME *name;

	assert_true(certificate != NULL && identity.key != NULL);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate),
	    wanted->from != 0 ? wanted->from : -DAY);
	X509_gmtime_adj(X509_getm_notAfter(certificate),
	    wanted->until != 0 ? wanted->until : DAY);
	X509_set_pubkey(certificate, identity.key);
	name = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)wanted->name, -1, -1, 0);
	X509_set_issuer_name(
	    certificate, X509_get_subject_name(issuer->certificate));
	if (wanted->is_authority)
		add_extension(
		    certificate, NID_basic_constraints, "critical,CA:TRUE");
	if (wanted->names != NULL)
		add_extension(certificate, NID_subject_alt_name, wanted->names);
	if (wanted->address_bytes > 0)
		add_address(certificate, wanted->address_bytes);
	assert_true(X509_sign(certificate, issuer->key, EVP_sha256()) > 0);
	return (identity);
}

void
tls_identity_free(struct tls_identity *identity)
{
	X509_free(identity->certificate);
	EVP_PKEY_free(identity->key);
	*identity = (struct tls_identity){ NULL, NULL };
}

static void
drop(struct tls_connection *connection)
{
	struct tls_connection **link = &connection->server->first;

	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	if (connection->hello != NULL) {
		close(event_get_fd(connection->hello));
		event_free(connection->hello);
	}
	if (connection->bufferevent != NULL)
		bufferevent_free(connection->bufferevent);
	free(connection);
}

static void
on_data(struct bufferevent *bufferevent, void *arg)
{
	struct tls_connection *connection = arg;
	struct evbuffer *input = bufferevent_get_input(bufferevent);
	struct linger at_once = { .l_onoff = 1 };

	connection->server->received += evbuffer_get_length(input);
	if (connection->server->manner == TLS_RESETS) {
		setsockopt(bufferevent_getfd(bufferevent), SOL_SOCKET,
		    SO_LINGER, &at_once, sizeof(at_once));
		drop(connection);
		return;
	}
	bufferevent_write_buffer(bufferevent, input);
}

static void
note_handshake(struct tls_server *server, SSL *ssl)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const unsigned char *protocol;
	unsigned length;

	server->finished++;
	snprintf(
	    server->sni, sizeof(server->sni), "%s", name == NULL ? "" : name);
	SSL_get0_alpn_selected(ssl, &protocol, &length);
	snprintf(server->alpn, sizeof(server->alpn), "%.*s", (int)length,
	    length == 0 ? "" : (const char *)protocol);
}

static void on_event(struct bufferevent *bufferevent, short what, void *arg);

/* Speaks TLS once more, inside of the connection that has been made. */
static void
nest(struct tls_connection *connection)
{
	struct tls_server *server = connection->server;

	connection->is_nested = true;
	connection->bufferevent = bufferevent_openssl_filter_new(server->base,
	    connection->bufferevent, SSL_new(server->ctx),
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(connection->bufferevent);
	bufferevent_setcb(
	    connection->bufferevent, on_data, NULL, on_event, connection);
	bufferevent_enable(connection->bufferevent, EV_READ | EV_WRITE);
}

static void
on_event(struct bufferevent *bufferevent, short what, void *arg)
{
	struct tls_connection *connection = arg;

	if ((what & BEV_EVENT_CONNECTED) == 0) {
		drop(connection);
		return;
	}
	note_handshake(
	    connection->server, bufferevent_openssl_get_ssl(bufferevent));
	if (connection->server->manner == TLS_NESTS && !connection->is_nested)
		nest(connection);
}

static struct bufferevent *
new_bufferevent(struct tls_server *server, evutil_socket_t fd)
{
	if (server->manner != TLS_SPEAKS && server->manner != TLS_SMALL &&
	    server->manner != TLS_NESTS)
		return (bufferevent_socket_new(
		    server->base, fd, BEV_OPT_CLOSE_ON_FREE));
	return (bufferevent_openssl_socket_new(server->base, fd,
	    SSL_new(server->ctx), BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE));
}

/* Starts to speak, or to echo, over an accepted connection. */
static void
speak(struct tls_connection *connection, evutil_socket_t fd)
{
	struct tls_server *server = connection->server;

	connection->bufferevent = new_bufferevent(server, fd);
	assert_non_null(connection->bufferevent);
	if (server->manner == TLS_GREETS)
		bufferevent_write(connection->bufferevent, "220 hello\r\n", 11);
	bufferevent_setcb(connection->bufferevent,
	    server->manner == TLS_HANGS ? NULL : on_data, NULL, on_event,
	    connection);
	bufferevent_enable(connection->bufferevent, EV_READ | EV_WRITE);
}

/* Goes on where the first bytes are less than a segment; else never. */
static void
on_hello(evutil_socket_t fd, short what, void *arg)
{
	struct tls_connection *connection = arg;
	char bytes[4 * TLS_SEGMENT];
	ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_PEEK);

	(void)what;
	assert_true(length > 0);
	connection->server->hello = (size_t)length;
	if (length >= TLS_SEGMENT)
		return;
	event_free(connection->hello);
	connection->hello = NULL;
	speak(connection, fd);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int length, void *arg)
{
	struct tls_server *server = arg;
	struct tls_connection *connection;

	(void)listener;
	(void)peer;
	(void)length;
	server->connections++;
	if (server->manner == TLS_CLOSES) {
		close(fd);
		return;
	}
	connection = calloc(1, sizeof(*connection));
	assert_non_null(connection);
	connection->server = server;
	connection->next = server->first;
	server->first = connection;
	if (server->manner != TLS_SMALL) {
		speak(connection, fd);
		return;
	}
	connection->hello = event_new(
	    server->base, fd, EV_READ, on_hello, connection);
	assert_int_equal(event_add(connection->hello, NULL), 0);
}

void
tls_server_init(struct tls_server *server, struct event_base *base,
    const char *host, enum tls_manner manner,
    const struct tls_identity *identity)
{
	const int segment = TLS_SEGMENT;

	*server = (struct tls_server){ .base = base, .manner = manner };
	server->ctx = SSL_CTX_new(TLS_server_method());
	assert_non_null(server->ctx);
	if (identity != NULL) {
		assert_int_equal(
		    SSL_CTX_use_certificate(server->ctx, identity->certificate),
		    1);
		assert_int_equal(
		    SSL_CTX_use_PrivateKey(server->ctx, identity->key), 1);
	}
	assert_int_equal(
	    address_parse(&server->address, host, 0), ADDRESS_PARSED);
	server->listener = evconnlistener_new_bind(base, on_accepted, server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128,
	    &server->address.sa, (int)server->address.length);
	assert_non_null(server->listener);
	if (manner == TLS_SMALL)
		assert_int_equal(
		    setsockopt(evconnlistener_get_fd(server->listener),
			IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment)),
		    0);
	assert_int_equal(getsockname(evconnlistener_get_fd(server->listener),
			     &server->address.sa, &server->address.length),
	    0);
}

void
tls_server_release(struct tls_server *server)
{
	while (server->first != NULL)
		drop(server->first);
	evconnlistener_free(server->listener);
	SSL_CTX_free(server->ctx);
}
