/* SPDX-License-Identifier: ISC */
/*
 * What --probe prints.
 */
#include <string.h>

#include "probe/fault.h"
#include "report/json_writer.h"
#include "probe/report.h"
#include "probe/table.h"
#include "text_buffer.h"

/* Lines are this long where that is possible. */
#define COLUMNS 80

static enum verdict_lookup
lookup_of(const struct trace *lookup, int family)
{
	const struct trace_query *query = trace_fruitless_query(lookup, family);

	if (query == NULL)
		return (VERDICT_LOOKUP_DONE);
	if (query->end == MONOTIME_NEVER)
		return (VERDICT_LOOKUP_PENDING);
	return (trace_query_failed(query) ? VERDICT_LOOKUP_FAILED
					  : VERDICT_LOOKUP_DONE);
}

void
report_probe_judge(
    const struct probe_report *report, struct verdict_family families[2])
{
	const enum verdict_lookup lookups[2] = {
		lookup_of(report->lookup, AF_INET6),
		lookup_of(report->lookup, AF_INET),
	};

	verdict_judge(
	    report->addresses, report->address_count, lookups, families);
}

enum verdict
report_probe_sum(const struct probe_report *report)
{
	const enum verdict_lookup lookups[2] = {
		lookup_of(report->lookup, AF_INET6),
		lookup_of(report->lookup, AF_INET),
	};

	return (verdict_sum(report->addresses, report->address_count, lookups));
}

/* Returns why there is no address of `family`. */
static const char *
lookup_reason(const struct trace *lookup, int family, char *text)
{
	const struct trace_query *query = trace_fruitless_query(lookup, family);

	if (query != NULL)
		return (report_query_reason(query, text));
	for (size_t i = 0; i < lookup->candidate_count; i++)
		if (address_family(&lookup->candidates[i].address) == family)
			return ("excluded by --exclude");
	for (size_t i = 0; i < lookup->query_count; i++) {
		if (lookup->queries[i].family == AF_UNSPEC)
			return (report_no_address(family));
		if (lookup->queries[i].family == family)
			return ("only IPv4-mapped addresses");
	}
	return (lookup->query_count == 0 ? "not given" : "not looked up");
}

/* Returns why nothing is known of a family. */
static const char *
unknown_reason(const struct verdict_family *family, char *text)
{
	if (family->addresses > 0)
		return (probe_table_pending(family->pending, text));
	snprintf(text, REPORT_REASON_MAX, "%s lookup: no answer",
	    report_question_name(family->family));
	return (text);
}

/* Returns why a family is not healthy; NULL where it is. */
static const char *
family_reason(const struct probe_report *report,
    const struct verdict_family *family, char *text)
{
	switch (family->verdict) {
	case VERDICT_NONE:
	case VERDICT_NOT_LOOKED_UP:
		return (lookup_reason(report->lookup, family->family, text));
	case VERDICT_UNKNOWN:
		return (unknown_reason(family, text));
	case VERDICT_UNAVAILABLE:
		return (family->unavailable_reason);
	case VERDICT_LOSSY:
		snprintf(text, REPORT_REASON_MAX,
		    "the SYN was sent again in %u of %u tries", family->resent,
		    family->tries);
		return (text);
	case VERDICT_HEALTHY:
	case VERDICT_PARTLY:
	case VERDICT_BROKEN:
		break;
	}
	return (family->reason[0] == '\0' ? NULL : family->reason);
}

/* Writes how many addresses of a family never connected, and how. */
static void
write_faults(struct text_buffer *line, const struct verdict_family *family)
{
	const char *of = " of ";

	for (enum fault fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
		if (fault == FAULT_UNAVAILABLE || family->faults[fault] == 0)
			continue;
		text_buffer_add(line, ", %zu", family->faults[fault]);
		/* Once is enough: "1 of 4 addresses refused, 2 did not answer".
		 */
		if (of != NULL)
			text_buffer_add(line, "%s%zu address%s", of,
			    family->addresses,
			    family->addresses == 1 ? "" : "es");
		of = NULL;
		text_buffer_add(line, " %s", fault_verb(fault));
	}
}

