/* SPDX-License-Identifier: ISC */
/*
 * The staggered race as a state machine over the start and the outcome of each
 * attempt. Its actions follow from these and from the time that is handed in.
 */
#include <stdlib.h>

#include "race.h"

void
race_init(struct race *race, monotime_t connection_attempt_delay,
    monotime_t attempt_timeout, monotime_t deadline)
{
	*race = (struct race){
		.connection_attempt_delay = connection_attempt_delay,
		.attempt_timeout = attempt_timeout,
		.deadline = deadline,
		.next_start = INT64_MIN,
		.resolution_delay_end = INT64_MIN,
		.added_at = INT64_MIN,
		.holder = RACE_NO_ATTEMPT,
		.winner = RACE_NO_ATTEMPT,
	};
}

void
race_release(struct race *race)
{
	free(race->attempts);
	race->attempts = NULL;
}

void
race_resolution_delay(struct race *race, monotime_t until)
{
	race->resolution_delay_end = until;
}

void
race_candidates_added(struct race *race, monotime_t now)
{
	race->added_at = now;
}

static monotime_t
latest(monotime_t a, monotime_t b)
{
	return (a > b ? a : b);
}

/* Returns when the next attempt may start, but for the Resolution Delay. */
static monotime_t
race_start_by_delay(const struct race *race)
{
	/* A failure starts the next one at once, whatever others do. */
	if (race->holder == RACE_NO_ATTEMPT || race->started_early)
		return (race->next_start);
	return (latest(race->next_start, race->attempts[race->holder].hold));
}

/* Returns when the next attempt may start; never without a candidate. */
static monotime_t
race_next_start(const struct race *race, struct race_supply supply)
{
	monotime_t start = latest(
	    race_start_by_delay(race), race->resolution_delay_end);

	if (supply.untried == 0)
		return (MONOTIME_NEVER);
	return (
	    race->out_of_descriptors ? latest(start, race->retry_at) : start);
}

/* Returns when the oldest attempt expires: all have the same timeout. */
static monotime_t
race_next_timeout(const struct race *race)
{
	if (race->pending == 0)
		return (MONOTIME_NEVER);
	return (clock_after(
	    race->attempts[race->oldest_pending].start, race->attempt_timeout));
}

static enum hecat_cause
race_start_cause(const struct race *race)
{
	if (race->count == 0)
		return (HECAT_CAUSE_FIRST);
	if (race->added_at > race_start_by_delay(race))
		return (HECAT_CAUSE_LATE_ANSWER);
	return (race->started_early ? HECAT_CAUSE_PREVIOUS_FAILED
				    : HECAT_CAUSE_DELAY_PASSED);
}

static monotime_t
earliest(monotime_t a, monotime_t b)
{
	return (a < b ? a : b);
}

struct race_step
race_next(const struct race *race, monotime_t now, struct race_supply supply)
{
	struct race_step step = { .attempt = RACE_NO_ATTEMPT };
	monotime_t start = race_next_start(race, supply);
	monotime_t timeout = race_next_timeout(race);

	if (race->winner != RACE_NO_ATTEMPT) {
		step.action = RACE_WON;
		step.attempt = race->winner;
	} else if (now >= race->deadline) {
		step.action = RACE_EXPIRED;
	} else if (timeout != MONOTIME_NEVER && now >= timeout) {
		step.action = RACE_TIME_OUT;
		step.attempt = race->oldest_pending;
	} else if (start != MONOTIME_NEVER && now >= start) {
		step.action = RACE_START;
		step.cause = race_start_cause(race);
	} else if (race->pending == 0 && supply.untried == 0 &&
	    !supply.expected) {
		step.action = RACE_LOST;
	} else {
		step.action = RACE_WAIT;
		step.until = earliest(start, earliest(timeout, race->deadline));
	}
	return (step);
}

bool
race_reserve(struct race *race, size_t count)
{
	size_t capacity = race->capacity == 0 ? 8 : race->capacity;
	struct race_attempt *attempts;

	if (count <= race->capacity)
		return (true);
	if (count > SIZE_MAX / 2 / sizeof(*attempts))
		return (false);
	while (capacity < count)
		capacity *= 2;
	attempts = realloc(race->attempts, capacity * sizeof(*attempts));
	if (attempts == NULL)
		return (false);
	race->attempts = attempts;
	race->capacity = capacity;
	return (true);
}

size_t
race_started(struct race *race, monotime_t now)
{
	if (!race_reserve(race, race->count + 1))
		return (RACE_NO_ATTEMPT);
	race->attempts[race->count] = (struct race_attempt){
		.state = RACE_PENDING,
		.start = now,
		.hold = INT64_MIN,
	};
	race->pending++;
	race->next_start = clock_after(now, race->connection_attempt_delay);
	race->started_early = false;
	race->out_of_descriptors = false;
	return (race->count++);
}

void
race_out_of_descriptors(struct race *race, monotime_t now)
{
	race->retry_at = clock_after(now, RACE_RETRY);
	race->out_of_descriptors = true;
}

static bool
race_is_holding(const struct race *race, size_t attempt)
{
	return (race->attempts[attempt].state == RACE_PENDING &&
	    race->attempts[attempt].hold != INT64_MIN);
}

/* Finds the attempt that holds back the next start longest. */
static void
race_find_holder(struct race *race)
{
	race->holder = RACE_NO_ATTEMPT;
	for (size_t i = race->oldest_pending; i < race->count; i++)
		if (race_is_holding(race, i) &&
		    (race->holder == RACE_NO_ATTEMPT ||
			race->attempts[i].hold >
			    race->attempts[race->holder].hold))
			race->holder = i;
}

void
race_established(
    struct race *race, size_t attempt, monotime_t now, monotime_t rtt)
{
	monotime_t hold = 3 * (rtt < RACE_STEP_MAX ? rtt : RACE_STEP_MAX);

	/* All at once is what was asked for. */
	if (race->connection_attempt_delay == 0)
		return;
	hold = latest(hold, RACE_STEP_MIN);
	race->attempts[attempt].hold = clock_after(
	    now, hold < RACE_STEP_MAX ? hold : RACE_STEP_MAX);
	race_find_holder(race);
}

/* Ends `attempt` and finds the oldest one that is still pending. */
static void
race_end_attempt(struct race *race, size_t attempt, enum race_state state)
{
	race->attempts[attempt].state = state;
	race->pending--;
	race->out_of_descriptors = false;
	while (race->oldest_pending < race->count &&
	    race->attempts[race->oldest_pending].state != RACE_PENDING)
		race->oldest_pending++;
	if (attempt == race->holder)
		race_find_holder(race);
}

void
race_failed(struct race *race, size_t attempt, monotime_t now)
{
	monotime_t start = race_start_by_delay(race);

	race_end_attempt(race, attempt, RACE_FAILED);
	if (attempt != race->count - 1)
		return;
	if (now < start) {
		race->next_start = now;
		race->started_early = true;
	}
}

void
race_succeeded(struct race *race, size_t attempt)
{
	race_end_attempt(race, attempt, RACE_SUCCEEDED);
	if (attempt < race->winner)
		race->winner = attempt;
}

size_t
race_pending(const struct race *race)
{
	return (race->pending);
}
