/* SPDX-License-Identifier: ISC */
/*
 * tls/tls.h: TLS for the program, as its TLS module has it.
 *
 * The module is a shared library of its own, hecat_tls.so, made of this folder,
 * libhecat_openssl and OpenSSL. The program opens it when TLS is asked for
 * (tls_module.h), so that a run without TLS loads none of that.
 *
 * The life of one: new(); use(), once for each configuration that connects by
 * it; take() for each connection that was made; free(), after the connectors.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hecat.h"

struct event_base;
struct tls;
struct tls_inner;
struct tls_stream;

/* Bytes that hold every error of new(), with its NUL. */
#define TLS_ERROR_MAX 512

/* What is asked for. The strings are those of the caller, for as long. */
struct tls_settings {
	const char *server_name; /* to send and to verify; "": none */
	bool server_name_given;  /* it is that of --server-name */
	const char *ca_file;     /* NULL with `ca_path`: the system's */
	const char *ca_path;
	const char *cert; /* PEM, with its chain; NULL: none */
	const char *key;  /* PEM; NULL: in the file of `cert` */
	const char *alpn; /* protocols, with commas; NULL: none */
	int min_version;  /* 12: TLS 1.2; 13 */
	bool insecure;    /* verify nothing */
	bool padding;     /* of the ClientHello */
	struct timeval handshake_timeout; /* 0: it never ends */
	enum hecat_success success;       /* after the handshake */
	struct timeval success_open;
	int key_log; /* a descriptor for SSLKEYLOGFILE; -1: none */
};

/*
 * What a handshake has shown. A text is NULL where there is none; it is as the
 * peer wrote it, and may have any byte but NUL.
 */
struct tls_facts {
	const char *version; /* "TLSv1.3" */
	const char *cipher;
	const char *group; /* of the key exchange */
	const char *alpn;
	bool resumed;
	bool has_certificate; /* what follows is that of the peer's */
	const char *subject;
	const char *issuer;
	const char *const *names; /* subject alternative names */
	size_t name_count;
	int64_t not_before; /* seconds since the Epoch */
	int64_t not_after;
	unsigned char fingerprint[32]; /* SHA-256 */
	bool verified;     /* as far as it was asked for; not with `insecure` */
	long verify_error; /* X509_V_ERR_*, with `insecure`, too; 0: none */
	const char *verify_text; /* the same in words */
};

/*
 * Called when a handshake of `connector` has ended; `facts` is valid inside,
 * and `arg` is that of the connector.
 */
typedef void (*tls_observer)(
    size_t attempt, const struct tls_facts *facts, void *arg);

/* What is called of a handshake inside of a connection, from the event loop. */
struct tls_inner_methods {
	/* It is over; `facts` is valid inside. It may not be freed here. */
	void (*shown)(const struct tls_facts *facts, void *arg);

	/*
	 * The last call: with the connection, which is the caller's; or NULL
	 * with an errno and a reason. It may be freed here.
	 */
	void (*ended)(struct tls_stream *stream, int error, const char *reason,
	    void *arg);
};

struct tls_module {
	size_t size;      /* sizeof(struct tls_module) */
	unsigned version; /* HECAT_VERSION_NUMBER */

	/* Returns "OpenSSL 3.0.17 ...". */
	const char *(*library)(void);

	/*
	 * Makes one; reads the files. Returns NULL with errno ENOMEM or EINVAL
	 * and a line, which names the option, in `error`, a buffer of
	 * TLS_ERROR_MAX bytes.
	 */
	struct tls *(*new)(const struct tls_settings *settings, char *error);
	void (*free)(struct tls *tls);

	/* Has `config` do the handshakes; -1 with errno. */
	int (*use)(struct tls *tls, struct hecat_config *config);

	void (*observe)(struct tls *tls, tls_observer observer);

	/*
	 * Takes the connection that `connector` has made. Returns NULL with
	 * errno.
	 */
	struct tls_stream *(*take)(struct hecat_connector *connector);

	/*
	 * Begins a handshake inside of `outer`, a connection of this module,
	 * which it owns from then on. Returns NULL with errno, and with `outer`
	 * freed. inner_free() ends it, with the connection that was not given.
	 */
	struct tls_inner *(*inner_new)(struct tls *tls, struct event_base *base,
	    struct tls_stream *outer, const struct tls_inner_methods *methods,
	    void *arg);
	void (*inner_free)(struct tls_inner *inner);
};

/* The one symbol of the module. */
#define TLS_MODULE_SYMBOL "hecat_tls_module"

#endif
