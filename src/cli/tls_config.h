/* SPDX-License-Identifier: ISC */
/*
 * tls_config.h: from the options to what the TLS module is asked for.
 */
#ifndef TLS_CONFIG_H
#define TLS_CONFIG_H

#include <stdio.h>

#include "options/options.h"
#include "status.h"
#include "tls/tls.h"

/* All zero: without TLS. */
struct tls_config {
	const struct tls_module *module; /* NULL: without TLS */
	struct tls *tls;
	/* Of the destination, inside of that to its proxy; NULL: there is none
	   but `tls`. */
	struct tls *inner;
	int key_log; /* of SSLKEYLOGFILE, with a module; -1: none */
};

/*
 * Opens the module and reads the files that the options name, where they ask
 * for TLS, or `proxy`, unless that is NULL, is the host of a proxy that speaks
 * it: with both the options are about the destination, and those that verify
 * about the proxy, too. Returns STATUS_OK; otherwise prints on `err` what is
 * wrong, returns the exit status, and nothing is to be released.
 */
enum status tls_config_init(struct tls_config *config,
    const struct options *options, const char *proxy, FILE *err);

void tls_config_release(struct tls_config *config);

/* Has `observer` called with each handshake of a connect, if there is TLS. */
void tls_config_observe(const struct tls_config *config, tls_observer observer);

/*
 * Takes the connection that `connector` has made: returns its socket, with
 * *tls, which owns that, or NULL for a plain one; -1 when out of memory.
 */
int tls_config_take(const struct tls_config *config,
    struct hecat_connector *connector, struct tls_stream **tls);

/* Ends and closes a connection that was taken. */
void tls_config_close(int fd, struct tls_stream *tls);

#endif
