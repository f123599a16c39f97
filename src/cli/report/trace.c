/* SPDX-License-Identifier: ISC */
/*
 * Events in, one record out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor.h"
#include "gai_error.h"
#include "report/trace.h"
#include "report/trace_tls.h"

void
trace_init(struct trace *trace, monotime_t start)
{
	*trace = (struct trace){ .start = start, .end = MONOTIME_NEVER };
}

void
trace_given(struct trace *trace)
{
	trace->given = true;
	trace->end = trace->start;
}

void
trace_release(struct trace *trace)
{
	free(trace->candidates);
	for (size_t i = 0; i < trace->attempt_count; i++) {
		free(trace->attempts[i].step_text);
		trace_tls_free(trace->attempts[i].tls);
		trace_tls_free(trace->attempts[i].proxy_tls);
	}
	free(trace->attempts);
}

/* Makes room for one more item of `size` bytes; notes it when it cannot. */
static bool
grow(struct trace *trace, void **items, size_t count, size_t *capacity,
    size_t size)
{
	size_t larger = *capacity == 0 ? 8 : *capacity * 2;
	void *grown;

	if (count < *capacity)
		return (true);
	grown = realloc(*items, larger * size);
	if (grown == NULL) {
		trace->incomplete = true;
		return (false);
	}
	*items = grown;
	*capacity = larger;
	return (true);
}

monotime_t
trace_time_of(const struct hecat_event *event)
{
	struct timeval tv;
	monotime_t time = 0;

	hecat_event_get_time(event, &tv);
	clock_from_timeval(&time, &tv);
	return (time);
}

/* Returns what `tv` has; `otherwise` for NULL. */
static monotime_t
time_or(const struct timeval *tv, monotime_t otherwise)
{
	if (tv != NULL)
		clock_from_timeval(&otherwise, tv);
	return (otherwise);
}

/* One that was put off and starts anew is the same query. */
static void
on_query(struct trace *trace, const struct hecat_event *event)
{
	trace->lookup_put_off = false;
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].family == hecat_event_get_family(event) &&
		    trace->queries[i].end == MONOTIME_NEVER)
			return;
	if (trace->query_count == 2)
		return;
	trace->queries[trace->query_count++] = (struct trace_query){
		.family = hecat_event_get_family(event),
		.start = trace_time_of(event),
		.end = MONOTIME_NEVER,
		.ttl = -1,
	};
}

/* Takes who has answered, why without addresses, and for how long it holds:
 * of several answers the shortest time counts. */
static void
take_source(struct trace_query *query, const struct hecat_event *event)
{
	const char *text = hecat_event_get_text(event);
	long ttl = hecat_event_get_ttl(event);

	snprintf(
	    query->text, sizeof(query->text), "%s", text == NULL ? "" : text);
	query->server = address_copy(hecat_event_get_server(event));
	if (ttl != -1 && (query->ttl == -1 || ttl < query->ttl))
		query->ttl = ttl;
}

/* Answers the query of its family; one of AF_UNSPEC answers whatever is out. */
static void
on_answer(struct trace *trace, const struct hecat_event *event)
{
	const char *name = hecat_event_get_name(event);
	int family = hecat_event_get_family(event);

	for (size_t i = 0; i < trace->query_count; i++) {
		struct trace_query *query = &trace->queries[i];

		if (query->end != MONOTIME_NEVER ||
		    (family != AF_UNSPEC && family != query->family))
			continue;
		query->count += hecat_event_get_address_count(event);
		if (name != NULL)
			snprintf(query->name, sizeof(query->name), "%s", name);
		take_source(query, event);
		if (hecat_event_has_more(event))
			continue;
		query->end = trace_time_of(event);
		query->error = hecat_event_get_error(event);
		query->system_error = hecat_event_get_system_error(event);
		query->blocking = hecat_event_is_blocking(event) != 0;
	}
}

/* Keeps the order: turn 0 begins a new one. */
static void
on_candidate(struct trace *trace, const struct hecat_event *event)
{
	void *items = trace->candidates;
	struct trace_candidate *candidate;

	if (hecat_event_get_turn(event) == 0)
		trace->candidate_count = 0;
	if (!grow(trace, &items, trace->candidate_count,
		&trace->candidate_capacity, sizeof(*trace->candidates)))
		return;
	trace->candidates = items;
	candidate = &trace->candidates[trace->candidate_count++];
	candidate->rule = hecat_event_get_rule(event);
	candidate->skipped = hecat_event_get_type(event) == HECAT_EVENT_SKIPPED;
	candidate->excluded = hecat_event_is_excluded(event) != 0;
	candidate->address = address_copy(hecat_event_get_address(event));
}

