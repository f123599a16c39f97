/* SPDX-License-Identifier: ISC */
/*
 * The one place that knows how the program ends when what it writes cannot be
 * written.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "outcome.h"
#include "status.h"

void
outcome_stdout_closed(struct outcome *outcome)
{
	outcome->status = STATUS_BROKEN_PIPE;
	if (outcome->signal == 0)
		outcome->signal = SIGPIPE;
}

void
outcome_write_failed(
    struct outcome *outcome, const char *what, int error, FILE *messages)
{
	fprintf(messages, "hecat: %s: %s\n", what, strerror(error));
	if (outcome->status == STATUS_OK ||
	    outcome->status == STATUS_PROBE_BROKEN)
		outcome->status = STATUS_STREAM;
}

void
outcome_report_failed(
    struct outcome *outcome, bool is_stdout, int error, FILE *messages)
{
	if (error == EPIPE && is_stdout)
		outcome_stdout_closed(outcome);
	else
		outcome_write_failed(outcome, "report", error, messages);
}

int
outcome_status(const struct outcome *outcome)
{
	return (outcome->signal != 0 ? 128 + outcome->signal : outcome->status);
}
