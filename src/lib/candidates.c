/* SPDX-License-Identifier: ISC */
/*
 * The list of destinations. An addition drops duplicates and sorts and
 * interleaves the list; pairs are returned one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "candidates.h"
#include "interleave.h"

void
candidates_init(
    struct candidates *candidates, const struct candidates_policy *policy)
{
	*candidates = (struct candidates){ .policy = *policy };
}

void
candidates_release(struct candidates *candidates)
{
	free(candidates->items);
	free(candidates->order);
	free(candidates->excluded);
	candidates_init(candidates, &candidates->policy);
}

/* An address and its index, to find equal addresses by sorting. */
struct entry {
	const struct address *address;
	size_t place;
};

static int
compare_addresses(const struct address *a, const struct address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return (a->sa.sa_family < b->sa.sa_family ? -1 : 1);
	if (address_port(a) != address_port(b))
		return (address_port(a) < address_port(b) ? -1 : 1);
	if (a->sa.sa_family == AF_INET)
		return (memcmp(
		    &a->in.sin_addr, &b->in.sin_addr, sizeof(a->in.sin_addr)));
	if (a->in6.sin6_scope_id != b->in6.sin6_scope_id)
		return (a->in6.sin6_scope_id < b->in6.sin6_scope_id ? -1 : 1);
	return (memcmp(
	    &a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)));
}

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order = compare_addresses(a->address, b->address);

	if (order != 0)
		return (order);
	return (a->place < b->place ? -1 : a->place > b->place);
}

/*
 * Sets is_new[i] for every address of `addresses` that is neither in the list
 * nor earlier in `addresses`. Returns their number; -1 when out of memory.
 */
static int
mark_new(const struct candidates *candidates, const struct address *addresses,
    size_t count, bool *is_new)
{
	size_t total = candidates->count + count;
	struct entry *entries = malloc(total * sizeof(*entries));
	int added = 0;

	if (entries == NULL)
		return (-1);
	for (size_t i = 0; i < total; i++) {
		entries[i].place = i;
		entries[i].address = i < candidates->count
		    ? &candidates->items[i].address
		    : &addresses[i - candidates->count];
	}
	qsort(entries, total, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < total; i++) {
		if (entries[i].place < candidates->count ||
		    (i > 0 &&
			compare_addresses(
			    entries[i].address, entries[i - 1].address) == 0))
			continue;
		is_new[entries[i].place - candidates->count] = true;
		added++;
	}
	free(entries);
	return (added);
}

/* Returns the index of the first source of `family` from `from` on. */
static size_t
find_source(const struct candidates_policy *policy, int family, size_t from)
{
	while (from < policy->source_count &&
	    address_family(&policy->sources[from]) != family)
		from++;
	return (from);
}

/* Returns the number of untried pairs of `candidate`. */
static size_t
pairs_left(
    const struct candidates_policy *policy, const struct candidate *candidate)
{
	int family = address_family(&candidate->address);
	size_t pairs = 0;
	size_t i = candidate->next_source;

	if (policy->source_count == 0)
		return (i == 0 ? 1 : 0);
	for (i = find_source(policy, family, i); i < policy->source_count;
	     i = find_source(policy, family, i + 1))
		pairs++;
	return (pairs);
}

void
candidates_source_of(const struct candidates_policy *policy,
    const struct address *destination, struct destsort_source *source)
{
	int family = address_family(destination);
	size_t i = find_source(policy, family, 0);

	*source = (struct destsort_source){ .found = false };
	if (policy->source_count == 0 ||
	    (i < policy->source_count &&
		address_is_wildcard(&policy->sources[i]))) {
		policy->source_of(destination, source, policy->source_arg);
	} else if (i < policy->source_count) {
		source->found = true;
		source->address = policy->sources[i];
		source->prefix_length = family == AF_INET ? 32 : 128;
	}
}

/* Finds the source of `candidate`, once. */
static void
find_own_source(
    const struct candidates_policy *policy, struct candidate *candidate)
{
	if (!candidate->source_known)
		candidates_source_of(
		    policy, &candidate->address, &candidate->source);
	candidate->source_known = true;
}

/* The working storage of one sort. */
struct scratch {
	struct address *addresses;
	struct destsort_source *sources;
	size_t *given; /* indices of the items, the ones ahead first */
	size_t *sorted;
	size_t *turns;
	int *families;
	unsigned char *rules;
};

