/* SPDX-License-Identifier: ISC */
/*
 * tls/context.h: what the options ask for as a context of OpenSSL.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "tls/tls.h"

/*
 * Makes one, the caller's. Returns NULL with errno, EINVAL or ENOMEM, and a
 * line in `error`, a buffer of TLS_ERROR_MAX bytes.
 */
SSL_CTX *context_new(const struct tls_settings *settings, char *error);

#endif
