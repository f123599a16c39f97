/* SPDX-License-Identifier: ISC */
/*
 * connect_config.h: from the options to the connector's configuration: the
 * service becomes a port, --resolve and --address become addresses.
 */
#ifndef CONNECT_CONFIG_H
#define CONNECT_CONFIG_H

#include <stdio.h>

#include "hecat.h"
#include "options/options.h"
#include "status.h"

struct connect_config {
	struct hecat_config hecat; /* points into the rest and the options */
	struct sockaddr_storage *addresses;
	struct sockaddr_storage *sources;
};

/*
 * Fills in *config, which needs connect_config_release() only when STATUS_OK
 * is returned. Otherwise says on `err` what is wrong and returns the exit
 * status.
 */
enum status connect_config_init(
    struct connect_config *config, const struct options *options, FILE *err);

void connect_config_release(struct connect_config *config);

#endif