static void
on_attempt_started(struct trace *trace, const struct hecat_event *event)
{
	void *items = trace->attempts;
	struct trace_attempt *attempt;

	/* Without memory for an earlier one the numbers would not fit. */
	if (hecat_event_get_attempt(event) != trace->attempt_count ||
	    !grow(trace, &items, trace->attempt_count, &trace->attempt_capacity,
		sizeof(*trace->attempts)))
		return;
	trace->attempts = items;
	attempt = &trace->attempts[trace->attempt_count++];
	*attempt = (struct trace_attempt){
		.cause = hecat_event_get_cause(event),
		.start = trace_time_of(event),
		.end = MONOTIME_NEVER,
		.established = MONOTIME_NEVER,
		.tls_start = MONOTIME_NEVER,
		.tls_end = MONOTIME_NEVER,
		.rtt = -1,
		.bound = hecat_event_get_source(event) != NULL,
	};
	attempt->address = address_copy(hecat_event_get_address(event));
	attempt->source = address_copy(hecat_event_get_source(event));
}

/* Keeps why a step failed. */
static void
keep_step_text(
    struct trace *trace, struct trace_attempt *attempt, const char *text)
{
	free(attempt->step_text);
	attempt->step_text = strdup(text);
	if (attempt->step_text == NULL)
		trace->incomplete = true;
}

static void
on_attempt_ended(struct trace *trace, const struct hecat_event *event)
{
	size_t number = hecat_event_get_attempt(event);
	struct trace_attempt *attempt;
	struct timeval tv;

	if (number >= trace->attempt_count)
		return;
	attempt = &trace->attempts[number];
	attempt->end = trace_time_of(event);
	attempt->outcome = hecat_event_get_outcome(event);
	attempt->error = hecat_event_get_error(event);
	attempt->established = time_or(
	    hecat_event_get_established(event, &tv), MONOTIME_NEVER);
	attempt->rtt = time_or(hecat_event_get_rtt(event, &tv), -1);
	attempt->retransmissions = hecat_event_get_retransmissions(event);
	attempt->source = address_copy(hecat_event_get_source(event));
	attempt->offender = address_copy(hecat_event_get_icmp_sender(event));
	attempt->in_step = hecat_event_is_in_step(event) != 0;
	if (hecat_event_get_text(event) != NULL)
		keep_step_text(trace, attempt, hecat_event_get_text(event));
}

/* A lookup counts once, however often it starts anew. */
static void
on_put_off(struct trace *trace, const struct hecat_event *event)
{
	trace->put_off_error = hecat_event_get_error(event);
	if (!hecat_event_is_lookup(event) || !trace->lookup_counted)
		trace->starts_put_off++;
	if (hecat_event_is_lookup(event))
		trace->lookup_put_off = trace->lookup_counted = true;
}

void
trace_observe(struct trace *trace, const struct hecat_event *event)
{
	switch (hecat_event_get_type(event)) {
	case HECAT_EVENT_QUERY:
		on_query(trace, event);
		break;
	case HECAT_EVENT_ANSWER:
		on_answer(trace, event);
		break;
	case HECAT_EVENT_CANDIDATE:
	case HECAT_EVENT_SKIPPED:
		on_candidate(trace, event);
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		on_attempt_started(trace, event);
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		on_attempt_ended(trace, event);
		break;
	case HECAT_EVENT_OUT_OF_DESCRIPTORS:
		on_put_off(trace, event);
		break;
	case HECAT_EVENT_ENDED:
		trace->end = trace_time_of(event);
		trace->result = (enum hecat_error)hecat_event_get_result(event);
		trace->interrupted = trace->result == HECAT_ERROR_CANCELLED;
		break;
	}
}

void
trace_handshake(
    struct trace *trace, size_t attempt, const struct tls_facts *facts)
{
	struct tls_facts *copy, **tls;

	if (attempt >= trace->attempt_count)
		return;
	/* They may have texts of those before. */
	copy = trace_tls_copy(facts);
	tls = &trace->attempts[attempt].tls;
	trace_tls_free(*tls);
	*tls = copy;
	if (copy == NULL)
		trace->incomplete = true;
	/* Through a tunnel the handshake begins when that is open. */
	if (trace->tunnel != NULL)
		trace->attempts[attempt].tls_start = trace->tunnel->end;
}

void
trace_resume(struct trace *trace)
{
	trace->end = MONOTIME_NEVER;
	for (size_t i = 0; i < trace->attempt_count; i++) {
		struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->outcome != HECAT_OUTCOME_WON)
			continue;
		attempt->tls_end = attempt->end;
		attempt->end = MONOTIME_NEVER;
		attempt->outcome = HECAT_OUTCOME_CANCELLED;
		attempt->in_step = true;
	}
}

void
trace_begin_inner(struct trace *trace)
{
	for (size_t i = 0; i < trace->attempt_count; i++) {
		struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->end != MONOTIME_NEVER)
			continue;
		attempt->is_inner = true;
		attempt->proxy_tls = attempt->tls;
		attempt->proxy_tls_time = attempt->established == MONOTIME_NEVER
		    ? -1
		    : attempt->tls_end - attempt->established;
		attempt->tls = NULL;
		attempt->tls_end = MONOTIME_NEVER;
	}
}

