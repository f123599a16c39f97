/* SPDX-License-Identifier: ISC */
/*
 * destsort.h: destination address selection, RFC 6724 section 6.
 *
 * A pure function from addresses to an order. It opens no socket, knows no
 * time and does not ask who wants to know: what the host would send from is
 * handed in for every destination (source_address.h finds it on a live host),
 * and so is the policy table.
 */
#ifndef DESTSORT_H
#define DESTSORT_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "policy_table.h"

/* The rules by their numbers. */
enum destsort_rule {
	DESTSORT_FIRST = 0, /* nothing stands before it */
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

/* Source(D): what the host would send from to one destination. */
struct destsort_source {
	struct address address; /* of the destination's family */
	unsigned prefix_length; /* of its subnet, up to 32 or 128; 0: unknown */
	bool found;             /* false: no route, the rest is not looked at */
	bool deprecated;        /* RFC 4862: its preferred lifetime is over */
	bool home;              /* RFC 6275: a mobile node's home address */
	bool tunnel;            /* sent through an encapsulating interface */
};

/* Finds Source(D) on whatever host `arg` stands for. */
typedef void (*destsort_source_fn)(const struct address *destination,
    struct destsort_source *source, void *arg);

/* One destination with its source. */
struct destsort_pair {
	struct address destination;
	struct destsort_source source;
};

/*
 * Compares two destinations by rules 1 to 8, which rank any two of them, of
 * one family or not. Returns less than 0 when *a is the better one, more when
 * *b is, and 0 when none of these rules tells them apart.
 */
int destsort_compare(const struct destsort_pair *a,
    const struct destsort_pair *b, const struct policy_table *table);

/*
 * Sorts `count` destinations, `sources[i]` being the source of
 * `destinations[i]`. order[] receives a permutation of 0 to count - 1, the best
 * destination first; rules[i] the number of the rule that put order[i] behind
 * order[i - 1], and rules[0] is DESTSORT_FIRST. Costs n log n. Returns false,
 * with nothing written, when out of memory.
 *
 * Rule 9 counts the leading bits that source and destination share.
 *   - IPv6: at most the source's prefix length, as section 2.2 says: two hosts
 *     on one's own link are equally near. glibc 2.36 knows no such limit, and
 *     compares interface identifiers too.
 *   - IPv4: only where the destination lies in the source's subnet, then all
 *     the shared bits; elsewhere none. So does glibc. Section 6 compares any
 * two IPv4 addresses, which would favour one server of a DNS round robin for
 *     nothing but its number.
 */
bool destsort(const struct address *destinations,
    const struct destsort_source *sources, size_t count,
    const struct policy_table *table, size_t *order, unsigned char *rules);

#endif
