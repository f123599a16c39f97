/* SPDX-License-Identifier: ISC */
/*
 * The race of anything as a state machine, in virtual time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "hecat.h"
#include "fake/race_run.h"
#include "fake/shortage.h"

#define MANY 100000

static const struct timeval zero;
static const struct timeval second = { .tv_sec = 1 };

static struct hecat_race_state *
state_new(const struct timeval *delay)
{
	struct hecat_race_state *state = hecat_race_state_new(delay);

	assert_non_null(state);
	return (state);
}

/* Reports the end of an entry as the script has it. */
static void
end(struct race_run *run, struct hecat_race_state *state, size_t index)
{
	const struct timeval now = clock_timeval(run->now);
	size_t winner = hecat_race_state_get_winner(state);

	if (!run->script.addresses[index].succeeds)
		assert_int_equal(hecat_race_state_fail(state, index,
				     RACE_RUN_ERROR + (int)index, &now),
		    0);
	else if (winner == HECAT_RACE_NOBODY)
		assert_int_equal(hecat_race_state_succeed(state, index), 0);
	else
		ASSERT_ERROR(
		    hecat_race_state_succeed(state, index), -1, EALREADY);
}

/* Reports all that happens by now. */
static void
report(struct race_run *run, struct hecat_race_state *state)
{
	size_t count = race_run_announces(run), index;

	if (count > 0)
		assert_int_equal(hecat_race_state_more(state, count), 0);
	if (race_run_closes(run))
		assert_int_equal(
		    hecat_race_state_close(state, run->row->source_error), 0);
	while (race_run_ends(run, &index))
		end(run, state, index);
}

/* Cancels what runs when the race is decided. */
static void
cancel_others(struct race_run *run, const struct hecat_race_state *state)
{
	for (size_t i = 0; i < hecat_race_state_get_count(state); i++)
		if (hecat_race_state_get_entry(state, i) ==
		    HECAT_RACE_ENTRY_CANCELLED)
			race_run_cancelled(run, i);
}

/* Does one thing that is to be done. Returns false at the end. */
static bool
act(struct race_run *run, struct hecat_race_state *state)
{
	const struct timeval now = clock_timeval(run->now);
	monotime_t next = race_run_next(run), due = MONOTIME_NEVER;
	size_t index = MANY;
	struct timeval tv = { .tv_sec = -1 };

	switch (hecat_race_state_next(state, &now, &index, &tv)) {
	case HECAT_RACE_START:
		if (race_run_started(run, index))
			end(run, state, index);
		return (true);
	case HECAT_RACE_DONE:
		cancel_others(run, state);
		race_run_done(run, state, false, index);
		return (false);
	case HECAT_RACE_WAIT:
		assert_true(clock_from_timeval(&due, &tv));
		assert_true(due > run->now);
		break;
	case HECAT_RACE_WAIT_EVENT:
		assert_int_equal(tv.tv_sec, -1);
		break;
	case HECAT_RACE_ERROR:
		fail();
	}
	assert_int_equal(index, MANY);
	run->now = next < due ? next : due;
	if (run->now != MONOTIME_NEVER) {
		report(run, state);
		return (true);
	}
	assert_true(clock_from_timeval(&run->now, &now));
	race_run_done(run, state, true, HECAT_RACE_NOBODY);
	return (false);
}

static void
scenarios(void **unused)
{
	struct hecat_race_state *state;
	struct race_run run;
	struct timeval delay;

	(void)unused;
	for (size_t i = 0; i < race_row_count; i++) {
		race_run_init(&run, &race_rows[i]);
		state = state_new(race_run_delay(&run, &delay));
		report(&run, state);
		while (act(&run, state))
			continue;
		hecat_race_state_free(state);
	}
}

/* Returns what is to be done at `at`, an entry that starts in *index. */
static enum hecat_race_action
next(struct hecat_race_state *state, monotime_t at, size_t *index)
{
	const struct timeval now = clock_timeval(at);
	struct timeval due;

	return (hecat_race_state_next(state, &now, index, &due));
}

static void
assert_starts(struct hecat_race_state *state, monotime_t at, size_t expected)
{
	size_t index = MANY;

	assert_int_equal(next(state, at, &index), HECAT_RACE_START);
	assert_int_equal(index, expected);
}

static void
assert_done(struct hecat_race_state *state, size_t expected)
{
	size_t index = MANY;

	assert_int_equal(next(state, 0, &index), HECAT_RACE_DONE);
	assert_int_equal(index, expected);
}

