/* SPDX-License-Identifier: ISC */
/*
 * The report of -t. Offsets are milliseconds since the start of the connect.
 */
#include <inttypes.h>
#include <string.h>

#include "report/report.h"

static void
write_query(
    FILE *out, const struct trace *trace, const struct trace_query *query)
{
	char reason[REPORT_REASON_MAX], name[REPORT_NAME_MAX];

	fprintf(out, "  %-6s  %8.1f", report_question_name(query->family),
	    report_ms(query->start - trace->start));
	if (query->end == MONOTIME_NEVER)
		fprintf(out, "         -");
	else
		fprintf(out, "  %8.1f", report_ms(query->end - trace->start));
	if (query->count > 0)
		fprintf(out, "  %zu address%s", query->count,
		    query->count == 1 ? "" : "es");
	else
		fprintf(out, "  %s", report_query_reason(query, reason));
	fprintf(out, "%s%s\n", query->blocking ? ", in place" : "",
	    report_name_asked(query->name, name));
}

static void
write_queries(FILE *out, const struct trace *trace)
{
	if (trace->query_count == 0)
		return;
	fprintf(out, "  lookup     asked    answer\n");
	for (size_t i = 0; i < trace->query_count; i++)
		write_query(out, trace, &trace->queries[i]);
}

/* Returns the width of the widest address of the report. */
static int
address_width(const struct trace *trace)
{
	int width = (int)strlen("address");

	for (size_t i = 0; i < trace->candidate_count; i++)
		report_widen(&width, &trace->candidates[i].address);
	return (width);
}

/* Writes the order, with the rule that put each behind the one before. */
static void
write_order(FILE *out, const struct trace *trace, int width)
{
	char text[ADDRESS_TEXT_MAX];

	if (trace->candidate_count == 0)
		return;
	fprintf(out, "  order   %-*s  RFC 6724 rule\n", width, "address");
	for (size_t i = 0; i < trace->candidate_count; i++) {
		const struct trace_candidate *candidate = &trace->candidates[i];

		bool more = candidate->skipped || candidate->rule != 0;

		fprintf(out, "  %5zu   %-*s", i + 1, more ? width : 0,
		    address_format_host(&candidate->address, text));
		if (candidate->skipped)
			fprintf(out, "  skipped: no source of its family");
		else if (candidate->rule != 0)
			fprintf(out, "  %u, %s", candidate->rule,
			    report_rule_name(candidate->rule));
		fprintf(out, "\n");
	}
}

/* Writes what became of an attempt, and what the kernel knows about it. */
static void
write_outcome(
    FILE *out, const struct trace *trace, const struct trace_attempt *attempt)
{
	char text[REPORT_REASON_MAX];

	if (attempt->outcome == HECAT_OUTCOME_FAILED ||
	    attempt->outcome == HECAT_OUTCOME_CLOSED)
		fprintf(
		    out, "  %s", report_attempt_reason(trace, attempt, text));
	else
		fprintf(out, "  %s", report_outcome_name(attempt->outcome));
	if (report_waited_connected(attempt))
		fprintf(out, ", established at %.1f",
		    report_ms(attempt->established - trace->start));
	if (attempt->rtt >= 0)
		fprintf(out, ", RTT %.1f ms", report_ms(attempt->rtt));
	if (attempt->retransmissions > 0)
		fprintf(out, ", %u SYN retransmission%s",
		    attempt->retransmissions,
		    attempt->retransmissions == 1 ? "" : "s");
	if (attempt->source.length != 0)
		fprintf(out, ", from %s",
		    address_format_host(&attempt->source, text));
	fprintf(out, "\n");
}

static void
write_attempts(FILE *out, const struct trace *trace, int width)
{
	char text[ADDRESS_TEXT_MAX];

	if (trace->attempt_count == 0)
		return;
	fprintf(out, "  attempt %-*s     start       end  cause\n", width,
	    "address");
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		fprintf(out, "  %5zu   %-*s  %8.1f  %8.1f  %-15s", i + 1, width,
		    address_format_host(&attempt->address, text),
		    report_ms(attempt->start - trace->start),
		    report_ms(attempt->end - trace->start),
		    report_cause_name(attempt->cause));
		write_outcome(out, trace, attempt);
	}
}

static void
write_put_off(FILE *out, const struct trace *trace)
{
	if (trace->starts_put_off > 0)
		fprintf(out, "  starved %zu start%s put off: %s\n",
		    trace->starts_put_off,
		    trace->starts_put_off == 1 ? "" : "s",
		    strerror(trace->put_off_error));
}

static void
write_result(FILE *out, const struct report *report)
{
	const struct trace *trace = report->trace;
	const struct trace_attempt *winner = trace_winner(trace);
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "  result  %s", report_result_name(trace));
	if (winner != NULL)
		fprintf(out, " to %s", address_format(&winner->address, text));
	fprintf(out, " after %.1f ms\n", report_ms(trace->end - trace->start));
	if (report->relayed)
		fprintf(out,
		    "  data    sent %" PRIu64 " bytes, received %" PRIu64
		    " bytes in %.1f ms\n",
		    report->sent, report->received,
		    report_ms(report->duration));
	if (trace->incomplete)
		fprintf(out, "  note    " REPORT_INCOMPLETE "\n");
}

void
report_text(FILE *out, const struct report *report)
{
	int width = address_width(report->trace);

	report_heading(out, &report->target);
	fprintf(out, " (times in ms)\n");
	write_queries(out, report->trace);
	write_order(out, report->trace, width);
	write_attempts(out, report->trace, width);
	write_put_off(out, report->trace);
	write_result(out, report);
}
