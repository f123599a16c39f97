/* SPDX-License-Identifier: ISC */
/*
 * events.h: what the connector does, as the events of hecat.h.
 *
 * Nothing is gathered or formatted where nobody observes.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "candidates.h"
#include "hecat.h"
#include "race.h"
#include "resolver.h"
#include "attempts.h"
#include "timer.h"

struct announcer {
	hecat_observer_cb cb; /* NULL: nobody */
	void *arg;
	struct timeline *timeline;
};

/* Tells that the question was put at `at`. */
void announce_query(
    const struct announcer *announcer, int family, monotime_t at);
void announce_answer(
    const struct announcer *announcer, const struct resolver_answer *answer);

/* Tells the whole list in its new order, and what is left out of it. */
void announce_candidates(
    const struct announcer *announcer, const struct candidates *candidates);

/*
 * Announces that an attempt or, with `lookup`, the lookup is put off for lack
 * of what `error` says.
 */
void announce_out_of_descriptors(
    const struct announcer *announcer, int error, bool lookup);

/* Tells that `runner` started at `at`. */
void announce_started(const struct announcer *announcer,
    const struct runner *runner, enum race_cause cause, monotime_t at);

/* Tells how `runner` ended, with all that is known about it. */
void announce_ended(const struct announcer *announcer,
    const struct runner *runner, enum hecat_outcome outcome, int error);

/* Tells the end of the connect; `winner` is NULL where there is none. */
void announce_result(const struct announcer *announcer, enum hecat_error result,
    const struct address *winner);

#endif
