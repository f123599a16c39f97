/* SPDX-License-Identifier: ISC */
/*
 * config.h: a connector's own, checked copy of struct hecat_config.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "address.h"
#include "hecat.h"

struct config {
	struct hecat_config given; /* its pointers but host are not kept */
	char *host;                /* to be looked up; NULL: `addresses` */
	struct address *addresses; /* given, or the literal in given.host */
	size_t address_count;
	struct address *sources;
	size_t source_count;
};

/*
 * Checks `given` and copies it to *config. A literal host becomes an address;
 * addresses that are not of the family asked for are left out. A link-local
 * address without a zone gets the one link of this host, if it has one. Returns
 * 0, EINVAL or ENOMEM; *config needs config_release() in every case.
 */
int config_init(struct config *config, const struct hecat_config *given);

void config_release(struct config *config);

#endif
