/* SPDX-License-Identifier: ISC */
/*
 * The report of --chart: one row for each lookup and attempt, on one axis.
 *
 * A bar covers every cell that its time touches, so that the shortest attempt
 * is visible.
 */
#include <string.h>

#include "gai_error.h"
#include "report/tries.h"
#include "text.h"

/* Bytes that hold the outcome of a lookup with its name. */
#define QUERY_OUTCOME_MAX (REPORT_REASON_MAX + REPORT_NAME_MAX)

#define LABEL_MAX   40
#define OUTCOME_MIN 24
#define BAR_MIN     10
/* The columns of a tick with its time. */
#define TICK_WIDTH 8

/* The characters of a bar and its colour (SGR). */
struct bar_style {
	const char *unicode;
	const char *ascii;
	const char *colour;
};

static const struct bar_style style_lookup = { "\u2592", "-", "36" };
static const struct bar_style style_failed = { "\u2593", "x", "31" };
static const struct bar_style style_pending = { "\u2591", "=", "33" };
static const struct bar_style style_winner = { "\u2588", "#", "32" };

struct chart {
	FILE *out;
	const struct terminal *terminal;
	const struct trace *trace;
	monotime_t length; /* of the time axis */
	int label_width;
	int bar_width;
	bool has_outcomes_below; /* each in a line of its own */
};

/* Returns the cell of the axis that an offset is in. */
static int
cell(const struct chart *chart, monotime_t offset)
{
	int at = (int)((double)offset * chart->bar_width /
	    (double)chart->length);

	return (at >= chart->bar_width ? chart->bar_width - 1 : at);
}

static void
write_bar(const struct chart *chart, monotime_t start, monotime_t end,
    const struct bar_style *style)
{
	int first = cell(chart, start);
	int last = cell(chart, end);

	fprintf(chart->out, "%*s", first, "");
	if (chart->terminal->colour)
		fprintf(chart->out, "\033[%sm", style->colour);
	for (int i = first; i <= last; i++)
		fputs(chart->terminal->unicode ? style->unicode : style->ascii,
		    chart->out);
	if (chart->terminal->colour)
		fputs("\033[0m", chart->out);
	if (!chart->has_outcomes_below)
		fprintf(chart->out, "%*s", chart->bar_width - 1 - last, "");
}

/* Ends a row with its outcome, cut to the width. */
static void
write_outcome(const struct chart *chart, const char *text)
{
	int room = (int)chart->terminal->columns - chart->label_width -
	    chart->bar_width - 6;

	if (chart->has_outcomes_below) {
		fprintf(chart->out, "\n    ");
		room = (int)chart->terminal->columns - 4;
	} else {
		fprintf(chart->out, "  ");
	}
	fprintf(chart->out, "%.*s\n",
	    (int)text_bytes(text, room > 0 ? (size_t)room : 0), text);
}

/* Writes the outcome of a lookup; returns `text`. */
static const char *
query_outcome(
    const struct trace *trace, const struct trace_query *query, char *text)
{
	monotime_t end = query->end < trace->end ? query->end : trace->end;

	if (query->count == 0)
		report_query_reason(query, text);
	else
		snprintf(text, REPORT_REASON_MAX, "%.1f ms, %zu address%s%s",
		    report_ms(end - query->start), query->count,
		    query->count == 1 ? "" : "es",
		    query->blocking ? ", blocking" : "");
	report_name_asked(query->name, text + strlen(text));
	return (text);
}

/* Writes the outcome of an attempt; returns `text`. */
static const char *
attempt_outcome(
    const struct trace *trace, const struct trace_attempt *attempt, char *text)
{
	if (attempt->outcome != HECAT_OUTCOME_WON &&
	    !report_reached_proxy(trace, attempt))
		return (report_attempt_reason(trace, attempt, text));
	snprintf(text, REPORT_REASON_MAX, "connected in %.1f ms",
	    report_ms(report_tcp_end(trace, attempt) - attempt->start));
	if (attempt->tls != NULL && report_handshake_time(attempt) != -1)
		snprintf(text + strlen(text), REPORT_REASON_MAX - strlen(text),
		    ", TLS %.1f", report_ms(report_handshake_time(attempt)));
	if (attempt->retransmissions > 0)
		snprintf(text + strlen(text), REPORT_REASON_MAX - strlen(text),
		    ", SYN+%u", attempt->retransmissions);
	return (text);
}

