/* SPDX-License-Identifier: ISC */
/*
 * The report of --json. Times are milliseconds since the start of the connect;
 * an unknown value is null.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/json_writer.h"
#include "report/tries.h"

void
report_json_offset(struct json *json, const char *name,
    const struct trace *trace, monotime_t time)
{
	if (time == MONOTIME_NEVER)
		json_null(json, name);
	else
		json_ms(json, name, time - trace->start);
}

void
report_json_address(
    struct json *json, const char *name, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	json_string(json, name,
	    address->length == 0 ? NULL : address_format_host(address, text));
}

static void
write_family(struct json *json, const struct address *address)
{
	json_string(
	    json, "family", address_family_name(address_family(address)));
}

/* Writes the EAI_*, the errno and the text of a lookup without addresses. */
static void
write_lookup_error(struct json *json, const struct trace_query *query)
{
	char reason[REPORT_REASON_MAX];
	bool failed = query->count == 0;

	json_string(json, "eai",
	    failed && query->end != MONOTIME_NEVER
		? report_eai_name(query->error)
		: NULL);
	json_string(json, "errno",
	    failed && query->error == EAI_SYSTEM
		? report_errno_name(query->system_error)
		: NULL);
	json_string(
	    json, "error", failed ? report_query_reason(query, reason) : NULL);
}

void
report_json_time(struct json *json, const char *name, int64_t at)
{
	time_t seconds = (time_t)(at / MONOTIME_PER_SECOND);
	char text[96];
	struct tm utc;

	if (gmtime_r(&seconds, &utc) == NULL) {
		json_null(json, name);
		return;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	    utc.tm_min, utc.tm_sec,
	    (int)(at % MONOTIME_PER_SECOND / MONOTIME_PER_MS));
	json_string(json, name, text);
}

void
report_json_head(
    struct json *json, const struct report_target *target, int64_t started_at)
{
	json_integer(json, "version", REPORT_JSON_VERSION);
	report_json_time(json, "started_at", started_at);
	json_string(json, "host", target->host);
	json_string(json, "service", target->service);
	if (target->port == 0)
		json_null(json, "port");
	else
		json_integer(json, "port", target->port);
}

void
report_json_queries(struct json *json, const struct trace *trace)
{
	json_array_begin(json, "queries");
	for (size_t i = 0; i < trace->query_count; i++) {
		const struct trace_query *query = &trace->queries[i];

		json_object_begin(json, NULL);
		json_string(json, "type", report_question_name(query->family));
		report_json_offset(json, "start_ms", trace, query->start);
		report_json_offset(json, "end_ms", trace, query->end);
		json_integer(json, "addresses", (int64_t)query->count);
		write_lookup_error(json, query);
		json_bool(json, "blocking", query->blocking);
		json_string(
		    json, "name", query->name[0] == '\0' ? NULL : query->name);
		report_json_address(json, "server", &query->server);
		if (query->ttl == -1)
			json_null(json, "ttl");
		else
			json_integer(json, "ttl", query->ttl);
		json_object_end(json);
	}
	json_array_end(json);
}

static void
write_candidates(struct json *json, const struct trace *trace)
{
	json_array_begin(json, "candidates");
	for (size_t i = 0; i < trace->candidate_count; i++) {
		const struct trace_candidate *candidate = &trace->candidates[i];

		json_object_begin(json, NULL);
		report_json_address(json, "address", &candidate->address);
		write_family(json, &candidate->address);
		if (candidate->rule == 0)
			json_null(json, "rule");
		else
			json_integer(json, "rule", candidate->rule);
		json_bool(json, "skipped", candidate->skipped);
		json_bool(json, "excluded", candidate->excluded);
		json_object_end(json);
	}
	json_array_end(json);
}

/* Writes the errno of an attempt that failed, and its text; else nulls. */
static void
write_error(struct json *json, const struct trace_attempt *attempt)
{
	char text[REPORT_REASON_MAX];

	if (attempt->outcome == HECAT_OUTCOME_STEP_FAILED) {
		json_string(json, "errno",
		    attempt->error == 0 ? NULL
					: report_errno_name(attempt->error));
		json_string(json, "error",
		    report_step_error(
			attempt->error, attempt->step_text, text));
		return;
	}
	if (attempt->outcome != HECAT_OUTCOME_FAILED) {
		json_null(json, "errno");
		json_null(json, "error");
		return;
	}
	json_string(json, "errno", report_errno_name(attempt->error));
	json_string(json, "error", strerror(attempt->error));
}

