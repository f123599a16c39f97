/* SPDX-License-Identifier: ISC */
/*
 * A virtual clock, a script for each attempt, and a race between them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "race.h"
#include "fake/race_drive.h"
#include "fake/race_script.h"
#include "fake/seconds.h"

#define TEXT_MAX 512

/* A race under way. */
struct drive {
	struct race race;
	monotime_t now;
	struct race_script script;
	size_t started;
	size_t descriptors;
	monotime_t shortage_until;
	bool newest_first; /* the order in which ends are reported */
	char text[TEXT_MAX];
	char causes[RACE_SCRIPT_MAX + 1];
};

static monotime_t
time_or(const char *text, monotime_t otherwise)
{
	return (text == NULL ? otherwise : seconds_parse(text));
}

static void
drive_init(struct drive *drive, const struct scenario *scenario)
{
	*drive = (struct drive){
		.descriptors = scenario->descriptors,
		.shortage_until = time_or(scenario->shortage_until, INT64_MIN),
	};
	race_script_read(&drive->script, scenario->addresses);
	race_init(&drive->race, time_or(scenario->delay, 250000),
	    time_or(scenario->attempt_timeout, MONOTIME_NEVER),
	    time_or(scenario->deadline, MONOTIME_NEVER));
	if (scenario->resolution_delay != NULL)
		race_resolution_delay(
		    &drive->race, seconds_parse(scenario->resolution_delay));
}

static struct race_supply
supply_at(const struct drive *drive, monotime_t now)
{
	struct race_supply supply = { .expected = now <
		    drive->script.last_answer };

	for (size_t i = drive->started; i < drive->script.count; i++)
		if (drive->script.addresses[i].answered <= now)
			supply.untried++;
	return (supply);
}

static struct race_step
next_step(const struct drive *drive)
{
	return (
	    race_next(&drive->race, drive->now, supply_at(drive, drive->now)));
}

static void
end_attempt(struct drive *drive, size_t attempt)
{
	struct race_script_address *script = &drive->script.addresses[attempt];

	script->ended = true;
	if (script->succeeds)
		race_succeeded(&drive->race, attempt);
	else
		race_failed(&drive->race, attempt, drive->now);
}

static void
start_attempt(struct drive *drive, enum hecat_cause cause)
{
	static const char letters[] = {
		[HECAT_CAUSE_FIRST] = 'F',
		[HECAT_CAUSE_DELAY_PASSED] = 'D',
		[HECAT_CAUSE_PREVIOUS_FAILED] = 'P',
		[HECAT_CAUSE_LATE_ANSWER] = 'L',
	};
	size_t number = drive->started;
	struct race_script_address *script = &drive->script.addresses[number];

	if (drive->now < drive->shortage_until ||
	    (drive->descriptors != 0 &&
		race_pending(&drive->race) == drive->descriptors)) {
		race_out_of_descriptors(&drive->race, drive->now);
		return;
	}
	assert_int_equal(race_started(&drive->race, drive->now), number);
	drive->started++;
	drive->causes[number] = letters[cause];
	if (number > 0)
		text_append(drive->text, sizeof(drive->text), " ");
	seconds_append(drive->text, sizeof(drive->text), drive->now);
	script->started = drive->now;
	script->end = clock_after(drive->now, script->after);
	if (script->after == 0)
		end_attempt(drive, number);
}

static monotime_t
established_at(const struct race_script_address *script)
{
	return (script->rtt == MONOTIME_NEVER
		? MONOTIME_NEVER
		: clock_after(script->started, script->rtt));
}

/* Tells the race of all that has happened by now. */
static void
tell_ends(struct drive *drive)
{
	for (size_t i = 0; i < drive->started; i++) {
		size_t attempt = drive->newest_first ? drive->started - 1 - i
						     : i;
		struct race_script_address *script =
		    &drive->script.addresses[attempt];

		if (!script->ended && script->end <= drive->now)
			end_attempt(drive, attempt);
		if (!script->ended && !script->established &&
		    established_at(script) <= drive->now) {
			script->established = true;
			race_established(
			    &drive->race, attempt, drive->now, script->rtt);
		}
	}
}

static monotime_t
earlier(monotime_t a, monotime_t b)
{
	return (a < b ? a : b);
}

/* Returns when anything happens that the race does not know of. */
static monotime_t
next_event(const struct drive *drive)
{
	monotime_t next = MONOTIME_NEVER;

	for (size_t i = 0; i < drive->started; i++)
		if (!drive->script.addresses[i].ended) {
			next = earlier(next, drive->script.addresses[i].end);
			if (!drive->script.addresses[i].established)
				next = earlier(next,
				    established_at(
					&drive->script.addresses[i]));
		}
	for (size_t i = drive->started; i < drive->script.count; i++)
		if (drive->script.addresses[i].answered > drive->now)
			next = earlier(
			    next, drive->script.addresses[i].answered);
	if (drive->script.last_answer > drive->now)
		next = earlier(next, drive->script.last_answer);
	return (next);
}

/* Lets time pass. Returns false when nothing would ever happen again. */
static bool
wait(struct drive *drive, monotime_t until)
{
	bool was_empty = supply_at(drive, drive->now).untried == 0;
	monotime_t next = earlier(until, next_event(drive));

	if (next == MONOTIME_NEVER)
		return (false);
	assert_true(next > drive->now);
	drive->now = next;
	if (was_empty && supply_at(drive, drive->now).untried > 0)
		race_candidates_added(&drive->race, drive->now);
	tell_ends(drive);
	return (true);
}

static void
append_end(struct drive *drive, const char *words)
{
	text_append(drive->text, sizeof(drive->text), ": %s at ", words);
	seconds_append(drive->text, sizeof(drive->text), drive->now);
}

/* Does one step. Returns false when the race has ended. */
static bool
drive_step(struct drive *drive)
{
	struct race_step step = next_step(drive);
	char words[32];

	switch (step.action) {
	case RACE_START:
		start_attempt(drive, step.cause);
		return (true);
	case RACE_TIME_OUT:
		drive->script.addresses[step.attempt].ended = true;
		race_failed(&drive->race, step.attempt, drive->now);
		return (true);
	case RACE_WAIT:
		if (wait(drive, step.until))
			return (true);
		append_end(drive, "hangs");
		return (false);
	case RACE_WON:
		snprintf(words, sizeof(words), "#%zu wins", step.attempt + 1);
		append_end(drive, words);
		return (false);
	case RACE_LOST:
		append_end(drive, "lost");
		return (false);
	case RACE_EXPIRED:
		append_end(drive, "expired");
		return (false);
	}
	return (false);
}

static void
check(const struct scenario *scenario, bool newest_first)
{
	struct drive drive;

	drive_init(&drive, scenario);
	drive.newest_first = newest_first;
	while (drive_step(&drive))
		continue;
	assert_row(scenario->rule, scenario->outcome, drive.text);
	if (scenario->causes != NULL)
		assert_row(scenario->rule, scenario->causes, drive.causes);
	race_release(&drive.race);
}

void
race_drive_all(const struct scenario *scenarios, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check(&scenarios[i], false);
		check(&scenarios[i], true);
	}
}
