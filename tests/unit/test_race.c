/* SPDX-License-Identifier: ISC */
/*
 * The staggered race (RFC 8305 section 5): the starts and the winner.
 * race_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake/race_drive.h"

static void
numbers(void **state)
{
	static const struct scenario rows[] = {
		{ "a fast third address", "1S 1S .2S",
		    .outcome = "0 .25 .5: #3 wins at .7" },
		{ "a longer delay", "1S 1S .2S",
		    .outcome = "0 .45 .9: #1 wins at 1", .delay = ".45" },
		{ "failures bring the next one forward", ".1R .2R 10S .25S",
		    .outcome = "0 .1 .3 .55: #4 wins at .8" },
		{ "the last pending one decides", ".1R .2R 10R .25R",
		    .outcome = "0 .1 .3 .55: lost at 10.3" },
		{ "the older failure moves nothing", ".3R 1S .2S",
		    .outcome = "0 .25 .5: #3 wins at .7" },
		{ "IPv6 without a route", "0R .1S",
		    .outcome = "0 0: #2 wins at .1" },
		{ "IPv6 within the delay", ".2S .001S",
		    .outcome = "0: #1 wins at .2" },
		{ "IPv6 beyond the delay", ".3S .001S",
		    .outcome = "0 .25: #2 wins at .251" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 1. */
