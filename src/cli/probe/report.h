/* SPDX-License-Identifier: ISC */
/*
 * probe/report.h: the result of a probe, as a table with a verdict or as JSON.
 */
#ifndef PROBE_REPORT_H
#define PROBE_REPORT_H

#include "report/report.h"
#include "report/reporter.h"
#include "probe/verdict.h"

/* How far a probe has come. */
enum probe_result {
	PROBE_COMPLETE,
	PROBE_UNRESOLVED, /* there was nothing to probe */
	PROBE_TIMEOUT,    /* the budget ran out before its end */
	PROBE_INTERRUPTED /* by a signal */
};

struct probe_report {
	struct report_target target;
	int64_t started_at; /* microseconds since the Epoch */
	int exit_status;    /* as a shell shows it */
	enum probe_result result;
	unsigned rounds; /* begun */
	unsigned rounds_wanted;
	const struct trace *lookup; /* its queries only */
	const struct verdict_address *addresses;
	size_t address_count;
	const struct trace *race; /* from a lookup of its own; NULL: none */
};

/* Judges every family: IPv6, then IPv4; and all together. */
void report_probe_judge(
    const struct probe_report *report, struct verdict_family families[2]);
enum verdict report_probe_sum(const struct probe_report *report);

/*
 * A table and a verdict; nothing where a lookup failed or ran out of time
 * before there was an address, which report_failure() reports.
 */
void report_probe_text(FILE *out, const struct probe_report *report);

/* One JSON object; hecat(1) documents its members. */
void report_probe_json(FILE *out, const struct probe_report *report);

/*
 * Writes both to where they go: text unless JSON alone is asked for there.
 * Returns as reporter_write() does.
 */
int report_probe_write(struct reporter *reporter,
    const struct probe_report *report, bool is_signalled);

#endif
