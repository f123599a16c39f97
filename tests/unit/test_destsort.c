/* SPDX-License-Identifier: ISC */
/*
 * Destination address selection: each rule of RFC 6724 section 6 alone, the
 * examples of section 10.2, gai.conf's, and random lists against the rules
 * applied to every pair.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "destsort.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GIVEN_MAX        6
#define MANY             10000
#define ROUNDS           6000
#define SEED             6724

#define EQUAL "precedence ::/0 40\n" /* makes the families equal */

/*
 * Two destinations, each as "destination source/length marks": no source is
 * "-", the marks are d(eprecated), h(ome) and t(unnel). The better one comes
 * second; with rule 10 they stay as given.
 */
static const struct {
	unsigned rule;
	const char *words;
	const char *gai_conf; /* NULL: the defaults */
	const char *given[2];
} pairs[] = {
	/* Section 6; the rules that follow would decide otherwise. */
	{ 1, "no source", NULL,
	    { "2001:db8::1 -", "192.0.2.1 169.254.0.9/16 dt" } },
	{ 6, "neither: precedence", NULL, { "192.0.2.1 -", "2001:db8::1 -" } },
	{ 8, "neither: scope", NULL, { "2001:db8::1 -", "fe80::1 -" } },
	{ 10, "neither: nothing else", NULL,
	    { "2001:db8::1 -/64 dt", "2001:db8::2 -/128 h" } },
	{ 2, "scope of the source", NULL,
	    { "2001:db8::1 fe80::9/64 h", "192.0.2.1 192.0.2.9/24 d" } },
	{ 3, "deprecated source", NULL,
	    { "2001:db8::1 2001:db8::9/64 dh", "192.0.2.1 192.0.2.9/24" } },
	{ 4, "home address", NULL,
	    { "2001:db8::1 2001:db8::9/64", "2001:db8::2 2002::9/64 h" } },
	{ 5, "label of the source", NULL,
	    { "2001:db8::1 2002::9/64", "2002::1 2002::9/64" } },
	{ 6, "precedence", NULL,
	    { "192.0.2.1 192.0.2.9/24", "2001:db8::1 2001:db8::9/64 t" } },
	{ 7, "native transport", NULL,
	    { "fe80::1 fe80::9/64 t", "2001:db8::1 2001:db8::9/32" } },
	{ 8, "smaller scope", NULL,
	    { "2001:db8::1 2001:db8::9/64", "fe80::1 fe80::9/10" } },
	{ 9, "longest matching prefix", NULL,
	    { "2001:db9::1 2001:db8::9/64", "2001:db8:1::1 2001:db8::9/64" } },
	{ 9, "longer by one bit", NULL,
	    { "fd00:0:2::1 fd00::9/64", "fd00:0:1::1 fd00::9/64" } },
	{ 10, "interface identifiers do not count", NULL,
	    { "fd00::ff:1 fd00::9/64", "fd00::8 fd00::9/64" } },
	{ 10, "IPv6 prefix of unknown length", NULL,
	    { "2001:db9::1 2001:db8::9/0", "2001:db8::8 2001:db8::9/0" } },
	{ 9, "within an IPv4 subnet", NULL,
	    { "192.0.2.129 192.0.2.9/24", "192.0.2.8 192.0.2.9/24" } },
	{ 9, "an IPv4 subnet before the rest", NULL,
	    { "192.0.3.9 192.0.2.9/24", "192.0.2.254 192.0.2.9/24" } },
	{ 10, "beyond the IPv4 subnet", NULL,
	    { "54.83.193.112 10.2.3.4/8", "11.72.238.214 10.2.3.4/8" } },
	{ 10, "IPv4 subnet of unknown length", NULL,
	    { "192.0.2.129 192.0.2.9/0", "192.0.2.8 192.0.2.9/0" } },
	{ 10, "nothing tells them apart", NULL,
	    { "2001:db8::2 2001:db8::9/64", "2001:db8::1 2001:db8::9/64" } },
	/* Section 10.2, each source the one that its result names. */
	{ 2, "prefer matching scope", NULL,
	    { "198.51.100.121 169.254.13.78/16",
		"2001:db8:1::1 2001:db8:1::2/64" } },
	{ 2, "prefer matching scope, IPv4", NULL,
	    { "2001:db8:1::1 fe80::1/64",
		"198.51.100.121 198.51.100.117/24" } },
	{ 6, "prefer higher precedence", NULL,
	    { "10.1.2.3 10.1.2.4/24", "2001:db8:1::1 2001:db8:1::2/64" } },
	{ 8, "prefer smaller scope", NULL,
	    { "2001:db8:1::1 2001:db8:1::2/64", "fe80::1 fe80::2/64" } },
	{ 4, "prefer home address", NULL,
	    { "fe80::1 fe80::2/64", "2001:db8:1::1 2001:db8:3::1/64 h" } },
	{ 3, "avoid deprecated addresses", NULL,
	    { "fe80::1 fe80::2/64 d", "2001:db8:1::1 2001:db8:1::2/64" } },
	{ 9, "longest matching prefix", NULL,
	    { "2001:db8:3ffe::1 2001:db8:3f44::2/64",
		"2001:db8:1::1 2001:db8:1::2/64" } },
	{ 5, "prefer matching label", NULL,
	    { "2001:db8:1::1 2002:c633:6401::2/64",
		"2002:c633:6401::1 2002:c633:6401::2/64" } },
	{ 6, "prefer higher precedence, 6to4", NULL,
	    { "2002:c633:6401::1 2002:c633:6401::2/64",
		"2001:db8:1::1 2001:db8:1::2/64" } },
	/* gai.conf. */
	{ 6, "IPv4 before unique local by default", NULL,
	    { "fd00::1 fd00::9/64", "192.0.2.1 192.0.2.9/24" } },
	{ 6, "unique local before IPv4",
	    "precedence fc00::/7 45\nprecedence ::ffff:0:0/96 35\n",
	    { "192.0.2.1 192.0.2.9/24", "fd00::1 fd00::9/64" } },
	{ 6, "IPv4 first", "precedence ::ffff:0:0/96 100\n",
	    { "2001:db8::1 2001:db8::9/64", "192.0.2.1 192.0.2.9/24" } },
	{ 5, "a label of one's own", "label fd01::/16 77\n",
	    { "fd00::1 fd01::9/64", "fd01::1 fd01::9/8" } },
	{ 2, "private IPv4 is site-local", "scopev4 10.0.0.0/8 5\n",
	    { "192.0.2.1 10.0.0.9/8", "10.255.0.1 10.0.0.9/8" } },
};