static void
the_next_attempt_starts_a_delay_after_the_newest(void **state)
{
	static const struct scenario rows[] = {
		{ "the first starts at once", ".01S",
		    .outcome = "0: #1 wins at .01", .causes = "F" },
		{ "one after the other", "H H H H 1S",
		    .outcome = "0 .25 .5 .75 1: #5 wins at 2",
		    .causes = "FDDDD" },
		{ "a failure restarts the timer", ".1R H H .1S",
		    .outcome = "0 .1 .35 .6: #4 wins at .7", .causes = "FPDD" },
		{ "no fixed grid after a failure in the middle",
		    "H .01R H H .1S",
		    .outcome = "0 .25 .26 .51 .76: #5 wins at .86",
		    .causes = "FDPDD" },
		{ "the shortest delay", "H H H .001S",
		    .outcome = "0 .01 .02 .03: #4 wins at .031",
		    .delay = ".01" },
		{ "a failure exactly at the timer starts one", ".25R H .1S",
		    .outcome = "0 .25 .5: #3 wins at .6", .causes = "FDD" },
		{ "a failure a microsecond before the timer", ".249999R H .1S",
		    .outcome = "0 .249999 .499999: #3 wins at .599999",
		    .causes = "FPD" },
		{ "the timer a microsecond before the failure",
		    ".250001R H .1S", .outcome = "0 .25 .5: #3 wins at .6" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 2. */
static void
only_the_newest_failure_brings_the_next_forward(void **state)
{
	static const struct scenario rows[] = {
		{ "older failures one after the other", ".3R .1R H .1S",
		    .outcome = "0 .25 .35 .6: #4 wins at .7" },
		{ "two older ones fail together", ".55R .3R H .1S",
		    .outcome = "0 .25 .5 .75: #4 wins at .85" },
		{ "oldest and newest fail together: one start",
		    ".3R .05R H .1S",
		    .outcome = "0 .25 .3 .55: #4 wins at .65" },
		{ "the newest fails, then an older one: one start",
		    ".31R .05R H .1S",
		    .outcome = "0 .25 .3 .55: #4 wins at .65" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* draft-ietf-happy-happyeyeballs-v3 section 6. */
static void
a_step_holds_back_the_next_start(void **state)
{
	static const struct scenario rows[] = {
		{ "TLS in two more round trips", ".2T.6S H",
		    .outcome = "0: #1 wins at .6" },
		{ "TCP at once, a hung handshake: 100 ms more, no less",
		    ".2T3S .1S", .outcome = "0 .8: #2 wins at .9",
		    .causes = "FD" },
		{ "a short round trip: the delay decides", ".02T3S .1S",
		    .outcome = "0 .25: #2 wins at .35" },
		{ "at least 100 ms", ".005T3S H",
		    .outcome = "0 .105: #1 wins at 3", .delay = ".01" },
		{ "TCP later than the delay: the next runs by then", "1T9S .1S",
		    .outcome = "0 .25: #2 wins at .35" },
		{ "at most two seconds", "1T9S .1S",
		    .outcome = "0 3: #2 wins at 3.1", .delay = "1.5" },
		{ "a step that fails starts the next at once", ".2T.3R .1S",
		    .outcome = "0 .3: #2 wins at .4", .causes = "FP" },
		{ "an older one holds back, too", ".3T2S H .1S",
		    .outcome = "0 .25 1.2: #3 wins at 1.3" },
		{ "but not once it has failed", ".3T.7R H .1S",
		    .outcome = "0 .25 .7: #3 wins at .8" },
		{ "nor where a newer one fails", ".3T2S .1R .1S",
		    .outcome = "0 .25 .35: #3 wins at .45", .causes = "FDP" },
		{ "of two the longer one", ".3T2S .2T2S H .1S",
		    .outcome = "0 .25 1.2 1.45: #4 wins at 1.55" },
		{ "one at a time stays so", ".2T1R .1S",
		    .outcome = "0 1: #2 wins at 1.1", .delay = "none" },
		{ "all at once, too", ".2T1S .3S +.4 .1S",
		    .outcome = "0 0: #2 wins at .3", .delay = "0" },
		{ "all at once with a late answer", ".2T1S +.4 .1S",
		    .outcome = "0 .4: #2 wins at .5", .delay = "0" },
		{ "a late answer waits for the step", ".2T3S +.4 .1S",
		    .outcome = "0 .8: #2 wins at .9", .causes = "FD" },
		{ "the attempt timeout counts from the start", ".2T3S H",
		    .outcome = "0 .5: lost at 1", .attempt_timeout = ".5" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 3. */
static void
a_failure_without_a_packet_costs_no_delay(void **state)
{
	static const struct scenario rows[] = {
		{ "a family without a route", "0R 0R 0R .1S",
		    .outcome = "0 0 0 0: #4 wins at .1", .causes = "FPPP" },
		{ "in the middle", "H 0R 0R H .1S",
		    .outcome = "0 .25 .25 .25 .5: #5 wins at .6",
		    .causes = "FDPPD" },
		{ "all of them", "0R 0R 0R", .outcome = "0 0 0: lost at 0" },
		{ "one at a time too", "0R 0R .5S",
		    .outcome = "0 0 0: #3 wins at .5", .delay = "none" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rules 4 and 5. */
static void
the_first_success_wins(void **state)
{
	static const struct scenario rows[] = {
		{ "what is not tried is never touched", ".1S .1S .1S",
		    .outcome = "0: #1 wins at .1" },
		{ "earlier attempts are never dropped", ".6S .6S .6S .6S",
		    .outcome = "0 .25 .5: #1 wins at .6" },
		{ "the first, long after the last was started", "9S H H H",
		    .outcome = "0 .25 .5 .75: #1 wins at 9" },
		{ "after all others have failed", "2S .1R .1R .1R",
		    .outcome = "0 .25 .35 .45: #1 wins at 2" },
		{ "the later one that is faster", "2S .1S",
		    .outcome = "0 .25: #2 wins at .35" },
		{ "success in no time", "0S .1S",
		    .outcome = "0: #1 wins at 0" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 6. */
static void
the_race_is_lost_with_its_last_attempt_and_answer(void **state)
{
	static const struct scenario rows[] = {
		{ "no address, no lookup", "", .outcome = ": lost at 0" },
		{ "the only one", ".1R", .outcome = "0: lost at .1" },
		{ "the oldest ends last", "5R .1R .1R",
		    .outcome = "0 .25 .35: lost at 5" },
		{ "a lookup is out", ".1R .1R +3",
		    .outcome = "0 .1: lost at 3" },
		{ "a lookup is out, an attempt still runs", ".1R 7R +3",
		    .outcome = "0 .1: lost at 7.1" },
		{ "no address at all, in the end", "+3",
		    .outcome = ": lost at 3" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 7; every row is run with the ends reported in both orders. */
static void
of_two_successes_the_lower_number_wins(void **state)
{
	static const struct scenario rows[] = {
		{ "both at the same time", ".5S .25S H",
		    .outcome = "0 .25: #1 wins at .5" },
		{ "three of them", ".7S .45S .2S",
		    .outcome = "0 .25 .5: #1 wins at .7" },
		{ "success exactly at the timer starts nothing", ".25S .1S",
		    .outcome = "0: #1 wins at .25" },
		{ "success of an older one exactly at the timer", ".5S H H",
		    .outcome = "0 .25: #1 wins at .5" },
		{ "success and failure of the newest together", ".3S .05R H",
		    .outcome = "0 .25: #1 wins at .3" },
		{ "success exactly at the deadline still wins", ".3S",
		    .outcome = "0: #1 wins at .3", .deadline = ".3" },
		{ "success exactly at the attempt timeout too", ".3S",
		    .outcome = "0: #1 wins at .3", .attempt_timeout = ".3" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 8. */
static void
the_delay_may_be_none_or_nothing(void **state)
{
	static const struct scenario rows[] = {
		{ "none: one at a time", "5R 5R 1S",
		    .outcome = "0 5 10: #3 wins at 11", .causes = "FPP",
		    .delay = "none" },
		{ "none: a black hole holds up all", "H .1S",
		    .outcome = "0: hangs at 0", .delay = "none" },
		{ "none: but for the attempt timeout", "H .1S",
		    .outcome = "0 3: #2 wins at 3.1", .delay = "none",
		    .attempt_timeout = "3" },
		{ "0: all at once", "3S 2S 1S .5R",
		    .outcome = "0 0 0 0: #3 wins at 1", .causes = "FDDD",
		    .delay = "0" },
		{ "0: a late answer too", "H H +.5 H 1S",
		    .outcome = "0 0 .5 .5: #4 wins at 1.5", .causes = "FDLD",
		    .delay = "0" },
		{ "a failure within 10 ms of the start waits for none",
		    ".002R .003R .004S",
		    .outcome = "0 .002 .005: #3 wins at .009" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(
		    the_next_attempt_starts_a_delay_after_the_newest),
		cmocka_unit_test(
		    only_the_newest_failure_brings_the_next_forward),
		cmocka_unit_test(a_step_holds_back_the_next_start),
		cmocka_unit_test(a_failure_without_a_packet_costs_no_delay),
		cmocka_unit_test(the_first_success_wins),
		cmocka_unit_test(
		    the_race_is_lost_with_its_last_attempt_and_answer),
		cmocka_unit_test(of_two_successes_the_lower_number_wins),
		cmocka_unit_test(the_delay_may_be_none_or_nothing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
