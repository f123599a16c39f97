/* SPDX-License-Identifier: ISC */
/*
 * target.h: what one connect is to: a host to look up, or addresses.
 *
 * A literal host is an address. Addresses of another family than `family`
 * (AF_UNSPEC: any) are left out, and those that lack a zone get the one link of
 * this host, if it has one.
 */
#ifndef TARGET_H
#define TARGET_H

#include <event2/util.h>
#include <stdbool.h>
#include <stddef.h>

#include "address.h"

struct target {
	char *host;    /* as given; NULL: a list of addresses was given */
	char *service; /* likewise */
	uint16_t port; /* of the service */
	bool is_name;  /* the host is to be looked up */
	char *name;    /* as this: the host, or its ASCII form */
	struct address *addresses;
	size_t address_count;
};

/*
 * Make *target of a host and a service, or of a list. Return 0 or an errno, as
 * hecat_connector_connect_hostname() and _addrinfo() have it; *target needs
 * target_release() in every case. All zero is an empty one.
 */
int target_init_host(
    struct target *target, const char *host, const char *service, int family);
int target_init_list(
    struct target *target, const struct evutil_addrinfo *list, int family);

void target_release(struct target *target);

#endif
