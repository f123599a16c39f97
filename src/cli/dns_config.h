/* SPDX-License-Identifier: ISC */
/*
 * dns_config.h: the name servers of --dns, as libhecat_cares asks them. That is
 * opened when they are given: a run without them loads neither it nor c-ares.
 */
#ifndef DNS_CONFIG_H
#define DNS_CONFIG_H

#include <stdio.h>

#include "hecat_cares.h"
#include "options/options.h"
#include "status.h"

struct dns_library;

/* All zero: the system's resolver. */
struct dns_config {
	const struct dns_library *library; /* NULL: the system's resolver */
	struct hecat_cares *cares;
};

/*
 * Has `hecat` ask the name servers of the options, where there are any. Returns
 * STATUS_OK; otherwise prints on `err` what is wrong, returns the exit status,
 * and nothing is to be released. It has to outlive the connectors.
 */
enum status dns_config_init(struct dns_config *config,
    const struct options *options, struct hecat_config *hecat, FILE *err);

void dns_config_release(struct dns_config *config);

/* Returns the version of c-ares; NULL where --dns does not work. */
const char *dns_config_ares_version(void);

#endif
