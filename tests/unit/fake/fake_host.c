/* SPDX-License-Identifier: ISC */
/*
 * Routes by longest prefix, sources by the rules of RFC 6724 section 5 that a
 * host on one interface has a use for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fake/fake_host.h"
#include "policy_table.h"
#include "fake/seconds.h"

/* Parses "2001:db8::1/64"; what follows a comma is for the caller. */
static void
parse_prefix(const char *text, struct destsort_source *prefix)
{
	char copy[ADDRESS_TEXT_MAX] = "";
	char *slash;

	text_append(copy, sizeof(copy), "%.*s", (int)strcspn(text, ","), text);
	slash = strchr(copy, '/');
	if (slash == NULL)
		fail_msg("no length in \"%s\"", text);
	*slash = '\0';
	*prefix = (struct destsort_source){ .found = true };
	prefix->prefix_length = (unsigned)atoi(slash + 1);
	if (address_parse(&prefix->address, copy, 0) != ADDRESS_PARSED)
		fail_msg("no address in \"%s\"", text);
}

void
fake_host_init(struct fake_host *host, const char *words)
{
	char copy[512] = "";
	char *rest = copy;

	*host = (struct fake_host){ .count = 0 };
	text_append(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		const char *marks = strchr(word, ',');

		assert_true(host->count < FAKE_HOST_MAX);
		assert_true(host->route_count < FAKE_HOST_MAX);
		if (strncmp(word, "to:", 3) == 0) {
			parse_prefix(
			    word + 3, &host->routes[host->route_count++]);
			continue;
		}
		parse_prefix(word, &host->own[host->count]);
		marks = marks == NULL ? "" : marks;
		host->own[host->count].deprecated = strchr(marks, 'd') != NULL;
		host->own[host->count].home = strchr(marks, 'h') != NULL;
		host->own[host->count].tunnel = strchr(marks, 'T') != NULL;
		host->temporary[host->count++] = strchr(marks, 't') != NULL;
	}
}

/* Counts the leading bits that two addresses of one family share. */
static unsigned
shared_bits(const struct address *a, const struct address *b)
{
	struct in6_addr left = policy_table_key(a), right = policy_table_key(b);
	unsigned bits = 0;

	while (bits < 128 &&
	    ((left.s6_addr[bits / 8] ^ right.s6_addr[bits / 8]) >>
		    (7 - bits % 8) &
		1) == 0)
		bits++;
	return (address_family(a) == AF_INET ? bits - 96 : bits);
}

static bool
is_in(const struct address *address, const struct destsort_source *prefix)
{
	return (address_family(address) == address_family(&prefix->address) &&
	    shared_bits(address, &prefix->address) >= prefix->prefix_length);
}

/* Whether `address` is the first one of the subnet of `own`. */
static bool
is_subnet(const struct address *address, const struct destsort_source *own)
{
	struct in6_addr bits = policy_table_key(address);
	unsigned width = address_family(address) == AF_INET ? 32 : 128;

	if (!is_in(address, own) || own->prefix_length + 1 >= width)
		return (false);
	for (unsigned i = 128 - width + own->prefix_length; i < 128; i++)
		if ((bits.s6_addr[i / 8] & 0x80 >> i % 8) != 0)
			return (false);
	return (true);
}

static bool
has_route(const struct fake_host *host, const struct address *destination)
{
	for (size_t i = 0; i < host->count; i++)
		if (is_in(destination, &host->own[i]))
			return (!is_subnet(destination, &host->own[i]));
	for (size_t i = 0; i < host->route_count; i++)
		if (is_in(destination, &host->routes[i]))
			return (true);
	return (false);
}

/* Ranks a source by the rules of section 5; the larger the better. */
static unsigned
rank(const struct fake_host *host, size_t number,
    const struct address *destination, const struct policy_table *table)
{
	const struct destsort_source *own = &host->own[number];
	unsigned shared = shared_bits(&own->address, destination);
	bool same = shared ==
	    (address_family(destination) == AF_INET ? 32u : 128u);
	bool wide = policy_table_scope(table, &own->address) >=
	    policy_table_scope(table, destination);
	bool label = policy_table_label(table, &own->address) ==
	    policy_table_label(table, destination);

	return ((unsigned)same << 13 | (unsigned)wide << 12 |
	    (unsigned)!own->deprecated << 11 | (unsigned)own->home << 10 |
	    (unsigned)label << 9 | (unsigned)host->temporary[number] << 8 |
	    shared);
}

void
fake_host_source_of(const struct address *destination,
    struct destsort_source *source, void *arg)
{
	struct fake_host *host = arg;
	struct policy_table table;
	unsigned best = 0, ranked;

	host->asked++;
	policy_table_init(&table);
	*source = (struct destsort_source){ .found = false };
	if (!has_route(host, destination))
		return;
	for (size_t i = 0; i < host->count; i++) {
		if (address_family(&host->own[i].address) !=
		    address_family(destination))
			continue;
		ranked = rank(host, i, destination, &table);
		if (ranked > best) {
			best = ranked;
			*source = host->own[i];
		}
	}
}

const struct destsort_source *
fake_host_own(size_t number, void *arg)
{
	const struct fake_host *host = arg;

	return (number < host->count ? &host->own[number] : NULL);
}