/* More of them at once. */
static const struct {
	size_t count;
	const char *words;
	const char *gai_conf;
	const char *given[GIVEN_MAX];
	size_t order[GIVEN_MAX];
	unsigned char rules[GIVEN_MAX];
} lists[] = {
	{ 6, "the neighbour before says which rule it was", NULL,
	    { "192.0.2.1 -", "198.51.100.1 192.0.2.9/24",
		"198.51.100.2 192.0.2.9/24", "2001:db8::1 2001:db8::9/64",
		"fe80::1 fe80::9/64", "2001:db8::2 fe80::9/64" },
	    { 4, 3, 1, 2, 5, 0 }, { 0, 8, 6, 10, 2, 1 } },
	{ 3, "rule 9 in a family, around the other", EQUAL,
	    { "2001:db9::1 2001:db8::9/64", "192.0.2.1 192.0.2.9/24",
		"2001:db8::1 2001:db8::9/64" },
	    { 2, 1, 0 }, { 0, 10, 10 } },
	{ 4, "and in both families", EQUAL,
	    { "198.51.100.1 192.0.2.9/24", "2001:db9::1 2001:db8::9/64",
		"2001:db8::1 2001:db8::9/64", "192.0.2.1 192.0.2.9/24" },
	    { 3, 2, 1, 0 }, { 0, 10, 9, 10 } },
};

/* The list at hand. */
static struct policy_table table;
static struct address destinations[MANY];
static struct destsort_source sources[MANY];
static size_t order[MANY];
static unsigned char rules[MANY];

