/* SPDX-License-Identifier: ISC */
/*
 * The whole connector: which address is next. Late answers, families,
 * sources. connect_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>

#include "fake/connect_drive.h"

static void
sorted_and_interleaved(void **state)
{
	static const struct connect_row rows[] = {
		{ "interleaved", .addresses = "4a 4b 6a 6b 6c",
		    .timeout = "1001",
		    .outcome = "6a 0, 4a 250, 6b 500, 4b 750, 6c 1000: "
			       "time is up at 1001" },
		{ "First Address Family Count 2", .addresses = "4a 4b 6a 6b 6c",
		    .timeout = "1001", .first_address_family_count = 2,
		    .outcome = "6a 0, 6b 250, 4a 500, 6c 750, 4b 1000: "
			       "time is up at 1001" },
		{ "without a route IPv6 does not lead",
		    .addresses = "6a 6b 4a 4b", .absent_family = AF_INET6,
		    .timeout = "751",
		    .outcome = "4a 0, 6a 250, 4b 500, 6b 750: "
			       "time is up at 751" },
		{ "an address without a route comes last in its family",
		    .addresses = "6a 6b", .unreachable = "6a", .timeout = "251",
		    .outcome = "6b 0, 6a 250: time is up at 251" },
		{ "a source port alone leaves the address to the host",
		    .addresses = "6a 6b 4a 4b", .source_port = 4321,
		    .absent_family = AF_INET6, .timeout = "751",
		    .outcome = "4a 0, 6a 250, 4b 500, 6b 750: "
			       "time is up at 751" },
		{ "and with it which family leads", .addresses = "4a 6a",
		    .source_port = 4321, .timeout = "251",
		    .outcome = "6a 0, 4a 250: time is up at 251" },
		{ "of a list of both families the one that is wanted",
		    .addresses = "4a 6a 4b 6b", .family = AF_INET6,
		    .timeout = "251",
		    .outcome = "6a 0, 6b 250: time is up at 251" },
		{ "of a list of one family the other is wanted",
		    .addresses = "4a 4b", .family = AF_INET6,
		    .outcome = ": no address at 0" },
		{ "IPv4 preferred", .addresses = "6a 6b 4a 4b",
		    .preferred_family = AF_INET, .timeout = "751",
		    .outcome = "4a 0, 6a 250, 4b 500, 6b 750: "
			       "time is up at 751" },
		{ "IPv6 preferred, without a route", .addresses = "4a 4b 6a",
		    .preferred_family = AF_INET6, .absent_family = AF_INET6,
		    .timeout = "501",
		    .outcome = "6a 0, 4a 250, 4b 500: time is up at 501" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
what_is_excluded_was_never_there(void **state)
{
	static const struct connect_row rows[] = {
		{ "of a list", .addresses = "6a 6b 4a 4b",
		    .excluded = "2001:db8::a:0/112", .timeout = "501",
		    .outcome = "6b 0, 4a 250, 4b 500: time is up at 501" },
		{ "a family", .addresses = "6a 6b 4a", .excluded = "::/0",
		    .attempts = "4a=5S", .outcome = "4a 0: 4a wins at 5" },
		{ "all", .addresses = "6a 6b", .excluded = "::/0 0/0",
		    .outcome = ": no address at 0" },
		{ "of an answer: it is no reason to wait", .a = "10 4a",
		    .aaaa = "5 6a", .excluded = "::/0", .attempts = "4a=5S",
		    .outcome = "4a 10: 4a wins at 15" },
		{ "an answer of which nothing is left", .a = "10 4a",
		    .aaaa = "5 6a", .excluded = "0/0 ::/0",
		    .outcome = ": no address at 10" },
		{ "with a source", .addresses = "4a 4b", .sources = "4s",
		    .excluded = "192.0.2.97", .attempts = "4b<4s=5S",
		    .outcome = "4b<4s 0: 4b<4s wins at 5" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_late_answer_stands_where_it_would_have_stood(void **state)
{
	static const struct connect_row rows[] = {
		{ "6a runs, 6b is queued: 4a is next", .aaaa = "10 6a 6b",
		    .a = "100 4a", .attempts = "4a=5S",
		    .outcome = "6a 10, 4a 260: 4a wins at 265" },
		{ "4a runs, IPv6 comes", .a = "10 4a 4b", .aaaa = "100 6a 6b",
		    .timeout = "811",
		    .outcome = "4a 60, 6a 310, 6b 560, 4b 810: "
			       "time is up at 811" },
		{ "within the Resolution Delay: as from the start",
		    .a = "10 4a 4b", .aaaa = "59 6a 6b", .timeout = "810",
		    .outcome = "6a 59, 4a 309, 6b 559, 4b 809: "
			       "time is up at 810" },
		{ "a duplicate in a late answer", .aaaa = "10 6a m4a",
		    .a = "300 4a 4b", .timeout = "700",
		    .outcome = "6a 10, 4a 260, 4b 510: time is up at 700" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_late_answer_does_not_restart_the_timer(void **state)
{
	static const struct connect_row rows[] = {
		{ "the timer has 10 ms to go", .aaaa = "10 6a", .a = "250 4a",
		    .attempts = "4a=5S",
		    .outcome = "6a 10, 4a 260: 4a wins at 265" },
		{ "the list was empty and the timer has passed: at once",
		    .aaaa = "10 6a", .a = "700 4a", .attempts = "4a=5S",
		    .outcome = "6a 10, 4a 700: 4a wins at 705" },
		{ "and from there a delay as always", .aaaa = "10 6a",
		    .a = "700 4a 4b", .attempts = "4b=5S",
		    .outcome = "6a 10, 4a 700, 4b 950: 4b wins at 955" },
		{ "the only one failed before", .aaaa = "10 6a", .a = "100 4a",
		    .attempts = "6a=20R 4a=5S",
		    .outcome = "6a 10, 4a 100: 4a wins at 105" },
		{ "a negative one changes nothing", .aaaa = "10 6a 6b",
		    .a = "100 nodata", .attempts = "6b=5S",
		    .outcome = "6a 10, 6b 260: 6b wins at 265" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
each_destination_is_paired_with_every_source(void **state)
{
	static const struct connect_row rows[] = {
		{ "one of each family", .addresses = "6a 4a",
		    .sources = "4s 6d", .timeout = "251",
		    .outcome = "6a<6d 0, 4a<4s 250: time is up at 251" },
		{ "the pairs of one destination stay adjacent",
		    .addresses = "6a 6b 4a", .sources = "6d 6e 4s",
		    .timeout = "1001",
		    .outcome = "6a<6d 0, 6a<6e 250, 4a<4s 500, 6b<6d 750, "
			       "6b<6e 1000: time is up at 1001" },
		{ "a bind that fails costs no delay", .addresses = "6a 4a",
		    .sources = "6d 6e 4s", .attempts = "6a<6d=U 6a<6e=5S",
		    .outcome = "6a<6d 0, 6a<6e 0: 6a<6e wins at 5" },
		{ "no source of its family: skipped", .addresses = "6a 6b 4a",
		    .sources = "4s", .attempts = "4a<4s=5S",
		    .outcome = "4a<4s 0: 4a<4s wins at 5" },
		{ "all are skipped", .addresses = "6a 6b", .sources = "4s",
		    .outcome = ": no address at 0" },
		{ "an answer of skipped ones is not worth a delay",
		    .a = "10 4a", .aaaa = "300 6a", .sources = "6d",
		    .attempts = "6a<6d=5S",
		    .outcome = "6a<6d 300: 6a<6d wins at 305" },
		{ "a late answer amid the pairs of one", .aaaa = "10 6a 6b",
		    .a = "100 4a", .sources = "6d 6e 4s", .timeout = "600",
		    .outcome = "6a<6d 10, 6a<6e 260, 4a<4s 510: "
			       "time is up at 600" },
		{ "the winner's destination has other pairs", .addresses = "6a",
		    .sources = "6d 6e", .attempts = "6a<6d=400S 6a<6e=100S",
		    .outcome = "6a<6d 0, 6a<6e 250: 6a<6e wins at 350" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_source_port_reaches_every_attempt(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){
		.addresses = "6a 4a",
		.source_port = 4321,
		.timeout = "251",
	    });
	fake_world_step(&connect.world);
	assert_int_equal(connect.world.source_port, 4321);
	connect.world.source_port = 0;
	connect_run(&connect);
	assert_int_equal(connect.world.attempts_started, 2);
	assert_int_equal(connect.world.source_port, 4321);
	connect_release(&connect);
}

/* It is read ahead, while the lookups have all descriptors there are. */
static void
gai_conf_is_read_once_there_is_a_descriptor(void **state)
{
	struct connect connect;
	struct rlimit before, none;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){
		.aaaa = "10 6a",
		.a = "10 4a",
		.gai_conf = "precedence ::ffff:0:0/96 100\n",
		.attempts = "4a=5S",
	    });
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(fake_world_step(&connect.world));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4a 10: 4a wins at 15");
	connect_release(&connect);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_and_interleaved),
		cmocka_unit_test(what_is_excluded_was_never_there),
		cmocka_unit_test(
		    a_late_answer_stands_where_it_would_have_stood),
		cmocka_unit_test(a_late_answer_does_not_restart_the_timer),
		cmocka_unit_test(each_destination_is_paired_with_every_source),
		cmocka_unit_test(the_source_port_reaches_every_attempt),
		cmocka_unit_test(gai_conf_is_read_once_there_is_a_descriptor),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
