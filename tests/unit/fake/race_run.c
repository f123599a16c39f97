/* SPDX-License-Identifier: ISC */
/*
 * A script, a virtual clock, and the rows of both forms of the race.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "fake/race_run.h"
#include "fake/seconds.h"

const struct race_row race_rows[] = {
	/* When the next one starts. */
	{ "the first starts at once", ".01S H",
	    .outcome = "0: #1 wins at .01" },
	{ "a delay after the newest", "H H .1S",
	    .outcome = "0 .25 .5: #3 wins at .6", .cancelled = "1 2" },
	{ "failures bring the next one forward", ".1R .2R 10S .25S",
	    .outcome = "0 .1 .3 .55: #4 wins at .8", .cancelled = "3" },
	{ "the failure of an older one moves nothing", ".3R 1S .2S",
	    .outcome = "0 .25 .5: #3 wins at .7", .cancelled = "2" },
	{ "failures in no time", "0R 0R 0R .1S",
	    .outcome = "0 0 0 0: #4 wins at .1" },
	{ "a success exactly at the delay starts nothing", ".25S .1S",
	    .outcome = "0: #1 wins at .25" },
	{ "one at a time", "5R 5R 1S", .outcome = "0 5 10: #3 wins at 11",
	    .delay = "none" },
	{ "one at a time waits for ever", "H .1S", .outcome = "0: hangs at 0",
	    .delay = "none" },
	{ "all at once", "3S 2S 1S .5R", .outcome = "0 0 0 0: #3 wins at 1",
	    .cancelled = "1 2", .delay = "0" },
	{ "all at once, of a source that has more", "3S +.5 3S 1S +.7 H",
	    .outcome = "0 .5 .5 .7: #3 wins at 1.5", .cancelled = "1 2 4",
	    .delay = "0" },

	/* Who wins, and when nobody has. */
	{ "an old one, in the end", "2S .1R .1R",
	    .outcome = "0 .25 .35: #1 wins at 2" },
	{ "all have failed, the oldest last", "5R .1R .1R",
	    .outcome = "0 .25 .35: lost at 5" },
	{ "success in no time", "0S .1S", .outcome = "0: #1 wins at 0" },

	/* What the source does. */
	{ "it has none for now, after a failure", ".1R +.5 .1S",
	    .outcome = "0 .5: #2 wins at .6" },
	{ "it has none for now, and the delay passes", "H +.5 .1S",
	    .outcome = "0 .5: #2 wins at .6", .cancelled = "1" },
	{ "it has some again before the delay has passed", "H +.1 .1S",
	    .outcome = "0 .25: #2 wins at .35", .cancelled = "1" },
	{ "it has none at first", "+.3 .1S", .outcome = ".3: #1 wins at .4" },
	{ "it has none at all", "", .outcome = ": lost at 0" },
	{ "it has none, as is known later", "+2", .outcome = ": lost at 2" },
	{ "it is not closed when all have failed", ".1R .1R +3",
	    .outcome = "0 .1: lost at 3" },
	{ "it is closed while one runs", "1R +.5", .outcome = "0: lost at 1" },
	{ "it fails at once", "", .outcome = ": lost at 0", .source_error = 7 },
	{ "it fails while one runs, which wins", "1S +.5",
	    .outcome = "0: #1 wins at 1", .source_error = 7 },
	{ "it fails, and so does what runs", "1R +.5",
	    .outcome = "0: lost at 1", .source_error = 7 },
	{ "it fails; what was announced still starts", "H H .1S +.3",
	    .outcome = "0 .25 .5: #3 wins at .6", .cancelled = "1 2",
	    .source_error = 7 },

	/* asyncio's tests of staggered_race. */
	{ "empty", "", .outcome = ": lost at 0", .delay = "none" },
	{ "one successful", "0S 0S", .outcome = "0: #1 wins at 0",
	    .delay = "none" },
	{ "first error, second successful", "0R 0S",
	    .outcome = "0 0: #2 wins at 0", .delay = "none" },
	{ "first timeout, second successful", "10S 0S",
	    .outcome = "0 .1: #2 wins at .1", .cancelled = "1", .delay = ".1" },
	{ "none successful", "0R 0R", .outcome = "0 0: lost at 0",
	    .delay = "none" },
	{ "multiple winners", ".21S .11S H",
	    .outcome = "0 .1 .2: #1 wins at .21", .cancelled = "2 3",
	    .delay = ".1" },

	/* async_stagger's. */
	{ "one is done as another one fails", ".3S .1R .05S",
	    .outcome = "0 .2: #1 wins at .3", .delay = ".2" },
	{ "one fails as another one is done", ".3R .1S .05S",
	    .outcome = "0 .2: #2 wins at .3", .delay = ".2" },
	{ "all are done at once", "1S .8S .6S .4S .2S",
	    .outcome = "0 .2 .4 .6 .8: #1 wins at 1", .cancelled = "2 3 4 5",
	    .delay = ".2" },
	{ "no delay, one wins", ".1R .1R .1S .1S",
	    .outcome = "0 .1 .2: #3 wins at .3", .delay = "none" },
	{ "no delay, none wins", ".1R .1R .1R",
	    .outcome = "0 .1 .2: lost at .3", .delay = "none" },
};

