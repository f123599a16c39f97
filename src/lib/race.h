/* SPDX-License-Identifier: ISC */
/*
 * race.h: the staggered race of RFC 8305 section 5, and nothing else.
 *
 * The race decides when the next connection attempt may start, which attempt
 * has won, and when all is lost. It knows no address, no descriptor, no event
 * loop and no clock: attempts are numbers in the order of their start, and the
 * time is handed in.
 *
 * The life of a race: race_init(); then, after every event, race_next() returns
 * the next action, and the caller does it and calls race_next() again, until it
 * returns RACE_WAIT or an end. The caller reports what has happened by
 * race_started(), race_failed() and race_succeeded(). race_release() frees it.
 *
 * The rules:
 *   - Attempt 0 starts at once, or when the Resolution Delay (RFC 8305
 *     section 3) ends that race_resolution_delay() sets.
 *   - Attempt i+1 starts when attempt i has failed, or a Connection Attempt
 *     Delay after attempt i started, whichever comes first. The failure of an
 *     older attempt moves nothing.
 *   - While an attempt that has TCP goes on with a step of its own (TLS), the
 *     Connection Attempt Delay ends no sooner than three round trips after
 *     TCP was there, at least RACE_STEP_MIN and at most RACE_STEP_MAX: a
 * healthy address whose handshake takes its time brings no other about
 *     (draft-ietf-happy-happyeyeballs-v3, section 6).
 *   - The first success wins; of several at once the lowest number.
 *   - A start for lack of a descriptor is put off until an attempt ends, and
 * for RACE_RETRY at most.
 *   - The race is lost when no attempt is pending, no candidate is untried and
 * no answer of a lookup is expected.
 *   - An attempt expires at the attempt timeout, the whole race at its
 * deadline; a success that is known by then still wins.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"
#include "hecat_types.h"

/* A Connection Attempt Delay without end: one attempt at a time. */
#define RACE_DELAY_NONE MONOTIME_NEVER

#define RACE_NO_ATTEMPT ((size_t)-1)

/* How long a step holds back the next start: three round trips, within these.
 */
#define RACE_STEP_MIN (100 * MONOTIME_PER_MS)
#define RACE_STEP_MAX (2 * MONOTIME_PER_SECOND)

/* How long a start waits for a descriptor before it is tried again. */
#define RACE_RETRY (100 * MONOTIME_PER_MS)

enum race_action {
	RACE_WAIT,     /* nothing to do before `until` */
	RACE_START,    /* start the next candidate; then race_started() */
	RACE_TIME_OUT, /* `attempt` has expired: end it; then race_failed() */
	RACE_WON,      /* `attempt` is the winner: end all others */
	RACE_LOST,     /* every attempt has failed and none will follow */
	RACE_EXPIRED   /* the deadline has expired: end all attempts */
};

struct race_step {
	enum race_action action;
	enum hecat_cause cause; /* RACE_START */
	size_t attempt;         /* RACE_TIME_OUT, RACE_WON */
	monotime_t until; /* RACE_WAIT; MONOTIME_NEVER: only for an event */
};

/* The candidates that the race can start. */
struct race_supply {
	size_t untried; /* candidates that can be started */
	bool expected;  /* a lookup is pending and may add candidates */
};

enum race_state { RACE_PENDING, RACE_FAILED, RACE_SUCCEEDED };

struct race_attempt {
	enum race_state state;
	monotime_t start;
	monotime_t hold; /* no next start by the delay before this */
};

struct race {
	monotime_t connection_attempt_delay;
	monotime_t attempt_timeout;
	monotime_t deadline;
	monotime_t next_start;           /* when the next attempt may start */
	monotime_t resolution_delay_end; /* no attempt before this */
	monotime_t added_at; /* when candidates were added to an empty list */
	bool started_early; /* `next_start` is when the newest attempt failed */
	bool out_of_descriptors; /* the last start failed for lack of one */
	monotime_t retry_at; /* of that start; earlier when an attempt ends */
	struct race_attempt *attempts;
	size_t count;
	size_t capacity;
	size_t pending;
	size_t oldest_pending; /* no attempt before this one is pending */
	size_t holder; /* the pending attempt that holds back the next start
			  longest; RACE_NO_ATTEMPT */
	size_t winner;
};

/*
 * Prepares *race for its first attempt. `connection_attempt_delay` and
 * `attempt_timeout` are durations (RACE_DELAY_NONE, MONOTIME_NEVER: without
 * end), `deadline` is a point in time.
 */
void race_init(struct race *race, monotime_t connection_attempt_delay,
    monotime_t attempt_timeout, monotime_t deadline);
void race_release(struct race *race);

/* Sets the end of the Resolution Delay; a time in the past ends it. */
void race_resolution_delay(struct race *race, monotime_t until);

/* Reports that at `now` candidates were added to an empty list. */
void race_candidates_added(struct race *race, monotime_t now);

/* Returns the action to take at `now`. Changes nothing. */
struct race_step race_next(
    const struct race *race, monotime_t now, struct race_supply supply);

/*
 * Makes room for `count` attempts in all, so that none of them is short of
 * memory when it starts. Returns false, with the room unchanged, when out of
 * memory.
 */
bool race_reserve(struct race *race, size_t count);

/*
 * Reports that the next attempt was started at `now`. Returns its number;
 * RACE_NO_ATTEMPT when out of memory.
 */
size_t race_started(struct race *race, monotime_t now);

/*
 * Reports that the start failed at `now` for lack of a descriptor (EMFILE). The
 * race starts no attempt until one has ended, which frees a descriptor, or
 * until RACE_RETRY has expired, as other code may have freed one.
 */
void race_out_of_descriptors(struct race *race, monotime_t now);

/*
 * Reports that at `now` `attempt` has TCP and goes on with a step; `rtt` is the
 * round trip time of its handshake, -1: not known.
 */
void race_established(
    struct race *race, size_t attempt, monotime_t now, monotime_t rtt);

/* Report that `attempt` failed at `now`, or that it succeeded. */
void race_failed(struct race *race, size_t attempt, monotime_t now);
void race_succeeded(struct race *race, size_t attempt);

/* Returns the number of attempts that have started and not ended. */
size_t race_pending(const struct race *race);

#endif
