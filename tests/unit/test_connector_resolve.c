/* SPDX-License-Identifier: ISC */
/*
 * The whole connector, resolving: the Resolution Delay (RFC 8305 section 3),
 * answers late, negative and missing. connect_drive.h says how a row reads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "connect_drive.h"

static void
numbers(void **state)
{
	static const struct connect_row rows[] = {
		{ "A, then AAAA within the Resolution Delay", .a = "10 4a",
		    .aaaa = "20 6a", .attempts = "6a=100S",
		    .outcome = "6a 20: 6a wins at 120" },
		{ "A, then AAAA too late", .a = "10 4a 4b", .aaaa = "400 6a 6b",
		    .timeout = "600",
		    .outcome = "4a 60, 4b 310, 6a 560: time is up at 600" },
		{ "A, then AAAA negative", .a = "10 4a", .aaaa = "30 fail",
		    .attempts = "4a=5S", .outcome = "4a 30: 4a wins at 35" },
		{ "AAAA, then A", .aaaa = "10 6a 6b", .a = "300 4a",
		    .attempts = "4a=1S",
		    .outcome = "6a 10, 6b 260, 4a 510: 4a wins at 511" },
		{ "AAAA, refused, then A", .aaaa = "10 6a", .a = "500 4a",
		    .attempts = "6a=5R 4a=7S",
		    .outcome = "6a 10, 4a 500: 4a wins at 507" },
		{ "A, and AAAA never", .a = "200 4a", .attempts = "4a=1S",
		    .outcome = "4a 250: 4a wins at 251" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_resolution_delay_counts_from_the_answer(void **state)
{
	static const struct connect_row rows[] = {
		{ "a delay of its own", .a = "10 4a", .attempts = "4a=1S",
		    .resolution_delay = "300",
		    .outcome = "4a 310: 4a wins at 311" },
		{ "longer than the Connection Attempt Delay", .a = "10 4a 4b",
		    .resolution_delay = "1000", .attempts = "4b=1S",
		    .outcome = "4a 1010, 4b 1260: 4b wins at 1261" },
		{ "no delay", .a = "10 4a", .aaaa = "11 6a",
		    .attempts = "4a=5S", .resolution_delay = "0",
		    .outcome = "4a 10: 4a wins at 15" },
		{ "a delay without end", .a = "10 4a", .aaaa = "9000 6a",
		    .attempts = "6a=5S", .resolution_delay = "none",
		    .outcome = "6a 9000: 6a wins at 9005" },
		{ "a delay without end, and AAAA negative", .a = "10 4a",
		    .aaaa = "9000 nodata", .attempts = "4a=5S",
		    .resolution_delay = "none",
		    .outcome = "4a 9000: 4a wins at 9005" },
		{ "AAAA a microsecond before its end", .a = "10 4a",
		    .aaaa = "59.999 6a", .attempts = "6a=5S",
		    .outcome = "6a 59.999: 6a wins at 64.999" },
		{ "AAAA a microsecond after its end", .a = "10 4a",
		    .aaaa = "60.001 6a", .attempts = "6a=5S",
		    .outcome = "4a 60, 6a 310: 6a wins at 315" },
		{ "A within a microsecond", .a = "0.001 4a",
		    .attempts = "4a=5S",
		    .outcome = "4a 50.001: 4a wins at 55.001" },
		{ "a late A too", .a = "5000 4a", .attempts = "4a=1S",
		    .outcome = "4a 5050: 4a wins at 5051" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_negative_aaaa_answer_ends_it(void **state)
{
	static const struct connect_row rows[] = {
		{ "NODATA", .a = "10 4a", .aaaa = "30 nodata",
		    .attempts = "4a=5S", .outcome = "4a 30: 4a wins at 35" },
		{ "NXDOMAIN", .a = "10 4a", .aaaa = "30 noname",
		    .attempts = "4a=5S", .outcome = "4a 30: 4a wins at 35" },
		{ "SERVFAIL", .a = "10 4a", .aaaa = "30 again",
		    .attempts = "4a=5S", .outcome = "4a 30: 4a wins at 35" },
		{ "before A", .aaaa = "5 nodata", .a = "10 4a",
		    .attempts = "4a=5S", .outcome = "4a 10: 4a wins at 15" },
		{ "at the same time", .aaaa = "10 again", .a = "10 4a",
		    .attempts = "4a=5S", .outcome = "4a 10: 4a wins at 15" },
		{ "after the delay: nothing moves", .aaaa = "100 nodata",
		    .a = "10 4a 4b", .attempts = "4b=5S",
		    .outcome = "4a 60, 4b 310: 4b wins at 315" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
ipv6_waits_for_nothing(void **state)
{
	static const struct connect_row rows[] = {
		{ "a silent A", .aaaa = "10 6a", .attempts = "6a=5S",
		    .outcome = "6a 10: 6a wins at 15" },
		{ "a late A", .aaaa = "10 6a", .a = "5000 4a",
		    .attempts = "6a=5S", .outcome = "6a 10: 6a wins at 15" },
		{ "A at the same time", .aaaa = "10 6a", .a = "10 4a",
		    .attempts = "6a=5S", .outcome = "6a 10: 6a wins at 15" },
		{ "a silent A while IPv6 is tried one by one",
		    .aaaa = "10 6a 6b", .attempts = "6a=5R 6b=5S",
		    .outcome = "6a 10, 6b 15: 6b wins at 20" },
		{ "AAAA alone is asked", .aaaa = "10 6a", .family = AF_INET6,
		    .attempts = "6a=5R",
		    .outcome = "6a 10: no connection at 15" },
		{ "A alone is asked: no Resolution Delay", .a = "10 4a",
		    .family = AF_INET, .attempts = "4a=5S",
		    .outcome = "4a 10: 4a wins at 15" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_delay_is_not_waited_for_a_family_of_no_use(void **state)
{
	static const struct connect_row rows[] = {
		{ "no IPv6 on this host", .a = "10 4a", .attempts = "4a=5S",
		    .absent_family = AF_INET6,
		    .outcome = "4a 10: 4a wins at 15" },
		{ "no IPv4 on this host: IPv6 is worth it", .a = "10 4a",
		    .aaaa = "40 6a", .attempts = "6a=5S",
		    .absent_family = AF_INET,
		    .outcome = "6a 40: 6a wins at 45" },
		{ "IPv4 preferred: IPv6 is not waited for", .a = "10 4a",
		    .attempts = "4a=5S", .preferred_family = AF_INET,
		    .outcome = "4a 10: 4a wins at 15" },
		{ "IPv4 preferred: and IPv4 is", .aaaa = "10 6a", .a = "40 4a",
		    .attempts = "4a=5S", .preferred_family = AF_INET,
		    .outcome = "4a 40: 4a wins at 45" },
		{ "IPv4 preferred, and silent", .aaaa = "10 6a",
		    .attempts = "6a=5S", .preferred_family = AF_INET,
		    .outcome = "6a 60: 6a wins at 65" },
		{ "IPv4 preferred, and negative", .aaaa = "10 6a",
		    .a = "20 nodata", .attempts = "6a=5S",
		    .preferred_family = AF_INET,
		    .outcome = "6a 20: 6a wins at 25" },
		{ "IPv4 preferred, but none on this host", .aaaa = "10 6a",
		    .attempts = "6a=5S", .preferred_family = AF_INET,
		    .absent_family = AF_INET,
		    .outcome = "6a 10: 6a wins at 15" },
		{ "IPv6 preferred: as without", .a = "10 4a",
		    .attempts = "4a=5S", .preferred_family = AF_INET6,
		    .outcome = "4a 60: 4a wins at 65" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
nothing_is_lost_before_every_answer_is_in(void **state)
{
	static const struct connect_row rows[] = {
		{ "IPv6 refused, A late", .aaaa = "10 6a 6b", .a = "5000 4a",
		    .attempts = "6a=5R 6b=5R 4a=5S",
		    .outcome = "6a 10, 6b 15, 4a 5000: 4a wins at 5005" },
		{ "IPv6 refused, A late and refused", .aaaa = "10 6a",
		    .a = "5000 4a", .attempts = "6a=5R 4a=5R",
		    .outcome = "6a 10, 4a 5000: no connection at 5005" },
		{ "IPv6 refused, A late and negative", .aaaa = "10 6a",
		    .a = "5000 nodata", .attempts = "6a=5R",
		    .outcome = "6a 10: no connection at 5000" },
		{ "IPv6 refused after a negative A", .aaaa = "10 6a",
		    .a = "5 nodata", .attempts = "6a=90R",
		    .outcome = "6a 10: no connection at 100" },
		{ "IPv4 refused, AAAA late", .a = "10 4a", .aaaa = "5000 6a",
		    .attempts = "4a=5R 6a=5S",
		    .outcome = "4a 60, 6a 5000: 6a wins at 5005" },
		{ "both negative", .aaaa = "10 nodata", .a = "30 nodata",
		    .outcome = ": no address at 30" },
		{ "both negative, A first", .aaaa = "30 noname",
		    .a = "10 again", .outcome = ": no address at 30" },
		{ "both negative at once", .aaaa = "10 nodata",
		    .a = "10 nodata", .outcome = ": no address at 10" },
		{ "one negative, one silent", .aaaa = "10 nodata",
		    .outcome = ": hangs at 10" },
		{ "one family asked, negative", .aaaa = "10 nodata",
		    .family = AF_INET6, .outcome = ": no address at 10" },
		{ "no question can be put", .resolver_error = EMFILE,
		    .outcome = ": no address at 0" },
		{ "no memory for a question", .resolver_error = ENOMEM,
		    .outcome = ": no memory at 0" },
		{ "no memory for an answer", .aaaa = "10 memory",
		    .a = "30 nodata", .outcome = ": no memory at 30" },
		{ "no memory for one answer, and the other will do",
		    .aaaa = "10 memory", .a = "30 4a", .attempts = "4a=5S",
		    .outcome = "4a 30: 4a wins at 35" },
		{ "no memory for one answer, and the other is refused",
		    .aaaa = "10 memory", .a = "30 4a", .attempts = "4a=5R",
		    .outcome = "4a 30: no connection at 35" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Nothing is asked of the resolver. */
