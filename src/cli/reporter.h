/* SPDX-License-Identifier: ISC */
/*
 * reporter.h: which reports are wanted, and where they go.
 *
 * The places are opened before anything is sent; nothing is formatted before
 * the end, and nothing at all where no report is wanted.
 */
#ifndef REPORTER_H
#define REPORTER_H

#include <stdio.h>

#include "options.h"
#include "report.h"
#include "report_probe.h"
#include "status.h"
#include "terminal.h"

struct reporter {
	bool timings;
	bool chart;
	bool json;
	FILE *out;                /* where text goes */
	FILE *json_out;           /* `out`, or a file of its own */
	struct terminal terminal; /* what `out` shows a chart on */
};

/*
 * Opens what `options` ask for. Returns STATUS_OK, or says on `err` what is
 * wrong and returns the exit status.
 */
enum status reporter_open(
    struct reporter *reporter, const struct options *options, FILE *err);

bool reporter_is_wanted(const struct reporter *reporter);

/* Writes the result of a probe, as text unless JSON is asked for. */
int reporter_write_probe(
    const struct reporter *reporter, const struct probe_report *report);

/* Writes the reports. Returns 0, or the errno of a write that failed. */
int reporter_write(
    const struct reporter *reporter, const struct report *report);

void reporter_close(struct reporter *reporter);

#endif
