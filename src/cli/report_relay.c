/* SPDX-License-Identifier: ISC */
/*
 * One line for each way in which a relay can end badly.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "report.h"
#include "report_relay.h"

/* Ends the line with what the peer may not have. */
static void
end_line(FILE *out, const struct relay_result *result)
{
	if (result->unacked > 0)
		fprintf(out,
		    "; %" PRIu64
		    " bytes of standard input were not acknowledged",
		    result->unacked);
	fprintf(out, "\n");
}

/* Says how the relay ended; returns false when there is nothing to say. */
static bool
write_end(FILE *out, const struct relay_result *result, monotime_t idle_timeout)
{
	char text[REPORT_REASON_MAX];

	switch (result->end) {
	case RELAY_DONE:
		return (false);
	case RELAY_LOST:
		fprintf(
		    out, "hecat: connection lost: %s", strerror(result->error));
		return (true);
	case RELAY_INPUT_FAILED:
		fprintf(out,
		    "hecat: standard input: %s, after %" PRIu64 " bytes",
		    strerror(result->error), result->moved.sent);
		return (true);
	case RELAY_OUTPUT_FAILED:
		fprintf(out,
		    "hecat: standard output: %s, after %" PRIu64 " bytes",
		    strerror(result->error), result->moved.received);
		return (true);
	case RELAY_IDLE:
		fprintf(out, "hecat: no data in either direction for %s (-i)",
		    report_duration(idle_timeout, text));
		return (true);
	case RELAY_INTERRUPTED:
		/* What has just been sent arrives all the same. */
		if (result->unacked == 0 || !result->stalled)
			return (false);
		fprintf(out, "hecat: interrupted");
		return (true);
	case RELAY_FAILED:
		fprintf(
		    out, "hecat: cannot relay: %s", strerror(result->error));
		return (true);
	}
	return (false);
}

void
report_relay(
    FILE *out, const struct relay_result *result, monotime_t idle_timeout)
{
	if (!write_end(out, result, idle_timeout))
		return;
	end_line(out, result);
	if (result->suspect_mss > 0)
		fprintf(out,
		    "hecat: large packets may be lost on the way (path MTU); "
		    "the MSS is %" PRIu32 "\n",
		    result->suspect_mss);
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
report_transfer(
    FILE *out, const struct relay_result *result, monotime_t duration)
{
	const struct relay_progress *moved = &result->moved;
	double seconds = (double)duration / MONOTIME_PER_SECOND;
	double total = (double)moved->sent + (double)moved->received;

	fprintf(out,
	    "hecat: sent %" PRIu64 " bytes, received %" PRIu64
	    " bytes in %.3f s, %.1f MiB/s\n",
	    moved->sent, moved->received, seconds,
	    seconds > 0 ? total / seconds / (1024 * 1024) : 0);
	if (result->unacked > 0)
		fprintf(out,
		    "hecat: %" PRIu64
		    " bytes of standard input were not acknowledged\n",
		    result->unacked);
	if (result->unwritten > 0)
		fprintf(out,
		    "hecat: %" PRIu64
		    " bytes that were received were not written out\n",
		    result->unwritten);
}
