/* SPDX-License-Identifier: ISC */
/*
 * tls/inner.h: TLS inside of a connection that speaks TLS, as through a proxy.
 */
#ifndef TLS_INNER_H
#define TLS_INNER_H

#include "hecat_openssl.h"
#include "tls/tls.h"

struct event_base;

/*
 * Begins a handshake as `openssl` has it, for its server name, over `outer`,
 * which it owns. Returns NULL with errno, and with `outer` freed.
 */
struct tls_inner *inner_new(const struct hecat_openssl *openssl,
    struct event_base *base, struct tls_stream *outer,
    const struct tls_inner_methods *methods, void *arg);

/* Frees it, which may be NULL, with its connection unless that was given. */
void inner_free(struct tls_inner *inner);

#endif
