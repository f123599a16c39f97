/* SPDX-License-Identifier: ISC */
/*
 * Collects the prefixes, finds in each an address that is in no longer prefix,
 * and compares these addresses as destsort does.
 *
 * IPv4 prefixes are IPv4-mapped, as in the policy table.
 */
#include <stdlib.h>
#include <string.h>

#include "awaited_family.h"

#define IPV4_MAPPED_BITS 96
#define ADDRESS_BITS     128

/* The port of the destinations; connect(2) refuses 0 on some systems. */
#define PORT 9

#define MAPPED(a, b, c, d)                                           \
	{                                                            \
		.s6_addr = { [10] = 0xff, 0xff, (a), (b), (c), (d) } \
	}

struct prefix {
	struct in6_addr bits; /* 0 after the first `length` bits */
	unsigned length;
	bool excluded; /* no useful answer has an address in it */
};

/* The excluded prefixes, and one prefix of global addresses. */
static const struct prefix ipv6_prefixes[] = {
	{ { .s6_addr = { 0 } }, 127, true }, /* unspecified, loopback */
	{ MAPPED(0, 0, 0, 0), IPV4_MAPPED_BITS, true },
	{ { .s6_addr = { 0xfe, 0x80 } }, 10, true },
	{ { .s6_addr = { 0xff } }, 8, true },
	{ { .s6_addr = { 0x20 } }, 3, false }, /* RFC 4291 section 2.4 */
};

static const struct prefix ipv4_prefixes[] = {
	{ MAPPED(0, 0, 0, 0), IPV4_MAPPED_BITS + 8, true },
	{ MAPPED(127, 0, 0, 0), IPV4_MAPPED_BITS + 8, true },
	{ MAPPED(169, 254, 0, 0), IPV4_MAPPED_BITS + 16, true },
	{ MAPPED(224, 0, 0, 0), IPV4_MAPPED_BITS + 3, true },
	{ MAPPED(0, 0, 0, 0), IPV4_MAPPED_BITS, false },
};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The prefixes of one family; sorted when they are complete. */
struct prefixes {
	struct prefix *items;
	size_t count;
	size_t capacity;
	bool home; /* the host has a home address (RFC 6275) */
};

/* Returns `bits` with all but the first `length` cleared. */
static struct in6_addr
mask(const struct in6_addr *bits, unsigned length)
{
	struct in6_addr masked = { .s6_addr = { 0 } };
	unsigned whole = length / 8;

	memcpy(masked.s6_addr, bits->s6_addr, whole);
	if (length % 8 != 0)
		masked.s6_addr[whole] = (unsigned char)(bits->s6_addr[whole] &
		    (0xff00 >> length % 8));
	return (masked);
}

static bool
holds(const struct prefix *prefix, const struct in6_addr *bits)
{
	struct in6_addr masked = mask(bits, prefix->length);

	return (memcmp(&masked, &prefix->bits, sizeof(masked)) == 0);
}

/* Appends a prefix; false when out of memory. */
static bool
add(struct prefixes *prefixes, const struct in6_addr *bits, unsigned length)
{
	size_t capacity = prefixes->capacity * 2 + 64;
	struct prefix *items = prefixes->items;

	if (prefixes->count == prefixes->capacity) {
		items = realloc(items, capacity * sizeof(*items));
		if (items == NULL)
			return (false);
		prefixes->items = items;
		prefixes->capacity = capacity;
	}
	items[prefixes->count++] = (struct prefix){
		.bits = mask(bits, length),
		.length = length,
	};
	return (true);
}

/* Adds the prefixes of a family that are the same on every host. */
static bool
add_fixed(struct prefixes *prefixes, int family)
{
	const bool ipv4 = family == AF_INET;
	const struct prefix *fixed = ipv4 ? ipv4_prefixes : ipv6_prefixes;
	size_t count = ipv4 ? LENGTH_OF(ipv4_prefixes)
			    : LENGTH_OF(ipv6_prefixes);

	for (size_t i = 0; i < count; i++) {
		if (!add(prefixes, &fixed[i].bits, fixed[i].length))
			return (false);
		prefixes->items[i].excluded = fixed[i].excluded;
	}
	return (true);
}

/* Adds the rows of a list that are for `family`. */
static bool
add_rows(struct prefixes *prefixes, const struct policy_list *list, int family)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct policy_row *row = &list->rows[i];
		bool ipv4 = row->length >= IPV4_MAPPED_BITS &&
		    IN6_IS_ADDR_V4MAPPED(&row->prefix);

		if (ipv4 == (family == AF_INET) &&
		    !add(prefixes, &row->prefix, row->length))
			return (false);
	}
	return (true);
}

/* Adds the host's addresses, and the subnet of each. */
static bool
add_own(struct prefixes *prefixes, const struct awaited_family *awaited)
{
	const struct destsort_source *own;
	struct in6_addr bits;

	for (size_t i = 0;; i++) {
		own = awaited->own_address(i, awaited->own_arg);
		if (own == NULL)
			return (true);
		if (address_family(&own->address) != awaited->family)
			continue;
		bits = policy_table_key(&own->address);
		prefixes->home = prefixes->home || own->home;
		if (!add(prefixes, &bits, ADDRESS_BITS) ||
		    (own->prefix_length != 0 &&
			!add(prefixes, &bits,
			    own->prefix_length +
				(awaited->family == AF_INET ? IPV4_MAPPED_BITS
							    : 0))))
			return (false);
	}
}