static void
literals_and_given_addresses(void **state)
{
	static const struct connect_row rows[] = {
		{ "IPv4", .host = "192.0.2.97", .attempts = "4a=5S",
		    .outcome = "4a 0: 4a wins at 5" },
		{ "IPv6", .host = "2001:db8::a:1", .attempts = "6a=5S",
		    .outcome = "6a 0: 6a wins at 5" },
		{ "IPv6 in brackets", .host = "[2001:db8::a:1]",
		    .attempts = "6a=5S", .outcome = "6a 0: 6a wins at 5" },
		{ "IPv6 with a zone", .host = "fe80::1%1000001",
		    .attempts = "fe80::1%1000001=5S",
		    .outcome = "fe80::1%1000001 0: "
			       "fe80::1%1000001 wins at 5" },
		{ "IPv4-mapped", .host = "::ffff:192.0.2.97",
		    .attempts = "4a=5S", .outcome = "4a 0: 4a wins at 5" },
		{ "of the family that was asked for", .host = "192.0.2.97",
		    .family = AF_INET, .attempts = "4a=5S",
		    .outcome = "4a 0: 4a wins at 5" },
		{ "of the other family", .host = "192.0.2.97",
		    .family = AF_INET6, .outcome = ": no address at 0" },
		{ "given addresses need no host either", .addresses = "4a 6a",
		    .attempts = "6a=5S", .outcome = "6a 0: 6a wins at 5" },
		{ "given addresses of one family", .addresses = "6a 4a 6b 4b",
		    .family = AF_INET, .attempts = "4b=5S",
		    .outcome = "4a 0, 4b 250: 4b wins at 255" },
		{ "given addresses of the other family", .addresses = "6a",
		    .family = AF_INET, .outcome = ": no address at 0" },
		{ "given twice, once IPv4-mapped", .addresses = "4a m4a 4b 4a",
		    .attempts = "4b=5S",
		    .outcome = "4a 0, 4b 250: 4b wins at 255" },
	};
	struct connect connect;

	(void)state;
	CHECK_ALL(rows);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connect_init(&connect, &rows[i]);
		connect_run(&connect);
		assert_int_equal(connect.world.lookups, 0);
		connect_release(&connect);
	}
}