static bool
scratch_init(struct scratch *scratch, size_t count)
{
	scratch->addresses = calloc(count, sizeof(*scratch->addresses));
	scratch->sources = calloc(count, sizeof(*scratch->sources));
	scratch->given = calloc(count, sizeof(*scratch->given));
	scratch->sorted = calloc(count, sizeof(*scratch->sorted));
	scratch->turns = calloc(count, sizeof(*scratch->turns));
	scratch->families = calloc(count, sizeof(*scratch->families));
	scratch->rules = calloc(count, sizeof(*scratch->rules));
	return (scratch->addresses != NULL && scratch->sources != NULL &&
	    scratch->given != NULL && scratch->sorted != NULL &&
	    scratch->turns != NULL && scratch->families != NULL &&
	    scratch->rules != NULL);
}

static void
scratch_release(struct scratch *scratch)
{
	free(scratch->addresses);
	free(scratch->sources);
	free(scratch->given);
	free(scratch->sorted);
	free(scratch->turns);
	free(scratch->families);
	free(scratch->rules);
}

/* Lists the items ahead, then the others, each in the order of arrival. */
static void
list_places(const struct candidate *items, size_t count, size_t *given)
{
	size_t next = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].ahead)
			given[next++] = i;
	for (size_t i = 0; i < count; i++)
		if (!items[i].ahead)
			given[next++] = i;
}

/* Sorts by RFC 6724 and interleaves the items into `order`. */
static bool
order_sorted(const struct candidates_policy *policy, struct candidate *items,
    size_t count, size_t *order)
{
	struct scratch scratch;
	bool ok = scratch_init(&scratch, count);
	struct candidate *item;

	if (ok)
		list_places(items, count, scratch.given);
	for (size_t i = 0; ok && i < count; i++) {
		item = &items[scratch.given[i]];
		find_own_source(policy, item);
		scratch.addresses[i] = item->address;
		scratch.sources[i] = item->source;
	}
	ok = ok &&
	    destsort(scratch.addresses, scratch.sources, count, policy->table,
		scratch.sorted, scratch.rules);
	for (size_t i = 0; ok && i < count; i++) {
		scratch.sorted[i] = scratch.given[scratch.sorted[i]];
		item = &items[scratch.sorted[i]];
		item->rule = scratch.rules[i];
		scratch.families[i] = address_family(&item->address);
	}
	if (ok)
		interleave(scratch.families, count, policy->preferred_family,
		    policy->first_address_family_count, scratch.turns);
	for (size_t i = 0; ok && i < count; i++)
		order[i] = scratch.sorted[scratch.turns[i]];
	scratch_release(&scratch);
	return (ok);
}

/* Interleaves the items, in the order of their arrival, into `order`. */
static bool
order_interleaved(const struct candidates_policy *policy,
    const struct candidate *items, size_t count, size_t *order)
{
	int *families = calloc(count, sizeof(*families));

	if (families == NULL)
		return (false);
	for (size_t i = 0; i < count; i++)
		families[i] = address_family(&items[i].address);
	interleave(families, count, policy->preferred_family,
	    policy->first_address_family_count, order);
	free(families);
	return (true);
}

static bool
order_items(const struct candidates_policy *policy, struct candidate *items,
    size_t count, size_t *order)
{
	if (policy->order == HECAT_ORDER_SORTED && count > 1)
		return (order_sorted(policy, items, count, order));
	if (policy->order == HECAT_ORDER_INTERLEAVED && count > 1)
		return (order_interleaved(policy, items, count, order));
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	return (true);
}

/* Replaces the list by the longer one, which is in order. */
static void
replace(struct candidates *candidates, struct candidate *items, size_t *order,
    size_t count)
{
	free(candidates->items);
	free(candidates->order);
	candidates->items = items;
	candidates->order = order;
	candidates->cursor = 0;
	for (size_t i = candidates->count; i < count; i++)
		candidates->untried += pairs_left(
		    &candidates->policy, &items[i]);
	candidates->count = count;
}

