/* SPDX-License-Identifier: ISC */
/*
 * endpoint_tls.h: the far end of a relay that speaks TLS.
 */
#ifndef ENDPOINT_TLS_H
#define ENDPOINT_TLS_H

#include <sys/types.h>

#include "endpoint.h"

/*
 * Makes the certificate of the server, for localhost; writes it, as the one to
 * trust, to `path`. Exits where it cannot. Without OpenSSL does nothing and
 * returns -1, else 0.
 */
int endpoint_tls_init(const char *path);

/*
 * Accepts, does the handshake, which ends before the clock starts; then sends
 * what is to go down, receives what is to come up, and ends both.
 */
pid_t endpoint_serve_tls(int listener, struct marks *marks);

/* Accepts, does the handshake, and sends one byte and the end. */
pid_t endpoint_greet_tls(int listener, struct marks *marks);

#endif
