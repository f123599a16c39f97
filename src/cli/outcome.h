/* SPDX-License-Identifier: ISC */
/*
 * outcome.h: how the program ends.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stdio.h>

/* Killed by `signal`, or with `status`. */
struct outcome {
	int status;
	int signal; /* 0: exit with the status */
};

/* Returns the status as a shell shows it: 128 and the signal, or the status. */
int outcome_status(const struct outcome *outcome);

/*
 * Ends the program as SIGPIPE does, silently, for stdout was closed; a signal
 * that ends it already stays.
 */
void outcome_stdout_closed(struct outcome *outcome);

/*
 * Takes into account that `what` could not be written, for the errno `error`,
 * which is printed to `messages`: a status that is STATUS_OK or
 * STATUS_PROBE_BROKEN becomes STATUS_STREAM.
 */
void outcome_write_failed(
    struct outcome *outcome, const char *what, int error, FILE *messages);

/*
 * Takes into account that a report could not be written, for the errno `error`.
 * When it goes to stdout and its reader has closed the pipe, this is
 * outcome_stdout_closed(). Any other error is one of outcome_write_failed().
 */
void outcome_report_failed(
    struct outcome *outcome, bool is_stdout, int error, FILE *messages);

#endif
