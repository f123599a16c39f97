/* SPDX-License-Identifier: ISC */
/*
 * servers.h: what hecat_cares.h sets, for the lookups to read.
 */
#ifndef CARES_SERVERS_H
#define CARES_SERVERS_H

#include <stdbool.h>

#include "address.h"
#include "clock.h"
#include "hecat_cares.h"

struct cares_server {
	struct address address; /* with its port */
	bool tcp;               /* over TCP alone */
};

struct hecat_cares {
	struct cares_server *servers;
	size_t server_count;
	monotime_t timeout; /* 0: that of resolv.conf(5) */
	unsigned tries;     /* likewise */
};

#endif
