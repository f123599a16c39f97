/* SPDX-License-Identifier: ISC */
/*
 * handshake.h: the TLS handshake of one attempt, as a step of libhecat.
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "hecat_openssl.h"

/* How to do handshakes. */
struct hecat_openssl {
	SSL_CTX *ctx;
	char *server_name; /* NULL: the host of the connector */
	enum hecat_openssl_verify verify;
	int padding;
	struct timeval timeout;
	int has_timeout;
	enum hecat_success success;
	struct timeval open_time;
	int has_open_time;
	hecat_openssl_observer_cb observer;
	void *observer_arg;
};

/*
 * Has each ClientHello of `ctx` that is a handshake of ours ask for its
 * padding.
 */
void handshake_prepare_padding(SSL_CTX *ctx);

/* The step; its argument is a struct hecat_openssl. */
extern const struct hecat_step_methods handshake_methods;

#endif
