/* SPDX-License-Identifier: ISC */
/*
 * Fills in one struct hecat_event for each thing that happens, and reads it for
 * an observer.
 */
#include "events.h"

static void
emit(const struct events *events, struct hecat_event event)
{
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
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = answer->family,
		.error = answer->error,
		.system_error = answer->system_error,
		.blocking = answer->blocking,
		.more = answer->more,
		.count = answer->count,
		.name = answer->name,
		.server = sockaddr_of(answer->server),
		.ttl = answer->has_ttl ? (long)answer->ttl : -1,
		.text = answer->text,
	    });
}

void
events_candidates(
    const struct events *events, const struct candidates *candidates)
{
	const struct candidate *candidate;

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
	for (size_t i = 0; i < candidates->excluded_count; i++)
		emit(events,
		    (struct hecat_event){
			.type = HECAT_EVENT_SKIPPED,
			.turn = candidates->count + i,
			.excluded = true,
			.address = &candidates->excluded[i].sa,
		    });
}

void
events_out_of_descriptors(const struct events *events, int error, bool lookup)
{
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
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_STARTED,
		.time = at,
		.attempt = item->number,
		.cause = cause,
		.address = &item->destination.sa,
		.source = sockaddr_of(attempts_source(item)),
	    });
}

void
events_attempt_ended(const struct events *events,
    const struct attempts_item *item, enum hecat_outcome outcome, int error)
{
	struct attempt_facts facts;

	attempts_inspect(item, &facts);
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.attempt = item->number,
		.outcome = outcome,
		.error = outcome == HECAT_OUTCOME_STEP_FAILED ? facts.step_error
							      : error,
		.in_step = facts.in_step,
		.text = outcome == HECAT_OUTCOME_STEP_FAILED ? facts.step_text
							     : NULL,
		.address = &item->destination.sa,
		.source = sockaddr_of(&facts.source),
		.icmp_sender = sockaddr_of(&facts.offender),
		.established = facts.established,
		.rtt = facts.rtt,
		.retransmissions = facts.retransmissions,
	    });
}

void
events_ended(
    const struct events *events, int result, const struct address *winner)
{
	emit(events,
	    (struct hecat_event){
		.type = HECAT_EVENT_ENDED,
		.result = result,
		.address = sockaddr_of(winner),
	    });
}

enum hecat_event_type
hecat_event_get_type(const struct hecat_event *event)
{
	return (event->type);
}

void
hecat_event_get_time(const struct hecat_event *event, struct timeval *tv)
{
	*tv = clock_timeval(event->time);
}

int
hecat_event_get_family(const struct hecat_event *event)
{
	return (event->family);
}

int
hecat_event_get_error(const struct hecat_event *event)
{
	return (event->error);
}

int
hecat_event_is_in_step(const struct hecat_event *event)
{
	return (event->in_step);
}

const char *
hecat_event_get_text(const struct hecat_event *event)
{
	return (event->text);
}

int
hecat_event_get_system_error(const struct hecat_event *event)
{
	return (event->system_error);
}

int
hecat_event_is_lookup(const struct hecat_event *event)
{
	return (event->lookup);
}

int
hecat_event_is_blocking(const struct hecat_event *event)
{
	return (event->blocking);
}

size_t
hecat_event_get_address_count(const struct hecat_event *event)
{
	return (event->count);
}

const char *
hecat_event_get_name(const struct hecat_event *event)
{
	return (event->name);
}

int
hecat_event_has_more(const struct hecat_event *event)
{
	return (event->more);
}

const struct sockaddr *
hecat_event_get_server(const struct hecat_event *event)
{
	return (event->server);
}

long
hecat_event_get_ttl(const struct hecat_event *event)
{
	return (event->type == HECAT_EVENT_ANSWER ? event->ttl : -1);
}

size_t
hecat_event_get_turn(const struct hecat_event *event)
{
	return (event->turn);
}

int
hecat_event_is_excluded(const struct hecat_event *event)
{
	return (event->excluded);
}

unsigned
hecat_event_get_rule(const struct hecat_event *event)
{
	return (event->rule);
}

size_t
hecat_event_get_attempt(const struct hecat_event *event)
{
	return (event->attempt);
}

enum hecat_cause
hecat_event_get_cause(const struct hecat_event *event)
{
	return (event->cause);
}

enum hecat_outcome
hecat_event_get_outcome(const struct hecat_event *event)
{
	return (event->outcome);
}

const struct sockaddr *
hecat_event_get_address(const struct hecat_event *event)
{
	return (event->address);
}

const struct sockaddr *
hecat_event_get_source(const struct hecat_event *event)
{
	return (event->source);
}

const struct sockaddr *
hecat_event_get_icmp_sender(const struct hecat_event *event)
{
	return (event->icmp_sender);
}

/* Only the end of an attempt has the time of the connect, and its RTT. */
const struct timeval *
hecat_event_get_established(const struct hecat_event *event, struct timeval *tv)
{
	if (event->type != HECAT_EVENT_ATTEMPT_ENDED ||
	    event->established == MONOTIME_NEVER)
		return (NULL);
	*tv = clock_timeval(event->established);
	return (tv);
}

const struct timeval *
hecat_event_get_rtt(const struct hecat_event *event, struct timeval *tv)
{
	if (event->type != HECAT_EVENT_ATTEMPT_ENDED || event->rtt < 0)
		return (NULL);
	*tv = clock_timeval(event->rtt);
	return (tv);
}

unsigned
hecat_event_get_retransmissions(const struct hecat_event *event)
{
	return (event->retransmissions);
}

int
hecat_event_get_result(const struct hecat_event *event)
{
	return (event->result);
}