static void
what_is_asked(void **state)
{
	static const struct {
		struct connect_row row;
		enum resolver_families families;
	} rows[] = {
		{ { .rule = "both, side by side" }, RESOLVER_BOTH },
		{ { "IPv6 alone", .family = AF_INET6 }, RESOLVER_IPV6 },
		{ { "IPv4 alone", .family = AF_INET }, RESOLVER_IPV4 },
		{ { "the resolver's order: one question",
		      .order = HECAT_ORDER_RESOLVER },
		    RESOLVER_BOTH_TOGETHER },
		{ { "the resolver's order of one family",
		      .order = HECAT_ORDER_RESOLVER, .family = AF_INET },
		    RESOLVER_IPV4 },
	};
	struct connect connect;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connect_init(&connect, &rows[i].row);
		assert_int_equal(connect.world.lookups, 0);
		connect_run(&connect);
		assert_int_equal(connect.world.lookups, 1);
		assert_int_equal(connect.world.asked, rows[i].families);
		connect_release(&connect);
	}
}

/* With an order of its own the resolver is asked once and not waited on. */
static void
the_resolvers_order(void **state)
{
	static const struct connect_row rows[] = {
		{ "tried as answered", .both = "10 4b 4a 6a",
		    .order = HECAT_ORDER_RESOLVER, .attempts = "6a=5S",
		    .outcome = "4b 10, 4a 260, 6a 510: 6a wins at 515" },
		{ "IPv4 first: no Resolution Delay", .both = "10 4a",
		    .order = HECAT_ORDER_RESOLVER, .attempts = "4a=5S",
		    .outcome = "4a 10: 4a wins at 15" },
		{ "negative", .both = "10 noname",
		    .order = HECAT_ORDER_RESOLVER,
		    .outcome = ": no address at 10" },
		{ "silent", .order = HECAT_ORDER_RESOLVER, .timeout = "100",
		    .outcome = ": time is up at 100" },
		{ "refused: nothing else is awaited", .both = "10 4a",
		    .order = HECAT_ORDER_RESOLVER, .attempts = "4a=5R",
		    .outcome = "4a 10: no connection at 15" },
		{ "no question can be put", .resolver_error = EAGAIN,
		    .order = HECAT_ORDER_RESOLVER,
		    .outcome = ": no address at 0" },
		{ "no memory for a question", .resolver_error = ENOMEM,
		    .order = HECAT_ORDER_RESOLVER,
		    .outcome = ": no memory at 0" },
		{ "given addresses: as listed", .addresses = "4b 6a 4a",
		    .order = HECAT_ORDER_RESOLVER, .attempts = "4a=5S",
		    .outcome = "4b 0, 6a 250, 4a 500: 4a wins at 505" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(the_resolution_delay_counts_from_the_answer),
		cmocka_unit_test(a_negative_aaaa_answer_ends_it),
		cmocka_unit_test(ipv6_waits_for_nothing),
		cmocka_unit_test(
		    the_delay_is_not_waited_for_a_family_of_no_use),
		cmocka_unit_test(nothing_is_lost_before_every_answer_is_in),
		cmocka_unit_test(literals_and_given_addresses),
		cmocka_unit_test(what_is_asked),
		cmocka_unit_test(the_resolvers_order),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
