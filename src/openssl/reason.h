/* SPDX-License-Identifier: ISC */
/*
 * reason.h: why a handshake failed, in words.
 */
#ifndef REASON_H
#define REASON_H

#include <sys/time.h>

#include <openssl/ssl.h>

/* Bytes that hold every reason, with the NUL. */
#define REASON_MAX 256

/*
 * Writes why the verification at `store` has failed, to `text`, a buffer of
 * REASON_MAX bytes: to be called in the verify callback, where the certificate
 * is at hand. `name` is what it has to be for.
 */
void reason_of_certificate(X509_STORE_CTX *store, const char *name, char *text);

/*
 * Writes why a handshake has failed, which SSL_get_error() has as `error`,
 * beside the errno `system_error` and what is in OpenSSL's queue; or, with
 * `is_done`, what came after it. Returns the errno that goes with it.
 */
int reason_of_handshake(int error, int system_error, int is_done, char *text);

/* Writes that there was no handshake in `timeout`. */
void reason_of_timeout(const struct timeval *timeout, char *text);

#endif
