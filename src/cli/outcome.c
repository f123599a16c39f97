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
outcome_report_failed(
    struct outcome *outcome, bool is_stdout, int error, FILE *messages)
{
	if (error == EPIPE && is_stdout) {
		outcome_stdout_closed(outcome);
		return;
	}
	fprintf(messages, "hecat: report: %s\n", strerror(error));
	if (outcome->status == STATUS_OK ||
	    outcome->status == STATUS_PROBE_BROKEN)
		outcome->status = STATUS_STREAM;
}

int
outcome_status(const struct outcome *outcome)
{
	return (outcome->signal != 0 ? 128 + outcome->signal : outcome->status);
}
