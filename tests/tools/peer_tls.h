/* SPDX-License-Identifier: ISC */
/*
 * peer_tls.h: a connection of the peer that speaks TLS, as the server.
 *
 * The descriptor belongs to the caller, and may be blocking or not.
 */
#ifndef PEER_TLS_H
#define PEER_TLS_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct peer_tls;

/* How the peer speaks TLS. */
struct peer_tls_config {
	const char *certificate; /* PEM, with its key */
	const char *ca;          /* asks for a certificate by it; NULL: none */
	const char *alpn;        /* the one protocol; NULL: none */
	bool needs_alpn;         /* refuses a client without it */
	const char *ciphers;     /* of TLS 1.2; NULL: the default */
	int version;             /* 11 to 13; 0: 12 and 13 */
	/* Sent behind the handshake of TLS 1.3. A reset that comes between two
	   of them is lost: their write has it, and OpenSSL does not care. */
	size_t tickets;
};

struct peer_tls_ops {
	/* Does the handshake; NULL where that fails, and why goes to stderr. */
	struct peer_tls *(*accept)(
	    int fd, const struct peer_tls_config *config);

	/* Writes what the client has sent: its name, protocol, certificate. */
	void (*report)(struct peer_tls *tls, FILE *report);

	/*
	 * As recv(2) and send(2); 0 of the first is a close_notify, and ENODATA
	 * the end without one.
	 */
	ssize_t (*recv)(struct peer_tls *tls, void *bytes, size_t size);
	ssize_t (*send)(struct peer_tls *tls, const void *bytes, size_t size);

	/* Returns whether something was received that poll(2) does not show. */
	bool (*has_unread)(struct peer_tls *tls);

	/* Returns whether the client has ended; waits where a record is cut. */
	bool (*has_ended)(struct peer_tls *tls);

	/* Sends a close_notify. */
	bool (*shutdown)(struct peer_tls *tls);

	/* Sends new keys, and asks for new ones (TLS 1.3). */
	bool (*update_keys)(struct peer_tls *tls);

	/* Begins to negotiate anew (TLS 1.2); recv and send complete that. */
	bool (*renegotiate)(struct peer_tls *tls);

	/* Asks for a certificate in the same way, and refuses without one. */
	void (*refuse)(struct peer_tls *tls);

	void (*free)(struct peer_tls *tls);
};

/* NULL: built without OpenSSL. */
extern const struct peer_tls_ops *const peer_tls;

#endif