/* That there is no address of a family is an answer like any other. */
static const struct bar_style *
query_style(const struct trace_query *query)
{
	if (query->end == MONOTIME_NEVER || report_is_unanswered(query))
		return (&style_pending);
	return (trace_query_failed(query) ||
		    gai_error_class(query->error) == GAI_NO_NAME
		? &style_failed
		: &style_lookup);
}

static void
write_query(const struct chart *chart, const struct trace_query *query)
{
	char text[QUERY_OUTCOME_MAX];
	monotime_t end = query->end > chart->trace->end ? chart->trace->end
							: query->end;

	fprintf(chart->out, "  %-*.*s  ", chart->label_width,
	    chart->label_width, report_question_name(query->family));
	write_bar(chart, query->start - chart->trace->start,
	    end - chart->trace->start, query_style(query));
	write_outcome(chart, query_outcome(chart->trace, query, text));
}

static const struct bar_style *
attempt_style(const struct trace_attempt *attempt)
{
	switch (attempt->outcome) {
	case HECAT_OUTCOME_WON:
		return (&style_winner);
	case HECAT_OUTCOME_FAILED:
	case HECAT_OUTCOME_CLOSED:
	case HECAT_OUTCOME_STEP_FAILED:
		return (&style_failed);
	case HECAT_OUTCOME_TIMED_OUT:
	case HECAT_OUTCOME_CANCELLED:
		break;
	}
	return (report_is_unused(attempt) ? &style_winner : &style_pending);
}

static void
write_attempt(const struct chart *chart, const struct trace_attempt *attempt)
{
	const struct trace *trace = chart->trace;
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];

	fprintf(chart->out, "  %-*.*s  ", chart->label_width,
	    chart->label_width,
	    address_format_host(&attempt->address, address));
	write_bar(chart, attempt->start - trace->start,
	    report_tcp_end(trace, attempt) - trace->start,
	    report_reached_proxy(trace, attempt) ? &style_winner
						 : attempt_style(attempt));
	write_outcome(chart, attempt_outcome(trace, attempt, text));
}

/* Writes a row for the dialogue with a proxy, if there was one. */
static void
write_tunnel(const struct chart *chart)
{
	const struct trace *trace = chart->trace;
	const struct trace_tunnel *tunnel = trace->tunnel;
	char text[REPORT_REASON_MAX];
	bool is_open;

	if (tunnel == NULL || tunnel->start == MONOTIME_NEVER)
		return;
	is_open = tunnel->state == TRACE_TUNNEL_OPEN;
	fprintf(chart->out, "  %-*.*s  ", chart->label_width,
	    chart->label_width, "proxy");
	write_bar(chart, tunnel->start - trace->start,
	    (tunnel->end == MONOTIME_NEVER ? trace->end : tunnel->end) -
		trace->start,
	    is_open                             ? &style_winner
		: tunnel->end == MONOTIME_NEVER ? &style_pending
						: &style_failed);
	write_outcome(chart, report_tunnel_outcome(trace, text));
}

/* Returns the distance between two ticks: 1, 2 or 5 times a power of ten. */
static monotime_t
tick_distance(const struct chart *chart)
{
	static const int factors[] = { 1, 2, 5 };
	/* Two at least: one alone gives no scale. */
	int fit = chart->bar_width / TICK_WIDTH > 2
	    ? chart->bar_width / TICK_WIDTH
	    : 2;
	monotime_t power = MONOTIME_PER_MS / 10;
	size_t i = 0;

	while (factors[i] * power * fit < chart->length) {
		if (++i == sizeof(factors) / sizeof(factors[0])) {
			i = 0;
			power *= 10;
		}
	}
	return (factors[i] * power);
}

/* Writes the axis: a tick with its time at equal distances. */
static void
write_axis(const struct chart *chart)
{
	monotime_t distance = tick_distance(chart);
	bool whole = distance % MONOTIME_PER_MS == 0;
	int room = (int)chart->terminal->columns - chart->label_width - 4;
	char tick[32];
	int used = 0;

	fprintf(chart->out, "  %-*s  ", chart->label_width, "ms");
	for (monotime_t at = 0; at < chart->length; at += distance) {
		int where = cell(chart, at);
		int length = snprintf(
		    tick, sizeof(tick), "|%.*f", whole ? 0 : 1, report_ms(at));

		if (at > 0 && where + length > room)
			break;
		fprintf(chart->out, "%*s%s", where - used, "", tick);
		used = where + length;
	}
	fprintf(chart->out, "\n");
}