/* Orders prefixes so that each is before the longer ones in it. */
static int
compare_prefixes(const void *left, const void *right)
{
	const struct prefix *a = left, *b = right;
	int order = memcmp(&a->bits, &b->bits, sizeof(a->bits));

	if (order != 0)
		return (order);
	if (a->length != b->length)
		return (a->length < b->length ? -1 : 1);
	return (b->excluded - a->excluded);
}

static bool
collect(struct prefixes *prefixes, const struct awaited_family *awaited)
{
	const struct policy_table *table = awaited->table;
	int family = awaited->family;

	*prefixes = (struct prefixes){ .count = 0 };
	if (!add_fixed(prefixes, family) ||
	    !add_rows(prefixes, &table->precedences, family) ||
	    !add_rows(prefixes, &table->labels, family) ||
	    !add_rows(prefixes, &table->scopes, family) ||
	    !add_own(prefixes, awaited))
		return (false);
	qsort(prefixes->items, prefixes->count, sizeof(*prefixes->items),
	    compare_prefixes);
	return (true);
}

/* Sets *bits to the first address after a prefix. Returns false without one. */
static bool
step_past(const struct prefix *prefix, struct in6_addr *bits)
{
	unsigned carry = 1U << (8 - prefix->length % 8) % 8;

	*bits = prefix->bits;
	for (unsigned byte = (prefix->length + 7) / 8; byte > 0; byte--) {
		carry += bits->s6_addr[byte - 1];
		bits->s6_addr[byte - 1] = (unsigned char)(carry & 0xff);
		carry >>= 8;
	}
	return (carry == 0 && prefix->length > 0);
}

/*
 * Finds the lowest address of items[at] that is in no longer prefix. The first
 * address of a subnet is left out: it may be that of the subnet, or the anycast
 * address of its routers. Returns false where longer prefixes cover all of it.
 */
static bool
find_address(
    const struct prefixes *prefixes, size_t at, struct in6_addr *address)
{
	const struct prefix *prefix = &prefixes->items[at], *inner;

	*address = prefix->bits;
	if (prefix->length < ADDRESS_BITS - 1)
		address->s6_addr[15] |= 1;
	for (inner = prefix + 1; inner < prefixes->items + prefixes->count &&
	     memcmp(&inner->bits, address, sizeof(*address)) <= 0;
	     inner++)
		if (inner->length > prefix->length && holds(inner, address) &&
		    (!step_past(inner, address) || !holds(prefix, address)))
			return (false);
	return (true);
}

/* Returns the address as a destination, an IPv4-mapped one as IPv4. */
static struct address
to_address(const struct in6_addr *bits)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(PORT),
		.sin6_addr = *bits,
	};
	struct address address = { .length = 0 };

	(void)address_from_sockaddr(
	    &address, (const struct sockaddr *)&in6, sizeof(in6));
	return (address);
}

/*
 * Returns whether a destination is as good as `best`, or better. It is compared
 * with an ideal source first, one of its own scope and label; its real source
 * is found only where that is good enough.
 */
static bool
is_rival(const struct awaited_family *awaited, bool home,
    const struct in6_addr *bits, const struct destsort_pair *best)
{
	struct destsort_pair rival = {
		.destination = to_address(bits),
		.source = { .found = true, .home = home },
	};

	rival.source.address = rival.destination;
	if (best != NULL && destsort_compare(&rival, best, awaited->table) > 0)
		return (false);
	awaited->source_of(
	    &rival.destination, &rival.source, awaited->source_arg);
	if (best == NULL)
		return (rival.source.found);
	return (destsort_compare(&rival, best, awaited->table) <= 0);
}

/* Returns whether there is a rival of `best`; NULL: a usable destination. */
static bool
find_rival(const struct awaited_family *awaited,
    const struct prefixes *prefixes, const struct destsort_pair *best)
{
	const struct prefix *prefix, *excluded = NULL;
	struct in6_addr bits;

	for (size_t i = 0; i < prefixes->count; i++) {
		prefix = &prefixes->items[i];
		if (excluded != NULL && holds(excluded, &prefix->bits))
			continue;
		if (prefix->excluded)
			excluded = prefix;
		else if ((i == 0 ||
			     compare_prefixes(prefix - 1, prefix) != 0) &&
		    find_address(prefixes, i, &bits) &&
		    is_rival(awaited, prefixes->home, &bits, best))
			return (true);
	}
	return (false);
}

static bool
has_rival(
    const struct awaited_family *awaited, const struct destsort_pair *best)
{
	struct prefixes prefixes;
	bool found = !collect(&prefixes, awaited) ||
	    find_rival(awaited, &prefixes, best);

	free(prefixes.items);
	return (found);
}

bool
awaited_family_may_lead(
    const struct awaited_family *awaited, const struct destsort_pair *best)
{
	return (has_rival(awaited, best));
}

bool
awaited_family_is_usable(const struct awaited_family *awaited)
{
	return (has_rival(awaited, NULL));
}
