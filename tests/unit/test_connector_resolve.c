/* SPDX-License-Identifier: ISC */
/*
 * The whole connector, resolving: the Resolution Delay (RFC 8305 section 3),
 * answers late, negative and missing. connect_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "fake/connect_drive.h"

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

#define V4      "192.0.2.1/24 to:0.0.0.0/0 "
#define VIA     " to:::/0"
#define IPV4_UP "precedence ::ffff:0:0/96 100\n"
#define EQUALS  "precedence ::/0 40\n"

/* The answer comes at 10; what it waits for comes too late, at 200. */
#define A_FIRST    .a = "10 198.51.100.1", .aaaa = "200 2001:db8:1::a"
#define AAAA_FIRST .aaaa = "10 2001:db8:1::a", .a = "200 198.51.100.1"

#define A_AT_ONCE                               \
	A_FIRST, .attempts = "198.51.100.1=5S", \
		 .outcome = "198.51.100.1 10: 198.51.100.1 wins at 15"
#define A_WAITS                                 \
	A_FIRST, .attempts = "198.51.100.1=5S", \
		 .outcome = "198.51.100.1 60: 198.51.100.1 wins at 65"
#define AAAA_AT_ONCE                                \
	AAAA_FIRST, .attempts = "2001:db8:1::a=5S", \
		    .outcome = "2001:db8:1::a 10: 2001:db8:1::a wins at 15"
#define AAAA_WAITS                                  \
	AAAA_FIRST, .attempts = "2001:db8:1::a=5S", \
		    .outcome = "2001:db8:1::a 60: 2001:db8:1::a wins at 65"

