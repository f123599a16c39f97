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
#include <string.h>

#include "race.h"
#include "fake/race_drive.h"
#include "fake/seconds.h"

#define ADDRESSES_MAX 64
#define TEXT_MAX      512

/* One address of a scenario, and the attempt to it. */
struct address_script {
	monotime_t answered; /* when the lookup brings it */
	monotime_t rtt;      /* TCP is there after this; NEVER: at its end */
	bool established;    /* and the race knows it */
	monotime_t after;    /* the attempt ends; MONOTIME_NEVER: black hole */
	bool succeeds;
	bool ended;
	monotime_t started;
	monotime_t end;
};

/* A race under way. */
struct drive {
	struct race race;
	monotime_t now;
	struct address_script addresses[ADDRESSES_MAX];
	size_t address_count;
	size_t started;
	monotime_t last_answer;
	size_t descriptors;
	monotime_t shortage_until;
	bool newest_first; /* the order in which ends are reported */
	char text[TEXT_MAX];
	char causes[ADDRESSES_MAX + 1];
};

static void
add_address(struct drive *drive, const char *word)
{
	struct address_script *script = &drive->addresses[drive->address_count];

	assert_true(drive->address_count < ADDRESSES_MAX);
	script->answered = drive->last_answer;
	script->succeeds = strchr(word, 'S') != NULL;
	script->rtt = MONOTIME_NEVER;
	if (strchr(word, 'T') != NULL) {
		script->rtt = seconds_parse(word);
		word = strchr(word, 'T') + 1;
	}
	script->after = *word == 'H' ? MONOTIME_NEVER : seconds_parse(word);
	drive->address_count++;
}

static void
read_addresses(struct drive *drive, const char *text)
{
	char copy[TEXT_MAX] = "";
	char *rest = copy;

	text_append(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (*word == '+')
			drive->last_answer = seconds_parse(word + 1);
		else
			add_address(drive, word);
	}
}

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
	read_addresses(drive, scenario->addresses);
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
	struct race_supply supply = { .expected = now < drive->last_answer };

	for (size_t i = drive->started; i < drive->address_count; i++)
		if (drive->addresses[i].answered <= now)
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
	struct address_script *script = &drive->addresses[attempt];

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
	struct address_script *script = &drive->addresses[number];

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
established_at(const struct address_script *script)
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
		struct address_script *script = &drive->addresses[attempt];

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
		if (!drive->addresses[i].ended) {
			next = earlier(next, drive->addresses[i].end);
			if (!drive->addresses[i].established)
				next = earlier(
				    next, established_at(&drive->addresses[i]));
		}
	for (size_t i = drive->started; i < drive->address_count; i++)
		if (drive->addresses[i].answered > drive->now)
			next = earlier(next, drive->addresses[i].answered);
	if (drive->last_answer > drive->now)
		next = earlier(next, drive->last_answer);
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
		drive->addresses[step.attempt].ended = true;
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