/* Writes a legend of the bars in the chart. */
static void
write_legend(const struct chart *chart)
{
	static const struct {
		const struct bar_style *style;
		const char *meaning;
	} rows[] = {
		{ &style_lookup, "lookup" },
		{ &style_pending, "no answer" },
		{ &style_failed, "failed" },
		{ &style_winner, "connected" },
	};
	const struct terminal *terminal = chart->terminal;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bar_style *style = rows[i].style;

		fprintf(chart->out, "  ");
		if (terminal->colour)
			fprintf(chart->out, "\033[%sm", style->colour);
		fputs(terminal->unicode ? style->unicode : style->ascii,
		    chart->out);
		if (terminal->colour)
			fputs("\033[0m", chart->out);
		fprintf(chart->out, " %s", rows[i].meaning);
	}
	fprintf(chart->out, "\n");
}

static void
widen(int *width, const char *text)
{
	int length = (int)text_length(text);

	if (length > *width)
		*width = length;
}

/*
 * Divides the columns between labels, bars and outcomes: the bars get what the
 * other two leave, and BAR_MIN at least.
 */
static void
set_widths(struct chart *chart)
{
	const struct trace *trace = chart->trace;
	char text[QUERY_OUTCOME_MAX];
	int label = (int)strlen("AAAA+A");
	int outcome = OUTCOME_MIN;

	for (size_t i = 0; i < trace->query_count; i++)
		widen(&outcome, query_outcome(trace, &trace->queries[i], text));
	for (size_t i = 0; i < trace->attempt_count; i++) {
		report_widen(&label, &trace->attempts[i].address);
		widen(&outcome,
		    attempt_outcome(trace, &trace->attempts[i], text));
	}
	if (trace->tunnel != NULL && trace->tunnel->start != MONOTIME_NEVER)
		widen(&outcome, report_tunnel_outcome(trace, text));
	chart->label_width = label > LABEL_MAX ? LABEL_MAX : label;
	chart->bar_width = (int)chart->terminal->columns - chart->label_width -
	    outcome - 6;
	if (chart->bar_width >= BAR_MIN)
		return;
	/* An outcome that would have to be cut has a line of its own. */
	chart->has_outcomes_below = true;
	chart->bar_width = (int)chart->terminal->columns - chart->label_width -
	    4;
	if (chart->bar_width < BAR_MIN)
		chart->bar_width = BAR_MIN;
}

void
report_chart(
    FILE *out, const struct report *report, const struct terminal *terminal)
{
	const struct trace *trace = report->trace;
	struct chart chart = {
		.out = out,
		.terminal = terminal,
		.trace = trace,
		.length = trace->end - trace->start,
	};

	size_t untried = report_untried(trace);
	struct report_target proxy;
	char text[REPORT_REASON_MAX];

	if (chart.length <= 0)
		chart.length = 1;
	set_widths(&chart);
	report_heading(out, &report->target);
	fprintf(out, ": %s after %s\n", report_trace_text(trace),
	    report_duration(trace->end - trace->start, text));
	if (trace->tunnel != NULL) {
		fputs("  through ", out);
		proxy = report_proxy_target(trace->tunnel);
		report_heading(out, &proxy);
		fprintf(out, " (%s)\n", trace->tunnel->protocol);
	}
	write_axis(&chart);
	for (size_t i = 0; i < trace->query_count; i++)
		write_query(&chart, &trace->queries[i]);
	for (size_t i = 0; i < trace->attempt_count; i++)
		write_attempt(&chart, &trace->attempts[i]);
	write_tunnel(&chart);
	if (untried > 0 && trace->attempt_count > 0)
		fprintf(out, "  %zu more not tried\n", untried);
	if (report->tries != NULL)
		fprintf(out, "  %u tr%s in %s\n", report->tries->count,
		    report->tries->count == 1 ? "y" : "ies",
		    report_duration(trace->end - report->tries->start, text));
	if (trace->incomplete)
		fprintf(out, "  " REPORT_INCOMPLETE "\n");
	write_legend(&chart);
}
