/* SPDX-License-Identifier: ISC */
/*
 * The proxy in the reports: what it was asked for, when, and what it said.
 */
#include <string.h>

#include "report/json_writer.h"
#include "report/report.h"
#include "text.h"

struct report_target
report_proxy_target(const struct trace_tunnel *tunnel)
{
	return ((struct report_target){
	    .host = tunnel->host,
	    .service = tunnel->service,
	    .is_proxy = true,
	});
}

void
report_route(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	struct report_target proxy;

	report_heading(out, target);
	if (trace->tunnel == NULL)
		return;
	proxy = report_proxy_target(trace->tunnel);
	fputs(" through ", out);
	report_heading(out, &proxy);
}

/* Returns when a dialogue that has begun ended, or is looked at. */
static monotime_t
end_of(const struct trace *trace)
{
	return (trace->tunnel->end != MONOTIME_NEVER ? trace->tunnel->end
						     : trace->end);
}

bool
report_reached_proxy(
    const struct trace *trace, const struct trace_attempt *attempt)
{
	const struct trace_tunnel *tunnel = trace->tunnel;

	return (tunnel != NULL && tunnel->start != MONOTIME_NEVER &&
	    tunnel->start >= attempt->start && attempt->end >= tunnel->start &&
	    attempt->end >= end_of(trace));
}

monotime_t
report_tcp_end(const struct trace *trace, const struct trace_attempt *attempt)
{
	return (report_reached_proxy(trace, attempt) ? trace->tunnel->start
						     : attempt->end);
}

const char *
report_tunnel_reply(const struct trace_tunnel *tunnel, char *text)
{
	if (tunnel->state == TRACE_TUNNEL_UNASKED ||
	    tunnel->state == TRACE_TUNNEL_ASKED)
		snprintf(text, REPORT_REASON_MAX, "no answer");
	else
		text_show(text, REPORT_REASON_MAX, tunnel->reply);
	return (text);
}

void
report_tunnel_winner(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < tunnel->refusal_count; i++)
		fprintf(out, "hecat: %s: %s\n",
		    address_format_host(&tunnel->refusals[i].address, address),
		    text_show(text, sizeof(text), tunnel->refusals[i].reply));
	fputs("hecat: connected to ", out);
	report_heading(out, target);
	if (tunnel->asked.length > 0 &&
	    strcmp(address_format_host(&tunnel->asked, address),
		target->host) != 0)
		fprintf(out, " (%s)", address);
	fprintf(out, " through it (%s) in %s\n", tunnel->protocol,
	    report_duration(tunnel->end - tunnel->start, text));
}

bool
report_tunnel_failure(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	struct report_target proxy = report_proxy_target(tunnel);
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];

	if (trace->interrupted || trace->result == HECAT_ERROR_TIMEOUT ||
	    (tunnel->state != TRACE_TUNNEL_REFUSED &&
		tunnel->state != TRACE_TUNNEL_FAILED &&
		(tunnel->state != TRACE_TUNNEL_ASKED ||
		    tunnel->refusal_count == 0)))
		return (false);
	fputs("hecat: ", out);
	if (tunnel->refusal_count == 0) {
		report_heading(out, &proxy);
		fprintf(out, ": %s\n", report_tunnel_reply(tunnel, text));
		return (true);
	}
	report_route(out, trace, target);
	fputs(": no connection\n", out);
	for (size_t i = 0; i < tunnel->refusal_count; i++)
		fprintf(out, "hecat:   %s: %s\n",
		    address_format_host(&tunnel->refusals[i].address, address),
		    text_show(text, sizeof(text), tunnel->refusals[i].reply));
	fprintf(out, "hecat:   %s: %s\n",
	    address_format_host(&tunnel->asked, address),
	    report_tunnel_reply(tunnel, text));
	return (true);
}

void
report_tunnel_event(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	bool is_asked = tunnel->state == TRACE_TUNNEL_ASKED;
	monotime_t at = is_asked ? tunnel->start : tunnel->end;
	char text[REPORT_REASON_MAX];

	fprintf(out, "hecat: %9.3f ms  ", report_ms(at - trace->start));
	if (is_asked) {
		fprintf(out, "asked the proxy (%s) for ", tunnel->protocol);
		if (tunnel->asked.length > 0)
			fprintf(out, "%s port %u",
			    address_format_host(&tunnel->asked, text),
			    (unsigned)target->port);
		else
			report_heading(out, target);
		fputc('\n', out);
	} else {
		fprintf(
		    out, "the proxy: %s\n", report_tunnel_reply(tunnel, text));
	}
}

