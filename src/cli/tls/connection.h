/* SPDX-License-Identifier: ISC */
/*
 * tls/connection.h: a connection that the relay reads and writes by TLS.
 */
#ifndef TLS_CONNECTION_H
#define TLS_CONNECTION_H

#include <openssl/ssl.h>

struct bufferevent;
struct tls_stream;

/*
 * Makes one of what a connector has made, which it owns from then on. Returns
 * NULL with errno, and with `bufferevent` freed.
 */
struct tls_stream *connection_new(struct bufferevent *bufferevent);

/*
 * Makes one of `ssl`, which is to be the client of a handshake yet, over
 * `outer`. It owns both from then on. Returns NULL with errno, and with both
 * freed.
 */
struct tls_stream *connection_new_inside(SSL *ssl, struct tls_stream *outer);

#endif
