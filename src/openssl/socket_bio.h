/* SPDX-License-Identifier: ISC */
/*
 * socket_bio.h: a BIO over a connected socket that raises no SIGPIPE.
 *
 * BIO_s_socket() writes with write(2): when the peer has closed the
 * connection, the kernel sends a signal, which ends a program that does not
 * expect it.
 */
#ifndef SOCKET_BIO_H
#define SOCKET_BIO_H

#include <openssl/bio.h>

/* Returns the kind of BIO, made once a process; NULL when out of memory. */
const BIO_METHOD *socket_bio_method(void);

/* Returns a BIO over `fd`, which stays the caller's; NULL: out of memory. */
BIO *socket_bio_new(int fd);

#endif
