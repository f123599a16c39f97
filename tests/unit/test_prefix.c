/* SPDX-License-Identifier: ISC */
/*
 * Blocks of addresses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake/attempt_fixture.h"
#include "prefix.h"

static void
what_is_in_it(void **state)
{
	static const struct {
		const char *prefix;
		const char *address;
		bool contained;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.99/24", "192.0.2.1", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/25", "192.0.2.127", true },
		{ "192.0.2.0/25", "192.0.2.128", false },
		{ "192.0.2.0/31", "192.0.2.1", true },
		{ "192.0.2.0/31", "192.0.2.2", false },
		{ "0/0", "255.255.255.255", true },
		{ "0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "[2001:db8::1]", "2001:db8::1", true },
		{ "2001:db8::1/127", "2001:db8::", true },
		{ "2001:db8::1/128", "2001:db8::", false },
		{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
		{ "::ffff:192.0.2.0/120", "192.0.3.9", false },
		{ "::ffff:0:0/96", "198.51.100.1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.1", true },
		{ "127.1", "127.0.0.1", true },
		{ "fe80::/10", "fe80::1%lo", true },
		{ "fe80::%lo/10", "fe80::1%lo", true },
		{ "fe80::%lo/10", "fe80::1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = literal(rows[i].address);
		struct prefix prefix;

		assert_int_equal(
		    prefix_parse(&prefix, rows[i].prefix), PREFIX_PARSED);
		if (prefix_contains(&prefix, &address) != rows[i].contained)
			fail_msg("%s and %s", rows[i].prefix, rows[i].address);
	}
}

static void
what_is_none(void **state)
{
	static const struct {
		const char *text;
		enum prefix_parse_result result;
	} rows[] = {
		{ "", PREFIX_NOT_ADDRESS },
		{ "/8", PREFIX_NOT_ADDRESS },
		{ "name/8", PREFIX_NOT_ADDRESS },
		{ "fe80::1%nosuch/64", PREFIX_UNKNOWN_ZONE },
		{ "192.0.2.0/", PREFIX_NOT_LENGTH },
		{ "192.0.2.0/33", PREFIX_NOT_LENGTH },
		{ "192.0.2.0/-1", PREFIX_NOT_LENGTH },
		{ "192.0.2.0/8x", PREFIX_NOT_LENGTH },
		{ "192.0.2.0/255.255.255.0", PREFIX_NOT_LENGTH },
		{ "192.0.2.0/8/8", PREFIX_NOT_LENGTH },
		{ "::/129", PREFIX_NOT_LENGTH },
		{ "::ffff:192.0.2.0/95", PREFIX_NOT_LENGTH },
		{ "::/99999999999999999999", PREFIX_NOT_LENGTH },
		{ "1111111111111111111111111111111111111111111111111111111111"
		  "1111111111111111111111111111111111111111/8",
		    PREFIX_NOT_ADDRESS },
	};
	struct prefix prefix;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (prefix_parse(&prefix, rows[i].text) != rows[i].result)
			fail_msg("%s", rows[i].text);
}

static void
made_of_an_address(void **state)
{
	struct address v4 = literal("192.0.2.9");
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 };
	struct prefix prefix, same, other;

	(void)state;
	mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
	mapped.sin6_addr.s6_addr[12] = 192;
	mapped.sin6_addr.s6_addr[14] = 2;
	assert_true(prefix_from_sockaddr(&prefix, &v4.sa, v4.length, 24));
	assert_true(prefix_from_sockaddr(
	    &same, (struct sockaddr *)&mapped, sizeof(mapped), 120));
	assert_true(prefix_equal(&prefix, &same));
	assert_false(prefix_from_sockaddr(
	    &other, (struct sockaddr *)&mapped, sizeof(mapped), 95));
	assert_false(prefix_from_sockaddr(
	    &other, (struct sockaddr *)&mapped, sizeof(mapped), 129));
	assert_false(prefix_from_sockaddr(&other, &v4.sa, v4.length, 33));
	assert_false(prefix_from_sockaddr(&other, &v4.sa, 1, 8));
	assert_true(prefix_from_sockaddr(&other, &v4.sa, v4.length, 25));
	assert_false(prefix_equal(&prefix, &other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_it),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(made_of_an_address),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