/* Writes a row: when the proxy was asked for `address`, and what it answered.
 */
static void
write_row(FILE *out, const struct trace *trace, monotime_t start,
    monotime_t end, const struct address *address, const char *reply)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "  %-8s", trace->tunnel->protocol);
	if (start == MONOTIME_NEVER)
		fprintf(out, "%8s", "-");
	else
		fprintf(out, "%8.1f", report_ms(start - trace->start));
	if (end == MONOTIME_NEVER)
		fprintf(out, "  %8s  ", "-");
	else
		fprintf(out, "  %8.1f  ", report_ms(end - trace->start));
	if (address->length > 0)
		fprintf(out, "%s: ", address_format_host(address, text));
	fprintf(out, "%s\n", reply);
}

void
report_tunnel_text(FILE *out, const struct trace *trace)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	char text[REPORT_REASON_MAX];

	if (tunnel == NULL ||
	    (tunnel->refusal_count == 0 &&
		tunnel->state == TRACE_TUNNEL_UNASKED))
		return;
	fprintf(out, "  proxy      asked    answer\n");
	for (size_t i = 0; i < tunnel->refusal_count; i++) {
		const struct trace_refusal *refusal = &tunnel->refusals[i];

		write_row(out, trace, refusal->start, refusal->end,
		    &refusal->address,
		    text_show(text, sizeof(text), refusal->reply));
	}
	if (tunnel->state != TRACE_TUNNEL_UNASKED)
		write_row(out, trace, tunnel->start, tunnel->end,
		    &tunnel->asked, report_tunnel_reply(tunnel, text));
}

const char *
report_tunnel_outcome(const struct trace *trace, char *text)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	char took[REPORT_REASON_MAX], reply[REPORT_REASON_MAX];

	report_duration(end_of(trace) - tunnel->start, took);
	if (tunnel->end == MONOTIME_NEVER)
		return (report_no_answer(end_of(trace) - tunnel->start, text));
	snprintf(text, REPORT_REASON_MAX, "%.40s, %.140s", took,
	    report_tunnel_reply(tunnel, reply));
	return (text);
}

void
report_json_tunnel(struct json *json, const struct trace *trace)
{
	static const char *const states[] = {
		[TRACE_TUNNEL_UNASKED] = "not_asked",
		[TRACE_TUNNEL_ASKED] = "no_answer",
		[TRACE_TUNNEL_OPEN] = "open",
		[TRACE_TUNNEL_REFUSED] = "refused",
		[TRACE_TUNNEL_FAILED] = "failed",
	};
	const struct trace_tunnel *tunnel = trace->tunnel;

	if (tunnel == NULL)
		return;
	json_object_begin(json, "proxy");
	json_string(json, "scheme", tunnel->scheme);
	json_string(json, "host", tunnel->host);
	json_string(json, "service", tunnel->service);
	json_string(json, "state", states[tunnel->state]);
	report_json_address(json, "asked", &tunnel->asked);
	report_json_offset(json, "start_ms", trace, tunnel->start);
	report_json_offset(json, "end_ms", trace, tunnel->end);
	json_string(
	    json, "reply", tunnel->reply[0] == '\0' ? NULL : tunnel->reply);
	json_array_begin(json, "refusals");
	for (size_t i = 0; i < tunnel->refusal_count; i++) {
		const struct trace_refusal *refusal = &tunnel->refusals[i];

		json_object_begin(json, NULL);
		report_json_address(json, "address", &refusal->address);
		report_json_offset(json, "start_ms", trace, refusal->start);
		report_json_offset(json, "end_ms", trace, refusal->end);
		json_string(json, "reply", refusal->reply);
		json_object_end(json);
	}
	json_array_end(json);
	if (tunnel->lookup != NULL)
		report_json_queries(json, tunnel->lookup);
	else
		json_null(json, "queries");
	json_object_end(json);
}
