/* SPDX-License-Identifier: ISC */
/*
 * The kinds of ICMP errors a scenario can name (RFC 792, 1122, 1812, 4443).
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "icmp_kind.h"

#define MINIMUM_MTU 1280
#define NONE        ICMP_KIND_NONE

static const struct icmp_kind kinds[] = {
	{ "no-route", 3, 0, 1, 0, 0, false },
	{ "net-unreachable", 3, 0, 1, 0, 0, false },
	{ "host-unreachable", 3, 1, 1, 3, 0, false },
	{ "address-unreachable", 3, 1, 1, 3, 0, false },
	{ "admin-prohibited", 3, 13, 1, 1, 0, false },
	{ "net-prohibited", 3, 9, NONE, 0, 0, false },
	{ "host-prohibited", 3, 10, NONE, 0, 0, false },
	{ "net-unknown", 3, 6, NONE, 0, 0, false },
	{ "host-unknown", 3, 7, NONE, 0, 0, false },
	{ "source-route-failed", 3, 5, NONE, 0, 0, false },
	{ "beyond-scope", NONE, 0, 1, 2, 0, false },
	{ "policy-failed", NONE, 0, 1, 5, 0, false },
	{ "reject-route", NONE, 0, 1, 6, 0, false },
	{ "port-unreachable", 3, 3, 1, 4, 0, true },
	{ "protocol-unreachable", 3, 2, 4, 1, 0, true },
	{ "time-exceeded", 11, 0, 3, 0, 0, false },
	{ "too-big", 3, 4, 2, 0, MINIMUM_MTU, false },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const struct icmp_kind *
icmp_kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (&kinds[i]);
	return (NULL);
}

const char *
icmp_kind_name(unsigned i)
{
	return (i < KIND_COUNT ? kinds[i].name : NULL);
}

bool
icmp_kind_exists(const struct icmp_kind *kind, int family)
{
	return ((family == AF_INET ? kind->type4 : kind->type6) != NONE);
}