static void
wrong_arguments(void **unused)
{
	static const struct timeval wrong[] = { { .tv_sec = -1 },
		{ .tv_usec = -1 }, { .tv_usec = 1000000 },
		{ .tv_sec = INT64_MAX } };
	struct hecat_race_state *state = state_new(&second);
	struct timeval due;
	size_t index;

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 1), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ASSERT_ERROR(hecat_race_state_new(&wrong[i]), NULL, EINVAL);
		ASSERT_ERROR(
		    hecat_race_state_next(state, &wrong[i], &index, &due),
		    HECAT_RACE_ERROR, EINVAL);
	}
	ASSERT_ERROR(hecat_race_state_next(NULL, &zero, &index, &due),
	    HECAT_RACE_ERROR, EINVAL);
	ASSERT_ERROR(hecat_race_state_next(state, NULL, &index, &due),
	    HECAT_RACE_ERROR, EINVAL);
	ASSERT_ERROR(hecat_race_state_next(state, &zero, NULL, &due),
	    HECAT_RACE_ERROR, EINVAL);
	ASSERT_ERROR(hecat_race_state_next(state, &zero, &index, NULL),
	    HECAT_RACE_ERROR, EINVAL);
	ASSERT_ERROR(hecat_race_state_more(NULL, 1), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_more(state, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_close(NULL, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_succeed(NULL, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_fail(NULL, 0, 1, &zero), -1, EINVAL);
	hecat_race_state_free(NULL);
	/* None of them has started anything. */
	assert_starts(state, 0, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ASSERT_ERROR(
		    hecat_race_state_fail(state, 0, 1, &wrong[i]), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_fail(state, 0, 1, NULL), -1, EINVAL);
	assert_int_equal(
	    hecat_race_state_get_entry(state, 0), HECAT_RACE_ENTRY_RUNNING);
	hecat_race_state_free(state);
}

static void
what_does_not_run_cannot_end(void **unused)
{
	struct hecat_race_state *state = state_new(NULL);

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 3), 0);
	ASSERT_ERROR(hecat_race_state_succeed(state, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_fail(state, 0, 5, &zero), -1, EINVAL);
	assert_starts(state, 0, 0);
	ASSERT_ERROR(hecat_race_state_succeed(state, 1), -1, EINVAL);
	ASSERT_ERROR(
	    hecat_race_state_succeed(state, HECAT_RACE_NOBODY), -1, EINVAL);
	assert_int_equal(hecat_race_state_fail(state, 0, 5, &zero), 0);
	ASSERT_ERROR(hecat_race_state_fail(state, 0, 6, &zero), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_succeed(state, 0), -1, EINVAL);
	assert_int_equal(hecat_race_state_get_error(state, 0), 5);
	assert_starts(state, 0, 1);
	assert_int_equal(hecat_race_state_succeed(state, 1), 0);
	ASSERT_ERROR(hecat_race_state_succeed(state, 1), -1, EINVAL);
	ASSERT_ERROR(hecat_race_state_fail(state, 1, 5, &zero), -1, EINVAL);
	assert_done(state, 1);
	hecat_race_state_free(state);
}

/* The first that is reported, whatever its number. */
static void
the_first_success_wins(void **unused)
{
	struct hecat_race_state *state = state_new(&zero);

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 3), 0);
	for (size_t i = 0; i < 3; i++)
		assert_starts(state, 0, i);
	assert_int_equal(hecat_race_state_get_winner(state), HECAT_RACE_NOBODY);
	assert_int_equal(hecat_race_state_succeed(state, 1), 0);
	ASSERT_ERROR(hecat_race_state_succeed(state, 0), -1, EALREADY);
	assert_int_equal(
	    hecat_race_state_get_entry(state, 0), HECAT_RACE_ENTRY_CANCELLED);
	/* What fails before it is cancelled need not be. */
	assert_int_equal(hecat_race_state_fail(state, 2, 9, &zero), 0);
	assert_int_equal(
	    hecat_race_state_get_entry(state, 2), HECAT_RACE_ENTRY_FAILED);
	assert_int_equal(hecat_race_state_get_error(state, 2), 9);
	/* Nothing that comes later changes the end. */
	assert_int_equal(hecat_race_state_more(state, 1), 0);
	assert_done(state, 1);
	assert_int_equal(hecat_race_state_close(state, 3), 0);
	assert_done(state, 1);
	assert_int_equal(hecat_race_state_get_winner(state), 1);
	hecat_race_state_free(state);
}

static void
a_source_that_is_closed_stays_so(void **unused)
{
	struct hecat_race_state *state = state_new(NULL);
	size_t index;

	(void)unused;
	assert_int_equal(next(state, 0, &index), HECAT_RACE_WAIT_EVENT);
	assert_int_equal(hecat_race_state_more(state, 1), 0);
	assert_int_equal(hecat_race_state_close(state, -2), 0);
	ASSERT_ERROR(hecat_race_state_close(state, 5), -1, EALREADY);
	ASSERT_ERROR(hecat_race_state_more(state, 1), -1, EINVAL);
	assert_int_equal(hecat_race_state_get_source_error(state), -2);
	assert_starts(state, 0, 0);
	assert_int_equal(next(state, 0, &index), HECAT_RACE_WAIT_EVENT);
	assert_int_equal(hecat_race_state_fail(state, 0, 0, &zero), 0);
	assert_done(state, HECAT_RACE_NOBODY);
	assert_done(state, HECAT_RACE_NOBODY);
	hecat_race_state_free(state);
}

