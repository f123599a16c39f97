/* SPDX-License-Identifier: ISC */
/*
 * What --probe prints.
 */
#include <string.h>

#include "json.h"
#include "report_probe.h"

/* Writes an RTT, or a dash. */
static void
write_rtt(FILE *out, monotime_t rtt)
{
	if (rtt == -1)
		fprintf(out, " %8s", "-");
	else
		fprintf(out, " %8.1f", report_ms(rtt));
}

/* Says how far a try had come that the end of the probe cut short. */
static const char *
pending_text(monotime_t pending, char *text)
{
	return (pending == -1 ? "not tried" : report_pending(pending, text));
}

/* Returns what there is to say of an address that did not always connect. */
static const char *
address_reason(const struct verdict_address *result, char *text)
{
	if (result->reason[0] != '\0')
		return (result->reason);
	if (result->pending != -1 || result->tries == 0)
		return (pending_text(result->pending, text));
	return ("");
}

static int
address_width(const struct probe_report *report)
{
	int width = (int)strlen("address");

	for (size_t i = 0; i < report->address_count; i++)
		report_widen(&width, &report->addresses[i].address);
	return (width);
}

static void
write_table(FILE *out, const struct probe_report *report)
{
	int width = address_width(report);
	char text[REPORT_REASON_MAX];
	const char *reason;

	fprintf(out, "  %-*s  %9s %8s %8s %8s  %4s  %s\n", width, "address",
	    "connected", "min ms", "median", "max", "SYN+", "failure");
	for (size_t i = 0; i < report->address_count; i++) {
		const struct verdict_address *result = &report->addresses[i];

		fprintf(out, "  %-*s  %4u of %2u", width,
		    address_format_host(&result->address, text),
		    result->connected, result->tries);
		write_rtt(out, verdict_rtt_min(result));
		write_rtt(out, verdict_rtt_median(result));
		write_rtt(out, verdict_rtt_max(result));
		reason = address_reason(result, text);
		fprintf(out, "  %4u%s%s\n", result->retransmissions,
		    reason[0] == '\0' ? "" : "  ", reason);
	}
}

/* Returns why there is no address of `family`. */
static const char *
lookup_reason(const struct trace *lookup, int family, char *text)
{
	for (size_t i = 0; i < lookup->query_count; i++) {
		const struct trace_query *query = &lookup->queries[i];

		if (query->family != family)
			continue;
		/* AAAA may bring IPv4-mapped addresses, which are IPv4. */
		return (query->count > 0 ? "no address of this family"
					 : report_query_reason(query, text));
	}
	return ("not looked up");
}

/* Returns why a family is not healthy; NULL where it is. */
static const char *
family_reason(const struct probe_report *report,
    const struct verdict_family *family, char *text)
{
	switch (family->verdict) {
	case VERDICT_NONE:
		return (lookup_reason(report->lookup, family->family, text));
	case VERDICT_UNKNOWN:
		return (pending_text(family->pending, text));
	case VERDICT_HEALTHY:
	case VERDICT_PARTLY:
	case VERDICT_BROKEN:
		break;
	}
	return (family->reason[0] == '\0' ? NULL : family->reason);
}

static void
write_verdict(FILE *out, const struct probe_report *report,
    const struct verdict_family *family)
{
	char text[REPORT_REASON_MAX];
	const char *reason = family_reason(report, family, text);

	fprintf(out, "  %s: %s", address_family_name(family->family),
	    verdict_name(family->verdict));
	if (family->verdict == VERDICT_PARTLY)
		fprintf(out, ", %zu of %zu addresses dead", family->broken,
		    family->addresses);
	if (family->median != -1)
		fprintf(out, ", %.1f ms", report_ms(family->median));
	if (family->slower > 0)
		fprintf(out, ", slower by %.1f ms", report_ms(family->slower));
	if (reason != NULL)
		fprintf(out, " (%s)", reason);
	fprintf(out, "\n");
}

/* Returns what the race lost before it started the attempt that won. */
static monotime_t
cost_of(const struct trace *race)
{
	const struct trace_attempt *winner = trace_winner(race);

	return (winner == NULL ? 0 : winner->start - race->attempts[0].start);
}

/* Says why there is no race, or none that anybody won. */
static void
write_no_winner(FILE *out, const struct probe_report *report)
{
	char text[REPORT_REASON_MAX];

	if (report->result == PROBE_COMPLETE)
		fprintf(out, "  Happy Eyeballs finds no connection\n");
	else if (report->result == PROBE_TIMEOUT)
		fprintf(out, "  no time was left for a race (-w)\n");
	else if (report->race != NULL)
		fprintf(out, "  the race was interrupted after %s\n",
		    report_duration(
			report->race->end - report->race->start, text));
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
	if (winner != race->attempts)
		fprintf(out, "; %s, tried first, costs every client %.1f ms",
		    address_format_host(&race->attempts[0].address, text),
		    report_ms(cost_of(race)));
	fprintf(out, "\n");
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

	fprintf(out, "%s port %s: %zu address%s, ", report->target.host,
	    report->target.service, report->address_count,
	    report->address_count == 1 ? "" : "es");
	if (report->rounds < report->rounds_wanted)
		fprintf(out, "%u of ", report->rounds);
	fprintf(out, "%u round%s%s\n", report->rounds_wanted,
	    report->rounds_wanted == 1 ? "" : "s", ends[report->result]);
}

void
report_probe_text(FILE *out, const struct probe_report *report)
{
	struct verdict_family families[2];

	if (report->address_count == 0 && report->result != PROBE_INTERRUPTED)
		return;
	write_heading(out, report);
	if (report->address_count > 0)
		write_table(out, report);
	verdict_judge(report->addresses, report->address_count, families);
	write_verdict(out, report, &families[0]);
	write_verdict(out, report, &families[1]);
	write_race(out, report);
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
		json_integer(json, "tries", result->tries);
		json_integer(json, "connected", result->connected);
		json_rtt(json, "rtt_min_ms", verdict_rtt_min(result));
		json_rtt(json, "rtt_median_ms", verdict_rtt_median(result));
		json_rtt(json, "rtt_max_ms", verdict_rtt_max(result));
		json_integer(
		    json, "syn_retransmissions", result->retransmissions);
		json_string(json, "failure",
		    result->reason[0] == '\0' ? NULL : result->reason);
		json_rtt(json, "pending_ms", result->pending);
		json_object_end(json);
	}
	json_array_end(json);
}

static void
json_families(struct json *json, const struct probe_report *report)
{
	struct verdict_family families[2];
	char text[REPORT_REASON_MAX];

	verdict_judge(report->addresses, report->address_count, families);
	json_array_begin(json, "families");
	for (size_t i = 0; i < 2; i++) {
		json_object_begin(json, NULL);
		json_string(
		    json, "family", address_family_name(families[i].family));
		json_string(json, "verdict", verdict_name(families[i].verdict));
		json_integer(json, "addresses", (int64_t)families[i].addresses);
		json_integer(json, "broken", (int64_t)families[i].broken);
		json_rtt(json, "rtt_median_ms", families[i].median);
		json_ms(json, "slower_by_ms", families[i].slower);
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
	json_ms(json, "cost_ms", cost_of(race));
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
	json_integer(&json, "version", REPORT_JSON_VERSION);
	json_string(&json, "host", report->target.host);
	json_string(&json, "port", report->target.service);
	json_string(&json, "result", result_name(report->result));
	json_integer(&json, "rounds", report->rounds);
	report_json_queries(&json, report->lookup);
	json_addresses(&json, report);
	json_families(&json, report);
	json_race(&json, report->race);
	json_object_end(&json);
}