/* Makes the longer list of the old items and the new addresses. */
static bool
extend(struct candidates *candidates, const struct address *addresses,
    size_t count, enum candidates_place place, const bool *is_new, size_t added)
{
	size_t total = candidates->count + added;
	struct candidate *items = calloc(total, sizeof(*items));
	size_t *order = calloc(total, sizeof(*order));
	size_t next = candidates->count;

	if (items == NULL || order == NULL)
		goto fail;
	if (candidates->count > 0)
		memcpy(items, candidates->items,
		    candidates->count * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		if (!is_new[i])
			continue;
		items[next].address = addresses[i];
		items[next].ahead = place == CANDIDATES_AHEAD;
		items[next].skipped = pairs_left(&candidates->policy,
					  &items[next]) == 0;
		next++;
	}
	if (!order_items(&candidates->policy, items, total, order))
		goto fail;
	replace(candidates, items, order, total);
	return (true);
fail:
	free(items);
	free(order);
	return (false);
}

/* Keeps an excluded address beside the list; false when out of memory. */
static bool
keep_excluded(struct candidates *candidates, const struct address *address)
{
	struct address *longer;

	for (size_t i = 0; i < candidates->excluded_count; i++)
		if (compare_addresses(&candidates->excluded[i], address) == 0)
			return (true);
	longer = realloc(candidates->excluded,
	    (candidates->excluded_count + 1) * sizeof(*longer));
	if (longer == NULL)
		return (false);
	candidates->excluded = longer;
	candidates->excluded[candidates->excluded_count++] = *address;
	return (true);
}

/* Adds what is not excluded; returns as candidates_add() does. */
static int
add_included(struct candidates *candidates, const struct address *addresses,
    size_t count, enum candidates_place place)
{
	bool *is_new;
	int added;

	if (count == 0)
		return (0);
	is_new = calloc(count, sizeof(*is_new));
	if (is_new == NULL)
		return (-1);
	added = mark_new(candidates, addresses, count, is_new);
	if (added > 0 &&
	    !extend(candidates, addresses, count, place, is_new, (size_t)added))
		added = -1;
	free(is_new);
	return (added);
}

int
candidates_add(struct candidates *candidates, const struct address *addresses,
    size_t count, enum candidates_place place)
{
	const struct candidates_policy *policy = &candidates->policy;
	struct address *included;
	size_t kept = 0;
	bool ok = true;
	int added;

	if (policy->excluded_count == 0 || count == 0)
		return (add_included(candidates, addresses, count, place));
	included = calloc(count, sizeof(*included));
	if (included == NULL)
		return (-1);
	for (size_t i = 0; ok && i < count; i++)
		if (prefix_any_contains(policy->excluded,
			policy->excluded_count, &addresses[i]))
			ok = keep_excluded(candidates, &addresses[i]);
		else
			included[kept++] = addresses[i];
	added = ok ? add_included(candidates, included, kept, place) : -1;
	free(included);
	return (added);
}

size_t
candidates_untried(const struct candidates *candidates)
{
	return (candidates->untried);
}

/* Returns the candidate of the next untried pair, of which there is one. */
static struct candidate *
next_candidate(struct candidates *candidates)
{
	struct candidate *candidate;

	for (;;) {
		candidate =
		    &candidates->items[candidates->order[candidates->cursor]];
		if (pairs_left(&candidates->policy, candidate) > 0)
			return (candidate);
		candidates->cursor++;
	}
}

bool
candidates_next(struct candidates *candidates,
    const struct address **destination, const struct address **source)
{
	const struct candidates_policy *policy = &candidates->policy;
	struct candidate *candidate;

	if (candidates->untried == 0)
		return (false);
	candidate = next_candidate(candidates);
	*destination = &candidate->address;
	*source = NULL;
	if (policy->source_count > 0)
		*source = &policy->sources[find_source(policy,
		    address_family(&candidate->address),
		    candidate->next_source)];
	return (true);
}

void
candidates_advance(struct candidates *candidates)
{
	const struct candidates_policy *policy = &candidates->policy;
	struct candidate *candidate = next_candidate(candidates);

	candidate->next_source = find_source(policy,
				     address_family(&candidate->address),
				     candidate->next_source) +
	    1;
	candidates->untried--;
}

const struct candidate *
candidates_first(struct candidates *candidates)
{
	struct candidate *first = &candidates->items[candidates->order[0]];

	find_own_source(&candidates->policy, first);
	return (first);
}

const struct candidate *
candidates_at(const struct candidates *candidates, size_t turn)
{
	return (&candidates->items[candidates->order[turn]]);
}
