/* SPDX-License-Identifier: ISC */
/*
 * tls_server.h: certificates made for a test, and servers on loopback that show
 * them.
 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <openssl/ssl.h>

#include "address.h"

struct event_base;
struct evconnlistener;

/* A certificate and its key. */
struct tls_identity {
	X509 *certificate;
	EVP_PKEY *key;
};

struct tls_certificate {
	const char *name;  /* common name */
	const char *names; /* "DNS:a.test,IP:127.0.0.1"; NULL: none */
	const struct tls_identity *issuer; /* NULL: self-signed */
	int is_authority;
	long from; /* seconds from now */
	long until;
	size_t
	    address_bytes; /* of one more name, an address; 0: there is none */
};

/* Makes one; what is 0 of the times is a day around now. */
struct tls_identity tls_identity_new(const struct tls_certificate *wanted);
void tls_identity_free(struct tls_identity *identity);

/* What a server does with a connection. */
enum tls_manner {
	TLS_SPEAKS, /* a handshake, then it echoes */
	TLS_HANGS,  /* it accepts, and says nothing */
	TLS_CLOSES, /* at once */
	TLS_RESETS, /* at the first byte */
	TLS_GREETS, /* it says "220 hello" */
	TLS_NESTS,  /* as the first, inside of another handshake */
	TLS_SMALL   /* as the first, over a path that drops full segments */
};

struct tls_server {
	struct event_base *base;
	enum tls_manner manner;
	SSL_CTX *ctx; /* the caller's to set options of, before a connect */
	struct evconnlistener *listener;
	struct address address;
	size_t connections; /* accepted */
	size_t finished;    /* handshakes */
	size_t received;    /* bytes of data */
	size_t hello;       /* bytes of the last ClientHello, of TLS_SMALL */
	char sni[256];      /* of the last one; "": none */
	char alpn[64];
	struct tls_connection *first;
};

/* The segments of a server, and what TLS_SMALL lets through at once. */
#define TLS_SEGMENT 1400

/* Listens on `host`, a literal, at a port of the system's choice. */
void tls_server_init(struct tls_server *server, struct event_base *base,
    const char *host, enum tls_manner manner,
    const struct tls_identity *identity);
void tls_server_release(struct tls_server *server);

#endif
