/* SPDX-License-Identifier: ISC */
/*
 * report/reporter.h: which reports are wanted, and where they go.
 *
 * The places are opened before anything is sent; nothing is formatted before
 * the end, and nothing at all where no report is wanted.
 */
#ifndef REPORT_REPORTER_H
#define REPORT_REPORTER_H

#include "options/options.h"
#include "report/report.h"
#include "report/file.h"
#include "status.h"
#include "report/terminal.h"
#include "report/writer.h"

/* All zero before it is opened. */
struct reporter {
	bool timings;
	bool chart;
	bool json;
	struct writer *out;       /* where text goes; NULL: nowhere */
	struct writer *json_out;  /* `out`, or that of a file */
	struct terminal terminal; /* what `out` shows a chart on */
	bool is_stdout;           /* `out` is standard output */
	int copy;                 /* the descriptor of --report-fd; 0: none */
	struct report_file file;  /* that of --json=FILE */
	bool has_file;
	struct writer own;
	struct writer own_json;
};

/*
 * Opens what `options` ask for. Returns STATUS_OK, or says what is wrong and
 * returns the exit status.
 */
enum status reporter_open(
    struct reporter *reporter, const struct options *options);

bool reporter_is_wanted(const struct reporter *reporter);

/*
 * Before and after something is written to `out` and `json_out`. When a signal
 * has ended the program, a slow reader is not waited for. The latter returns 0,
 * or the errno of a write that failed.
 */
void reporter_begin(struct reporter *reporter, bool is_signalled);
int reporter_finish(struct reporter *reporter);

/* Writes the reports of a connect between the two; returns likewise. */
int reporter_write(
    struct reporter *reporter, const struct report *report, bool is_signalled);

/* Returns the folder in which a report will be renamed; -1: in none. */
int reporter_folder(const struct reporter *reporter);

void reporter_close(struct reporter *reporter);

#endif