/* Writes the counts that a verdict comes from. */
static void
write_counts(struct text_buffer *line, const struct verdict_family *family)
{
	/* The reason of the only address is enough. */
	if (family->broken > 0 && family->addresses > 1)
		write_faults(line, family);
	else if (family->verdict == VERDICT_PARTLY)
		text_buffer_add(line, ", %u of %u tries failed", family->failed,
		    family->tries);
	if (family->verdict != VERDICT_LOSSY && family->resent > 0)
		text_buffer_add(line, ", %u %s lossy", family->resent,
		    family->resent == 1 ? "try" : "tries");
	if (family->verdict != VERDICT_UNAVAILABLE &&
	    family->faults[FAULT_UNAVAILABLE] > 0)
		text_buffer_add(line, ", %zu address%s not available here",
		    family->faults[FAULT_UNAVAILABLE],
		    family->faults[FAULT_UNAVAILABLE] == 1 ? "" : "es");
}

/* Returns whether "no address" is all there is to say. */
static bool
is_plain_absence(const struct verdict_family *family, const char *reason)
{
	return (family->verdict == VERDICT_NONE &&
	    strcmp(reason, report_no_address(family->family)) == 0);
}

/* Writes a line; what is too long goes on in the next one, after a comma. */
static void
write_wrapped(FILE *out, const char *line)
{
	size_t length = strlen(line), end = COLUMNS;

	if (length > COLUMNS) {
		while (end > 0 && line[end - 1] != ',')
			end--;
		if (end > 0) {
			fprintf(
			    out, "%.*s\n   %s\n", (int)end, line, line + end);
			return;
		}
	}
	fprintf(out, "%s\n", line);
}

static void
write_verdict(FILE *out, const struct probe_report *report,
    const struct verdict_family *family)
{
	char text[REPORT_REASON_MAX], bytes[2 * REPORT_REASON_MAX];
	const char *reason = family_reason(report, family, text);
	struct text_buffer line = { bytes, sizeof(bytes), 0 };

	text_buffer_add(&line, "  %s: %s", address_family_name(family->family),
	    family->verdict == VERDICT_UNAVAILABLE
		? "not available here"
		: verdict_name(family->verdict));
	write_counts(&line, family);
	if (family->median != -1)
		text_buffer_add(&line, ", %.1f ms", report_ms(family->median));
	if (family->slower > 0)
		text_buffer_add(
		    &line, ", slower by %.1f ms", report_ms(family->slower));
	/* That of one address is not that of all; the table has them. */
	if (reason != NULL && (family->broken == 0 || family->addresses == 1) &&
	    !is_plain_absence(family, reason))
		text_buffer_add(&line, " (%s)", reason);
	write_wrapped(out, bytes);
}

/* Says why there is no race, or none that anybody won. */
static void
write_no_winner(FILE *out, const struct probe_report *report)
{
	char text[REPORT_REASON_MAX];

	if (report->result == PROBE_COMPLETE && report->race != NULL)
		fprintf(out, "  Happy Eyeballs finds no connection\n");
	else if (report->result == PROBE_TIMEOUT)
		fprintf(out, "  no time was left for a race (-w)\n");
	else if (report->race != NULL)
		fprintf(out, "  the race was interrupted after %s\n",
		    report_duration(
			report->race->end - report->race->start, text));
}

/* Returns when the race had an address to attempt. */
static monotime_t
race_lookup_of(const struct trace *race)
{
	return (race->attempt_count == 0
		? race->end - race->start
		: race->attempts[0].start - race->start);
}

/* Says what was tried before the winner; what this machine cannot use is free.
 */
static void
write_cost(FILE *out, const struct trace *race)
{
	const struct trace_attempt *first = &race->attempts[0];
	char text[ADDRESS_TEXT_MAX];

	if (first == trace_winner(race) || fault_of(first) == FAULT_UNAVAILABLE)
		return;
	fprintf(out, "  %s, tried first, delayed the connection by %.1f ms\n",
	    address_format_host(&first->address, text),
	    report_ms(report_cost(race)));
}

static void
write_race(FILE *out, const struct probe_report *report)
{
	const struct trace *race = report->race;
	const struct trace_attempt *winner = race == NULL ? NULL
							  : trace_winner(race);
	char text[ADDRESS_TEXT_MAX];

	if (winner == NULL) {
		write_no_winner(out, report);
		return;
	}
	fprintf(out, "  Happy Eyeballs picks %s, in %.1f ms",
	    address_format_host(&winner->address, text),
	    report_ms(winner->end - race->start));
	if (race->query_count > 0)
		fprintf(
		    out, " (lookup %.1f ms)", report_ms(race_lookup_of(race)));
	fprintf(out, "\n");
	write_cost(out, race);
}

/* Returns whether both addresses have presented one certificate. */
static bool
is_same_certificate(const struct tls_facts *a, const struct tls_facts *b)
{
	return (a != NULL && b != NULL && a->has_certificate &&
	    b->has_certificate &&
	    memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) ==
		0);
}

