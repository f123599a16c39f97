/* SPDX-License-Identifier: ISC */
/*
 * connect_config.h: from the options to the connector's configuration: the
 * service becomes a port, --resolve and --address become addresses.
 */
#ifndef CONNECT_CONFIG_H
#define CONNECT_CONFIG_H

#include "hecat.h"
#include "options.h"

struct connect_config {
	struct hecat_config hecat; /* points into the rest and the options */
	struct sockaddr_storage *addresses;
	struct sockaddr_storage *sources;
};

enum connect_config_result {
	CONNECT_CONFIG_OK,
	CONNECT_CONFIG_UNKNOWN_SERVICE, /* no TCP port has that name */
	CONNECT_CONFIG_NOT_NUMERIC,     /* -n, and only a lookup would help */
	CONNECT_CONFIG_NO_MEMORY
};

/* Fills in *config; only CONNECT_CONFIG_OK asks for a release. */
enum connect_config_result connect_config_init(
    struct connect_config *config, const struct options *options);

void connect_config_release(struct connect_config *config);

#endif