/* Fills the table with the defaults and what `gai_conf` sets. */
static void
configure(const char *gai_conf)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	policy_table_init(&table);
	fputs(gai_conf != NULL ? gai_conf : "", file);
	rewind(file);
	policy_table_read(&table, file);
	fclose(file);
}

/* Puts a destination and its source at place `i` of the list. */
static void
fill(size_t i, const char *given)
{
	struct destsort_source *source = &sources[i];
	char to[64], from[64], marks[8] = "";

	memset(source, 0, sizeof(*source));
	sscanf(given, "%63s %63[^/]/%u %7s", to, from, &source->prefix_length,
	    marks);
	assert_int_equal(
	    address_parse(&destinations[i], to, 80), ADDRESS_PARSED);
	source->found = strcmp(from, "-") != 0;
	if (source->found)
		assert_int_equal(
		    address_parse(&source->address, from, 0), ADDRESS_PARSED);
	source->deprecated = strchr(marks, 'd') != NULL;
	source->home = strchr(marks, 'h') != NULL;
	source->tunnel = strchr(marks, 't') != NULL;
}

static void
sort(size_t count)
{
	assert_true(
	    destsort(destinations, sources, count, &table, order, rules));
}

/* Sorts a list and returns whether in the expected order, by these rules. */
static bool
sorts(const char *words, const char *gai_conf, const char *const *given,
    size_t count, const size_t *expected, const unsigned char *by)
{
	size_t i;

	configure(gai_conf);
	for (i = 0; i < count; i++)
		fill(i, given[i]);
	sort(count);
	if (memcmp(order, expected, count * sizeof(*order)) == 0 &&
	    memcmp(rules, by, count) == 0)
		return (true);
	print_error("%s:\n", words);
	for (i = 0; i < count; i++)
		print_error("    (%s) by rule %u, expected (%s) by rule %u\n",
		    given[order[i]], rules[i], given[expected[i]], by[i]);
	return (false);
}

/* Every list, and every pair, also turned round. */
static void
every_scenario(void **state)
{
	static const size_t kept[] = { 0, 1 }, swapped[] = { 1, 0 };
	bool right = true;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH_OF(lists); i++)
		right &= sorts(lists[i].words, lists[i].gai_conf,
		    lists[i].given, lists[i].count, lists[i].order,
		    lists[i].rules);
	for (i = 0; i < LENGTH_OF(pairs); i++) {
		const unsigned char by[] = { 0, (unsigned char)pairs[i].rule };
		const char *turned[] = { pairs[i].given[1], pairs[i].given[0] };

		right &= sorts(pairs[i].words, pairs[i].gai_conf,
		    pairs[i].given, 2, by[1] == 10 ? kept : swapped, by);
		right &= sorts(
		    pairs[i].words, pairs[i].gai_conf, turned, 2, kept, by);
	}
	assert_true(right);
}

static uint32_t
draw(uint32_t below)
{
	static uint64_t state = SEED;

	state = state * UINT64_C(6364136223846793005) + 1;
	return ((uint32_t)(state >> 33) % below);
}

/* Draws a list from a few of the pairs, so that rules often tie. */
static void
draw_list(size_t count)
{
	uint32_t first = draw(LENGTH_OF(pairs)), from;
	uint32_t variety = 1 + draw(LENGTH_OF(pairs));
	size_t i;

	for (i = 0; i < count; i++) {
		from = (first + draw(variety)) % LENGTH_OF(pairs);
		fill(i, pairs[from].given[draw(2)]);
		sources[i].deprecated ^= draw(8) == 0;
		sources[i].home ^= draw(8) == 0;
		sources[i].tunnel ^= draw(8) == 0;
	}
}