/* Writes the addresses that have presented the certificate of number `at`. */
static void
write_holders(FILE *out, const struct probe_report *report, size_t at)
{
	char text[ADDRESS_TEXT_MAX];
	size_t count = 0;

	for (size_t i = at; i < report->address_count; i++) {
		if (!is_same_certificate(
			report->addresses[i].tls, report->addresses[at].tls))
			continue;
		fprintf(out, "%s%s", count++ == 0 ? "    " : ", ",
		    address_format_host(&report->addresses[i].address, text));
	}
	fputc('\n', out);
}

/* Returns whether no address before number `at` has its certificate. */
static bool
is_first_holder(const struct probe_report *report, size_t at)
{
	const struct tls_facts *facts = report->addresses[at].tls;

	if (facts == NULL || !facts->has_certificate)
		return (false);
	for (size_t i = 0; i < at; i++)
		if (is_same_certificate(report->addresses[i].tls, facts))
			return (false);
	return (true);
}

/*
 * Writes each certificate that was presented, and by which addresses where they
 * have not all the same one.
 */
static void
write_certificates(FILE *out, const struct probe_report *report)
{
	size_t kinds = 0;

	for (size_t i = 0; i < report->address_count; i++)
		kinds += is_first_holder(report, i);
	for (size_t i = 0; i < report->address_count; i++) {
		if (!is_first_holder(report, i))
			continue;
		fprintf(out, "  certificate: ");
		report_tls_certificate(
		    out, report->addresses[i].tls, report->started_at);
		fputc('\n', out);
		if (kinds > 1)
			write_holders(out, report, i);
	}
}

/* Says what was probed, and how far it came. */
static void
write_heading(FILE *out, const struct probe_report *report)
{
	static const char *const ends[] = {
		[PROBE_COMPLETE] = "",
		[PROBE_UNRESOLVED] = "",
		[PROBE_TIMEOUT] = ", out of time (-w)",
		[PROBE_INTERRUPTED] = ", interrupted",
	};

	report_heading(out, &report->target);
	fprintf(out, ": %zu address%s, ", report->address_count,
	    report->address_count == 1 ? "" : "es");
	if (report->rounds < report->rounds_wanted)
		fprintf(out, "%u of ", report->rounds);
	fprintf(out, "%u round%s%s\n", report->rounds_wanted,
	    report->rounds_wanted == 1 ? "" : "s", ends[report->result]);
}

/* Whether memory was short for some of what is to be shown. */
static bool
is_incomplete(const struct probe_report *report)
{
	return (report->lookup->incomplete ||
	    (report->race != NULL && report->race->incomplete));
}

/* Names the addresses that were left out. */
static void
write_excluded(FILE *out, const struct trace *lookup)
{
	char address[ADDRESS_TEXT_MAX], reason[REPORT_REASON_MAX];

	for (size_t i = 0; i < lookup->candidate_count; i++)
		fprintf(out, "  %s: not tried: %s\n",
		    address_format_host(
			&lookup->candidates[i].address, address),
		    report_skip_reason(&lookup->candidates[i], reason));
}

void
report_probe_text(FILE *out, const struct probe_report *report)
{
	const struct probe_table table = {
		.addresses = report->addresses,
		.count = report->address_count,
		.columns = COLUMNS,
	};
	struct verdict_family families[2];

	if (report->address_count == 0 && report->result != PROBE_INTERRUPTED)
		return;
	write_heading(out, report);
	if (table.count > 0)
		probe_table_write(out, &table);
	write_excluded(out, report->lookup);
	report_probe_judge(report, families);
	write_verdict(out, report, &families[0]);
	write_verdict(out, report, &families[1]);
	write_certificates(out, report);
	write_race(out, report);
	if (is_incomplete(report))
		fprintf(out, "  " REPORT_INCOMPLETE "\n");
}

/* Writes a duration, or null for -1. */
static void
json_rtt(struct json *json, const char *name, monotime_t rtt)
{
	if (rtt == -1)
		json_null(json, name);
	else
		json_ms(json, name, rtt);
}

