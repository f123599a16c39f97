/* SPDX-License-Identifier: ISC */
/*
 * awaited_family.h: whether a pending answer could bring the best address.
 *
 * When the addresses of one family are known and the answer for the other is
 * pending, the Resolution Delay (RFC 8305 section 3) is useful only if the
 * other family could come first. RFC 8305 assumes that IPv6 is better; the
 * draft of its third version has a preferred family. Here RFC 6724 decides,
 * with the policy table and the source addresses of this host: the best known
 * address is compared with the best one that the answer could bring.
 *
 * The addresses that an answer could bring are represented by prefixes. Two
 * destinations have the same rank when they are in the same rows of the policy
 * table and the host uses the same source for them. So one destination
 * represents each prefix in the table, the subnet of each address of the host,
 * and the global addresses outside of these. Loopback and link-local addresses
 * are left out: no useful answer has them.
 *
 * The functions are pure, like those of destsort.h: the caller hands in the
 * host and the table.
 */
#ifndef AWAITED_FAMILY_H
#define AWAITED_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "destsort.h"
#include "policy_table.h"

/*
 * Returns address number `number` of the host, of any family; NULL when there
 * are no more.
 */
typedef const struct destsort_source *(*awaited_family_own_fn)(
    size_t number, void *arg);

struct awaited_family {
	int family; /* AF_INET6 or AF_INET: of the pending answer */
	const struct policy_table *table;
	destsort_source_fn source_of;
	void *source_arg;
	awaited_family_own_fn own_address;
	void *own_arg;
};

/*
 * Returns whether an address of the awaited family could be as good as `best`,
 * the best known one, or better, by rules 1 to 8 of RFC 6724 section 6. True
 * when out of memory.
 */
bool awaited_family_may_lead(
    const struct awaited_family *awaited, const struct destsort_pair *best);

/*
 * Returns whether the host has a source for some address of the awaited family.
 * True when out of memory.
 */
bool awaited_family_is_usable(const struct awaited_family *awaited);

#endif
