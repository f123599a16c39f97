/* SPDX-License-Identifier: ISC */
/*
 * destsort.h: destination address selection, RFC 6724 section 6.
 *
 * Pure functions from addresses to an order. The caller hands in the policy
 * table and the source address of every destination, which source_address.h
 * finds on a live host.
 */
#ifndef DESTSORT_H
#define DESTSORT_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "policy_table.h"

/* The rules by their numbers. */
enum destsort_rule {
	DESTSORT_FIRST = 0, /* no rule: it is the first */
	DESTSORT_AVOID_UNUSABLE = 1,
	DESTSORT_PREFER_MATCHING_SCOPE = 2,
	DESTSORT_AVOID_DEPRECATED = 3,
	DESTSORT_PREFER_HOME = 4,
	DESTSORT_PREFER_MATCHING_LABEL = 5,
	DESTSORT_PREFER_HIGHER_PRECEDENCE = 6,
	DESTSORT_PREFER_NATIVE = 7,
	DESTSORT_PREFER_SMALLER_SCOPE = 8,
	DESTSORT_LONGEST_MATCHING_PREFIX = 9,
	DESTSORT_UNCHANGED = 10
};

/* Source(D): the source address that the host uses for one destination. */
struct destsort_source {
	struct address address; /* of the destination's family */
	unsigned prefix_length; /* of its subnet, up to 32 or 128; 0: unknown */
	bool found;             /* false: no route; the rest does not count */
	bool deprecated; /* RFC 4862: its preferred lifetime has expired */
	bool home;       /* RFC 6275: a mobile node's home address */
	bool tunnel;     /* its interface encapsulates */
};

/* Finds Source(D) on the host that `arg` is. */
typedef void (*destsort_source_fn)(const struct address *destination,
    struct destsort_source *source, void *arg);

/* One destination with its source. */
struct destsort_pair {
	struct address destination;
	struct destsort_source source;
};

/*
 * Compares two destinations of any families by rules 1 to 8. Returns less than
 * 0 when *a is better, more than 0 when *b is, 0 when no rule decides.
 */
int destsort_compare(const struct destsort_pair *a,
    const struct destsort_pair *b, const struct policy_table *table);

/*
 * Sorts `count` destinations, `sources[i]` being the source of
 * `destinations[i]`. order[] receives a permutation of 0 to count - 1, the best
 * destination first; rules[i] receives the rule that decided between order[i -
 * 1] and order[i], rules[0] DESTSORT_FIRST. Costs n log n. Returns false, with
 * nothing written, when out of memory.
 *
 * Rule 9 counts the leading bits that source and destination share.
 *   - IPv6: at most the source's prefix length, as section 2.2 says: all hosts
 *     of the source's link are equally near. glibc 2.36 has no such limit and
 *     compares interface identifiers too.
 *   - IPv4: all shared bits where the destination is in the source's subnet,
 *     else none, as in glibc. Section 6 compares any two IPv4 addresses, which
 *     would favour one server of a DNS round robin only because of its number.
 */
bool destsort(const struct address *destinations,
    const struct destsort_source *sources, size_t count,
    const struct policy_table *table, size_t *order, unsigned char *rules);

#endif