/* Hosts, and which answer that comes first is used at once. */
static void
it_is_waited_for_what_could_lead(void **state)
{
	static const struct connect_row rows[] = {
		{ "both families: A", .words = V4 "2001:db8::1/64" VIA,
		    A_WAITS },
		{ "both families: AAAA", .words = V4 "2001:db8::1/64" VIA,
		    AAAA_AT_ONCE },
		{ "both families, temporary addresses too: A",
		    .words = V4 "2001:db8::1/64 2001:db8::2/64,t" VIA,
		    A_WAITS },
		{ "both families, temporary addresses too: AAAA",
		    .words = V4 "2001:db8::1/64 2001:db8::2/64,t" VIA,
		    AAAA_AT_ONCE },
		{ "IPv6 from a unique local address: A",
		    .words = V4 "fd00::1/64" VIA, A_AT_ONCE },
		{ "IPv6 from a unique local address: AAAA",
		    .words = V4 "fd00::1/64" VIA, AAAA_WAITS },
		{ "IPv6 from a Teredo address: A", .words = V4 "2001::1/32" VIA,
		    A_AT_ONCE },
		{ "IPv6 from a Teredo address: AAAA",
		    .words = V4 "2001::1/32" VIA, AAAA_WAITS },
		{ "IPv6 from a 6to4 address: A",
		    .words = V4 "2002:c000:201::1/48" VIA, A_AT_ONCE },
		{ "IPv6 from a 6to4 address: AAAA",
		    .words = V4 "2002:c000:201::1/48" VIA, AAAA_WAITS },
		{ "IPv4 only: A", .words = V4, A_AT_ONCE },
		{ "IPv4 only: AAAA", .words = V4, AAAA_WAITS },
		{ "VPN with IPv4 only: A", .words = V4 "10.8.0.2/32",
		    A_AT_ONCE },
		{ "VPN with IPv4 only: AAAA", .words = V4 "10.8.0.2/32",
		    AAAA_WAITS },
		{ "IPv6 link-local only: A", .words = V4 "fe80::1/64",
		    A_AT_ONCE },
		{ "IPv6 link-local only: AAAA", .words = V4 "fe80::1/64",
		    AAAA_WAITS },
		{ "IPv6 only: A", .words = "2001:db8::1/64" VIA, A_WAITS },
		{ "IPv6 only: AAAA", .words = "2001:db8::1/64" VIA,
		    AAAA_AT_ONCE },
		{ "CLAT: A",
		    .words = "192.0.0.4/32 to:0.0.0.0/0 2001:db8::1/64" VIA,
		    A_WAITS },
		{ "CLAT: AAAA",
		    .words = "192.0.0.4/32 to:0.0.0.0/0 2001:db8::1/64" VIA,
		    AAAA_AT_ONCE },
		{ "deprecated IPv6: A", .words = V4 "2001:db8::1/64,d" VIA,
		    A_AT_ONCE },
		{ "deprecated IPv6: AAAA", .words = V4 "2001:db8::1/64,d" VIA,
		    AAAA_WAITS },
		{ "IPv4 without a route: A",
		    .words = "192.0.2.1/24 2001:db8::1/64" VIA, A_WAITS },
		{ "IPv4 without a route: AAAA",
		    .words = "192.0.2.1/24 2001:db8::1/64" VIA, AAAA_AT_ONCE },
		{ "IPv6 on-link only: A", .words = V4 "2001:db8::1/64",
		    A_WAITS },
		{ "IPv6 on-link only: AAAA", .words = V4 "2001:db8::1/64",
		    AAAA_WAITS },
		{ "IPv4 before IPv6 in gai.conf: A",
		    .words = V4 "2001:db8::1/64" VIA, .gai_conf = IPV4_UP,
		    A_AT_ONCE },
		{ "IPv4 before IPv6 in gai.conf: AAAA",
		    .words = V4 "2001:db8::1/64" VIA, .gai_conf = IPV4_UP,
		    AAAA_WAITS },
		{ "a tie in gai.conf: A", .words = V4 "2001:db8::1/64" VIA,
		    .gai_conf = EQUALS, A_WAITS },
		{ "a tie in gai.conf: AAAA", .words = V4 "2001:db8::1/64" VIA,
		    .gai_conf = EQUALS, AAAA_WAITS },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Both answers come in time, in either order: the family that leads. */
static void
the_order_of_the_answers_does_not_matter(void **state)
{
	static const struct connect_row rows[] = {
		{ "a tie: A leads", .words = V4 "2001:db8::1/64" VIA,
		    .gai_conf = EQUALS, .aaaa = "10 2001:db8:1::a",
		    .a = "40 198.51.100.1", .timeout = "400",
		    .outcome = "198.51.100.1 40, 2001:db8:1::a 290: "
			       "time is up at 400" },
		{ "a tie, A first: A leads", .words = V4 "2001:db8::1/64" VIA,
		    .gai_conf = EQUALS, .a = "10 198.51.100.1",
		    .aaaa = "40 2001:db8:1::a", .timeout = "400",
		    .outcome = "198.51.100.1 40, 2001:db8:1::a 290: "
			       "time is up at 400" },
		{ "a tie in a list that is given: its first leads",
		    .words = V4 "2001:db8::1/64" VIA, .gai_conf = EQUALS,
		    .addresses = "2001:db8:1::a 198.51.100.1", .timeout = "400",
		    .outcome = "2001:db8:1::a 0, 198.51.100.1 250: "
			       "time is up at 400" },
		{ "IPv4 leads", .words = V4 "fd00::1/64" VIA,
		    .aaaa = "10 2001:db8:1::a", .a = "40 198.51.100.1",
		    .timeout = "400",
		    .outcome = "198.51.100.1 40, 2001:db8:1::a 290: "
			       "time is up at 400" },
		{ "IPv6 cannot lead: A does not wait",
		    .words = V4 "fd00::1/64" VIA, .a = "10 198.51.100.1",
		    .aaaa = "11 2001:db8:1::a", .timeout = "400",
		    .outcome = "198.51.100.1 10, 2001:db8:1::a 260: "
			       "time is up at 400" },
		{ "a unique local AAAA beside A, from a global address",
		    .words = V4 "2001:db8::1/64" VIA, .aaaa = "10 fd00::a",
		    .a = "11 198.51.100.1", .timeout = "400",
		    .outcome = "198.51.100.1 11, fd00::a 261: "
			       "time is up at 400" },
		{ "a 6to4 AAAA beside A, from a global address",
		    .words = V4 "2001:db8::1/64" VIA,
		    .aaaa = "10 2002:c633:6401::a", .a = "11 198.51.100.1",
		    .timeout = "400",
		    .outcome = "198.51.100.1 11, 2002:c633:6401::a 261: "
			       "time is up at 400" },
		{ "an on-link AAAA where there is no route",
		    .words = V4 "2001:db8::1/64", .aaaa = "10 6b",
		    .a = "40 198.51.100.1", .timeout = "300",
		    .outcome = "6b 10, 198.51.100.1 260: "
			       "time is up at 300" },
		{ "an answer that could have led is negative",
		    .words = V4 "fd00::1/64" VIA, .aaaa = "10 2001:db8:1::a",
		    .a = "20 nodata", .attempts = "2001:db8:1::a=5S",
		    .outcome = "2001:db8:1::a 20: 2001:db8:1::a wins at 25" },
		{ "the addresses known are of the family that is out",
		    .words = V4 "fd00::1/64" VIA,
		    .aaaa = "10 ::ffff:198.51.100.1", .a = "40 198.51.100.1",
		    .attempts = "198.51.100.1=5S",
		    .outcome = "198.51.100.1 10: 198.51.100.1 wins at 15" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* The user sets the sources, or the family that leads. */
static void
what_the_user_says_counts(void **state)
{
	static const struct connect_row rows[] = {
		{ "from global addresses", .words = V4 "fd00::1/64" VIA,
		    .sources = "4s 6a", A_FIRST,
		    .attempts = "198.51.100.1<4s=5S",
		    .outcome =
			"198.51.100.1<4s 60: 198.51.100.1<4s wins at 65" },
		{ "from a unique local one", .words = V4 "2001:db8::1/64" VIA,
		    .sources = "4s fd00::7", A_FIRST,
		    .attempts = "198.51.100.1<4s=5S",
		    .outcome =
			"198.51.100.1<4s 10: 198.51.100.1<4s wins at 15" },
		{ "from a unique local one: AAAA waits",
		    .words = V4 "2001:db8::1/64" VIA, .sources = "4s fd00::7",
		    AAAA_FIRST, .attempts = "2001:db8:1::a<fd00::7=5S",
		    .outcome = "2001:db8:1::a<fd00::7 60: "
			       "2001:db8:1::a<fd00::7 wins at 65" },
		{ "from IPv4 alone", .words = V4 "2001:db8::1/64" VIA,
		    .sources = "4s", A_FIRST, .attempts = "198.51.100.1<4s=5S",
		    .outcome =
			"198.51.100.1<4s 10: 198.51.100.1<4s wins at 15" },
		{ "IPv6 leads, from a unique local address",
		    .words = V4 "fd00::1/64" VIA, .preferred_family = AF_INET6,
		    A_WAITS },
		{ "IPv6 leads, and A is not waited for",
		    .words = V4 "fd00::1/64" VIA, .preferred_family = AF_INET6,
		    AAAA_AT_ONCE },
		{ "IPv6 leads, but there is none", .words = V4,
		    .preferred_family = AF_INET6, A_AT_ONCE },
		{ "IPv4 leads", .words = V4 "2001:db8::1/64" VIA,
		    .preferred_family = AF_INET, AAAA_WAITS },
		{ "IPv4 leads, and AAAA is not waited for",
		    .words = V4 "2001:db8::1/64" VIA,
		    .preferred_family = AF_INET, A_AT_ONCE },
		{ "no Resolution Delay", .words = V4 "2001:db8::1/64" VIA,
		    .resolution_delay = "0", A_AT_ONCE },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* A connect that has nothing to decide asks the host nothing. */
static void
the_host_is_asked_only_for_a_decision(void **state)
{
	static const struct connect_row rows[] = {
		{ "a literal", .host = "192.0.2.97", .attempts = "4a=5S" },
		{ "one family", .a = "10 4a", .family = AF_INET,
		    .attempts = "4a=5S" },
		{ "a negative answer before it", .a = "10 nodata",
		    .aaaa = "20 6a", .attempts = "6a=5S" },
		{ "no Resolution Delay", .a = "10 4a", .attempts = "4a=5S",
		    .resolution_delay = "0" },
		{ "the resolver's order", .both = "10 4a 6a",
		    .order = HECAT_ORDER_RESOLVER, .attempts = "4a=5S" },
		{ "the other family is preferred", .a = "10 4a",
		    .preferred_family = AF_INET, .attempts = "4a=5S" },
	};
	struct connect connect;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connect_init(&connect, &rows[i]);
		connect_run(&connect);
		if (connect.world.host_asked != 0)
			fail_msg("%s", rows[i].rule);
		connect_release(&connect);
	}
}

/* What a decision takes is read while the answers are out, if it may come. */
static void
what_is_read_ahead(void **state)
{
	static const struct {
		struct connect_row row;
		bool ahead;
	} rows[] = {
		{ { .rule = "both families", .a = "10 4a" }, true },
		{ { .rule = "IPv4 alone", .family = AF_INET, .a = "10 4a" },
		    false },
		{ { .rule = "the resolver's order",
		      .both = "10 4a 6a",
		      .order = HECAT_ORDER_RESOLVER },
		    false },
		{ { .rule = "a literal", .host = "192.0.2.97" }, false },
	};
	struct connect connect;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connect_init(&connect, &rows[i].row);
		while (
		    connect.world.lookups + connect.world.attempts_started == 0)
			assert_true(fake_world_step(&connect.world));
		assert_int_equal(connect.world.host_listed, rows[i].ahead);
		assert_int_equal(connect.world.host_asked, 0);
		connect_release(&connect);
	}
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
		{ "no question can be put", .resolver_error = EAGAIN,
		    .outcome = ": no address at 0" },
		{ "no descriptor to ask with: it asks again",
		    .resolver_error = EMFILE, .resolver_error_until = "350",
		    .aaaa = "10 6a", .attempts = "6a=5S",
		    .outcome = "6a 410: 6a wins at 415" },
		{ "no descriptor on its way: both are asked again, in one",
		    .no_descriptor_until = "250", .aaaa = "10 6a", .a = "20 4a",
		    .both = "30 4a 6a", .attempts = "6a=5S",
		    .outcome = "6a 280: 6a wins at 285" },
		{ "no descriptor for AAAA: A goes ahead", .aaaa = "1 6a",
		    .no_descriptor_until = "1",
		    .no_descriptor_family = AF_INET6, .a = "10 4a",
		    .both = "5 4a 6a", .attempts = "6a=5S",
		    .outcome = "4a 60, 6a 310: 6a wins at 315" },
		{ "no descriptor for AAAA, and it cannot be asked again",
		    .no_descriptor_until = "1",
		    .no_descriptor_family = AF_INET6, .aaaa = "1 6a",
		    .a = "10 4a", .resolution_delay = "none",
		    .resolver_error = EAGAIN, .resolver_error_from = "50",
		    .attempts = "4a=5S", .outcome = "4a 110: 4a wins at 115" },
		{ "no descriptor for A, AAAA is refused", .aaaa = "10 6a",
		    .no_descriptor_until = "1", .no_descriptor_family = AF_INET,
		    .a = "1 4a", .both = "5 4a 6a", .attempts = "6a=5R 4a=5S",
		    .outcome = "6a 10, 4a 115: 4a wins at 120" },
		{ "no descriptor for A, AAAA is negative", .aaaa = "10 nodata",
		    .no_descriptor_until = "1", .no_descriptor_family = AF_INET,
		    .a = "1 4a", .both = "5 4a", .attempts = "4a=5S",
		    .outcome = "4a 115: 4a wins at 120" },
		{ "no descriptor for the only family", .aaaa = "10 6a",
		    .family = AF_INET6, .no_descriptor_until = "150",
		    .attempts = "6a=5S", .outcome = "6a 230: 6a wins at 235" },
		{ "no descriptor, as long as the budget lasts",
		    .no_descriptor_until = "none", .aaaa = "10 6a",
		    .a = "20 4a", .both = "30 4a 6a", .timeout = "350",
		    .outcome = ": time is up at 350" },
		{ "within its budget", .resolver_error = ENFILE,
		    .timeout = "350", .outcome = ": time is up at 350" },
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
		monotime_t grace; /* in ms */
	} rows[] = {
		{ { .rule = "both, side by side" }, RESOLVER_BOTH, 50 },
		{ { "with the Resolution Delay", .resolution_delay = "120" },
		    RESOLVER_BOTH, 120 },
		{ { "IPv6 alone", .family = AF_INET6 }, RESOLVER_IPV6, 50 },
		{ { "IPv4 alone", .family = AF_INET }, RESOLVER_IPV4, 50 },
		{ { "the resolver's order: one question",
		      .order = HECAT_ORDER_RESOLVER },
		    RESOLVER_BOTH_TOGETHER, 50 },
		{ { "the resolver's order of one family",
		      .order = HECAT_ORDER_RESOLVER, .family = AF_INET },
		    RESOLVER_IPV4, 50 },
	};
	struct connect connect;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connect_init(&connect, &rows[i].row);
		assert_int_equal(connect.world.lookups, 0);
		connect_run(&connect);
		assert_int_equal(connect.world.lookups, 1);
		assert_int_equal(connect.world.asked, rows[i].families);
		assert_int_equal(
		    connect.world.grace, rows[i].grace * MONOTIME_PER_MS);
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

/* Interleaved without sorting, the family of the first address leads. */
static void
the_resolvers_order_interleaved(void **state)
{
	static const struct connect_row rows[] = {
		{ "the first family leads", .both = "10 4b 4a 6a 6b",
		    .order = HECAT_ORDER_INTERLEAVED, .attempts = "6b=5S",
		    .outcome =
			"4b 10, 6a 260, 4a 510, 6b 760: 6b wins at 765" },
		{ "no Resolution Delay", .both = "10 4a",
		    .order = HECAT_ORDER_INTERLEAVED, .attempts = "4a=5S",
		    .outcome = "4a 10: 4a wins at 15" },
		{ "First Address Family Count 2", .both = "10 4b 4a 4c 6a",
		    .order = HECAT_ORDER_INTERLEAVED,
		    .first_address_family_count = 2, .attempts = "4c=5S",
		    .outcome =
			"4b 10, 4a 260, 6a 510, 4c 760: 4c wins at 765" },
		{ "a family that is preferred leads", .both = "10 4b 4a 6a",
		    .order = HECAT_ORDER_INTERLEAVED,
		    .preferred_family = AF_INET6, .attempts = "4a=5S",
		    .outcome = "6a 10, 4b 260, 4a 510: 4a wins at 515" },
		{ "given addresses", .addresses = "4b 4a 6a",
		    .order = HECAT_ORDER_INTERLEAVED, .attempts = "4a=5S",
		    .outcome = "4b 0, 6a 250, 4a 500: 4a wins at 505" },
		{ "each pair with a source stays adjacent",
		    .addresses = "4a 6a", .sources = "4s 4t 6d",
		    .order = HECAT_ORDER_INTERLEAVED, .attempts = "6a<6d=5S",
		    .outcome = "4a<4s 0, 4a<4t 250, 6a<6d 500: "
			       "6a<6d wins at 505" },
		{ "a list of one", .addresses = "4a",
		    .order = HECAT_ORDER_INTERLEAVED, .attempts = "4a=5S",
		    .outcome = "4a 0: 4a wins at 5" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* A resolver of the caller's own may answer bit by bit. */
static void
answers_in_parts(void **state)
{
	static const struct connect_row rows[] = {
		{ "the delay counts from the first part", .a = "10 4a",
		    .a_rest = "30 4b", .attempts = "4b=5S",
		    .outcome = "4a 60, 4b 310: 4b wins at 315" },
		{ "a part after the delay starts nothing", .a = "10 4a",
		    .a_rest = "70 4b", .attempts = "4b=5S",
		    .outcome = "4a 60, 4b 310: 4b wins at 315" },
		{ "the rest of a family is not waited for", .aaaa = "10 6a",
		    .aaaa_rest = "900 6b", .a = "5 nodata", .attempts = "6a=5S",
		    .outcome = "6a 10: 6a wins at 15" },
		{ "nor with the other family pending", .aaaa = "10 6a",
		    .aaaa_rest = "900 6b", .attempts = "6a=5S",
		    .outcome = "6a 10: 6a wins at 15" },
		{ "the delay ends with the other family's first", .a = "10 4a",
		    .aaaa = "30 6a", .aaaa_rest = "900 6b", .attempts = "6a=5S",
		    .outcome = "6a 30: 6a wins at 35" },
		{ "the rest comes late, and is due", .aaaa = "10 6a",
		    .aaaa_rest = "500 6b", .a = "5 nodata", .attempts = "6b=5S",
		    .outcome = "6a 10, 6b 500: 6b wins at 505" },
		{ "all refused: the rest is waited for", .aaaa = "10 6a",
		    .aaaa_rest = "500 6b", .a = "5 nodata",
		    .attempts = "6a=5R 6b=5S",
		    .outcome = "6a 10, 6b 500: 6b wins at 505" },
		{ "a failure behind addresses", .aaaa = "10 6a",
		    .aaaa_rest = "500 fail", .a = "5 nodata",
		    .attempts = "6a=5R",
		    .outcome = "6a 10: no connection at 500" },
		{ "an empty part, then addresses", .aaaa = "10 ",
		    .aaaa_rest = "20 6a", .a = "5 nodata", .attempts = "6a=5S",
		    .outcome = "6a 20: 6a wins at 25" },
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
		cmocka_unit_test(it_is_waited_for_what_could_lead),
		cmocka_unit_test(the_order_of_the_answers_does_not_matter),
		cmocka_unit_test(what_the_user_says_counts),
		cmocka_unit_test(the_host_is_asked_only_for_a_decision),
		cmocka_unit_test(what_is_read_ahead),
		cmocka_unit_test(nothing_is_lost_before_every_answer_is_in),
		cmocka_unit_test(literals_and_given_addresses),
		cmocka_unit_test(what_is_asked),
		cmocka_unit_test(the_resolvers_order),
		cmocka_unit_test(the_resolvers_order_interleaved),
		cmocka_unit_test(answers_in_parts),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
