/* SPDX-License-Identifier: ISC */
/*
 * awaited_family.h: whether an answer that is out could still lead.
 *
 * When the addresses of one family are known and those of the other are not,
 * the Resolution Delay (RFC 8305 section 3) is worth waiting only if the other
 * family could come first. RFC 8305 takes IPv6 for the better one; the draft of
 * its third version speaks of a preferred family. Here RFC 6724 decides, with
 * the policy table and the source addresses of this host: the best address
 * known is compared with the best one that the answer could bring.
 *
 * Which addresses an answer could bring is a matter of prefixes. Two
 * destinations rank alike when the same rows of the policy table hold them and
 * the host would send from the same address; so one destination stands for each
 * prefix in the table, for the subnet of each address of the host, and for the
 * global addresses that are in none of these. Loopback and link-local addresses
 * are left out: no answer that is of use has them.
 *
 * Pure, as destsort.h is: the host is handed in, and so is the table.
 */
#ifndef AWAITED_FAMILY_H
#define AWAITED_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "destsort.h"
#include "policy_table.h"

/*
 * Returns address number `number` of the host, of whichever family, or NULL
 * when there are no more.
 */
typedef const struct destsort_source *(*awaited_family_own_fn)(
    size_t number, void *arg);

struct awaited_family {
	int family; /* AF_INET6 or AF_INET: of the answer that is out */
	const struct policy_table *table;
	destsort_source_fn source_of;
	void *source_arg;
	awaited_family_own_fn own_address;
	void *own_arg;
};

/*
 * Returns whether an address of the awaited family could be better than `best`,
 * the best one known, by rules 1 to 8 of RFC 6724 section 6, or as good. True
 * when out of memory.
 */
bool awaited_family_may_lead(
    const struct awaited_family *awaited, const struct destsort_pair *best);

/*
 * Returns whether the host would find a source for any address of the awaited
 * family. True when out of memory.
 */
bool awaited_family_is_usable(const struct awaited_family *awaited);

#endif
