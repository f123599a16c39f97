/* SPDX-License-Identifier: ISC */
/*
 * Fills in one struct hecat_event for each thing that happens.
 */
#include "events.h"

static void
emit(const struct events *events, struct hecat_event event)
{
	/* It may have gone inside the last event. */
	if (events->cb == NULL)
		return;
	if (event.time == 0)
		event.time = events->timer->ops->now(events->timer);
	events->cb(&event, events->arg);
}

/* Returns the sockaddr of `address`, NULL when there is none in it. */
static const struct sockaddr *
sockaddr_of(const struct address *address)
{
	return (address == NULL || address->length == 0 ? NULL : &address->sa);
}

void
events_query(const struct events *events, int family, monotime_t at)
{
	if (events->cb == NULL)
		return;
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_QUERY,
		.time = at,
		.family = family,
	    });
}

void
events_answer(const struct events *events, const struct resolver_answer *answer)
{
	if (events->cb == NULL)
		return;
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = answer->family,
		.error = answer->error,
		.system_error = answer->system_error,
		.blocking = answer->blocking,
		.count = answer->count,
		.name = answer->name,
	    });
}

void
events_candidates(
    const struct events *events, const struct candidates *candidates)
{
	const struct candidate *candidate;

	if (events->cb == NULL)
		return;
	for (size_t turn = 0; turn < candidates->count; turn++) {
		candidate = candidates_at(candidates, turn);
		emit(events,
		    (struct hecat_event){
			.type = candidate->skipped ? HECAT_EVENT_SKIPPED
						   : HECAT_EVENT_CANDIDATE,
			.turn = turn,
			.rule = candidate->rule,
			.address = &candidate->address.sa,
		    });
	}
}

void
events_out_of_descriptors(const struct events *events, int error, bool lookup)
{
	if (events->cb == NULL)
		return;
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
		.error = error,
		.lookup = lookup,
	    });
}

void
events_attempt_started(const struct events *events,
    const struct attempts_item *item, enum hecat_cause cause, monotime_t at)
{
	if (events->cb == NULL)
		return;
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_STARTED,
		.time = at,
		.attempt = item->number,
		.cause = cause,
		.address = &item->destination.sa,
		.source = sockaddr_of(&item->source),
	    });
}

void
events_attempt_ended(const struct events *events,
    const struct attempts_item *item, enum hecat_outcome outcome, int error)
{
	struct attempt_facts facts;

	if (events->cb == NULL)
		return;
	attempts_inspect(item, &facts);
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.attempt = item->number,
		.outcome = outcome,
		.error = error,
		.address = &item->destination.sa,
		.source = sockaddr_of(&facts.source),
		.offender = sockaddr_of(&facts.offender),
		.established = facts.established,
		.rtt = facts.rtt,
		.retransmissions = facts.retransmissions,
	    });
}

void
events_ended(const struct events *events, enum hecat_error result,
    const struct address *winner)
{
	if (events->cb == NULL)
		return;
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ENDED,
		.result = result,
		.address = sockaddr_of(winner),
	    });
}
