/* SPDX-License-Identifier: ISC */
/*
 * race_state.h: the race of anything as a state machine, from the inside.
 *
 * hecat.h has the rules. struct race makes the decisions; the state adds what
 * it does not know: how many entries there are, what they failed with, and
 * whether more will come. The functions here are those of hecat.h with the
 * inside's time.
 */
#ifndef RACE_STATE_H
#define RACE_STATE_H

#include "clock.h"
#include "hecat.h"

/* Like hecat_race_state_next(); *due is written with HECAT_RACE_WAIT alone. */
enum hecat_race_action race_state_next(struct hecat_race_state *state,
    monotime_t now, size_t *index, monotime_t *due);

/* Like hecat_race_state_fail(). */
int race_state_fail(
    struct hecat_race_state *state, size_t index, int error, monotime_t now);

/*
 * Ends the race: entries that run are cancelled, no other one starts, and
 * nobody wins unless somebody has. `error` is that of the source from here on;
 * 0: it stays.
 */
void race_state_abandon(struct hecat_race_state *state, int error);

#endif
