/* SPDX-License-Identifier: ISC */
/*
 * What -v says about a connect: who won, and what Happy Eyeballs would have
 * hidden.
 */
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
}

void
report_notes(FILE *out, const struct trace *trace)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].in_place)
			fprintf(out,
			    "hecat: no thread could be made: the %s "
			    "lookup ran in place\n",
			    report_question_name(trace->queries[i].family));
	if (trace->starved > 0)
		fprintf(out, "hecat: %zu start%s put off: %s\n", trace->starved,
		    trace->starved == 1 ? " was" : "s were",
		    strerror(trace->starved_error));
}
