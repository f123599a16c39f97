/* SPDX-License-Identifier: ISC */
/*
 * RFC 6724 section 6. Every destination gets a rank by each rule, the smaller
 * the better; the sort compares only ranks.
 *
 * Rules 1 to 8 rank any two destinations, so sorting by these ranks and then by
 * the given place (rule 10) sorts by a tuple: a total order. Rule 9 is
 * different. It compares only addresses of one family, and pair by pair the
 * relation can have a circle: with a6, b4, c6, all equal up to rule 8, where c6
 * shares the longer prefix, c6 is before a6 by rule 9, a6 before b4 and b4
 * before c6 by rule
 * 10. (In the default table IPv4 has a precedence of its own, and rule 6
 * separates the families; with a gai.conf that makes them equal it does not.)
 *
 * So among destinations that are equal up to rule 8 each family keeps its
 * places, and rule 9 decides which address of the family is in which of them:
 * c6, b4, a6. Within a family that is the tuple of all ranks and the given
 * place. Across families the pattern of the input stays, which is rule 10 for
 * families. Where the pairwise relation has no circle it allows one order only,
 * and this is that order: no two addresses that rule 9 exchanges have the other
 * family in between.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "destsort.h"

/* One destination as the rules see it. */
struct ranking {
	unsigned by_rule[DESTSORT_UNCHANGED]; /* [1] to [9] */
	int family;
	size_t place; /* in the caller's list */
};

/* Returns CommonPrefixLen() as the header defines it for both families. */
static unsigned
common_prefix_length(
    const struct destsort_source *source, const struct address *destination)
{
	unsigned bits;

	if (source->prefix_length == 0)
		return (0);
	bits = address_common_bits(&source->address, destination);
	if (address_family(destination) == AF_INET)
		return (bits >= source->prefix_length ? bits : 0);
	return (bits < source->prefix_length ? bits : source->prefix_length);
}

/*
 * Ranks a source by rules 2, 3, 4, 5, 7 and 9. They do not apply to
 * destinations without a source, which all have rank 0 and are separated by
 * rule 1.
 */
static void
rank_source(unsigned *by_rule, const struct address *destination,
    const struct destsort_source *source, const struct policy_table *table)
{
	const struct address *from = &source->address;
	bool other_scope = policy_table_scope(table, from) !=
	    policy_table_scope(table, destination);
	bool other_label = policy_table_label(table, from) !=
	    policy_table_label(table, destination);
	unsigned shared = common_prefix_length(source, destination);

	by_rule[DESTSORT_PREFER_MATCHING_SCOPE] = other_scope;
	by_rule[DESTSORT_AVOID_DEPRECATED] = source->deprecated;
	by_rule[DESTSORT_PREFER_HOME] = !source->home;
	by_rule[DESTSORT_PREFER_MATCHING_LABEL] = other_label;
	by_rule[DESTSORT_PREFER_NATIVE] = source->tunnel;
	by_rule[DESTSORT_LONGEST_MATCHING_PREFIX] = 128 - shared;
}

/* Ranks one destination by rules 1 to 9. */
static void
rank(struct ranking *ranking, const struct address *destination,
    const struct destsort_source *source, const struct policy_table *table)
{
	unsigned precedence = policy_table_precedence(table, destination);
	unsigned scope = policy_table_scope(table, destination);
	unsigned *by_rule = ranking->by_rule;

	memset(by_rule, 0, sizeof(ranking->by_rule));
	by_rule[DESTSORT_AVOID_UNUSABLE] = !source->found;
	by_rule[DESTSORT_PREFER_HIGHER_PRECEDENCE] = UINT_MAX - precedence;
	by_rule[DESTSORT_PREFER_SMALLER_SCOPE] = scope;
	if (source->found)
		rank_source(by_rule, destination, source, table);
	ranking->family = address_family(destination);
}

/* Returns the first of rules 1 to 8 that decides between a and b; 0: none. */
static unsigned
deciding_rule(const struct ranking *a, const struct ranking *b)
{
	unsigned rule;

	for (rule = 1; rule <= DESTSORT_PREFER_SMALLER_SCOPE; rule++)
		if (a->by_rule[rule] != b->by_rule[rule])
			return (rule);
	return (0);
}

static int
compare_ranks(const struct ranking *a, const struct ranking *b, unsigned rule)
{
	return (a->by_rule[rule] < b->by_rule[rule] ? -1 : 1);
}

