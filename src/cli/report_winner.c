/* SPDX-License-Identifier: ISC */
/*
 * What -v says about a connect: who won, what Happy Eyeballs would have
 * hidden, and with -vv every event as it happens.
 */
#include <netdb.h>
#include <string.h>

#include "report.h"

/* Returns the query that asked for `family` alone; NULL when none did. */
static const struct trace_query *
query_of(const struct trace *trace, int family)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].family == family)
			return (&trace->queries[i]);
	return (NULL);
}

/* Says that the first family was attempted, what happened, and the price. */
static void
write_broken_family(FILE *out, const struct trace *trace,
    const struct trace_attempt *first, const struct trace_attempt *winner)
{
	char reason[REPORT_REASON_MAX], cost[REPORT_REASON_MAX];
	char address[ADDRESS_TEXT_MAX];

	fprintf(out, "hecat: %s looks broken: %s: %s; it cost %s\n",
	    address_family_name(address_family(&first->address)),
	    address_format(&first->address, address),
	    report_attempt_reason(trace, first, reason),
	    report_duration(winner->start - first->start, cost));
}

/* Says that IPv6 was not attempted because its addresses were late. */
static void
write_late_answer(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	const struct trace_query *aaaa = query_of(trace, AF_INET6);
	const struct trace_query *a = query_of(trace, AF_INET);
	char waited[REPORT_REASON_MAX], cost[REPORT_REASON_MAX];

	if (aaaa == NULL || a == NULL || aaaa->end <= winner->start ||
	    winner->start < a->end)
		return;
	fprintf(out,
	    "hecat: IPv6 was not tried: no AAAA answer in %s; "
	    "it cost %s\n",
	    report_duration(winner->start - aaaa->start, waited),
	    report_duration(winner->start - a->end, cost));
}

void
report_winner(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_attempt *winner = trace_winner(trace);
	const struct trace_attempt *first = trace->attempts;
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];

	if (winner == NULL)
		return;
	fprintf(out, "hecat: connected to %s port %s (%s) in %s\n",
	    target->host, target->service,
	    address_format(&winner->address, address),
	    report_duration(winner->end - trace->start, text));
	if (address_family(&first->address) != address_family(&winner->address))
		write_broken_family(out, trace, first, winner);
	else if (address_family(&winner->address) == AF_INET)
		write_late_answer(out, trace, winner);
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].in_place)
			fprintf(out,
			    "hecat: no thread could be made: the %s "
			    "lookup ran in place\n",
			    trace->queries[i].family == AF_INET ? "A" : "AAAA");
	if (trace->starved > 0)
		fprintf(out,
		    "hecat: out of descriptors: %zu starts were "
		    "put off\n",
		    trace->starved);
}

static const char *
event_address(const struct sockaddr *sa, char *text)
{
	struct address address;

	if (sa == NULL ||
	    !address_from_sockaddr(&address, sa, sizeof(address.in6)))
		return ("?");
	return (address_format(&address, text));
}

/* Says the outcome of an attempt, apart from its address. */
static const char *
outcome_text(const struct hecat_event *event)
{
	switch (event->outcome) {
	case HECAT_OUTCOME_WON:
		return ("won");
	case HECAT_OUTCOME_FAILED:
		return (strerror(event->error));
	case HECAT_OUTCOME_TIMED_OUT:
		return ("timed out");
	case HECAT_OUTCOME_CANCELLED:
		break;
	}
	return ("cancelled");
}

static const char *
family_question(int family)
{
	if (family == AF_UNSPEC)
		return ("AAAA and A");
	return (family == AF_INET6 ? "AAAA" : "A");
}

void
report_event(FILE *out, const struct hecat_event *event, int64_t start)
{
	static const char *const causes[] = {
		[HECAT_CAUSE_FIRST] = "first",
		[HECAT_CAUSE_DELAY_PASSED] = "delay passed",
		[HECAT_CAUSE_PREVIOUS_FAILED] = "previous failed",
		[HECAT_CAUSE_LATE_ANSWER] = "late answer",
	};
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "hecat: %9.3f ms  ",
	    (double)(event->time - start) / MONOTIME_PER_MS);
	switch (event->type) {
	case HECAT_EVENT_QUERY:
		fprintf(out, "asked %s\n", family_question(event->family));
		break;
	case HECAT_EVENT_ANSWER:
		fprintf(out, "answer %s: %zu addresses%s%s\n",
		    family_question(event->family), event->count,
		    event->error == 0 ? "" : ", ",
		    event->error == 0 ? "" : gai_strerror(event->error));
		break;
	case HECAT_EVENT_CANDIDATE:
		fprintf(out, "order %zu: %s (rule %u)\n", event->turn + 1,
		    event_address(event->address, text), event->rule);
		break;
	case HECAT_EVENT_SKIPPED:
		fprintf(out, "skipped %s: no source of its family\n",
		    event_address(event->address, text));
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		fprintf(out, "start %zu: %s (%s)\n", event->attempt + 1,
		    event_address(event->address, text), causes[event->cause]);
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		fprintf(out, "end %zu: %s: %s\n", event->attempt + 1,
		    event_address(event->address, text), outcome_text(event));
		break;
	case HECAT_EVENT_STARVED:
		fprintf(out, "start put off: %s\n", strerror(event->error));
		break;
	case HECAT_EVENT_ENDED:
		fprintf(out, "%s\n",
		    event->result == 0 ? "connected" : "no connection");
		break;
	}
}
