/* SPDX-License-Identifier: ISC */
/*
 * tls/facts.h: what a handshake has shown.
 */
#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include <openssl/ssl.h>

#include "tls/tls.h"

/* The facts, and what their texts are kept in. */
struct facts;

/*
 * Gathers them after a handshake, which may have failed. Returns NULL when out
 * of memory.
 */
struct facts *facts_new(const SSL *ssl);
const struct tls_facts *facts_get(const struct facts *facts);
void facts_free(struct facts *facts);

#endif
