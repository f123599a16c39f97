/* SPDX-License-Identifier: ISC */
/*
 * report/reporter.h: which reports the options ask for, and where they go.
 *
 * The outputs are opened before the connect, so that an error is reported
 * before anything is sent. The reports are formatted at the end.
 *
 * The life of one: all zero; reporter_open(); reporter_write(), or
 * reporter_begin() and reporter_finish() around what the caller writes;
 * reporter_close(), in any case.
 */
#ifndef REPORT_REPORTER_H
#define REPORT_REPORTER_H

#include "options/options.h"
#include "report/report.h"
#include "report/file.h"
#include "report/hex_dump.h"
#include "status.h"
#include "report/terminal.h"
#include "report/writer.h"

/* All zero before it is opened. */
struct reporter {
	bool timings;
	bool chart;
	bool json;
	struct writer *out;       /* for text; NULL: no report is wanted */
	struct writer *json_out;  /* `out`, or that of a file */
	struct terminal terminal; /* of `out`, for a chart */
	bool is_stdout;           /* `out` is standard output */
	int copy;                 /* the descriptor of --report-fd; 0: none */
	struct report_file file;  /* of --json=FILE */
	bool has_file;
	struct writer own;
	struct writer own_json;
	struct hex_dump *dump; /* of --hex-dump; NULL: none is wanted */
};

/*
 * Opens the outputs that `options` ask for. Returns STATUS_OK; or reports the
 * error and returns the exit status.
 */
enum status reporter_open(
    struct reporter *reporter, const struct options *options);

bool reporter_is_wanted(const struct reporter *reporter);

/*
 * To be called before and after reports are written to `out` and `json_out`.
 * When a signal ends the program (`is_signalled`) a slow reader is waited for
 * only briefly. reporter_finish() returns 0, or the errno of a write that
 * failed.
 */
void reporter_begin(struct reporter *reporter, bool is_signalled);
int reporter_finish(struct reporter *reporter);

/* Writes the reports of a connect; returns as reporter_finish() does. */
int reporter_write(
    struct reporter *reporter, const struct report *report, bool is_signalled);

/* Returns the folder in which a report will be renamed; -1: there is none. */
int reporter_folder(const struct reporter *reporter);

void reporter_close(struct reporter *reporter);

#endif
