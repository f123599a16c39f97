/* SPDX-License-Identifier: ISC */
/*
 * Whether an answer that is out could lead: hosts of every kind, by what is
 * known already, and policy tables that change it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "awaited_family.h"
#include "fake/fake_host.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MANY             5000

#define V4  "192.0.2.1/24 to:0.0.0.0/0 "
#define VIA " to:::/0"

#define A      "198.51.100.1"
#define AAAA   "2001:db8:1::a"
#define WAIT   true
#define NO_USE false

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define CAN_BE_SHORT_OF_MEMORY

/* How often realloc(3) succeeds before it fails once. */
static size_t granted = SIZE_MAX;

void *__libc_realloc(void *bytes, size_t size);

void *
realloc(void *bytes, size_t size)
{
	if (granted == SIZE_MAX || granted-- > 0)
		return (__libc_realloc(bytes, size));
	granted = SIZE_MAX;
	return (NULL);
}
#endif

struct row {
	const char *host;
	const char *words; /* see fake_host.h */
	const char *known; /* the best address answered, of one family */
	bool waits;        /* for the other */
	const char *gai_conf;
};

static struct address
literal(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(&address, text, 80), ADDRESS_PARSED);
	return (address);
}

static void
read_table(struct policy_table *table, const char *gai_conf)
{
	char copy[8192];
	FILE *file;

	policy_table_init(table);
	if (gai_conf == NULL)
		return;
	snprintf(copy, sizeof(copy), "%s", gai_conf);
	file = fmemopen(copy, strlen(copy), "r");
	assert_non_null(file);
	policy_table_read(table, file);
	fclose(file);
}

/* Fills *awaited, for the family that `known` is not of. */
static void
init(struct awaited_family *awaited, const struct address *known,
    const struct policy_table *table, struct fake_host *host)
{
	*awaited = (struct awaited_family){
		.family = address_family(known) == AF_INET ? AF_INET6 : AF_INET,
		.table = table,
		.source_of = fake_host_source_of,
		.source_arg = host,
		.own_address = fake_host_own,
		.own_arg = host,
	};
}

static void
check(const struct row *row)
{
	struct destsort_pair best = { .destination = literal(row->known) };
	struct awaited_family awaited;
	struct policy_table table;
	struct fake_host host;
	bool waits;

	fake_host_init(&host, row->words);
	read_table(&table, row->gai_conf);
	init(&awaited, &best.destination, &table, &host);
	fake_host_source_of(&best.destination, &best.source, &host);
	waits = awaited_family_may_lead(&awaited, &best);
	if (waits != row->waits)
		fail_msg("%s: %s is known, and the other is %swaited for",
		    row->host, row->known, waits ? "" : "not ");
}

