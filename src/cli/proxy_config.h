/* SPDX-License-Identifier: ISC */
/*
 * proxy_config.h: from the options to the proxy that is used, and what it is
 * asked for. The environment and files are read here, too.
 */
#ifndef PROXY_CONFIG_H
#define PROXY_CONFIG_H

#include <stdio.h>

#include "options/options.h"
#include "proxy/request.h"
#include "status.h"

/* All zero: without a proxy. */
struct proxy_config {
	struct options_proxy proxy; /* OPTIONS_PROXY_NONE: there is none */
	char port[sizeof("65535")]; /* of the proxy */
	struct proxy_request request;
	char *ascii;   /* the name that is asked for; NULL: as it was typed */
	bool looks_up; /* the host is looked up here, not by the proxy */
	int lookup_family; /* AF_INET: the proxy knows no others */
};

/*
 * Finds the proxy for the destination of `options` at `port`. Returns
 * STATUS_OK; otherwise prints on `err` what is wrong, returns the exit status,
 * and nothing is to be released.
 */
enum status proxy_config_init(struct proxy_config *config,
    const struct options *options, uint16_t port, FILE *err);

void proxy_config_release(struct proxy_config *config);

/* Returns whether there is a proxy. */
bool proxy_config_is_used(const struct proxy_config *config);

/* Returns whether it is spoken to by TLS. */
bool proxy_config_is_tls(const struct proxy_config *config);

#endif