/* What is only announced has no state yet. */
static void
an_entry_that_was_not_started(void **unused)
{
	struct hecat_race_state *state = state_new(NULL);

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 2), 0);
	assert_int_equal(hecat_race_state_get_count(state), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hecat_race_state_get_entry(state, i),
		    HECAT_RACE_ENTRY_UNTRIED);
		assert_int_equal(hecat_race_state_get_error(state, i), 0);
	}
	hecat_race_state_free(state);
}

/* Times up to the largest that there is. */
static void
the_end_of_time(void **unused)
{
	const struct timeval delay = clock_timeval(MONOTIME_NEVER - 1000000);
	struct hecat_race_state *state = state_new(&delay);
	size_t index;

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 2), 0);
	assert_starts(state, 1000000, 0);
	/* The sum is no time any more: only an event goes on. */
	assert_int_equal(next(state, MONOTIME_NEVER - 1000000, &index),
	    HECAT_RACE_WAIT_EVENT);
	hecat_race_state_free(state);
}

static void
many_entries(void **unused)
{
	struct hecat_race_state *state = state_new(NULL);

	(void)unused;
	for (size_t i = 0; i < MANY; i++) {
		if (i % 100 == 0)
			assert_int_equal(hecat_race_state_more(state, 100), 0);
		assert_starts(state, 0, i);
		assert_int_equal(
		    hecat_race_state_fail(state, i, (int)i, &zero), 0);
	}
	assert_int_equal(hecat_race_state_close(state, 0), 0);
	assert_done(state, HECAT_RACE_NOBODY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(hecat_race_state_get_error(state, i), i);
	hecat_race_state_free(state);
}

/* More than a number, or than the address space, holds. */
static void
too_many_entries(void **unused)
{
	static const size_t counts[] = { HECAT_RACE_NOBODY,
		HECAT_RACE_NOBODY - 1, HECAT_RACE_NOBODY - 2,
		HECAT_RACE_NOBODY / 2 };
	struct hecat_race_state *state = state_new(NULL);

	(void)unused;
	assert_int_equal(hecat_race_state_more(state, 1), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		ASSERT_ERROR(
		    hecat_race_state_more(state, counts[i]), -1, ENOMEM);
	assert_starts(state, 0, 0);
	assert_int_equal(hecat_race_state_close(state, 0), 0);
	assert_int_equal(hecat_race_state_fail(state, 0, 1, &zero), 0);
	assert_done(state, HECAT_RACE_NOBODY);
	hecat_race_state_free(state);
}

/* Runs a race of 100 entries. Returns whether there was memory for it. */
static bool
run_without_memory(void)
{
	struct hecat_race_state *state = hecat_race_state_new(NULL);
	bool enough = state != NULL;
	size_t announced = 0;

	while (enough && announced < 100) {
		enough = hecat_race_state_more(state, 10) == 0;
		announced += enough ? 10 : 0;
	}
	if (!enough)
		assert_int_equal(errno, ENOMEM);
	if (state == NULL)
		return (false);
	/* What was announced runs, and takes no memory. */
	shortage_begin(SHORTAGE_memory, 0, true, ENOMEM);
	for (size_t i = 0; i < announced; i++) {
		assert_starts(state, 0, i);
		assert_int_equal(hecat_race_state_fail(state, i, 1, &zero), 0);
	}
	assert_int_equal(hecat_race_state_close(state, 0), 0);
	assert_done(state, HECAT_RACE_NOBODY);
	hecat_race_state_free(state);
	return (enough);
}

static void
out_of_memory(void **unused)
{
	size_t refused = 0;
	bool enough = false;

	(void)unused;
	if (!shortage_has_memory())
		skip();
	shortage_count_thread(true);
	while (!enough) {
		shortage_begin(SHORTAGE_memory, refused, true, ENOMEM);
		enough = run_without_memory();
		shortage_end();
		refused += !enough;
	}
	/* The race, and twice what grows with it: 16, 32, 64, 128. */
	assert_int_equal(refused, 1 + 2 * 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scenarios),
		cmocka_unit_test(wrong_arguments),
		cmocka_unit_test(what_does_not_run_cannot_end),
		cmocka_unit_test(the_first_success_wins),
		cmocka_unit_test(a_source_that_is_closed_stays_so),
		cmocka_unit_test(an_entry_that_was_not_started),
		cmocka_unit_test(the_end_of_time),
		cmocka_unit_test(many_entries),
		cmocka_unit_test(too_many_entries),
		cmocka_unit_test(out_of_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
