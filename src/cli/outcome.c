/* SPDX-License-Identifier: ISC */
/*
 * The one place that knows how a program ends whose reader has closed its pipe.
 */
#include <signal.h>

#include "outcome.h"
#include "status.h"

void
outcome_stdout_closed(struct outcome *outcome)
{
	outcome->status = STATUS_BROKEN_PIPE;
	if (outcome->signal == 0)
		outcome->signal = SIGPIPE;
}

int
outcome_status(const struct outcome *outcome)
{
	return (outcome->signal != 0 ? 128 + outcome->signal : outcome->status);
}
