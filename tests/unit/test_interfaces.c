/* SPDX-License-Identifier: ISC */
/*
 * The one link of a host. A host is a list of addresses, each on an interface:
 * "2 up fe80::1" with the interface's number, "up", "down" or "loopback", and
 * the address, "-" for an entry without one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "interfaces.h"

#define ENTRIES_MAX      8
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

struct host {
	struct ifaddrs entries[ENTRIES_MAX];
	struct address addresses[ENTRIES_MAX];
	size_t count;
};

static void
add(struct host *host, const char *line)
{
	struct ifaddrs *entry = &host->entries[host->count];
	struct address *address = &host->addresses[host->count];
	char state[16], text[64];
	unsigned index;

	assert_true(host->count < ENTRIES_MAX);
	assert_int_equal(sscanf(line, "%u %15s %63s", &index, state, text), 3);
	if (strcmp(state, "down") != 0)
		entry->ifa_flags |= IFF_UP;
	if (strcmp(state, "loopback") == 0)
		entry->ifa_flags |= IFF_LOOPBACK;
	if (strcmp(text, "-") != 0) {
		assert_int_equal(
		    address_parse(address, text, 0), ADDRESS_PARSED);
		/* As getifaddrs(3) has it. */
		if (address_lacks_zone(address))
			address->in6.sin6_scope_id = index;
		entry->ifa_addr = &address->sa;
	}
	if (host->count++ > 0)
		entry[-1].ifa_next = entry;
}

static void
add_all(struct host *host, const char *lines)
{
	char copy[256];
	char *rest = copy;

	snprintf(copy, sizeof(copy), "%s", lines);
	for (char *line = strtok_r(copy, ",", &rest); line != NULL;
	     line = strtok_r(NULL, ",", &rest))
		add(host, line);
}

static void
the_one_link_is_found(void **state)
{
	static const struct {
		const char *what;
		const char *lines;
		uint32_t link; /* 0: none, or several */
	} rows[] = {
		{ "loopback only", "1 loopback ::1", 0 },
		{ "no link-local address", "2 up 2001:db8::1", 0 },
		{ "one", "2 up fe80::1", 2 },
		{ "beside others",
		    "1 loopback ::1,2 up 192.0.2.1,2 up 2001:db8::1,"
		    "2 up fe80::1,3 up 192.0.2.2",
		    2 },
		{ "the end of fe80::/10", "7 up febf::1", 7 },
		{ "fec0:: is site-local", "7 up fec0::1", 0 },
		{ "two addresses of one", "2 up fe80::1,2 up fe80::2", 2 },
		{ "two", "2 up fe80::1,3 up fe80::2", 0 },
		{ "two, the same address", "2 up fe80::1,3 up fe80::1", 0 },
		{ "three", "2 up fe80::1,3 up fe80::2,2 up fe80::3", 0 },
		{ "the other one is down", "2 down fe80::1,3 up fe80::2", 3 },
		{ "down", "2 down fe80::1", 0 },
		{ "loopback does not count", "1 loopback fe80::9,3 up fe80::2",
		    3 },
		{ "nor alone", "1 loopback fe80::9", 0 },
		{ "an entry without an address", "2 up -,3 up fe80::2", 3 },
	};

	(void)state;
	assert_int_equal(interfaces_only_link(NULL), 0);
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct host host = { .count = 0 };

		add_all(&host, rows[i].lines);
		if (interfaces_only_link(host.entries) != rows[i].link)
			fail_msg("%s: interface %u", rows[i].what,
			    interfaces_only_link(host.entries));
	}
}

static void
an_address_beyond_the_link_is_found(void **state)
{
	static const struct {
		const char *lines;
		bool six;
		bool four;
	} rows[] = {
		{ "1 loopback ::1,1 loopback 127.0.0.1", false, false },
		{ "2 up 192.0.2.1", false, true },
		{ "2 up 2001:db8::1", true, false },
		{ "2 up fe80::1,2 up 169.254.0.1", false, false },
		{ "2 up fe80::1,2 up fd00::1,2 up 10.0.0.1", true, true },
		{ "2 down 2001:db8::1,2 down 192.0.2.1", false, false },
		{ "2 up -,3 up 2001:db8::1", true, false },
		/* An address of the host on loopback is one to send from. */
		{ "1 loopback 192.0.2.1,1 loopback 2001:db8::1", true, true },
	};

	(void)state;
	assert_false(interfaces_list_has_family(NULL, AF_INET));
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct host host = { .count = 0 };

		add_all(&host, rows[i].lines);
		if (interfaces_list_has_family(host.entries, AF_INET6) !=
			rows[i].six ||
		    interfaces_list_has_family(host.entries, AF_INET) !=
			rows[i].four)
			fail_msg("%s", rows[i].lines);
	}
}

/* An address with a zone, or one that needs none, stays as it is. */
static void
what_needs_no_zone_is_left_alone(void **state)
{
	static const char *const texts[] = { "192.0.2.1", "169.254.0.1",
		"2001:db8::1", "::1", "fec0::1", "fe80::1%1000001",
		"::ffff:192.0.2.1" };
	struct address addresses[LENGTH_OF(texts)], before[LENGTH_OF(texts)];

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(texts); i++) {
		memset(&before[i], 0, sizeof(before[i]));
		assert_int_equal(
		    address_parse(&before[i], texts[i], 80), ADDRESS_PARSED);
		assert_false(address_lacks_zone(&before[i]));
	}
	memcpy(addresses, before, sizeof(addresses));
	assert_int_equal(interfaces_complete_zones(addresses, LENGTH_OF(texts)),
	    LENGTH_OF(texts));
	assert_memory_equal(addresses, before, sizeof(before));
	assert_int_equal(interfaces_complete_zones(NULL, 0), 0);
}

/* The interfaces of any host: both functions agree on the index. */
static void
the_first_one_without_is_told(void **state)
{
	struct address addresses[3];
	struct ifaddrs *list;
	uint32_t link;

	(void)state;
	address_parse(&addresses[0], "2001:db8::1", 80);
	address_parse(&addresses[1], "fe80::1", 80);
	address_parse(&addresses[2], "fe80::2", 80);
	assert_true(address_lacks_zone(&addresses[1]));
	assert_int_equal(getifaddrs(&list), 0);
	link = interfaces_only_link(list);
	freeifaddrs(list);
	assert_int_equal(
	    interfaces_complete_zones(addresses, 3), link == 0 ? 1 : 3);
	assert_int_equal(addresses[1].in6.sin6_scope_id, link);
	assert_int_equal(addresses[2].in6.sin6_scope_id, link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_link_is_found),
		cmocka_unit_test(an_address_beyond_the_link_is_found),
		cmocka_unit_test(what_needs_no_zone_is_left_alone),
		cmocka_unit_test(the_first_one_without_is_told),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
