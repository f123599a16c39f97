/* SPDX-License-Identifier: ISC */
/*
 * The report of -t. Offsets are milliseconds since the start of the connect.
 */
#include <inttypes.h>
#include <string.h>

#include "report/tries.h"

/* The length of a line, when the addresses allow it. */
#define TEXT_WIDTH 80

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
		fprintf(out, "  %zu address%s%s", query->count,
		    query->count == 1 ? "" : "es",
		    report_answer_source(&query->server, query->ttl, reason));
	else
		fprintf(out, "  %s", report_query_reason(query, reason));
	fprintf(out, "%s%s\n", query->blocking ? ", blocking" : "",
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

/* The widths of the columns of the attempts. */
struct columns {
	int address;
	int source; /* 0: left out */
	bool cause;
};

/* Bytes that hold the outcome of an attempt. */
#define OUTCOME_MAX (REPORT_REASON_MAX + 96)

/* Columns of an attempt without its addresses, its cause and its outcome. */
#define ATTEMPT_WIDTH 26
#define CAUSE_WIDTH   8

/* Where an outcome begins that has a line of its own. */
#define OUTCOME_INDENT 6

static const char *attempt_outcome(const struct trace *trace,
    const struct trace_attempt *attempt, char *text, size_t *reason);

/* Returns the width of the widest source; 0: none is known. */
static int
source_width(const struct trace *trace)
{
	int width = 0;

	for (size_t i = 0; i < trace->attempt_count; i++)
		if (trace->attempts[i].source.length != 0)
			report_widen(&width, &trace->attempts[i].source);
	return (width == 0 || width > (int)strlen("source")
		? width
		: (int)strlen("source"));
}

/* Returns the width of the longest outcome. */
static int
outcome_width(const struct trace *trace)
{
	char text[OUTCOME_MAX];
	size_t reason;
	int width = 0;

	for (size_t i = 0; i < trace->attempt_count; i++) {
		int length = (int)strlen(
		    attempt_outcome(trace, &trace->attempts[i], text, &reason));

		if (length > width)
			width = length;
	}
	return (width);
}

/*
 * Divides the width. An address is never cut: when there is not enough room the
 * causes are left out, then the sources.
 */
static struct columns
choose_columns(const struct trace *trace, int width)
{
	struct columns columns = {
		.address = (int)strlen("address"),
		.source = source_width(trace),
		.cause = true,
	};
	int rest = width - ATTEMPT_WIDTH - outcome_width(trace);

	for (size_t i = 0; i < trace->candidate_count; i++)
		report_widen(&columns.address, &trace->candidates[i].address);
	rest -= columns.address;
	if (columns.source > 0)
		rest -= columns.source + 2;
	if (rest < CAUSE_WIDTH)
		columns.cause = false;
	if (rest < 0)
		columns.source = 0;
	return (columns);
}

/* Writes the candidates in order, with the rule that decided each place. */
static void
write_order(FILE *out, const struct trace *trace, int width)
{
	char text[ADDRESS_TEXT_MAX], reason[REPORT_REASON_MAX];

	if (trace->candidate_count == 0)
		return;
	fprintf(out, "  order   %-*s  RFC 6724 rule\n", width, "address");
	for (size_t i = 0; i < trace->candidate_count; i++) {
		const struct trace_candidate *candidate = &trace->candidates[i];

		bool more = candidate->skipped || candidate->rule != 0;

		fprintf(out, "  %5zu   %-*s", i + 1, more ? width : 0,
		    address_format_host(&candidate->address, text));
		if (candidate->skipped)
			fprintf(out, "  not tried: %s",
			    report_skip_reason(candidate, reason));
		else if (candidate->rule != 0)
			fprintf(out, "  %u, %s", candidate->rule,
			    report_rule_name(candidate->rule));
		fprintf(out, "\n");
	}
}

/*
 * Writes the outcome of an attempt and what the kernel knows about it. Returns
 * `text`; *reason is the length of the part in front of that.
 */
static const char *
attempt_outcome(const struct trace *trace, const struct trace_attempt *attempt,
    char *text, size_t *reason)
{
	size_t used;

	bool is_proxied = report_reached_proxy(trace, attempt);

	if (attempt->outcome == HECAT_OUTCOME_WON || is_proxied)
		snprintf(text, OUTCOME_MAX, "connected");
	else
		report_attempt_reason(trace, attempt, text);
	used = *reason = strlen(text);
	if (report_waited_connected(attempt) && !is_proxied)
		used += (size_t)snprintf(text + used, OUTCOME_MAX - used,
		    ", TCP at %.1f",
		    report_ms(attempt->established - trace->start));
	if (attempt->rtt >= 0)
		used += (size_t)snprintf(text + used, OUTCOME_MAX - used,
		    ", RTT %.1f", report_ms(attempt->rtt));
	if (attempt->retransmissions > 0)
		snprintf(text + used, OUTCOME_MAX - used, ", SYN+%u",
		    attempt->retransmissions);
	return (text);
}

/*
 * Writes an outcome behind `used` columns of its line; where there is no room,
 * in a line of its own, and then in two.
 */
static void
write_outcome(FILE *out, int used, const char *text, size_t reason)
{
	size_t length = strlen(text);

	if (used + 2 + (int)length <= TEXT_WIDTH)
		fprintf(out, "  %s\n", text);
	else if (OUTCOME_INDENT + length <= TEXT_WIDTH || length <= reason + 2)
		fprintf(out, "\n%*s%s\n", OUTCOME_INDENT, "", text);
	else
		fprintf(out, "\n%*s%.*s\n%*s%s\n", OUTCOME_INDENT, "",
		    (int)reason, text, OUTCOME_INDENT, "", text + reason + 2);
}

/* Returns the cause of an attempt in a word. */
static const char *
short_cause(enum hecat_cause cause)
{
	static const char *const names[] = {
		[HECAT_CAUSE_FIRST] = "first",
		[HECAT_CAUSE_DELAY_PASSED] = "delay",
		[HECAT_CAUSE_PREVIOUS_FAILED] = "error",
		[HECAT_CAUSE_LATE_ANSWER] = "late",
	};

	return (names[cause]);
}

static void
write_attempt_heading(FILE *out, const struct columns *columns)
{
	fprintf(out, "   #  %-*s", columns->address, "address");
	if (columns->source > 0)
		fprintf(out, "  %-*s", columns->source, "source");
	fprintf(out, "    start      end");
	if (columns->cause)
		fprintf(out, "  %-6s", "cause");
	fprintf(out, "  outcome\n");
}

static void
write_attempt(FILE *out, const struct trace *trace, size_t number,
    const struct columns *columns)
{
	const struct trace_attempt *attempt = &trace->attempts[number];
	char text[OUTCOME_MAX];
	size_t reason;
	int used;

	used = fprintf(out, "  %2zu  %-*s", number + 1, columns->address,
	    address_format_host(&attempt->address, text));
	if (columns->source > 0)
		used += fprintf(out, "  %-*s", columns->source,
		    attempt->source.length == 0
			? "-"
			: address_format_host(&attempt->source, text));
	used += fprintf(out, " %8.1f %8.1f",
	    report_ms(attempt->start - trace->start),
	    report_ms(report_tcp_end(trace, attempt) - trace->start));
	if (columns->cause)
		used += fprintf(out, "  %-6s", short_cause(attempt->cause));
	attempt_outcome(trace, attempt, text, &reason);
	write_outcome(out, used, text, reason);
}

static void
write_attempts(
    FILE *out, const struct trace *trace, const struct columns *columns)
{
	size_t untried = report_untried(trace);

	if (trace->attempt_count > 0)
		write_attempt_heading(out, columns);
	for (size_t i = 0; i < trace->attempt_count; i++)
		write_attempt(out, trace, i, columns);
	if (untried > 0 && trace->attempt_count > 0)
		fprintf(out, "      %zu more not tried\n", untried);
}

/* Writes what else is to be known. */
static void
write_notes(FILE *out, const struct trace *trace)
{
	if (trace->starts_put_off > 0)
		fprintf(out, "  note    %zu start%s put off: %s\n",
		    trace->starts_put_off,
		    trace->starts_put_off == 1 ? "" : "s",
		    strerror(trace->put_off_error));
	if (trace->incomplete)
		fprintf(out, "  note    " REPORT_INCOMPLETE "\n");
}

static void
write_result(FILE *out, const struct report *report)
{
	const struct trace *trace = report->trace;
	const struct trace_attempt *winner = trace_winner(trace);
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "  result  %s", report_trace_text(trace));
	if (winner != NULL)
		fprintf(
		    out, " to %s", address_format_host(&winner->address, text));
	fprintf(out, " after %.1f ms\n", report_ms(trace->end - trace->start));
	if (report->tries != NULL)
		fprintf(out, "  tries   %u in %.1f ms\n", report->tries->count,
		    report_ms(trace->end - report->tries->start));
	if (report->relayed)
		fprintf(out,
		    "  data    sent %" PRIu64 " bytes, received %" PRIu64
		    " bytes in %.1f ms\n",
		    report->sent, report->received,
		    report_ms(report->duration));
	if (report->relayed && report->unacked > 0)
		fprintf(out, "          %" PRIu64 " bytes not acknowledged\n",
		    report->unacked);
	if (report->relayed && report->unwritten > 0)
		fprintf(out, "          %" PRIu64 " bytes not written out\n",
		    report->unwritten);
}

void
report_text(FILE *out, const struct report *report)
{
	struct columns columns = choose_columns(report->trace, TEXT_WIDTH);

	report_route(out, report->trace, &report->target);
	fprintf(out, " (times in ms)\n");
	write_queries(out, report->trace);
	write_order(out, report->trace, columns.address);
	write_attempts(out, report->trace, &columns);
	report_tls_text(out, report->trace, report->started_at);
	report_tunnel_text(out, report->trace);
	write_result(out, report);
	write_notes(out, report->trace);
}
