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

struct events {
	hecat_observer_cb cb; /* NULL: nobody */
	void *arg;
	struct timer *timer;
};

/* Tells that the question was put at `at`. */
void events_query(const struct events *events, int family, monotime_t at);
void events_answer(
    const struct events *events, const struct resolver_answer *answer);

/* Tells the whole list in its new order, and what is left out of it. */
void events_candidates(
    const struct events *events, const struct candidates *candidates);

/*
 * Announces that an attempt or, with `lookup`, the lookup is put off for lack
 * of what `error` says.
 */
void events_out_of_descriptors(
    const struct events *events, int error, bool lookup);

/* Tells that `item` started at `at`. */
void events_attempt_started(const struct events *events,
    const struct attempts_item *item, enum hecat_cause cause, monotime_t at);

/* Tells how `item` ended, with all that is known about it. */
void events_attempt_ended(const struct events *events,
    const struct attempts_item *item, enum hecat_outcome outcome, int error);

/* Tells the end of the connect; `winner` is NULL where there is none. */
void events_ended(const struct events *events, enum hecat_error result,
    const struct address *winner);

#endif
