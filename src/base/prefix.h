/* SPDX-License-Identifier: ISC */
/*
 * prefix.h: a block of addresses: those that share their first bits.
 *
 * A prefix is a plain value, as an address is: 198.51.100.0/24, 2001:db8::/32,
 * or all bits of one address. IPv4 in the notation of IPv6 is IPv4.
 */
#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>

#include "address.h"

struct prefix {
	struct address address; /* its port does not count */
	unsigned length;        /* bits */
};

enum prefix_parse_result {
	PREFIX_PARSED,
	PREFIX_NOT_ADDRESS,
	PREFIX_UNKNOWN_ZONE, /* as ADDRESS_UNKNOWN_ZONE */
	PREFIX_NOT_LENGTH    /* what is behind the slash */
};

/*
 * Parses "ADDR/LENGTH", or "ADDR" with all of its bits, an address of each form
 * of address_parse(). *prefix is written only when PREFIX_PARSED is returned.
 */
enum prefix_parse_result prefix_parse(struct prefix *prefix, const char *text);

/*
 * Makes the prefix of the first `length` bits of `sa`. Returns false, and
 * writes nothing, when the family is neither AF_INET nor AF_INET6, or `length`
 * has more bits than it, or less than those that mark IPv4 in IPv6.
 */
bool prefix_from_sockaddr(struct prefix *prefix, const struct sockaddr *sa,
    socklen_t socklen, unsigned length);

/*
 * Returns whether `address` is in the prefix. A prefix without a zone has the
 * addresses of every zone.
 */
bool prefix_contains(
    const struct prefix *prefix, const struct address *address);

/* Returns whether one of `count` prefixes contains the address. */
bool prefix_any_contains(
    const struct prefix *prefixes, size_t count, const struct address *address);

/* Returns whether both are one block. */
bool prefix_equal(const struct prefix *a, const struct prefix *b);

#endif
