/* SPDX-License-Identifier: ISC */
/*
 * server.h: which server a handshake is to be with, and why its certificate is
 * refused.
 */
#ifndef SERVER_H
#define SERVER_H

#include "hecat_openssl.h"
#include "reason.h"

/* The longest name of a host (RFC 1035 section 2.3.4), and its NUL. */
#define SERVER_NAME_MAX 254

struct server {
	char name[SERVER_NAME_MAX]; /* that the certificate is to be for */
	char reason[REASON_MAX];    /* of the verification; "": none */
};

/* Returns whether `name` is ASCII, and may be that of a host or an address. */
int server_is_name(const char *name);

/*
 * Sets what `ssl` sends and verifies, for `name`: "" is none, and NULL is not
 * known. Returns 0; otherwise an errno, with *reason. *server has to stay until
 * the SSL is freed, or has forgotten it.
 */
int server_set(struct server *server, SSL *ssl,
    enum hecat_openssl_verify verify, const char *name, const char **reason);

/*
 * Returns whether there is a certificate where one is to be verified: with an
 * anonymous cipher, or a key known to both, OpenSSL asks for none.
 */
int server_has_certificate(const SSL *ssl, enum hecat_openssl_verify verify);

/* Has `ssl` keep no reason any more. */
void server_forget(SSL *ssl);

#endif
