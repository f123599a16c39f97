/* SPDX-License-Identifier: ISC */
/*
 * The race of anything as a state machine: entries are attempts of a struct
 * race, whose candidates are those that were announced.
 */
#include <errno.h>
#include <stdlib.h>

#include "race.h"
#include "race_state.h"

struct hecat_race_state {
	struct race race;
	size_t announced; /* entries, started or not */
	int *errors;      /* of the entries that have failed */
	size_t capacity;  /* of errors */
	bool closed;
	bool abandoned;
	int source_error;
};

/* Returns 0 for 0, or else sets errno and returns -1. */
static int
result(int error)
{
	if (error == 0)
		return (0);
	errno = error;
	return (-1);
}

struct hecat_race_state *
hecat_race_state_new(const struct timeval *delay)
{
	monotime_t connection_attempt_delay = RACE_DELAY_NONE;
	struct hecat_race_state *state;

	if (delay != NULL &&
	    !clock_from_timeval(&connection_attempt_delay, delay)) {
		errno = EINVAL;
		return (NULL);
	}
	state = calloc(1, sizeof(*state));
	if (state == NULL) {
		errno = ENOMEM;
		return (NULL);
	}
	race_init(&state->race, connection_attempt_delay, MONOTIME_NEVER,
	    MONOTIME_NEVER);
	return (state);
}

void
hecat_race_state_free(struct hecat_race_state *state)
{
	if (state == NULL)
		return;
	race_release(&state->race);
	free(state->errors);
	free(state);
}

/* Makes room for all that `count` entries take. Returns whether there is. */
static bool
race_state_reserve(struct hecat_race_state *state, size_t count)
{
	int *errors;

	if (!race_reserve(&state->race, count))
		return (false);
	if (count <= state->capacity)
		return (true);
	errors = realloc(state->errors, state->race.capacity * sizeof(*errors));
	if (errors == NULL)
		return (false);
	state->errors = errors;
	state->capacity = state->race.capacity;
	return (true);
}

int
hecat_race_state_more(struct hecat_race_state *state, size_t count)
{
	if (state == NULL || count == 0 || state->closed)
		return (result(EINVAL));
	if (count >= HECAT_RACE_NOBODY - state->announced ||
	    !race_state_reserve(state, state->announced + count))
		return (result(ENOMEM));
	state->announced += count;
	return (0);
}

int
hecat_race_state_close(struct hecat_race_state *state, int error)
{
	if (state == NULL)
		return (result(EINVAL));
	if (state->closed)
		return (result(EALREADY));
	state->closed = true;
	if (!state->abandoned)
		state->source_error = error;
	return (0);
}

/* Starts the next entry, for which there is room. */
static size_t
race_state_start(struct hecat_race_state *state, monotime_t now)
{
	size_t index = race_started(&state->race, now);

	state->errors[index] = 0;
	return (index);
}

enum hecat_race_action
race_state_next(struct hecat_race_state *state, monotime_t now, size_t *index,
    monotime_t *due)
{
	const struct race_supply supply = {
		.untried = state->abandoned
		    ? 0
		    : state->announced - state->race.count,
		.expected = !state->closed,
	};
	struct race_step step = race_next(&state->race, now, supply);

	switch (step.action) {
	case RACE_START:
		*index = race_state_start(state, now);
		return (HECAT_RACE_START);
	case RACE_WAIT:
		if (state->abandoned)
			break;
		*due = step.until;
		return (step.until == MONOTIME_NEVER ? HECAT_RACE_WAIT_EVENT
						     : HECAT_RACE_WAIT);
	case RACE_WON:
	case RACE_LOST:
	case RACE_TIME_OUT: /* without timeouts and a deadline: never */
	case RACE_EXPIRED:
		break;
	}
	*index = state->race.winner;
	return (HECAT_RACE_DONE);
}

enum hecat_race_action
hecat_race_state_next(struct hecat_race_state *state, const struct timeval *now,
    size_t *index, struct timeval *due)
{
	enum hecat_race_action action;
	monotime_t at, until;

	if (state == NULL || now == NULL || index == NULL || due == NULL ||
	    !clock_from_timeval(&at, now)) {
		errno = EINVAL;
		return (HECAT_RACE_ERROR);
	}
	action = race_state_next(state, at, index, &until);
	if (action == HECAT_RACE_WAIT)
		*due = clock_timeval(until);
	return (action);
}

/* Returns whether an entry was started and has not ended by itself. */
static bool
race_state_is_pending(const struct hecat_race_state *state, size_t index)
{
	return (index < state->race.count &&
	    state->race.attempts[index].state == RACE_PENDING);
}

/* Returns whether the entries that are pending have been cancelled. */
static bool
race_state_is_decided(const struct hecat_race_state *state)
{
	return (state->abandoned || state->race.winner != RACE_NO_ATTEMPT);
}

int
hecat_race_state_succeed(struct hecat_race_state *state, size_t index)
{
	if (state == NULL || !race_state_is_pending(state, index))
		return (result(EINVAL));
	if (race_state_is_decided(state))
		return (result(EALREADY));
	race_succeeded(&state->race, index);
	return (0);
}

int
race_state_fail(
    struct hecat_race_state *state, size_t index, int error, monotime_t now)
{
	if (state == NULL || !race_state_is_pending(state, index))
		return (result(EINVAL));
	state->errors[index] = error;
	race_failed(&state->race, index, now);
	return (0);
}

int
hecat_race_state_fail(struct hecat_race_state *state, size_t index, int error,
    const struct timeval *now)
{
	monotime_t at;

	if (now == NULL || !clock_from_timeval(&at, now))
		return (result(EINVAL));
	return (race_state_fail(state, index, error, at));
}

void
race_state_abandon(struct hecat_race_state *state, int error)
{
	state->abandoned = true;
	if (error != 0)
		state->source_error = error;
}

size_t
hecat_race_state_get_count(const struct hecat_race_state *state)
{
	return (state->race.count);
}

size_t
hecat_race_state_get_running_count(const struct hecat_race_state *state)
{
	return (race_state_is_decided(state) ? 0 : race_pending(&state->race));
}

enum hecat_race_entry
hecat_race_state_get_entry(const struct hecat_race_state *state, size_t index)
{
	if (index >= state->race.count)
		return (HECAT_RACE_ENTRY_UNTRIED);
	switch (state->race.attempts[index].state) {
	case RACE_FAILED:
		return (HECAT_RACE_ENTRY_FAILED);
	case RACE_SUCCEEDED:
		return (HECAT_RACE_ENTRY_WON);
	case RACE_PENDING:
		break;
	}
	return (race_state_is_decided(state) ? HECAT_RACE_ENTRY_CANCELLED
					     : HECAT_RACE_ENTRY_RUNNING);
}

int
hecat_race_state_get_error(const struct hecat_race_state *state, size_t index)
{
	return (index < state->race.count ? state->errors[index] : 0);
}

int
hecat_race_state_get_source_error(const struct hecat_race_state *state)
{
	return (state->source_error);
}

size_t
hecat_race_state_get_winner(const struct hecat_race_state *state)
{
	return (state->race.winner);
}
