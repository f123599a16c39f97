/* SPDX-License-Identifier: ISC */
/*
 * One line for each way in which a relay can end badly.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "report_relay.h"

/* Says that the connection broke, and what of the input did not make it. */
static void
write_lost(FILE *out, const struct relay_result *result)
{
	fprintf(out, "hecat: connection lost: %s", strerror(result->error));
	if (result->undelivered > 0)
		fprintf(out,
		    "; %" PRIu64 " bytes of standard input were not delivered",
		    result->undelivered);
	fprintf(out, "\n");
}

void
report_relay(FILE *out, const struct relay_result *result)
{
	switch (result->end) {
	case RELAY_DONE:
		break;
	case RELAY_LOST:
		write_lost(out, result);
		break;
	case RELAY_INPUT_FAILED:
		fprintf(out,
		    "hecat: standard input: %s, after %" PRIu64 " bytes\n",
		    strerror(result->error), result->moved.sent);
		break;
	case RELAY_OUTPUT_FAILED:
		fprintf(out,
		    "hecat: standard output: %s, after %" PRIu64 " bytes\n",
		    strerror(result->error), result->moved.received);
		break;
	case RELAY_IDLE:
		fprintf(out, "hecat: idle: no data for the time of -i\n");
		break;
	case RELAY_FAILED:
		fprintf(out, "hecat: cannot wait for data: %s\n",
		    strerror(result->error));
		break;
	}
}

void
report_relay_notice(
    FILE *out, enum relay_notice notice, monotime_t shutdown_wait)
{
	char text[REPORT_REASON_MAX];

	switch (notice) {
	case RELAY_SHUTDOWN_WAITS:
		fprintf(out,
		    "hecat: standard input has ended; the write side is shut "
		    "down when nothing moves for %s (-N: at once)\n",
		    report_duration(shutdown_wait, text));
		break;
	case RELAY_NO_REPLY:
		fprintf(out,
		    "hecat: the peer ended after our write side was shut "
		    "down, without sending anything more; if a reply is "
		    "missing, use --no-shutdown\n");
		break;
	}
}

void
report_transfer(FILE *out, struct relay_progress moved, monotime_t duration)
{
	double seconds = (double)duration / MONOTIME_PER_SECOND;
	double total = (double)moved.sent + (double)moved.received;

	fprintf(out,
	    "hecat: sent %" PRIu64 " bytes, received %" PRIu64
	    " bytes in %.3f s, %.1f MiB/s\n",
	    moved.sent, moved.received, seconds,
	    seconds > 0 ? total / seconds / (1024 * 1024) : 0);
}