static void
write_attempt(struct json *json, const struct trace *trace, size_t number)
{
	const struct trace_attempt *attempt = &trace->attempts[number];

	json_object_begin(json, NULL);
	json_integer(json, "number", (int64_t)number + 1);
	report_json_address(json, "address", &attempt->address);
	write_family(json, &attempt->address);
	json_integer(json, "port", address_port(&attempt->address));
	report_json_address(json, "source", &attempt->source);
	json_string(json, "cause", report_cause_name(attempt->cause));
	report_json_offset(json, "start_ms", trace, attempt->start);
	report_json_offset(json, "end_ms", trace, attempt->end);
	json_string(json, "outcome", report_outcome_name(attempt));
	write_error(json, attempt);
	report_json_address(json, "icmp_from", &attempt->offender);
	report_json_offset(json, "established_ms", trace, attempt->established);
	if (attempt->rtt < 0)
		json_null(json, "rtt_ms");
	else
		json_ms(json, "rtt_ms", attempt->rtt);
	json_integer(json, "syn_retransmissions", attempt->retransmissions);
	report_json_tls(
	    json, "tls", attempt->tls, report_handshake_time(attempt));
	if (attempt->is_inner)
		report_json_tls(json, "proxy_tls", attempt->proxy_tls,
		    attempt->proxy_tls_time);
	json_object_end(json);
}

static void
write_attempts(struct json *json, const struct trace *trace)
{
	json_array_begin(json, "attempts");
	for (size_t i = 0; i < trace->attempt_count; i++)
		write_attempt(json, trace, i);
	json_array_end(json);
}

/* Writes the starts that were put off and why, or null without any. */
static void
write_put_off(struct json *json, const struct trace *trace)
{
	if (trace->starts_put_off == 0) {
		json_null(json, "out_of_descriptors");
		return;
	}
	json_object_begin(json, "out_of_descriptors");
	json_integer(json, "starts", (int64_t)trace->starts_put_off);
	json_string(json, "errno", report_errno_name(trace->put_off_error));
	json_string(json, "error", strerror(trace->put_off_error));
	json_object_end(json);
}

/* Writes which attempt is used, or null. */
static void
write_winner(struct json *json, const struct trace *trace)
{
	const struct trace_attempt *winner = trace_winner(trace);

	if (winner == NULL) {
		json_null(json, "winner");
		return;
	}
	json_object_begin(json, "winner");
	json_integer(json, "attempt", winner - trace->attempts + 1);
	report_json_address(json, "address", &winner->address);
	write_family(json, &winner->address);
	json_object_end(json);
}

/* Writes the tries of --retry up to the one that the report is about. */
static void
write_tries(struct json *json, const struct report *report)
{
	const struct tries *tries = report->tries;

	if (tries == NULL)
		return;
	json_integer(json, "tries", tries->count);
	json_ms(json, "tries_ms", report->trace->end - tries->start);
	json_string(json, "last_failure",
	    tries->cause[0] == '\0' ? NULL : tries->cause);
}

static void
write_transfer(struct json *json, const struct report *report)
{
	if (!report->relayed) {
		json_null(json, "transfer");
		return;
	}
	json_object_begin(json, "transfer");
	json_integer(json, "sent_bytes", (int64_t)report->sent);
	json_integer(json, "received_bytes", (int64_t)report->received);
	json_integer(json, "acked_bytes", (int64_t)report->acked);
	json_integer(json, "unacked_bytes", (int64_t)report->unacked);
	json_integer(json, "unwritten_bytes", (int64_t)report->unwritten);
	if (report->suspect_mss > 0)
		json_integer(json, "suspect_mss", report->suspect_mss);
	else
		json_null(json, "suspect_mss");
	json_ms(json, "duration_ms", report->duration);
	json_object_end(json);
}

void
report_json(FILE *out, const struct report *report)
{
	const struct trace *trace = report->trace;
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	report_json_head(&json, &report->target, report->started_at);
	json_string(&json, "result", report_result_name(trace));
	json_integer(&json, "exit_status", report->exit_status);
	report_json_offset(&json, "connect_ms", trace, trace->end);
	json_ms(&json, "cost_ms", report_cost(trace));
	write_winner(&json, trace);
	report_json_queries(&json, trace);
	write_candidates(&json, trace);
	write_attempts(&json, trace);
	report_json_tunnel(&json, trace);
	write_put_off(&json, trace);
	write_transfer(&json, report);
	write_tries(&json, report);
	if (trace->incomplete)
		json_bool(&json, "incomplete", true);
	json_object_end(&json);
}
