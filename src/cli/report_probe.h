/* SPDX-License-Identifier: ISC */
/*
 * report_probe.h: the result of a probe, as a table with a verdict or as JSON.
 */
#ifndef REPORT_PROBE_H
#define REPORT_PROBE_H

#include "report.h"
#include "verdict.h"

struct probe_report {
	struct report_target target;
	unsigned rounds;
	const struct trace *lookup; /* its queries only */
	const struct verdict_address *addresses;
	size_t address_count;
	const struct trace *race; /* over the same addresses */
};

void report_probe_text(FILE *out, const struct probe_report *report);

/* One JSON object; hecat(1) documents its members. */
void report_probe_json(FILE *out, const struct probe_report *report);

#endif