/* CommonPrefixLen(), a bit at a time. */
static int
shared_bits(size_t i)
{
	const bool ipv4 = address_family(&destinations[i]) == AF_INET;
	const int length = (int)sources[i].prefix_length;
	const size_t at = ipv4 ? offsetof(struct sockaddr_in, sin_addr)
			       : offsetof(struct sockaddr_in6, sin6_addr);
	const unsigned char *a = (unsigned char *)&destinations[i] + at;
	const unsigned char *b = (unsigned char *)&sources[i].address + at;
	int bits = 0;

	while (bits < (ipv4 ? 32 : 128) &&
	    ((a[bits / 8] ^ b[bits / 8]) & (1 << (7 - bits % 8))) == 0)
		bits++;
	if (ipv4)
		return (length > 0 && bits >= length ? bits : 0);
	return (bits > length ? length : bits);
}

static bool
same_family(size_t a, size_t b)
{
	return (address_family(&destinations[a]) ==
	    address_family(&destinations[b]));
}

/* Returns the rule of 1 to 9 by which a is better than b; negative: worse. */
static int
judge(size_t a, size_t b)
{
#define D(what, i)       ((int)policy_table_##what(&table, &destinations[i]))
#define S(what, i)       ((int)policy_table_##what(&table, &sources[i].address))
#define MATCHES(what, i) (D(what, i) == S(what, i))
	const bool sourced = sources[a].found && sources[b].found;
	int better[10] = { 0 }, rule = 1;

	better[1] = sources[a].found - sources[b].found;
	if (sourced) {
		better[2] = MATCHES(scope, a) - MATCHES(scope, b);
		better[3] = sources[b].deprecated - sources[a].deprecated;
		better[4] = sources[a].home - sources[b].home;
		better[5] = MATCHES(label, a) - MATCHES(label, b);
		better[7] = sources[b].tunnel - sources[a].tunnel;
	}
	better[6] = D(precedence, a) - D(precedence, b);
	better[8] = D(scope, b) - D(scope, a);
	if (sourced && same_family(a, b))
		better[9] = shared_bits(a) - shared_bits(b);
	while (rule < 9 && better[rule] == 0)
		rule++;
	return (better[rule] > 0 ? rule : better[rule] < 0 ? -rule : 0);
}

/* Returns whether rules 1 to 8 leave a and b equal. */
static bool
tied(size_t a, size_t b)
{
	return (judge(a, b) % 9 == 0);
}

/* Checks a place against one behind it. */
static void
assert_pair_sorted(size_t place, size_t behind)
{
	const size_t a = order[place], b = order[behind];
	const int rule = judge(a, b);

	assert_true(rule >= 0);
	if (rule == 0 && same_family(a, b))
		assert_true(a < b);
	if (behind == place + 1)
		assert_int_equal(rules[behind], rule == 0 ? 10 : rule);
}

/*
 * Checks that a place has the family that rule 10 wants: that of the
 * destination which, of those tied with it, stood there in the list.
 */
static void
assert_family_kept(size_t place, size_t count)
{
	size_t i, before = 0;

	for (i = 0; i < place; i++)
		before += tied(order[i], order[place]);
	for (i = 0; i < count; i++)
		if (tied(i, order[place]) && before-- == 0)
			assert_true(same_family(i, order[place]));
}

static void
every_two_of_random_lists(void **state)
{
	size_t round, count, i, j;

	(void)state;
	print_message("           seed %d\n", SEED);
	for (round = 0; round < ROUNDS; round++) {
		count = draw(12);
		if (round % 1000 == 0)
			configure(round % 2000 == 0 ? NULL : EQUAL);
		draw_list(count);
		sort(count);
		for (i = 0; i < count; i++) {
			assert_family_kept(i, count);
			for (j = i + 1; j < count; j++)
				assert_pair_sorted(i, j);
		}
	}
}

static void
ten_thousand(void **state)
{
	static bool seen[MANY];
	size_t i;

	(void)state;
	configure(NULL);
	draw_list(MANY);
	sort(MANY);
	for (i = 0; i < MANY; i++) {
		assert_false(seen[order[i]]);
		seen[order[i]] = true;
		if (i > 0)
			assert_pair_sorted(i - 1, i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario),
		cmocka_unit_test(every_two_of_random_lists),
		cmocka_unit_test(ten_thousand),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
