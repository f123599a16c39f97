/* SPDX-License-Identifier: ISC */
/*
 * What -v says about a connect: who won, and what Happy Eyeballs would have
 * hidden.
 */
#include <string.h>

#include "report/report.h"

/* Returns the query that asked for `family` alone; NULL when none did. */
static const struct trace_query *
query_of(const struct trace *trace, int family)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].family == family)
			return (&trace->queries[i]);
	return (NULL);
}

/*
 * Returns how much sooner `winner` could have started without the first family:
 * when its addresses were known, but not before the first attempt.
 */
static monotime_t
cost_of(const struct trace *trace, const struct trace_attempt *winner)
{
	const struct trace_query *query = query_of(
	    trace, address_family(&winner->address));
	monotime_t possible = trace->attempts[0].start;

	if (query != NULL && query->end > possible &&
	    query->end <= winner->start)
		possible = query->end;
	return (winner->start - possible);
}

/*
 * Says what is known of the first attempt, whose family lost. One that was
 * given up may have been slow as well as dead.
 */
static void
write_lost_family(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	const struct trace_attempt *first = &trace->attempts[0];
	char reason[REPORT_REASON_MAX], cost[REPORT_REASON_MAX];
	char address[ADDRESS_TEXT_MAX];

	if (first->outcome == HECAT_OUTCOME_CANCELLED &&
	    first->established == MONOTIME_NEVER)
		report_pending(first->end - first->start, reason);
	else
		report_attempt_reason(trace, first, reason);
	fprintf(out, "hecat: %s lost: %s: %s; it cost %s\n",
	    address_family_name(address_family(&first->address)),
	    address_format(&first->address, address), reason,
	    report_duration(cost_of(trace, winner), cost));
}

/* Says that the first attempt waited for an answer of the other family. */
static void
write_waited_for(FILE *out, const struct trace *trace)
{
	const struct trace_attempt *first = &trace->attempts[0];
	int family = address_family(&first->address);
	const struct trace_query *own = query_of(trace, family);
	const struct trace_query *other = query_of(
	    trace, family == AF_INET6 ? AF_INET : AF_INET6);
	char text[REPORT_REASON_MAX], cost[REPORT_REASON_MAX];

	if (own == NULL || other == NULL ||
	    own->end > first->start - MONOTIME_PER_MS)
		return;
	report_duration(first->start - own->end, cost);
	if (other->end > first->start)
		fprintf(out, "hecat: no %s answer in %s; it cost %s\n",
		    report_question_name(other->family),
		    report_duration(first->start - other->start, text), cost);
	else if (trace_query_failed(other))
		fprintf(out, "hecat: %s lookup: %s; it cost %s\n",
		    report_question_name(other->family),
		    report_query_reason(other, text), cost);
}

void
report_winner(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_attempt *winner = trace_winner(trace);
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];

	if (winner == NULL)
		return;
	fputs("hecat: connected to ", out);
	report_heading(out, target);
	fprintf(out, " (%s) in %s\n", address_format(&winner->address, address),
	    report_duration(winner->end - trace->start, text));
	if (address_family(&trace->attempts[0].address) !=
	    address_family(&winner->address))
		write_lost_family(out, trace, winner);
	else
		write_waited_for(out, trace);
}

void
report_notes(FILE *out, const struct trace *trace)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].blocking)
			fprintf(out,
			    "hecat: no thread could be made: the %s "
			    "lookup ran in place\n",
			    report_question_name(trace->queries[i].family));
	if (trace->starts_put_off > 0)
		fprintf(out, "hecat: %zu start%s put off: %s\n",
		    trace->starts_put_off,
		    trace->starts_put_off == 1 ? " was" : "s were",
		    strerror(trace->put_off_error));
	/* Of a failure the message itself says it. */
	if (trace->incomplete && trace->result == 0)
		fprintf(out, "hecat: " REPORT_INCOMPLETE "\n");
}