void
trace_inner_handshake(struct trace *trace, const struct tls_facts *facts)
{
	for (size_t i = 0; i < trace->attempt_count; i++)
		if (trace->attempts[i].is_inner)
			trace_handshake(trace, i, facts);
}

void
trace_finish(struct trace *trace, monotime_t now, enum hecat_error result,
    int error, const char *text)
{
	trace->end = now;
	trace->result = result;
	for (size_t i = 0; i < trace->attempt_count; i++) {
		struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->end != MONOTIME_NEVER)
			continue;
		attempt->end = now;
		if (result == HECAT_ERROR_CONNECT) {
			attempt->outcome = HECAT_OUTCOME_STEP_FAILED;
			attempt->error = error;
			keep_step_text(trace, attempt, text);
		} else if (result != HECAT_ERROR_TIMEOUT) {
			attempt->outcome = HECAT_OUTCOME_WON;
			attempt->in_step = false;
		}
	}
}

void
trace_interrupt(struct trace *trace, monotime_t now)
{
	if (trace->end != MONOTIME_NEVER)
		return;
	trace->end = now;
	trace->interrupted = true;
	for (size_t i = 0; i < trace->attempt_count; i++) {
		struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->end != MONOTIME_NEVER)
			continue;
		attempt->end = now;
		attempt->outcome = HECAT_OUTCOME_CANCELLED;
	}
}

bool
trace_is_pending(const struct trace *trace)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].end == MONOTIME_NEVER &&
		    !trace->lookup_put_off)
			return (true);
	for (size_t i = 0; i < trace->attempt_count; i++)
		if (trace->attempts[i].end == MONOTIME_NEVER)
			return (true);
	return (false);
}

static bool
is_shortage(int error)
{
	/* ENOSPC: no more can be watched (fs.epoll.max_user_watches). */
	return (error == ENOMEM || error == ENOSPC ||
	    descriptor_is_shortage(error));
}

/* Whether a lookup or an attempt that was put off did not come to be. */
static bool
is_put_off(const struct trace *trace)
{
	size_t attempts = trace->starts_put_off - trace->lookup_counted;

	return (trace->lookup_put_off ||
	    (attempts > 0 &&
		(trace->attempt_count == 0 ||
		    trace->result == HECAT_ERROR_TIMEOUT)));
}

int
trace_shortage(const struct trace *trace)
{
	int error;

	for (size_t i = 0; i < trace->query_count; i++) {
		const struct trace_query *query = &trace->queries[i];

		if (query->end == MONOTIME_NEVER)
			continue;
		error = gai_error_errno(query->error, query->system_error);
		if (is_shortage(error))
			return (error);
	}
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if ((attempt->outcome == HECAT_OUTCOME_FAILED ||
			attempt->outcome == HECAT_OUTCOME_STEP_FAILED) &&
		    is_shortage(attempt->error))
			return (attempt->error);
	}
	if (trace_winner(trace) == NULL && is_put_off(trace))
		return (trace->put_off_error);
	return (trace->incomplete ||
		    (trace->end != MONOTIME_NEVER &&
			trace->result == HECAT_ERROR_MEMORY)
		? ENOMEM
		: 0);
}

bool
trace_failed_in_step(const struct trace *trace)
{
	bool failed = false;

	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->established == MONOTIME_NEVER)
			continue;
		if (attempt->outcome != HECAT_OUTCOME_STEP_FAILED &&
		    !attempt->in_step)
			return (false);
		failed = true;
	}
	return (failed);
}

bool
trace_refused_certificate(const struct trace *trace)
{
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->established != MONOTIME_NEVER &&
		    (attempt->outcome != HECAT_OUTCOME_STEP_FAILED ||
			attempt->tls == NULL ||
			attempt->tls->verify_error == 0))
			return (false);
	}
	return (trace_failed_in_step(trace));
}

const struct trace_attempt *
trace_winner(const struct trace *trace)
{
	for (size_t i = 0; i < trace->attempt_count; i++)
		if (trace->attempts[i].end != MONOTIME_NEVER &&
		    trace->attempts[i].outcome == HECAT_OUTCOME_WON)
			return (&trace->attempts[i]);
	return (NULL);
}

bool
trace_query_failed(const struct trace_query *query)
{
	return (
	    query->end != MONOTIME_NEVER && gai_error_is_failure(query->error));
}

const struct trace_query *
trace_fruitless_query(const struct trace *trace, int family)
{
	const struct trace_query *found = NULL;

	for (size_t i = 0; i < trace->query_count; i++) {
		const struct trace_query *query = &trace->queries[i];

		if (query->family != family && query->family != AF_UNSPEC)
			continue;
		if (query->count > 0)
			return (NULL);
		if (found == NULL || query->end == MONOTIME_NEVER ||
		    trace_query_failed(query))
			found = query;
	}
	return (found);
}