static void
hosts(void **state)
{
	static const struct row rows[] = {
		{ "both families", V4 "2001:db8::1/64" VIA, A, .waits = WAIT },
		{ "both families", V4 "2001:db8::1/64" VIA, AAAA,
		    .waits = NO_USE },
		{ "a temporary address",
		    V4 "2001:db8::1/64 2001:db8::2/64,t" VIA, A,
		    .waits = WAIT },
		{ "a temporary address",
		    V4 "2001:db8::1/64 2001:db8::2/64,t" VIA, AAAA,
		    .waits = NO_USE },
		{ "deprecated, but for the temporary address",
		    V4 "2001:db8::1/64,d 2001:db8::2/64,t" VIA, A,
		    .waits = WAIT },
		{ "deprecated, but for the temporary address",
		    V4 "2001:db8::1/64,d 2001:db8::2/64,t" VIA, AAAA,
		    .waits = NO_USE },
		{ "unique local", V4 "fd00::1/64" VIA, A, .waits = NO_USE },
		{ "unique local", V4 "fd00::1/64" VIA, AAAA, .waits = WAIT },
		{ "Teredo", V4 "2001::1/32" VIA, A, .waits = NO_USE },
		{ "Teredo", V4 "2001::1/32" VIA, AAAA, .waits = WAIT },
		{ "6to4", V4 "2002:c000:201::1/48" VIA, A, .waits = NO_USE },
		{ "6to4", V4 "2002:c000:201::1/48" VIA, AAAA, .waits = WAIT },
		{ "IPv4 only", V4, A, .waits = NO_USE },
		{ "IPv4 only", V4, AAAA, .waits = WAIT },
		{ "IPv6 link-local only", V4 "fe80::1/64", A, .waits = NO_USE },
		{ "IPv6 link-local only", V4 "fe80::1/64", AAAA,
		    .waits = WAIT },
		{ "IPv6 link-local only, with a route", V4 "fe80::1/64" VIA, A,
		    .waits = NO_USE },
		{ "IPv6 link-local only, with a route", V4 "fe80::1/64" VIA,
		    AAAA, .waits = WAIT },
		{ "IPv6 on loopback only", V4 "::1/128", A, .waits = NO_USE },
		{ "IPv6 on loopback only", V4 "::1/128", AAAA, .waits = WAIT },
		{ "VPN with IPv4 only", V4 "10.8.0.2/32", A, .waits = NO_USE },
		{ "VPN with IPv4 only", V4 "10.8.0.2/32", AAAA, .waits = WAIT },
		{ "IPv6 only, DNS64", "2001:db8::1/64" VIA, A, .waits = WAIT },
		{ "IPv6 only, DNS64", "2001:db8::1/64" VIA,
		    "64:ff9b::c633:6401", .waits = NO_USE },
		{ "CLAT", "192.0.0.4/32 to:0.0.0.0/0 2001:db8::1/64" VIA, A,
		    .waits = WAIT },
		{ "CLAT", "192.0.0.4/32 to:0.0.0.0/0 2001:db8::1/64" VIA, AAAA,
		    .waits = NO_USE },
		{ "deprecated IPv6", V4 "2001:db8::1/64,d" VIA, A,
		    .waits = NO_USE },
		{ "deprecated IPv6", V4 "2001:db8::1/64,d" VIA, AAAA,
		    .waits = WAIT },
		{ "IPv4 without a route", "192.0.2.1/24 2001:db8::1/64" VIA, A,
		    .waits = WAIT },
		{ "IPv4 without a route", "192.0.2.1/24 2001:db8::1/64" VIA,
		    AAAA, .waits = NO_USE },
		{ "IPv6 on-link only", V4 "2001:db8::1/64", A, .waits = WAIT },
		{ "IPv6 on-link only", V4 "2001:db8::1/64", AAAA,
		    .waits = WAIT },
		{ "IPv6 on-link only", V4 "2001:db8::1/64", "2001:db8::99",
		    .waits = NO_USE },
		{ "IPv6 on-link only, deprecated but for the temporary one",
		    V4 "2001:db8::1/64,d 2001:db8::2/64,t", A, .waits = WAIT },
		{ "an IPv6 address of its own, without a route",
		    V4 "2001:db8::1/128", A, .waits = WAIT },
		{ "a route to 2000::/3", V4 "2001:db8::1/64 to:2000::/3", A,
		    .waits = WAIT },
		{ "no address at all", "", A, .waits = WAIT },
		{ "no address at all", "", AAAA, .waits = NO_USE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		check(&rows[i]);
}

/* What is answered matters as well as the host does. */
static void
answers(void **state)
{
	static const struct row rows[] = {
		{ "both families", V4 "2001:db8::1/64" VIA, "fd00::a",
		    .waits = WAIT },
		{ "both families", V4 "2001:db8::1/64" VIA, "2002:c633:6401::a",
		    .waits = WAIT },
		{ "both families", V4 "2001:db8::1/64" VIA, "2001::a",
		    .waits = WAIT },
		{ "both families, and unique local",
		    V4 "2001:db8::1/64 fd00::1/64" VIA, "fd00::a",
		    .waits = WAIT },
		{ "IPv4 on a link-local address alone",
		    "169.254.1.1/16 fd00::1/64 to:0.0.0.0/0" VIA, A,
		    .waits = WAIT },
		{ "IPv4 on a link-local address alone",
		    "169.254.1.1/16 fd00::1/64 to:0.0.0.0/0" VIA, "fd00::a",
		    .waits = NO_USE },
		{ "IPv6 through a tunnel", V4 "2001:db8::1/64,T" VIA, A,
		    .waits = WAIT },
		{ "IPv6 through a tunnel", V4 "2001:db8::1/64,T" VIA, AAAA,
		    .waits = NO_USE },
		{ "an IPv4 home address",
		    "192.0.2.1/24,h to:0.0.0.0/0 "
		    "2001:db8::1/64" VIA,
		    AAAA, .waits = WAIT },
		{ "an IPv4 home address",
		    "192.0.2.1/24,h to:0.0.0.0/0 "
		    "2001:db8::1/64" VIA,
		    A, .waits = NO_USE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		check(&rows[i]);
}

#define BOTH V4 "2001:db8::1/64" VIA

static void
policies(void **state)
{
	static const struct row rows[] = {
		{ "IPv4 first", BOTH, A, NO_USE,
		    "precedence ::ffff:0:0/96 100\n" },
		{ "IPv4 first", BOTH, AAAA, WAIT,
		    "precedence ::ffff:0:0/96 100\n" },
		{ "IPv4 first, all of it said", BOTH, A, NO_USE,
		    "precedence ::1/128 50\nprecedence ::/0 40\n"
		    "precedence 2002::/16 30\nprecedence ::/96 20\n"
		    "precedence ::ffff:0:0/96 100\n" },
		{ "::1 first: it is not answered", BOTH, A, NO_USE,
		    "precedence ::1/128 200\nprecedence fe80::/10 200\n"
		    "precedence ::ffff:0:0/96 100\n" },
		{ "127.0.0.1 first: it is not answered", BOTH, AAAA, NO_USE,
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence ::ffff:127.0.0.0/104 200\n"
		    "precedence ::ffff:169.254.7.0/120 200\n" },
		{ "a tie", BOTH, A, WAIT, "precedence ::/0 40\n" },
		{ "a tie", BOTH, AAAA, WAIT, "precedence ::/0 40\n" },
		{ "one prefix of IPv6 before IPv4", BOTH, A, WAIT,
		    "precedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n" },
		{ "one prefix of IPv6 before IPv4", BOTH, AAAA, WAIT,
		    "precedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n" },
		{ "one prefix of IPv6 before IPv4, and known", BOTH,
		    "2001:db8:5::a", NO_USE,
		    "precedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n" },
		{ "one prefix of IPv4 before IPv6", BOTH, AAAA, WAIT,
		    "precedence ::ffff:0:0/96 35\n"
		    "precedence ::ffff:10.0.0.0/104 45\n" },
		{ "one prefix of IPv4 before IPv6", BOTH, "2001:db8:5::a",
		    NO_USE,
		    "precedence ::ffff:0:0/96 35\n"
		    "precedence 2001:db8:5::/48 50\n"
		    "precedence ::ffff:10.0.0.0/104 45\n" },
		{ "what is left of a prefix comes first", BOTH, A, WAIT,
		    "precedence ::/0 10\nprecedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n"
		    "precedence 2001:db8:5::/49 1\n"
		    "precedence 2001:db8:5:8000::/50 1\n"
		    "precedence 2001:db8:5:e000::/51 1\n"
		    "precedence 2001:db8:5:c000::/52 1\n" },
		{ "nothing is left of a prefix", BOTH, A, NO_USE,
		    "precedence ::/0 10\nprecedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n"
		    "precedence 2001:db8:5::/49 1\n"
		    "precedence 2001:db8:5:8000::/50 1\n"
		    "precedence 2001:db8:5:e000::/51 1\n"
		    "precedence 2001:db8:5:c000::/51 1\n" },
		{ "nothing is left of the largest one", BOTH, A, NO_USE,
		    "precedence ::/0 101\nprecedence ::ffff:0:0/96 100\n"
		    "precedence ::/1 1\nprecedence 8000::/1 1\n" },
#define NEARLY_ALL                                          \
	"precedence ::/0 1\nprecedence ::ffff:0:0/96 100\n" \
	"precedence 8000::/1 101\nprecedence 8000::/2 1\n"  \
	"precedence c000::/3 1\nprecedence e000::/4 1\n"    \
	"precedence f000::/5 1\nprecedence f800::/6 1\n"    \
	"precedence fc00::/7 1\n"
		{ "the end of a prefix is left", BOTH, A, WAIT, NEARLY_ALL },
		{ "all that is left is site-local, another scope", BOTH, A,
		    NO_USE, NEARLY_ALL "precedence fe00::/9 1\n" },
		{ "a prefix in two lists: its label decides", BOTH, A, NO_USE,
		    "precedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n"
		    "label ::/0 1\nlabel ::ffff:0:0/96 4\n"
		    "label 2001:db8:5::/48 9\n" },
		{ "a part of a prefix has the label", BOTH, A, WAIT,
		    "precedence ::ffff:0:0/96 100\n"
		    "precedence 2001:db8:5::/48 101\n"
		    "label ::/0 9\nlabel ::ffff:0:0/96 4\n"
		    "label 2001:db8::/64 1\nlabel 2001:db8:5:7::/64 1\n" },
		{ "IPv4 of a scope that its source has not", BOTH, A, WAIT,
		    "scopev4 198.51.100.0/24 5\n"
		    "precedence ::ffff:0:0/96 100\n" },
		{ "IPv4 of the scope of its source", BOTH, AAAA, WAIT,
		    "scopev4 192.0.2.0/24 5\nscopev4 10.0.0.0/8 5\n"
		    "precedence ::ffff:10.0.0.0/104 100\n" },
		{ "IPv4 of a scope and a precedence", BOTH, AAAA, WAIT,
		    "scopev4 192.0.2.1/32 5\nscopev4 203.0.113.0/24 5\n"
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence ::ffff:203.0.0.0/112 100\n" },
		{ "IPv4 of a precedence, but not of the scope", BOTH, AAAA,
		    NO_USE,
		    "scopev4 192.0.2.1/32 5\n"
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence ::ffff:203.0.0.0/112 100\n" },
		{ "on the link, but not the host itself", V4 "2001:db8::1/64",
		    A, WAIT,
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence 2001:db8::1/128 1\n" },
		{ "routed to 2000::/3, but not on the link",
		    V4 "2001:db8::1/64 to:2000::/3", A, WAIT,
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence 2001:db8::/64 1\n" },
		{ "neither routed nor on the link", V4 "2001:db8::1/64", A,
		    NO_USE,
		    "precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"
		    "precedence fc00::/7 3\nprecedence 2001::/32 5\n"
		    "precedence 2001:db8::/64 1\n" },
		{ "an IPv6 row that holds the IPv4-mapped ones", BOTH, A,
		    NO_USE,
		    "precedence ::/0 10\nprecedence ::fff0:0:0/90 99\n"
		    "precedence ::ffff:0:0/96 100\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		check(&rows[i]);
}

/* With --prefer only a source for the family counts. */
static void
of_any_use(void **state)
{
	static const struct row rows[] = {
		{ "both families", BOTH, A, .waits = true },
		{ "unique local", V4 "fd00::1/64" VIA, A, .waits = true },
		{ "on-link only", V4 "2001:db8::1/64", A, .waits = true },
		{ "IPv4 only", V4, A, .waits = false },
		{ "IPv6 link-local only", V4 "fe80::1/64", A, .waits = false },
		{ "IPv6 only", "2001:db8::1/64" VIA, AAAA, .waits = false },
		{ "IPv4 on-link only", "192.0.2.1/24", AAAA, .waits = true },
	};
	struct awaited_family awaited;
	struct policy_table table;
	struct fake_host host;
	struct address known;

	(void)state;
	policy_table_init(&table);
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		known = literal(rows[i].known);
		fake_host_init(&host, rows[i].words);
		init(&awaited, &known, &table, &host);
		if (awaited_family_is_usable(&awaited) != rows[i].waits)
			fail_msg("%s", rows[i].host);
	}
}

/* Returns how often the host is asked, while the row is as it should be. */
static size_t
count_asked(const struct row *row)
{
	struct destsort_pair best = { .destination = literal(row->known) };
	struct awaited_family awaited;
	struct policy_table table;
	struct fake_host host;

	policy_table_init(&table);
	fake_host_init(&host, row->words);
	init(&awaited, &best.destination, &table, &host);
	fake_host_source_of(&best.destination, &best.source, &host);
	host.asked = 0;
	assert_int_equal(awaited_family_may_lead(&awaited, &best), row->waits);
	return (host.asked);
}

/* The common cases cost a question of the kernel, or none. */
static void
few_questions(void **state)
{
	static const struct row rows[] = {
		{ "AAAA leads whatever A brings", BOTH, AAAA, .waits = NO_USE },
		{ "the first prefix asked about decides", BOTH, A,
		    .waits = WAIT },
		{ "none but a global address could lead", V4, A,
		    .waits = NO_USE },
	};

	(void)state;
	assert_int_equal(count_asked(&rows[0]), 0);
	assert_int_equal(count_asked(&rows[1]), 1);
	assert_in_range(count_asked(&rows[2]), 1, 3);
}

/* Thousands of service addresses, as a node of a cluster may have. */
struct crowd {
	struct destsort_source own;
	size_t asked;
};

static const struct destsort_source *
crowd_own(size_t number, void *arg)
{
	struct crowd *crowd = arg;

	crowd->own = (struct destsort_source){ .prefix_length = 32 };
	crowd->own.address = literal("10.96.0.0");
	crowd->own.address.in.sin_addr.s_addr |= htonl((uint32_t)number);
	return (number < MANY ? &crowd->own : NULL);
}

static void
crowd_source_of(const struct address *destination,
    struct destsort_source *source, void *arg)
{
	((struct crowd *)arg)->asked++;
	*source = (struct destsort_source){ .found = true };
	source->address = *destination;
}

static void
many_addresses_are_not_asked_about(void **state)
{
	struct destsort_pair best = { .destination = literal(AAAA) };
	struct crowd crowd = { .asked = 0 };
	struct policy_table table;
	struct awaited_family awaited = {
		.family = AF_INET,
		.table = &table,
		.source_of = crowd_source_of,
		.source_arg = &crowd,
		.own_address = crowd_own,
		.own_arg = &crowd,
	};

	(void)state;
	policy_table_init(&table);
	crowd_source_of(&best.destination, &best.source, &crowd);
	crowd.asked = 0;
	assert_false(awaited_family_may_lead(&awaited, &best));
	assert_int_equal(crowd.asked, 0);
}

#ifdef CAN_BE_SHORT_OF_MEMORY
/* Such lines take the place of all that there are without one. */
#define RFC6724_TABLE                                                       \
	"label ::1/128 0\nlabel ::/0 1\nlabel 2002::/16 2\nlabel ::/96 3\n" \
	"label ::ffff:0:0/96 4\nlabel 2001::/32 5\nlabel fc00::/7 13\n"     \
	"precedence ::/0 40\nprecedence ::ffff:0:0/96 35\n"                 \
	"precedence fc00::/7 3\nprecedence 2001::/32 5\n"

/* Adds lines of gai.conf(5) with this word and value, none of which matters. */
static void
write_rows(char *text, size_t size, const char *word, int value)
{
	size_t used = strlen(text);

	for (int i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, size - used,
		    "%s 2001:db8:%x::/48 %d\n", word, 0x100 + i, value);
}

/*
 * What cannot be found out for lack of memory is waited for: here in the
 * prefixes of the table's rows, and in those of the host's own addresses.
 */
static void
without_memory_it_is_waited_for(void **state)
{
	struct destsort_pair best = { .destination = literal(A) };
	char words[600] = V4, gai_conf[8192] = RFC6724_TABLE;
	struct awaited_family awaited;
	struct policy_table table;
	struct fake_host host;
	/* Called as it is: the compiler knows that realloc(3) succeeds. */
	void *(*volatile allocate)(void *, size_t) = realloc;
	size_t refused = 0;
	void *one;

	(void)state;
	granted = 0;
	one = allocate(NULL, 1);
	granted = SIZE_MAX;
	free(one);
	/* valgrind has an allocator of its own. */
	if (one != NULL)
		skip();
	for (int i = 1; i <= 25; i++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words),
		    "fd00:%x::1/64 ", i);
	strncat(words, &VIA[1], sizeof(words) - strlen(words) - 1);
	write_rows(gai_conf, sizeof(gai_conf), "label", 1);
	write_rows(gai_conf, sizeof(gai_conf), "precedence", 40);
	fake_host_init(&host, words);
	read_table(&table, gai_conf);
	init(&awaited, &best.destination, &table, &host);
	fake_host_source_of(&best.destination, &best.source, &host);
	assert_false(awaited_family_may_lead(&awaited, &best));
	for (size_t i = 0;; i++) {
		granted = i;
		if (!awaited_family_may_lead(&awaited, &best)) {
			assert_true(granted != SIZE_MAX);
			break;
		}
		assert_true(granted == SIZE_MAX);
		refused++;
	}
	granted = SIZE_MAX;
	assert_true(refused >= 3);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(answers),
		cmocka_unit_test(policies),
		cmocka_unit_test(of_any_use),
		cmocka_unit_test(few_questions),
		cmocka_unit_test(many_addresses_are_not_asked_about),
#ifdef CAN_BE_SHORT_OF_MEMORY
		cmocka_unit_test(without_memory_it_is_waited_for),
#endif
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
