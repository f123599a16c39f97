/* SPDX-License-Identifier: ISC */
/*
 * The whole connector, racing: addresses that are given, every start and end
 * to the microsecond. connect_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake/connect_drive.h"

static void
numbers(void **state)
{
	static const struct connect_row rows[] = {
		{ "a fast third address", .addresses = "6a 6b 6c",
		    .attempts = "6a=1000S 6b=1000S 6c=200S",
		    .outcome = "6a 0, 6b 250, 6c 500: 6c wins at 700" },
		{ "a longer delay", .addresses = "6a 6b 6c",
		    .attempts = "6a=1000S 6b=1000S 6c=200S", .delay = "450",
		    .outcome = "6a 0, 6b 450, 6c 900: 6a wins at 1000" },
		{ "failures bring the next one forward",
		    .addresses = "6a 6b 6c 6d",
		    .attempts = "6a=100R 6b=200R 6c=10000S 6d=250S",
		    .outcome = "6a 0, 6b 100, 6c 300, 6d 550: "
			       "6d wins at 800" },
		{ "the last pending one decides", .addresses = "6a 6b 6c 6d",
		    .attempts = "6a=100R 6b=200R 6c=10000R 6d=250R",
		    .outcome = "6a 0, 6b 100, 6c 300, 6d 550: "
			       "no connection at 10300" },
		{ "the older failure moves nothing", .addresses = "6a 6b 6c",
		    .attempts = "6a=300R 6b=1000S 6c=200S",
		    .outcome = "6a 0, 6b 250, 6c 500: 6c wins at 700" },
		{ "IPv6 without a route", .addresses = "6a 4a",
		    .attempts = "6a=U 4a=100S",
		    .outcome = "6a 0, 4a 0: 4a wins at 100" },
		{ "IPv6 within the delay", .addresses = "6a 4a",
		    .attempts = "6a=200S 4a=1S",
		    .outcome = "6a 0: 6a wins at 200" },
		{ "IPv6 beyond the delay", .addresses = "6a 4a",
		    .attempts = "6a=300S 4a=1S",
		    .outcome = "6a 0, 4a 250: 4a wins at 251" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_race(void **state)
{
	static const struct connect_row rows[] = {
		{ "one address", .addresses = "6a", .attempts = "6a=20S",
		    .outcome = "6a 0: 6a wins at 20" },
		{ "one address, refused", .addresses = "6a",
		    .attempts = "6a=20R",
		    .outcome = "6a 0: no connection at 20" },
		{ "one address, a black hole", .addresses = "6a",
		    .outcome = "6a 0: hangs at 0" },
		{ "earlier attempts are never dropped",
		    .addresses = "6a 6b 6c 4a",
		    .attempts = "6a=600S 6b=600S 6c=600S 4a=600S",
		    .outcome = "6a 0, 4a 250, 6b 500: 6a wins at 600" },
		{ "same-family addresses are staggered too",
		    .addresses = "4a 4b 4c", .attempts = "4c=10S",
		    .outcome = "4a 0, 4b 250, 4c 500: 4c wins at 510" },
		{ "a failure within 10 ms of the start",
		    .addresses = "6a 6b 6c", .attempts = "6a=2R 6b=3R 6c=4S",
		    .outcome = "6a 0, 6b 2, 6c 5: 6c wins at 9" },
		{ "the shortest delay", .addresses = "6a 6b 6c",
		    .attempts = "6c=4S", .delay = "10",
		    .outcome = "6a 0, 6b 10, 6c 20: 6c wins at 24" },
		{ "none: one at a time, still interleaved",
		    .addresses = "6a 6b 4a",
		    .attempts = "6a=5000R 4a=5000R 6b=1000S", .delay = "none",
		    .outcome = "6a 0, 4a 5000, 6b 10000: 6b wins at 11000" },
		{ "0: all at once", .addresses = "6a 6b 4a 4b",
		    .attempts = "6b=30S 4b=20S", .delay = "0",
		    .outcome = "6a 0, 4a 0, 6b 0, 4b 0: 4b wins at 20" },
		{ "failures without a packet cost no delay",
		    .addresses = "6a 6b 6c 4a",
		    .attempts = "6a=U 6b=U 6c=U 4a=100S",
		    .outcome = "6a 0, 4a 0: 4a wins at 100" },
		{ "all fail without a packet", .addresses = "6a 6b",
		    .attempts = "6a=U 6b=U",
		    .outcome = "6a 0, 6b 0: no connection at 0" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* What the asyncio family of implementations tests, in our terms. */