const size_t race_row_count = sizeof(race_rows) / sizeof(race_rows[0]);

void
race_run_init(struct race_run *run, const struct race_row *row)
{
	*run = (struct race_run){ .row = row };
	race_script_read(&run->script, row->entries);
}

const struct timeval *
race_run_delay(const struct race_run *run, struct timeval *tv)
{
	monotime_t delay = seconds_parse(
	    run->row->delay == NULL ? ".25" : run->row->delay);

	if (delay == MONOTIME_NEVER)
		return (NULL);
	*tv = clock_timeval(delay);
	return (tv);
}

static monotime_t
earlier(monotime_t a, monotime_t b)
{
	return (a < b ? a : b);
}

monotime_t
race_run_next(const struct race_run *run)
{
	const struct race_script_address *entries = run->script.addresses;
	monotime_t next = MONOTIME_NEVER;

	for (size_t i = 0; i < run->started; i++)
		if (!entries[i].ended)
			next = earlier(next, entries[i].end);
	if (run->announced < run->script.count)
		next = earlier(next, entries[run->announced].answered);
	if (!run->closed)
		next = earlier(next, run->script.last_answer);
	return (next);
}

size_t
race_run_announces(struct race_run *run)
{
	size_t before = run->announced;

	while (run->announced < run->script.count &&
	    run->script.addresses[run->announced].answered <= run->now)
		run->announced++;
	return (run->announced - before);
}

bool
race_run_closes(struct race_run *run)
{
	bool before = run->closed;

	run->closed = run->script.last_answer <= run->now;
	return (run->closed && !before);
}

bool
race_run_started(struct race_run *run, size_t index)
{
	struct race_script_address *entry = &run->script.addresses[index];

	assert_int_equal(index, run->started);
	assert_true(index < run->announced);
	run->started++;
	if (index > 0)
		text_append(run->text, sizeof(run->text), " ");
	seconds_append(run->text, sizeof(run->text), run->now);
	entry->end = clock_after(run->now, entry->after);
	entry->ended = entry->after == 0;
	return (entry->ended);
}

bool
race_run_ends(struct race_run *run, size_t *index)
{
	for (size_t i = 0; i < run->started; i++) {
		struct race_script_address *entry = &run->script.addresses[i];

		if (entry->ended || entry->end > run->now)
			continue;
		entry->ended = true;
		*index = i;
		return (true);
	}
	return (false);
}

void
race_run_cancelled(struct race_run *run, size_t index)
{
	text_append(run->cancelled, sizeof(run->cancelled), "%s%zu",
	    *run->cancelled == '\0' ? "" : " ", index + 1);
}

/* Compares what `state` has of an entry with what has become of it. */
static void
check_entry(const struct race_run *run, const struct hecat_race_state *state,
    size_t index, size_t winner)
{
	const struct race_script_address *entry = &run->script.addresses[index];
	enum hecat_race_entry expected = HECAT_RACE_ENTRY_UNTRIED;

	if (index < run->started)
		expected = winner == HECAT_RACE_NOBODY
		    ? HECAT_RACE_ENTRY_RUNNING
		    : HECAT_RACE_ENTRY_CANCELLED;
	if (entry->ended && !entry->succeeds)
		expected = HECAT_RACE_ENTRY_FAILED;
	if (index == winner)
		expected = HECAT_RACE_ENTRY_WON;
	assert_int_equal(hecat_race_state_get_entry(state, index), expected);
	assert_int_equal(hecat_race_state_get_error(state, index),
	    expected == HECAT_RACE_ENTRY_FAILED ? RACE_RUN_ERROR + (int)index
						: 0);
}

void
race_run_done(struct race_run *run, const struct hecat_race_state *state,
    bool hangs, size_t winner)
{
	const struct race_row *row = run->row;
	size_t running = 0;
	char words[32];

	snprintf(words, sizeof(words), "#%zu wins", winner + 1);
	if (winner == HECAT_RACE_NOBODY)
		snprintf(words, sizeof(words), hangs ? "hangs" : "lost");
	text_append(run->text, sizeof(run->text), ": %s at ", words);
	seconds_append(run->text, sizeof(run->text), run->now);
	assert_row(row->rule, row->outcome, run->text);
	assert_row(row->rule, row->cancelled == NULL ? "" : row->cancelled,
	    run->cancelled);
	for (size_t i = 0; i < run->script.count; i++)
		check_entry(run, state, i, winner);
	for (size_t i = 0; hangs && i < run->started; i++)
		running += !run->script.addresses[i].ended;
	assert_int_equal(hecat_race_state_get_count(state), run->started);
	assert_int_equal(hecat_race_state_get_running_count(state), running);
	assert_int_equal(hecat_race_state_get_winner(state), winner);
	assert_int_equal(hecat_race_state_get_source_error(state),
	    run->closed ? row->source_error : 0);
}