static void
json_addresses(struct json *json, const struct probe_report *report)
{
	char text[ADDRESS_TEXT_MAX];

	json_array_begin(json, "addresses");
	for (size_t i = 0; i < report->address_count; i++) {
		const struct verdict_address *result = &report->addresses[i];

		json_object_begin(json, NULL);
		json_string(json, "address",
		    address_format_host(&result->address, text));
		json_string(json, "family",
		    address_family_name(address_family(&result->address)));
		json_string(json, "verdict", verdict_name(verdict_of(result)));
		json_integer(json, "tries", result->tries);
		json_integer(json, "connected", result->connected);
		json_integer(json, "syn_resent", result->resent);
		json_integer(json, "unavailable", result->unavailable);
		json_rtt(json, "rtt_min_ms", verdict_rtt_min(result));
		json_rtt(json, "rtt_median_ms", verdict_rtt_median(result));
		json_rtt(json, "rtt_max_ms", verdict_rtt_max(result));
		json_integer(
		    json, "syn_retransmissions", result->retransmissions);
		json_string(json, "fault",
		    result->fault == FAULT_NONE ? NULL
						: fault_name(result->fault));
		json_string(json, "errno",
		    result->error == 0 ? NULL
				       : report_errno_name(result->error));
		json_string(json, "failure",
		    result->reason[0] == '\0' ? NULL : result->reason);
		json_string(json, "unavailable_reason",
		    result->unavailable == 0 ? NULL
					     : result->unavailable_reason);
		json_rtt(json, "pending_ms", result->pending);
		report_json_tls(json, "tls", result->tls, result->handshake);
		json_object_end(json);
	}
	json_array_end(json);
}

static void
json_excluded(struct json *json, const struct trace *lookup)
{
	char text[ADDRESS_TEXT_MAX];

	json_array_begin(json, "excluded");
	for (size_t i = 0; i < lookup->candidate_count; i++)
		json_string(json, NULL,
		    address_format_host(&lookup->candidates[i].address, text));
	json_array_end(json);
}

static void
json_families(struct json *json, const struct probe_report *report)
{
	struct verdict_family families[2];
	char text[REPORT_REASON_MAX];

	report_probe_judge(report, families);
	json_array_begin(json, "families");
	for (size_t i = 0; i < 2; i++) {
		json_object_begin(json, NULL);
		json_string(
		    json, "family", address_family_name(families[i].family));
		json_string(json, "verdict", verdict_name(families[i].verdict));
		json_integer(json, "addresses", (int64_t)families[i].addresses);
		json_integer(json, "broken", (int64_t)families[i].broken);
		for (enum fault fault = FAULT_NONE + 1; fault < FAULT_COUNT;
		     fault++)
			json_integer(json, fault_name(fault),
			    (int64_t)families[i].faults[fault]);
		json_rtt(json, "rtt_median_ms", families[i].median);
		json_rtt(json, "slower_by_ms", families[i].slower);
		json_string(
		    json, "reason", family_reason(report, &families[i], text));
		json_object_end(json);
	}
	json_array_end(json);
}

static void
json_race(struct json *json, const struct trace *race)
{
	const struct trace_attempt *winner;
	char text[ADDRESS_TEXT_MAX];

	if (race == NULL) {
		json_null(json, "race");
		return;
	}
	winner = trace_winner(race);
	json_object_begin(json, "race");
	json_string(json, "winner",
	    winner == NULL ? NULL
			   : address_format_host(&winner->address, text));
	json_ms(json, "connect_ms", race->end - race->start);
	json_rtt(json, "lookup_ms",
	    race->query_count == 0 ? -1 : race_lookup_of(race));
	json_ms(json, "cost_ms", report_cost(race));
	json_object_end(json);
}

static const char *
result_name(enum probe_result result)
{
	static const char *const names[] = {
		[PROBE_COMPLETE] = "complete",
		[PROBE_UNRESOLVED] = "unresolved",
		[PROBE_TIMEOUT] = "timeout",
		[PROBE_INTERRUPTED] = "interrupted",
	};

	return (names[result]);
}

void
report_probe_json(FILE *out, const struct probe_report *report)
{
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	report_json_head(&json, &report->target, report->started_at);
	json_string(&json, "result", result_name(report->result));
	json_integer(&json, "exit_status", report->exit_status);
	json_integer(&json, "rounds", report->rounds);
	report_json_queries(&json, report->lookup);
	json_addresses(&json, report);
	json_excluded(&json, report->lookup);
	json_families(&json, report);
	json_race(&json, report->race);
	if (is_incomplete(report))
		json_bool(&json, "incomplete", true);
	json_object_end(&json);
}

int
report_probe_write(struct reporter *reporter, const struct probe_report *report,
    bool is_signalled)
{
	reporter_begin(reporter, is_signalled);
	/* JSON in a file of its own leaves room for the text. */
	if (!reporter->json || reporter->json_out != reporter->out)
		report_probe_text(reporter->out->file, report);
	if (reporter->json)
		report_probe_json(reporter->json_out->file, report);
	return (reporter_finish(reporter));
}
