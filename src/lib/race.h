/* SPDX-License-Identifier: ISC */
/*
 * race.h: the staggered race of RFC 8305 section 5, and nothing else.
 *
 * The race decides when the next connection attempt may start, which attempt
 * has won, and when all is lost. It knows no address, no descriptor, no event
 * loop and no clock: attempts are numbers in the order of their start, and the
 * time is handed in.
 *
 * The life of a race: race_init(); then, whenever anything has happened,
 * race_next() says what to do about it, again and again until it says
 * RACE_WAIT. What was done, and what became of it, is told with
 * race_started(), race_failed() and race_succeeded(). race_release() ends it.
 *
 * The rules:
 *   - Attempt 0 starts at once, or when the Resolution Delay (RFC 8305
 *     section 3) ends that race_resolution_delay() sets.
 *   - Attempt i+1 starts when attempt i has failed, or a Connection Attempt
 *     Delay after attempt i started, whichever comes first. The failure of an
 *     older attempt moves nothing.
 *   - The first success wins; of several known at once the lowest number.
 *   - A start for which there is no descriptor is put off: until an attempt
 *     ends, or for RACE_RETRY.
 *   - The race is lost when nothing is pending, nothing is left to try and no
 *     answer of a lookup is awaited.
 *   - An attempt older than the attempt timeout is over, and so is the whole
 *     race at its deadline; a success known by then still wins.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"

/* A Connection Attempt Delay that never passes: one attempt at a time. */
#define RACE_DELAY_NONE MONOTIME_NEVER

#define RACE_NO_ATTEMPT ((size_t)-1)

/* How long a start waits for descriptors of others. */
#define RACE_RETRY (100 * MONOTIME_PER_MS)

enum race_action {
	RACE_WAIT,     /* nothing to do before `until` */
	RACE_START,    /* start the next candidate; then race_started() */
	RACE_TIME_OUT, /* end `attempt`, it took too long; then race_failed() */
	RACE_WON,      /* `attempt` is the connection: end all others */
	RACE_LOST,     /* every attempt has failed and none will follow */
	RACE_EXPIRED   /* the deadline has passed: end all attempts */
};

/* What brought a start about. */
enum race_cause {
	RACE_FIRST,           /* nothing was started before */
	RACE_DELAY_PASSED,    /* the Connection Attempt Delay */
	RACE_PREVIOUS_FAILED, /* the newest attempt */
	RACE_LATE_ANSWER      /* it was due, but there was no address */
};

struct race_step {
	enum race_action action;
	enum race_cause cause; /* RACE_START */
	size_t attempt;        /* RACE_TIME_OUT, RACE_WON */
	monotime_t until;      /* RACE_WAIT; MONOTIME_NEVER: for an event */
};

/* What the race may draw on. */
struct race_supply {
	size_t untried; /* candidates that can be started */
	bool expected;  /* a lookup is pending and may bring more */
};

enum race_state { RACE_PENDING, RACE_FAILED, RACE_SUCCEEDED };

struct race_attempt {
	enum race_state state;
	monotime_t start;
};

struct race {
	monotime_t connection_attempt_delay;
	monotime_t attempt_timeout;
	monotime_t deadline;
	monotime_t due;           /* when the next attempt may start */
	monotime_t delayed_until; /* and no attempt before this */
	monotime_t added_at;      /* when an empty list was filled again */
	bool started_early;       /* `due` is the failure of the newest */
	bool out_of_descriptors; /* the next start has failed for lack of one */
	monotime_t retry_at;     /* then; sooner when an attempt ends */
	struct race_attempt *attempts;
	size_t count;
	size_t capacity;
	size_t pending;
	size_t oldest_pending; /* none before this one is pending */
	size_t winner;
};

/*
 * Makes *race ready for a first attempt. `connection_attempt_delay` and
 * `attempt_timeout` are durations (RACE_DELAY_NONE, MONOTIME_NEVER: without
 * end), `deadline` is a point in time.
 */
void race_init(struct race *race, monotime_t connection_attempt_delay,
    monotime_t attempt_timeout, monotime_t deadline);
void race_release(struct race *race);

/* Starts nothing before `until`; a time in the past ends the delay. */
void race_resolution_delay(struct race *race, monotime_t until);

/* Tells that at `now` the list, empty before, was filled again. */
void race_candidates_added(struct race *race, monotime_t now);

/* Returns what is to be done at `now`. Changes nothing. */
struct race_step race_next(
    const struct race *race, monotime_t now, struct race_supply supply);

/*
 * Tells that the next attempt was started at `now`. Returns its number, or
 * RACE_NO_ATTEMPT when out of memory.
 */
size_t race_started(struct race *race, monotime_t now);

/*
 * Tells that the start asked for was impossible at `now` for lack of a
 * descriptor (EMFILE): nothing is started before an attempt has ended, which
 * frees one, or RACE_RETRY has passed, as somebody else may have freed one.
 */
void race_out_of_descriptors(struct race *race, monotime_t now);

/* Tells that `attempt` failed at `now`, or that it succeeded. */
void race_failed(struct race *race, size_t attempt, monotime_t now);
void race_succeeded(struct race *race, size_t attempt);

/* Returns the number of attempts that have been started and have not ended. */
size_t race_pending(const struct race *race);

#endif
