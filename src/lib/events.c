/* SPDX-License-Identifier: ISC */
/*
 * Fills in one struct hecat_event for each thing that happens.
 */
#include "events.h"

static void
emit(const struct announcer *announcer, struct hecat_event event)
{
	/* It may have gone inside the last event. */
	if (announcer->cb == NULL)
		return;
	if (event.time == 0)
		event.time = announcer->timeline->now(announcer->timeline);
	announcer->cb(&event, announcer->arg);
}

/* Returns the sockaddr of `address`, NULL when there is none in it. */
static const struct sockaddr *
sockaddr_of(const struct address *address)
{
	return (address == NULL || address->length == 0 ? NULL : &address->sa);
}

void
announce_query(const struct announcer *announcer, int family, monotime_t at)
{
	if (announcer->cb == NULL)
		return;
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_QUERY,
		.time = at,
		.family = family,
	    });
}

void
announce_answer(
    const struct announcer *announcer, const struct resolver_answer *answer)
{
	if (announcer->cb == NULL)
		return;
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = answer->family,
		.error = answer->error,
		.system_error = answer->system_error,
		.in_place = answer->in_place,
		.count = answer->count,
		.name = answer->name,
	    });
}

void
announce_candidates(
    const struct announcer *announcer, const struct candidates *candidates)
{
	const struct candidate *candidate;

	if (announcer->cb == NULL)
		return;
	for (size_t turn = 0; turn < candidates->count; turn++) {
		candidate = candidates_at(candidates, turn);
		emit(announcer,
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
announce_out_of_descriptors(
    const struct announcer *announcer, int error, bool lookup)
{
	if (announcer->cb == NULL)
		return;
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
		.error = error,
		.lookup = lookup,
	    });
}

void
announce_started(const struct announcer *announcer, const struct runner *runner,
    enum race_cause cause, monotime_t at)
{
	static const enum hecat_cause causes[] = {
		[RACE_FIRST] = HECAT_CAUSE_FIRST,
		[RACE_DELAY_PASSED] = HECAT_CAUSE_DELAY_PASSED,
		[RACE_PREVIOUS_FAILED] = HECAT_CAUSE_PREVIOUS_FAILED,
		[RACE_LATE_ANSWER] = HECAT_CAUSE_LATE_ANSWER,
	};

	if (announcer->cb == NULL)
		return;
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_STARTED,
		.time = at,
		.attempt = runner->number,
		.cause = causes[cause],
		.address = &runner->destination.sa,
		.source = sockaddr_of(&runner->source),
	    });
}

void
announce_ended(const struct announcer *announcer, const struct runner *runner,
    enum hecat_outcome outcome, int error)
{
	struct attempt_facts facts;

	if (announcer->cb == NULL)
		return;
	runner_inspect(runner, &facts);
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.attempt = runner->number,
		.outcome = outcome,
		.error = error,
		.address = &runner->destination.sa,
		.source = sockaddr_of(&facts.source),
		.offender = sockaddr_of(&facts.offender),
		.established = facts.established,
		.rtt = facts.rtt,
		.retransmissions = facts.retransmissions,
	    });
}

void
announce_result(const struct announcer *announcer, enum hecat_error result,
    const struct address *winner)
{
	if (announcer->cb == NULL)
		return;
	emit(announcer,
	    (struct hecat_event){
		.type = HECAT_EVENT_ENDED,
		.result = result,
		.address = sockaddr_of(winner),
	    });
}
