/* SPDX-License-Identifier: ISC */
/*
 * What bounds a race: deadline, timeouts, delay, late answers, descriptors.
 * race_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "race.h"
#include "fake/race_drive.h"

/* Rule 9. */
static void
the_deadline_covers_everything(void **state)
{
	static const struct scenario rows[] = {
		{ "attempts under way", "H H H",
		    .outcome = "0 .25: expired at .3", .deadline = ".3" },
		{ "before a start that is due in the same instant", "H H",
		    .outcome = "0: expired at .25", .deadline = ".25" },
		{ "a failure in the same instant", ".3R",
		    .outcome = "0: expired at .3", .deadline = ".3" },
		{ "a lookup that is never answered", "+60",
		    .outcome = ": expired at 1", .deadline = "1" },
		{ "one at a time", "H .1S", .outcome = "0: expired at 2",
		    .delay = "none", .deadline = "2" },
		{ "the end comes first", ".3R", .outcome = "0: lost at .3",
		    .deadline = ".300001" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
an_attempt_has_a_timeout_of_its_own(void **state)
{
	static const struct scenario rows[] = {
		{ "each counts from its own start", "H H",
		    .outcome = "0 .25: lost at 1.25", .attempt_timeout = "1" },
		{ "before the delay it brings the next forward", "H .05S",
		    .outcome = "0 .1: #2 wins at .15", .causes = "FP",
		    .attempt_timeout = ".1" },
		{ "of an older one it moves nothing", "H H H .1S",
		    .outcome = "0 .25 .5 .75: #4 wins at .85",
		    .attempt_timeout = ".3" },
		{ "a failed one does not hide the next to time out",
		    ".1R H .01R H H",
		    .outcome = "0 .1 .35 .36 .61: lost at 1.61",
		    .attempt_timeout = "1" },
		{ "the deadline goes first", "H H",
		    .outcome = "0 .25: expired at 1", .attempt_timeout = "1",
		    .deadline = "1" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* The Resolution Delay, as far as the race is concerned. */
static void
a_resolution_delay_puts_the_first_attempt_off(void **state)
{
	static const struct scenario rows[] = {
		{ "until its end", ".1S", .outcome = ".06: #1 wins at .16",
		    .causes = "F", .resolution_delay = ".06" },
		{ "and delays count from the start", "H .1S",
		    .outcome = ".06 .31: #2 wins at .41", .causes = "FD",
		    .resolution_delay = ".06" },
		{ "an end in the past holds nothing", ".1S",
		    .outcome = "0: #1 wins at .1", .resolution_delay = "0" },
		{ "the deadline is not held", ".1S",
		    .outcome = ": expired at .05", .resolution_delay = ".06",
		    .deadline = ".05" },
		{ "a held race is not lost", ".1R", .outcome = "1: lost at 1.1",
		    .resolution_delay = "1" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Section 2.4 of the rules. */
static void
a_late_answer_does_not_restart_the_timer(void **state)
{
	static const struct scenario rows[] = {
		{ "the timer has passed: at once", "H +.6 .1S",
		    .outcome = "0 .6: #2 wins at .7", .causes = "FL" },
		{ "the timer runs: when it is due", "H +.2 .1S",
		    .outcome = "0 .25: #2 wins at .35", .causes = "FD" },
		{ "the only one failed before: at once", ".1R +.2 .1S",
		    .outcome = "0 .2: #2 wins at .3", .causes = "FL" },
		{ "exactly at the timer", "H +.25 .1S",
		    .outcome = "0 .25: #2 wins at .35", .causes = "FD" },
		{ "the newest fails after the timer: it is due already",
		    ".4R +.6 .1S", .outcome = "0 .6: #2 wins at .7",
		    .causes = "FL" },
		{ "then a delay as always", "H +.6 H .1S",
		    .outcome = "0 .6 .85: #3 wins at .95", .causes = "FLD" },
		{ "an answer while the list is not empty", "H H +.1 H .1S",
		    .outcome = "0 .25 .5 .75: #4 wins at .85",
		    .causes = "FDDD" },
		{ "the very first addresses come late", "+.5 H .1S",
		    .outcome = ".5 .75: #2 wins at .85", .causes = "FD" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Rule 11. */
static void
without_a_descriptor_it_waits_for_one(void **state)
{
	static const struct scenario rows[] = {
		{ "the attempts that run are kept, and win", "1S H .1S",
		    .outcome = "0 .25: #1 wins at 1", .descriptors = 2 },
		{ "the end of an older one makes room", ".8R H .1S",
		    .outcome = "0 .25 .8: #3 wins at .9", .causes = "FDD",
		    .descriptors = 2 },
		{ "the end of the newest too", "H .4R .1S",
		    .outcome = "0 .25 .65: #3 wins at .75", .descriptors = 2 },
		{ "room before the delay has passed: no sooner", ".1R H .1S",
		    .outcome = "0 .1: expired at 1", .descriptors = 1,
		    .deadline = "1" },
		{ "it asks again, as others may have closed theirs", ".1S",
		    .outcome = ".4: #1 wins at .5", .causes = "F",
		    .shortage_until = ".35" },
		{ "at once when they have by then", ".1S",
		    .outcome = ".3: #1 wins at .4", .shortage_until = ".3" },
		{ "the deadline is kept while it asks", ".1S",
		    .outcome = ": expired at .35", .shortage_until = "9",
		    .deadline = ".35" },
		{ "a timeout makes room while it asks", "H .02S",
		    .delay = ".01", .outcome = "0 .05: #2 wins at .07",
		    .attempt_timeout = ".05", .descriptors = 1 },
		{ "a timeout makes room", "H H .1S",
		    .outcome = "0 .25 .7: #3 wins at .8",
		    .attempt_timeout = ".7", .descriptors = 2 },
		{ "the deadline is kept", "H H H", .outcome = "0: expired at 2",
		    .deadline = "2", .descriptors = 1 },
		{ "lost only when all have been tried", ".5R .5R .5R .5R",
		    .outcome = "0 .5 1 1.5: lost at 2", .delay = "0",
		    .descriptors = 1 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_resolution_delay_can_be_lifted(void **state)
{
	const struct race_supply one = { .untried = 1 };
	struct race race;

	(void)state;
	race_init(&race, 250000, MONOTIME_NEVER, MONOTIME_NEVER);
	race_resolution_delay(&race, 60000);
	assert_int_equal(race_next(&race, 10000, one).action, RACE_WAIT);
	assert_int_equal(race_next(&race, 10000, one).until, 60000);
	race_resolution_delay(&race, INT64_MIN);
	assert_int_equal(race_next(&race, 10000, one).action, RACE_START);
	race_release(&race);
}

static void
to_ask_changes_nothing(void **state)
{
	const struct race_supply two = { .untried = 2 };
	struct race race;

	(void)state;
	race_init(&race, 250000, MONOTIME_NEVER, MONOTIME_NEVER);
	for (int i = 0; i < 3; i++)
		assert_int_equal(race_next(&race, 0, two).action, RACE_START);
	assert_int_equal(race_started(&race, 0), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(race_next(&race, 0, two).until, 250000);
		assert_int_equal(
		    race_next(&race, 250000, two).action, RACE_START);
		assert_int_equal(race_next(&race, 0, two).action, RACE_WAIT);
	}
	race_release(&race);
}

static void
it_waits_for_whatever_comes_first(void **state)
{
	const struct race_supply none = { .expected = true };
	const struct race_supply one = { .untried = 1 };
	struct race race;

	(void)state;
	race_init(&race, 250, 700, 900);
	race_started(&race, 0);
	assert_int_equal(race_next(&race, 1, one).until, 250);
	assert_int_equal(race_next(&race, 1, none).until, 700);
	race_failed(&race, 0, 1);
	assert_int_equal(race_next(&race, 1, none).until, 900);
	race_release(&race);
}

static void
many_attempts_at_once(void **state)
{
	const struct race_supply none = { .untried = 0 };
	struct race race;

	(void)state;
	race_init(&race, 0, MONOTIME_NEVER, MONOTIME_NEVER);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(race_started(&race, 0), i);
		assert_int_equal(race_pending(&race), i + 1);
	}
	for (size_t i = 1000; i-- > 1;)
		race_failed(&race, i, 1);
	assert_int_equal(race_pending(&race), 1);
	assert_int_equal(race_next(&race, 1, none).action, RACE_WAIT);
	race_failed(&race, 0, 2);
	assert_int_equal(race_pending(&race), 0);
	assert_int_equal(race_next(&race, 2, none).action, RACE_LOST);
	race_release(&race);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deadline_covers_everything),
		cmocka_unit_test(an_attempt_has_a_timeout_of_its_own),
		cmocka_unit_test(a_resolution_delay_puts_the_first_attempt_off),
		cmocka_unit_test(a_resolution_delay_can_be_lifted),
		cmocka_unit_test(a_late_answer_does_not_restart_the_timer),
		cmocka_unit_test(without_a_descriptor_it_waits_for_one),
		cmocka_unit_test(to_ask_changes_nothing),
		cmocka_unit_test(it_waits_for_whatever_comes_first),
		cmocka_unit_test(many_attempts_at_once),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