static int
compare_places(const struct ranking *a, const struct ranking *b)
{
	return (a->place < b->place ? -1 : a->place > b->place);
}

/* Orders by rules 1 to 8, then by place. */
static int
compare_across_families(const void *left, const void *right)
{
	const struct ranking *a = left, *b = right;
	unsigned rule = deciding_rule(a, b);

	return (rule != 0 ? compare_ranks(a, b, rule) : compare_places(a, b));
}

/* Orders by rules 1 to 8, family (IPv4 before IPv6), rule 9, then by place. */
static int
compare_by_family(const void *left, const void *right)
{
	const unsigned rule_9 = DESTSORT_LONGEST_MATCHING_PREFIX;
	const struct ranking *a = left, *b = right;
	unsigned rule = deciding_rule(a, b);

	if (rule != 0)
		return (compare_ranks(a, b, rule));
	if (a->family != b->family)
		return (a->family == AF_INET ? -1 : 1);
	if (a->by_rule[rule_9] != b->by_rule[rule_9])
		return (compare_ranks(a, b, rule_9));
	return (compare_places(a, b));
}

/* Returns the rule that decided between `previous` and `ranking`. */
static unsigned char
rule_between(const struct ranking *previous, const struct ranking *ranking)
{
	const unsigned rule_9 = DESTSORT_LONGEST_MATCHING_PREFIX;
	unsigned rule;

	if (previous == NULL)
		return (DESTSORT_FIRST);
	rule = deciding_rule(previous, ranking);
	if (rule != 0)
		return ((unsigned char)rule);
	if (previous->family == ranking->family &&
	    previous->by_rule[rule_9] != ranking->by_rule[rule_9])
		return (DESTSORT_LONGEST_MATCHING_PREFIX);
	return (DESTSORT_UNCHANGED);
}

/* Returns the end of the IPv4 destinations equal to that at `start`. */
static size_t
end_of_ipv4(const struct ranking *by_family, size_t start, size_t count)
{
	size_t i = start;

	while (i < count && by_family[i].family == AF_INET &&
	    deciding_rule(&by_family[start], &by_family[i]) == 0)
		i++;
	return (i);
}

/*
 * Writes the order from the rankings in both sort orders: `across` has the
 * pattern of the families, `by_family` the next destination of each.
 * Destinations that are equal up to rule 8 are at the same indices in both.
 */
static void
merge(const struct ranking *across, const struct ranking *by_family,
    size_t count, size_t *order, unsigned char *rules)
{
	const struct ranking *previous = NULL, *ranking;
	size_t i, ipv4 = 0, ipv6 = 0;

	for (i = 0; i < count; i++) {
		if (i == 0 || deciding_rule(&across[i - 1], &across[i]) != 0) {
			ipv4 = i;
			ipv6 = end_of_ipv4(by_family, i, count);
		}
		ranking = across[i].family == AF_INET ? &by_family[ipv4++]
						      : &by_family[ipv6++];
		order[i] = ranking->place;
		rules[i] = rule_between(previous, ranking);
		previous = ranking;
	}
}

int
destsort_compare(const struct destsort_pair *a, const struct destsort_pair *b,
    const struct policy_table *table)
{
	struct ranking left = { .place = 0 }, right = { .place = 0 };
	unsigned rule;

	rank(&left, &a->destination, &a->source, table);
	rank(&right, &b->destination, &b->source, table);
	rule = deciding_rule(&left, &right);
	return (rule == 0 ? 0 : compare_ranks(&left, &right, rule));
}

bool
destsort(const struct address *destinations,
    const struct destsort_source *sources, size_t count,
    const struct policy_table *table, size_t *order, unsigned char *rules)
{
	struct ranking *across, *by_family;
	size_t i;

	if (count == 0)
		return (true);
	across = calloc(count, 2 * sizeof(*across));
	if (across == NULL)
		return (false);
	by_family = across + count;
	for (i = 0; i < count; i++) {
		rank(&across[i], &destinations[i], &sources[i], table);
		across[i].place = i;
	}
	memcpy(by_family, across, count * sizeof(*across));
	qsort(across, count, sizeof(*across), compare_across_families);
	qsort(by_family, count, sizeof(*by_family), compare_by_family);
	merge(across, by_family, count, order, rules);
	free(across);
	return (true);
}
