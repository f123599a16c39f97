/* SPDX-License-Identifier: ISC */
/*
 * What four libraries for Python test of themselves, with their numbers: trio's
 * open_tcp_stream, asyncio's create_connection and staggered_race,
 * aiohappyeyeballs' start_connection, async_stagger's create_connected_sock and
 * its resolvers. A row has the name of their test, in short.
 *
 * The file PYTHON-SCENARIOS lists all of their tests, those that are elsewhere
 * and those that cannot be expressed, too. An order of theirs is that of a list
 * in the order of the resolver; what fails before a packet is sent, as a socket
 * that cannot be made or bound, is "U" here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake/connect_drive.h"

#define AS_LISTED .order = HECAT_ORDER_RESOLVER

static void
trio_open_tcp_stream(void **state)
{
	static const struct connect_row rows[] = {
		{ "one_host_quick_success", .addresses = "4a",
		    .attempts = "4a=123S", .outcome = "4a 0: 4a wins at 123" },
		{ "one_host_slow_success", .addresses = "4a",
		    .attempts = "4a=100000S",
		    .outcome = "4a 0: 4a wins at 100000" },
		{ "one_host_quick_fail", .addresses = "4a",
		    .attempts = "4a=123R",
		    .outcome = "4a 0: no connection at 123" },
		{ "one_host_slow_fail", .addresses = "4a",
		    .attempts = "4a=100000R",
		    .outcome = "4a 0: no connection at 100000" },
		{ "basic_fallthrough, none_default", .addresses = "4a 4b 4c",
		    AS_LISTED, .attempts = "4a=1000S 4b=1000S 4c=200S",
		    .outcome = "4a 0, 4b 250, 4c 500: 4c wins at 700" },
		{ "early_success", .addresses = "4a 4b 4c", AS_LISTED,
		    .attempts = "4a=1000S 4b=100S 4c=200S",
		    .outcome = "4a 0, 4b 250: 4b wins at 350" },
		{ "custom_delay", .addresses = "4a 4b 4c", AS_LISTED,
		    .delay = "450", .attempts = "4a=1000S 4b=1000S 4c=200S",
		    .outcome = "4a 0, 4b 450, 4c 900: 4a wins at 1000" },
		{ "custom_errors_expedite", .addresses = "4a 4b 4c 4d",
		    AS_LISTED, .attempts = "4a=100R 4b=200R 4c=10000S 4d=250S",
		    .outcome = "4a 0, 4b 100, 4c 300, 4d 550: "
			       "4d wins at 800" },
		{ "all_fail", .addresses = "4a 4b 4c 4d", AS_LISTED,
		    .attempts = "4a=100R 4b=200R 4c=10000R 4d=250R",
		    .outcome = "4a 0, 4b 100, 4c 300, 4d 550: "
			       "no connection at 10300" },
		/* Of three at the same time the one that was started first. */
		{ "multi_success", .addresses = "4a 4b 4c 4d 4e", AS_LISTED,
		    .delay = "1000",
		    .attempts = "4a=500R 4b=10000S 4c=9000S 4d=8000S 4e=500R",
		    .outcome = "4a 0, 4b 500, 4c 1500, 4d 2500, 4e 3500: "
			       "4b wins at 10500" },
		{ "does_reorder", .addresses = "4a 4b 6c", .delay = "1000",
		    .preferred_family = AF_INET,
		    .attempts = "4a=10000R 4b=1000S 6c=500S",
		    .outcome = "4a 0, 6c 1000: 6c wins at 1500" },
		{ "handles_no_ipv4", .addresses = "6a 4b 6c 4d", AS_LISTED,
		    .delay = "1000", .attempts = "6a=10000S 4b=U 6c=100S 4d=U",
		    .outcome = "6a 0, 4b 1000, 6c 1000: 6c wins at 1100" },
		{ "handles_no_ipv6", .addresses = "6a 4b 6c 4d", AS_LISTED,
		    .delay = "1000", .attempts = "6a=U 4b=10000S 6c=U 4d=100S",
		    .outcome = "6a 0, 4b 0, 6c 1000, 4d 1000: "
			       "4d wins at 1100" },
		{ "no_hosts", .aaaa = "10 nodata", .a = "10 nodata",
		    .outcome = ": no address at 10" },
		/* It is cancelled after five seconds; here also in between. */
		{ "cancel", .addresses = "4a 4b 4c 4d", AS_LISTED,
		    .timeout = "5000",
		    .attempts = "4a=10000S 4b=10000S 4c=10000S 4d=10000S",
		    .outcome = "4a 0, 4b 250, 4c 500, 4d 750: "
			       "time is up at 5000" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
asyncio_create_connection(void **state)
{
	static const struct connect_row rows[] = {
		{ "happy_eyeballs", .addresses = "6a 4a", AS_LISTED,
		    .delay = "300", .attempts = "6a=1000S 4a=1S",
		    .outcome = "6a 0, 4a 300: 4a wins at 301" },
		{ "happy_eyeballs_ipv4_only", .addresses = "4a 4b", AS_LISTED,
		    .delay = "300", .attempts = "4a=1000S 4b=1S",
		    .outcome = "4a 0, 4b 300: 4b wins at 301" },
		{ "multiple_errors", .addresses = "4a 4b", AS_LISTED,
		    .delay = "none", .attempts = "4a=1R 4b=1R",
		    .outcome = "4a 0, 4b 1: no connection at 2" },
		{ "ip_addr", .host = "192.0.2.97", .attempts = "4a=1S",
		    .outcome = "4a 0: 4a wins at 1" },
		{ "no_local_addr: none of its family", .addresses = "4a",
		    .sources = "6e", .outcome = ": no address at 0" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
asyncio_staggered_race(void **state)
{
	static const struct connect_row rows[] = {
		{ "one_successful", .addresses = "4a 4b", AS_LISTED,
		    .delay = "none", .attempts = "4a=1S 4b=1S",
		    .outcome = "4a 0: 4a wins at 1" },
		{ "first_error_second_successful", .addresses = "4a 4b",
		    AS_LISTED, .delay = "none", .attempts = "4a=1R 4b=1S",
		    .outcome = "4a 0, 4b 1: 4b wins at 2" },
		{ "first_timeout_second_successful", .addresses = "4a 4b",
		    AS_LISTED, .delay = "100", .attempts = "4a=10000S 4b=1S",
		    .outcome = "4a 0, 4b 100: 4b wins at 101" },
		{ "none_successful", .addresses = "4a 4b", AS_LISTED,
		    .delay = "none", .attempts = "4a=1R 4b=1R",
		    .outcome = "4a 0, 4b 1: no connection at 2" },
		{ "long_delay_early_failure", .addresses = "4a 4b", AS_LISTED,
		    .delay = "10000", .attempts = "4a=50R 4b=1S",
		    .outcome = "4a 0, 4b 50: 4b wins at 51" },
		/* Both succeed when the third would start. */
		{ "multiple_winners", .addresses = "4a 4b 4c", AS_LISTED,
		    .delay = "100", .attempts = "4a=200S 4b=100S",
		    .outcome = "4a 0, 4b 100: 4a wins at 200" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
aiohappyeyeballs_start_connection(void **state)
{
	static const struct connect_row rows[] = {
		{ "single_addr_info_errors", .addresses = "4a",
		    .attempts = "4a=1R",
		    .outcome = "4a 0: no connection at 1" },
		{ "single_addr_success", .addresses = "4a", .attempts = "4a=1S",
		    .outcome = "4a 0: 4a wins at 1" },
		{ "multiple_addr_success_second_one", .addresses = "4a 4b",
		    AS_LISTED, .delay = "none", .attempts = "4a=1R 4b=1S",
		    .outcome = "4a 0, 4b 1: 4b wins at 2" },
		{ "multiple_addr_success_second_one_happy_eyeballs",
		    .addresses = "4a 4b", AS_LISTED, .delay = "300",
		    .attempts = "4a=1R 4b=1S",
		    .outcome = "4a 0, 4b 1: 4b wins at 2" },
		{ "multiple_winners_cleaned_up", .addresses = "4a 4b 4c",
		    AS_LISTED, .delay = "0", .attempts = "4a=20S 4b=20S 4c=20S",
		    .outcome = "4a 0, 4b 0, 4c 0: 4a wins at 20" },
		{ "multiple_addr_all_fail_happy_eyeballs", .addresses = "4a 4b",
		    AS_LISTED, .delay = "300", .attempts = "4a=1R 4b=1R",
		    .outcome = "4a 0, 4b 1: no connection at 2" },
		{ "ipv6_and_ipv4_happy_eyeballs_ipv6_fails",
		    .addresses = "6a 4a", .delay = "300",
		    .attempts = "6a=1R 4a=1S",
		    .outcome = "6a 0, 4a 1: 4a wins at 2" },
		{ "ipv6_and_ipv4_happy_eyeballs_ipv4_fails",
		    .addresses = "6a 4a", .delay = "300",
		    .attempts = "6a=1S 4a=1R",
		    .outcome = "6a 0: 6a wins at 1" },
		{ "ipv6_and_ipv4_happy_eyeballs_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .attempts = "6a=1R 4a=1S 6b=1S 4b=1S",
		    .outcome = "6a 0, 4a 1: 4a wins at 2" },
		{ "ipv64_happy_eyeballs_interleave_2_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .first_address_family_count = 2,
		    .attempts = "6a=1R 6b=1S 4a=1S 4b=1S",
		    .outcome = "6a 0, 6b 1: 6b wins at 2" },
		{ "ipv6_only_happy_eyeballs_first_ipv6_fails",
		    .addresses = "6a 6b", .delay = "300",
		    .attempts = "6a=1R 6b=1S",
		    .outcome = "6a 0, 6b 1: 6b wins at 2" },
		{ "ipv64_laddr_eyeballs_interleave_2_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .first_address_family_count = 2, .sources = "6e 4s",
		    .attempts = "6a<6e=1R 6b<6e=1S",
		    .outcome = "6a<6e 0, 6b<6e 1: 6b<6e wins at 2" },
		{ "ipv64_laddr_both_eyeballs_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .sources = "6e 4s", .attempts = "6a<6e=1R 4a<4s=1S",
		    .outcome = "6a<6e 0, 4a<4s 1: 4a<4s wins at 2" },
		{ "ipv64_laddr_bind_fails_eyeballs_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .sources = "6e 4s", .attempts = "6a<6e=U 4a<4s=1S",
		    .outcome = "6a<6e 0, 4a<4s 0: 4a<4s wins at 1" },
		{ "ipv64_laddr_bind_fails_eyeballs_interleave_first_ipv6_fails",
		    .addresses = "6a 6b 4a 4b", .delay = "300",
		    .first_address_family_count = 2, .sources = "6e 4s",
		    .attempts = "6a<6e=U 6b<6e=U 4a<4s=1S",
		    .outcome = "6a<6e 0, 6b<6e 0, 4a<4s 0: "
			       "4a<4s wins at 1" },
		{ "ipv64_laddr_socket_fails, bind_fails_all",
		    .addresses = "6a 4a", .delay = "300", .sources = "6e 4s",
		    .attempts = "6a<6e=U 4a<4s=U",
		    .outcome = "6a<6e 0, 4a<4s 0: no connection at 0" },
		{ "ipv64_laddr_eyeballs_ipv4_only_tried",
		    .addresses = "6a 6b 4a 4b", .delay = "300", .sources = "4s",
		    .attempts = "4a<4s=1S",
		    .outcome = "4a<4s 0: 4a<4s wins at 1" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
async_stagger_create_connected_sock(void **state)
{
	static const struct connect_row rows[] = {
		{ "normal", .addresses = "6a 4a", .attempts = "6a=1S 4a=1S",
		    .outcome = "6a 0: 6a wins at 1" },
		{ "local_bind_v4", .addresses = "6a 4a", .sources = "4s",
		    .attempts = "4a<4s=1S",
		    .outcome = "4a<4s 0: 4a<4s wins at 1" },
		{ "local_bind_v6", .addresses = "6a 4a", .sources = "6e",
		    .attempts = "6a<6e=1S",
		    .outcome = "6a<6e 0: 6a<6e wins at 1" },
		{ "local_bind_v6v4", .addresses = "6a 4a", .sources = "6e 4s",
		    .attempts = "6a<6e=1R 4a<4s=1S",
		    .outcome = "6a<6e 0, 4a<4s 1: 4a<4s wins at 2" },
		{ "ipv6_hang", .addresses = "6a 4a", .attempts = "4a=1S",
		    .outcome = "6a 0, 4a 250: 4a wins at 251" },
		{ "ipv6_bind_fail", .addresses = "6a 4a", .sources = "6e 4s",
		    .attempts = "6a<6e=U 4a<4s=1S",
		    .outcome = "6a<6e 0, 4a<4s 0: 4a<4s wins at 1" },
		{ "bind_order", .addresses = "6a 4a", .sources = "6e 6f 4s",
		    .attempts = "6a<6e=U 6a<6f=U 4a<4s=1S",
		    .outcome = "6a<6e 0, 6a<6f 0, 4a<4s 0: "
			       "4a<4s wins at 1" },
		{ "resolver_basic", .both = "10 6a 4a", AS_LISTED,
		    .attempts = "6a=1S", .outcome = "6a 10: 6a wins at 11" },
		{ "resolver_concurrent", .aaaa = "10 6a", .a = "10 4a",
		    .attempts = "6a=1S", .outcome = "6a 10: 6a wins at 11" },
		{ "async_ipv6_resolve_slow", .aaaa = "1000 6a", .a = "10 4a",
		    .attempts = "4a=100S 6a=1S",
		    .outcome = "4a 60: 4a wins at 160" },
		{ "connect_fail_same_exception, and _different",
		    .addresses = "6a 4a", .attempts = "6a=1R 4a=U",
		    .outcome = "6a 0, 4a 1: no connection at 1" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* An answer of theirs is a name server's, and the connects show the order. */
static void
async_stagger_resolvers(void **state)
{
	static const struct connect_row rows[] = {
		{ "builtin_resolver_both", .both = "10 6a 6b 4a 4b",
		    .attempts = "6a=U 4a=U 6b=U 4b=1S",
		    .outcome = "6a 10, 4a 10, 6b 10, 4b 10: 4b wins at 11" },
		{ "builtin_resolver_fafc", .both = "10 6a 6b 4a 4b",
		    .first_address_family_count = 2,
		    .attempts = "6a=U 6b=U 4a=U 4b=1S",
		    .outcome = "6a 10, 6b 10, 4a 10, 4b 10: 4b wins at 11" },
		{ "builtin_ and async_resolver_family_af_inet", .a = "10 4a 4b",
		    .family = AF_INET, .attempts = "4a=U 4b=1S",
		    .outcome = "4a 10, 4b 10: 4b wins at 11" },
		{ "builtin_ and async_resolver_family_af_inet6",
		    .aaaa = "10 6a 6b", .family = AF_INET6,
		    .attempts = "6a=U 6b=1S",
		    .outcome = "6a 10, 6b 10: 6b wins at 11" },
		{ "async_resolver_gai_empty", .aaaa = "10 nodata",
		    .a = "20 nodata", .outcome = ": no address at 20" },
		{ "async_resolver_gai_exc", .aaaa = "10 fail", .a = "20 fail",
		    .outcome = ": no address at 20" },
		{ "async_resolver_ipv6_exc", .aaaa = "10 fail", .a = "20 4a",
		    .attempts = "4a=1S", .outcome = "4a 20: 4a wins at 21" },
		{ "async_resolver_ipv4_exc", .aaaa = "20 6a", .a = "10 fail",
		    .attempts = "6a=1S", .outcome = "6a 20: 6a wins at 21" },
		{ "async_resolver_both", .aaaa = "10 6a 6b", .a = "10 4a 4b",
		    .attempts = "6a=1R 4a=1R 6b=1R 4b=1S",
		    .outcome = "6a 10, 4a 11, 6b 12, 4b 13: 4b wins at 14" },
		{ "async_resolver_ipv6_slightly_slow", .aaaa = "40 6a 6b",
		    .a = "10 4a 4b", .attempts = "6a=1S",
		    .outcome = "6a 40: 6a wins at 41" },
		{ "async_resolver_ipv6_very_slow", .aaaa = "100 6a 6b",
		    .a = "10 4a 4b", .attempts = "4a=1000S 6a=1S",
		    .outcome = "4a 60, 6a 310: 6a wins at 311" },
		{ "async_resolver_ipv6_extremely_slow", .aaaa = "900 6a 6b",
		    .a = "10 4a 4b", .attempts = "6a=1S",
		    .outcome = "4a 60, 4b 310, 6a 900: 6a wins at 901" },
		{ "async_resolver_fafc", .aaaa = "10 6a 6b", .a = "10 4a 4b",
		    .first_address_family_count = 2,
		    .attempts = "6a=1R 6b=1R 4a=1R 4b=1S",
		    .outcome = "6a 10, 6b 11, 4a 12, 4b 13: 4b wins at 14" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trio_open_tcp_stream),
		cmocka_unit_test(asyncio_create_connection),
		cmocka_unit_test(asyncio_staggered_race),
		cmocka_unit_test(aiohappyeyeballs_start_connection),
		cmocka_unit_test(async_stagger_create_connected_sock),
		cmocka_unit_test(async_stagger_resolvers),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