static void
scenarios_of_other_implementations(void **state)
{
	static const struct connect_row rows[] = {
		{ "the first answers before the second is due",
		    .addresses = "6a 4a", .attempts = "6a=100S 4a=1S",
		    .outcome = "6a 0: 6a wins at 100" },
		{ "all but the last fail, each by the delay",
		    .addresses = "6a 4a 6b 4b",
		    .attempts = "6a=300R 4a=300R 6b=300R 4b=100S",
		    .outcome = "6a 0, 4a 250, 6b 500, 4b 750: "
			       "4b wins at 850" },
		{ "everything is slow and the second is least so",
		    .addresses = "4a 4b 4c 4d",
		    .attempts = "4a=5000S 4b=1200S 4c=1400S 4d=1600S",
		    .outcome = "4a 0, 4b 250, 4c 500, 4d 750: "
			       "4b wins at 1450" },
		{ "fails fast, then slow, then a success in between",
		    .addresses = "4a 4b 4c 4d",
		    .attempts = "4a=U 4b=900R 4c=U 4d=300S",
		    .outcome = "4a 0, 4b 0, 4c 250, 4d 250: 4d wins at 550" },
		{ "the delay is counted from the last start, not the first",
		    .addresses = "4a 4b 4c 4d", .delay = "1000",
		    .attempts = "4a=900R 4d=100S",
		    .outcome = "4a 0, 4b 900, 4c 1900, 4d 2900: "
			       "4d wins at 3000" },
		{ "two fail at the same time, one start",
		    .addresses = "4a 4b 4c 4d",
		    .attempts = "4a=400R 4b=150R 4d=10S",
		    .outcome = "4a 0, 4b 250, 4c 400, 4d 650: "
			       "4d wins at 660" },
		{ "failure of the last, the first still runs",
		    .addresses = "4a 4b", .attempts = "4a=800S 4b=100R",
		    .outcome = "4a 0, 4b 250: 4a wins at 800" },
		{ "every attempt times out by itself", .delay = "1000",
		    .attempt_timeout = "500", .addresses = "4a 4b 4c",
		    .outcome = "4a 0, 4b 500, 4c 1000: "
			       "no connection at 1500" },
		{ "one address needs no delay to fail", .delay = "none",
		    .addresses = "4a", .attempts = "4a=7R",
		    .outcome = "4a 0: no connection at 7" },
		{ "the loser would have succeeded a millisecond later",
		    .addresses = "4a 4b", .attempts = "4a=301S 4b=50S",
		    .outcome = "4a 0, 4b 250: 4b wins at 300" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* In any order of events: see connect_drive_all(). */
static void
ties(void **state)
{
	static const struct connect_row rows[] = {
		{ "two successes at once", .addresses = "6a 4a",
		    .attempts = "6a=300S 4a=50S",
		    .outcome = "6a 0, 4a 250: 6a wins at 300" },
		{ "three successes at once", .addresses = "6a 6b 6c",
		    .attempts = "6a=700S 6b=450S 6c=200S",
		    .outcome = "6a 0, 6b 250, 6c 500: 6a wins at 700" },
		{ "success exactly at the timer: no start",
		    .addresses = "6a 4a", .attempts = "6a=250S 4a=1S",
		    .outcome = "6a 0: 6a wins at 250" },
		{ "success of the older one exactly at the timer",
		    .addresses = "6a 6b 6c", .attempts = "6a=500S",
		    .outcome = "6a 0, 6b 250: 6a wins at 500" },
		{ "success with the failure of the newest: no start",
		    .addresses = "6a 6b 6c", .attempts = "6a=300S 6b=50R",
		    .outcome = "6a 0, 6b 250: 6a wins at 300" },
		{ "failure exactly at the timer: one start",
		    .addresses = "6a 6b 6c", .attempts = "6a=250R 6b=100S",
		    .outcome = "6a 0, 6b 250: 6b wins at 350" },
		{ "success exactly at the deadline", .addresses = "6a",
		    .attempts = "6a=300S", .timeout = "300",
		    .outcome = "6a 0: 6a wins at 300" },
		{ "success exactly at the attempt timeout",
		    .addresses = "6a 6b", .attempts = "6a=200S",
		    .attempt_timeout = "200",
		    .outcome = "6a 0: 6a wins at 200" },
		{ "success with the last failure", .addresses = "6a 6b",
		    .attempts = "6a=350R 6b=100S",
		    .outcome = "6a 0, 6b 250: 6b wins at 350" },
		{ "success exactly when an answer comes", .aaaa = "10 6a",
		    .a = "300 4a", .attempts = "6a=290S",
		    .outcome = "6a 10: 6a wins at 300" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_deadline_covers_everything(void **state)
{
	static const struct connect_row rows[] = {
		{ "while nothing is answered", .timeout = "1000",
		    .outcome = ": time is up at 1000" },
		{ "while the Resolution Delay runs", .a = "10 4a",
		    .timeout = "30", .outcome = ": time is up at 30" },
		{ "while attempts run", .addresses = "6a 6b 6c",
		    .timeout = "300",
		    .outcome = "6a 0, 6b 250: time is up at 300" },
		{ "exactly when the next is due", .addresses = "6a 6b",
		    .timeout = "250", .outcome = "6a 0: time is up at 250" },
		{ "while one answer is out", .aaaa = "10 6a",
		    .attempts = "6a=20R", .timeout = "5000",
		    .outcome = "6a 10: time is up at 5000" },
		{ "counts from the beginning, not from an answer",
		    .aaaa = "400 6a", .timeout = "500",
		    .outcome = "6a 400: time is up at 500" },
		{ "one at a time", .addresses = "6a 6b", .delay = "none",
		    .timeout = "2000", .outcome = "6a 0: time is up at 2000" },
		{ "fails before", .addresses = "6a", .attempts = "6a=299R",
		    .timeout = "300", .outcome = "6a 0: no connection at 299" },
		{ "a failure in the last instant", .addresses = "6a",
		    .attempts = "6a=300R", .timeout = "300",
		    .outcome = "6a 0: time is up at 300" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
an_attempt_has_a_timeout_of_its_own(void **state)
{
	static const struct connect_row rows[] = {
		{ "of the newest: the next starts", .addresses = "6a 6b",
		    .attempts = "6b=50S", .attempt_timeout = "100",
		    .outcome = "6a 0, 6b 100: 6b wins at 150" },
		{ "of an older one: nothing moves", .addresses = "6a 6b 6c",
		    .attempts = "6c=50S", .attempt_timeout = "300",
		    .outcome = "6a 0, 6b 250, 6c 500: 6c wins at 550" },
		{ "of all", .addresses = "6a 6b", .attempt_timeout = "1000",
		    .outcome = "6a 0, 6b 250: no connection at 1250" },
		{ "of an older one, while a later one has failed",
		    .addresses = "6a 6b", .attempts = "6b=10R",
		    .attempt_timeout = "1000",
		    .outcome = "6a 0, 6b 250: no connection at 1000" },
		{ "one at a time", .addresses = "6a 6b", .attempts = "6b=50S",
		    .delay = "none", .attempt_timeout = "3000",
		    .outcome = "6a 0, 6b 3000: 6b wins at 3050" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
without_a_descriptor_it_waits_for_one(void **state)
{
	static const struct connect_row rows[] = {
		{ "the attempts that run are kept", .addresses = "6a 6b 6c",
		    .attempts = "6a=1000S", .descriptors = 2,
		    .outcome = "6a 0, 6b 250: 6a wins at 1000" },
		{ "one fails and makes room", .addresses = "6a 6b 6c",
		    .attempts = "6a=800R 6c=100S", .descriptors = 2,
		    .outcome = "6a 0, 6b 250, 6c 800: 6c wins at 900" },
		{ "one times out and makes room", .addresses = "6a 6b 6c",
		    .attempts = "6c=100S", .descriptors = 2,
		    .attempt_timeout = "600",
		    .outcome = "6a 0, 6b 250, 6c 600: 6c wins at 700" },
		{ "none is lost on the way", .addresses = "6a 6b 6c 6d",
		    .attempts = "6a=400R 6b=400R 6c=400R 6d=400R",
		    .descriptors = 1, .delay = "0",
		    .outcome = "6a 0, 6b 400, 6c 800, 6d 1200: "
			       "no connection at 1600" },
		{ "with nothing of its own it waits for others",
		    .addresses = "6a 6b", .attempts = "6a=E350/30S",
		    .outcome = "6a 400: 6a wins at 430" },
		{ "and beside its own", .addresses = "6a 6b 6c",
		    .attempts = "6b=E350/30S",
		    .outcome = "6a 0, 6b 350: 6b wins at 380" },
		{ "the delay counts from the start that came about",
		    .addresses = "6a 6b", .attempts = "6a=E100/H 6b=1S",
		    .outcome = "6a 100, 6b 350: 6b wins at 351" },
		{ "an answer meanwhile has its place", .aaaa = "20 6a",
		    .a = "10 4a", .attempts = "4a=E300/H 6a=E300/10S",
		    .outcome = "6a 320: 6a wins at 330" },
		{ "the budget ends it", .addresses = "6a 6b",
		    .attempts = "6a=E9000/1S", .timeout = "250",
		    .outcome = ": time is up at 250" },
		{ "the deadline is kept", .addresses = "6a 6b",
		    .descriptors = 1, .timeout = "900",
		    .outcome = "6a 0: time is up at 900" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* The error is not one of the peer. */
static void
without_memory_there_is_no_failed_connect(void **state)
{
	static const struct connect_row rows[] = {
		{ "the only attempt", .addresses = "6a", .attempts = "6a=M",
		    .outcome = ": no memory at 0" },
		{ "one that runs may give some back", .addresses = "6a 6b",
		    .attempts = "6a=300S 6b=M",
		    .outcome = "6a 0: 6a wins at 300" },
		{ "but does not", .addresses = "6a 6b",
		    .attempts = "6a=300R 6b=M",
		    .outcome = "6a 0: no memory at 300" },
		{ "in one under way", .addresses = "6a",
		    .attempts = "6a=30S,40M", .success = HECAT_SUCCESS_DATA,
		    .outcome = "6a 0: no memory at 40" },
		{ "and another fails", .addresses = "6a 6b",
		    .attempts = "6a=30S,40M 6b=10R",
		    .success = HECAT_SUCCESS_DATA,
		    .outcome = "6a 0, 6b 40: no memory at 50" },
		{ "or wins", .addresses = "6a 6b",
		    .attempts = "6a=30S,40M 6b=10S,10D",
		    .success = HECAT_SUCCESS_DATA,
		    .outcome = "6a 0, 6b 40: 6b wins at 50" },
	};

	(void)state;
	CHECK_ALL(rows);
}

#define DATA     .success = HECAT_SUCCESS_DATA
#define OPEN(ms) .success = HECAT_SUCCESS_OPEN, .success_open = (ms)

static void
what_the_peer_does_later_is_nothing_to_tcp(void **state)
{
	static const struct connect_row rows[] = {
		{ "data", .addresses = "6a", .attempts = "6a=20S,30D",
		    .outcome = "6a 0: 6a wins at 20" },
		{ "a close", .addresses = "6a 6b", .attempts = "6a=20S,20C",
		    .outcome = "6a 0: 6a wins at 20" },
		{ "a reset", .addresses = "6a 6b", .attempts = "6a=20S,20X",
		    .outcome = "6a 0: 6a wins at 20" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
success_with_the_first_byte(void **state)
{
	static const struct connect_row rows[] = {
		{ "the first byte", .addresses = "6a", DATA,
		    .attempts = "6a=20S,30D",
		    .outcome = "6a 0: 6a wins at 30" },
		{ "with the connection", .addresses = "6a 4a", DATA,
		    .attempts = "6a=20S,20D",
		    .outcome = "6a 0: 6a wins at 20" },
		{ "a mute one does not hold up the next", .addresses = "6a 4a",
		    .attempts = "6a=20S 4a=5S,10D", DATA,
		    .outcome = "6a 0, 4a 250: 4a wins at 260" },
		{ "nor does it lose its chance", .addresses = "6a 4a 6b",
		    .attempts = "6a=20S,300D 4a=5S", DATA,
		    .outcome = "6a 0, 4a 250: 6a wins at 300" },
		{ "a close starts the next at once", .addresses = "6a 4a",
		    .attempts = "6a=20S,30C 4a=5S,10D", DATA,
		    .outcome = "6a 0, 4a 30: 4a wins at 40" },
		{ "a reset starts the next at once", .addresses = "6a 4a",
		    .attempts = "6a=20S,20X 4a=5S,10D", DATA,
		    .outcome = "6a 0, 4a 20: 4a wins at 30" },
		{ "of an older one it moves nothing", .addresses = "6a 4a 6b",
		    .attempts = "6a=20S,300C 4a=5S 6b=5S,10D", DATA,
		    .outcome = "6a 0, 4a 250, 6b 500: 6b wins at 510" },
		{ "all fail", .addresses = "6a 4a", DATA,
		    .attempts = "6a=20S,30C 4a=5S,10X",
		    .outcome = "6a 0, 4a 30: no connection at 40" },
		{ "one at a time", .addresses = "6a 4a", .delay = "none",
		    .attempts = "6a=20S,600C 4a=5S,10D", DATA,
		    .outcome = "6a 0, 4a 600: 4a wins at 610" },
		{ "the budget", .addresses = "6a 4a", DATA,
		    .attempts = "6a=20S 4a=20S", .timeout = "400",
		    .outcome = "6a 0, 4a 250: time is up at 400" },
		{ "the first byte just in time", .addresses = "6a", DATA,
		    .attempts = "6a=20S,400D", .timeout = "400",
		    .outcome = "6a 0: 6a wins at 400" },
		{ "the timeout of an attempt counts from its start",
		    .addresses = "6a 4a", .attempts = "6a=90S 4a=5S,9D", DATA,
		    .attempt_timeout = "100",
		    .outcome = "6a 0, 4a 100: 4a wins at 109" },
		{ "a tie: the lower number", .addresses = "6a 4a", DATA,
		    .attempts = "6a=20S,300D 4a=5S,50D",
		    .outcome = "6a 0, 4a 250: 6a wins at 300" },
		{ "a byte at the delay starts no other", .addresses = "6a 4a",
		    .attempts = "6a=20S,250D", DATA,
		    .outcome = "6a 0: 6a wins at 250" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
success_with_a_connection_that_stays_open(void **state)
{
	static const struct connect_row rows[] = {
		{ "open for so long", .addresses = "6a", OPEN("100"),
		    .attempts = "6a=20S", .outcome = "6a 0: 6a wins at 120" },
		{ "or the first byte", .addresses = "6a", OPEN("100"),
		    .attempts = "6a=20S,30D",
		    .outcome = "6a 0: 6a wins at 30" },
		{ "what follows does not count", .addresses = "6a 4a",
		    .attempts = "6a=20S,121C", OPEN("100"),
		    .outcome = "6a 0: 6a wins at 120" },
		{ "a close at the end of the time does", .addresses = "6a 4a",
		    .attempts = "6a=20S,120C 4a=9S", OPEN("100"),
		    .outcome = "6a 0, 4a 120: 4a wins at 229" },
		{ "a reset within it", .addresses = "6a 4a", OPEN("100"),
		    .attempts = "6a=20S,20X 4a=9S",
		    .outcome = "6a 0, 4a 20: 4a wins at 129" },
		{ "all are reset", .addresses = "6a 4a 6b", OPEN("100"),
		    .attempts = "6a=20S,20X 4a=9S,50X 6b=1S,100C",
		    .outcome = "6a 0, 4a 20, 6b 70: no connection at 170" },
		{ "longer than the delay: others start", .addresses = "6a 4a",
		    .attempts = "6a=20S 4a=9S,10D", OPEN("300"),
		    .outcome = "6a 0, 4a 250: 4a wins at 260" },
		{ "a tie of times: the lower number", .addresses = "6a 4a",
		    .attempts = "6a=260S 4a=10S", OPEN("100"),
		    .outcome = "6a 0, 4a 250: 6a wins at 360" },
		{ "a refusal is one as ever", .addresses = "6a 4a",
		    .attempts = "6a=20R 4a=9S", OPEN("100"),
		    .outcome = "6a 0, 4a 20: 4a wins at 129" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(the_race),
		cmocka_unit_test(scenarios_of_other_implementations),
		cmocka_unit_test(ties),
		cmocka_unit_test(the_deadline_covers_everything),
		cmocka_unit_test(an_attempt_has_a_timeout_of_its_own),
		cmocka_unit_test(without_a_descriptor_it_waits_for_one),
		cmocka_unit_test(without_memory_there_is_no_failed_connect),
		cmocka_unit_test(what_the_peer_does_later_is_nothing_to_tcp),
		cmocka_unit_test(success_with_the_first_byte),
		cmocka_unit_test(success_with_a_connection_that_stays_open),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
