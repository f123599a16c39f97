/* SPDX-License-Identifier: ISC */
/*
 * Makes events and lets a trace observe them, as a connector would.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"
#include "fake/trace_build.h"

#define PORT      80
#define ORDER_MAX 1024

static void
emit(struct trace *trace, monotime_t at, struct hecat_event event)
{
	event.time = BUILD_START + at;
	/* Who knows how long it holds is known, too. */
	if (event.server == NULL)
		event.ttl = -1;
	trace_observe(trace, &event);
}

/* Returns the address of that name, kept in `address`; NULL without a name. */
static const struct sockaddr *
named(struct address *address, const char *name)
{
	if (name == NULL)
		return (NULL);
	*address = fake_address(name, PORT);
	return (&address->sa);
}

void
build_query(struct trace *trace, monotime_t at, int family)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_QUERY,
		.family = family,
	    });
}

void
build_queries(struct trace *trace, monotime_t at)
{
	build_query(trace, at, AF_INET6);
	build_query(trace, at + 1, AF_INET);
}

void
build_answer(struct trace *trace, monotime_t at, int family, size_t count)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = family,
		.count = count,
	    });
}

void
build_no_answer(
    struct trace *trace, monotime_t at, int family, int error, int system_error)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = family,
		.error = error,
		.system_error = system_error,
	    });
}

void
build_answer_in_place(
    struct trace *trace, monotime_t at, int family, size_t count)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = family,
		.count = count,
		.blocking = true,
	    });
}

void
build_answer_of(struct trace *trace, monotime_t at, int family,
    const char *name, size_t count, int error)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = family,
		.count = count,
		.error = error,
		.name = name,
	    });
}

void
build_answer_by(struct trace *trace, monotime_t at, int family,
    const struct build_answer *answer)
{
	struct address server;

	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = family,
		.count = answer->count,
		.error = answer->error,
		.system_error = answer->system_error,
		.text = answer->text,
		.server = named(&server, answer->server),
		.ttl = answer->ttl,
	    });
}

void
build_order(struct trace *trace, const char *order)
{
	char copy[ORDER_MAX] = "";
	char *rest = copy, *slash;
	struct hecat_event event = { .type = HECAT_EVENT_CANDIDATE };
	struct address address;

	text_append(copy, sizeof(copy), "%s", order);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		slash = strchr(word, '/');
		event.type = HECAT_EVENT_CANDIDATE;
		event.rule = 0;
		event.excluded = false;
		if (slash != NULL) {
			*slash++ = '\0';
			event.rule = (unsigned)strtoul(slash, NULL, 10);
			if (event.rule == 0)
				event.type = HECAT_EVENT_SKIPPED;
			event.excluded = *slash == 'e';
		}
		event.address = named(&address, word);
		emit(trace, 0, event);
		event.turn++;
	}
}

void
build_start_from(struct trace *trace, monotime_t at, const char *address,
    const char *source, enum hecat_cause cause)
{
	struct address destination, bound;

	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_STARTED,
		.attempt = trace->attempt_count,
		.cause = cause,
		.address = named(&destination, address),
		.source = named(&bound, source),
	    });
}

void
build_start(struct trace *trace, monotime_t at, const char *address,
    enum hecat_cause cause)
{
	build_start_from(trace, at, address, NULL, cause);
}

void
build_out_of_descriptors(struct trace *trace, monotime_t at, int error)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
		.error = error,
	    });
}

/* A winner wins with its connection unless the caller sets another time. */
static int64_t
established_at(monotime_t at, const struct build_end *end)
{
	if (end->established != 0)
		return (BUILD_START + end->established);
	return (end->outcome == HECAT_OUTCOME_WON ? BUILD_START + at
						  : MONOTIME_NEVER);
}

void
build_end(struct trace *trace, monotime_t at, size_t number,
    const struct build_end *end)
{
	struct address source, offender;

	assert_true(number >= 1 && number <= trace->attempt_count);
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.attempt = number - 1,
		.outcome = end->outcome,
		.error = end->error,
		.address = &trace->attempts[number - 1].address.sa,
		.source = named(&source, end->source),
		.icmp_sender = named(&offender, end->offender),
		.established = established_at(at, end),
		.rtt = end->rtt == 0 ? -1 : end->rtt,
		.retransmissions = end->retransmissions,
		.in_step = end->in_step,
		.text = end->text,
	    });
}

void
build_won(struct trace *trace, monotime_t at, size_t number, const char *source,
    monotime_t rtt)
{
	build_end(trace, at, number,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_WON,
		.source = source,
		.rtt = rtt,
	    });
}

void
build_failed(struct trace *trace, monotime_t at, size_t number, int error,
    const char *source)
{
	build_end(trace, at, number,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = error,
		.source = source,
	    });
}

void
build_cancelled(struct trace *trace, monotime_t at, size_t number,
    const char *source, unsigned retransmissions)
{
	build_end(trace, at, number,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_CANCELLED,
		.source = source,
		.retransmissions = retransmissions,
	    });
}

void
build_result(struct trace *trace, monotime_t at, enum hecat_error result)
{
	emit(trace, at,
	    (struct hecat_event){
		.type = HECAT_EVENT_ENDED,
		.result = result,
	    });
}
