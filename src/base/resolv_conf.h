/* SPDX-License-Identifier: ISC */
/*
 * resolv_conf.h: the settings of resolv.conf(5) for lookups in DNS, as the
 * system's resolver reads them: with LOCALDOMAIN and RES_OPTIONS.
 *
 * The settings are a value in place: they point into themselves, are not copied
 * and need no release.
 */
#ifndef RESOLV_CONF_H
#define RESOLV_CONF_H

#include <stdbool.h>

#include "clock.h"
#include "search_list.h"

/* The most that res_ninit(3) keeps: domains, and bytes of them. */
#define RESOLV_CONF_DOMAINS_MAX 6
#define RESOLV_CONF_TEXT_MAX    256

struct resolv_conf {
	struct search_settings search;
	bool may_lack_domains; /* there is no room for more than these */
	bool use_vc;           /* the option use-vc */
	bool single_request;   /* single-request or single-request-reopen */
	monotime_t timeout;    /* of one query to one server */
	unsigned attempts;     /* queries to each server */
	const char *domains[RESOLV_CONF_DOMAINS_MAX];
	char text[RESOLV_CONF_TEXT_MAX + RESOLV_CONF_DOMAINS_MAX]; /* of them */
};

/*
 * Reads the settings of this machine. Returns false where that is impossible;
 * *conf has the defaults then, without a domain.
 */
bool resolv_conf_read(struct resolv_conf *conf);

#endif
