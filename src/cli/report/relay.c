/* SPDX-License-Identifier: ISC */
/*
 * One line for each way in which a relay fails.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "report/report.h"
#include "report/relay.h"

/* The longest number and its unit. */
#define BYTES_MAX 32

/* A transfer that was shorter has no rate. */
#define RATE_TIME_MIN (100 * MONOTIME_PER_MS)

/* Writes "1 byte" or "N bytes" to `text`, BYTES_MAX bytes, and returns it. */
static const char *
bytes_text(uint64_t count, char *text)
{
	snprintf(text, BYTES_MAX, "%" PRIu64 " byte%s", count,
	    count == 1 ? "" : "s");
	return (text);
}

static const char *
was(uint64_t count)
{
	return (count == 1 ? "was" : "were");
}

/* Writes the bytes that the peer may not have received. */
static void
write_unacked(FILE *out, const struct relay_result *result)
{
	char text[BYTES_MAX];

	fprintf(out, "%s of standard input %s not acknowledged",
	    bytes_text(result->unacked, text), was(result->unacked));
}

/* Ends the line of a failure. */
static void
write_line_end(FILE *out, const struct relay_result *result)
{
	if (result->unacked > 0) {
		fprintf(out, "; ");
		write_unacked(out, result);
	}
	fprintf(out, "\n");
}

/* Writes that TLS has no end, and where that was waited for, how long. */
static void
write_truncation(FILE *out, const struct relay_result *result)
{
	char text[REPORT_REASON_MAX];

	if (result->tls_waited > 0)
		fprintf(out,
		    "hecat: no close_notify from the peer in %s"
		    " (--tls-shutdown-timeout)",
		    report_duration(result->tls_waited, text));
	else
		fprintf(
		    out, "hecat: the peer ended TLS without a close_notify");
	fprintf(out, ": what was received may be cut short");
}

/* Writes how the relay failed; returns false, with nothing, when it did not. */
static bool
write_end(FILE *out, const struct relay_result *result, monotime_t idle_timeout)
{
	char text[REPORT_REASON_MAX], bytes[BYTES_MAX];

	switch (result->end) {
	case RELAY_DONE:
		return (false);
	case RELAY_TRUNCATED:
		write_truncation(out, result);
		return (true);
	case RELAY_LOST:
		fprintf(out, "hecat: connection lost: %s",
		    result->tls_reason != NULL ? result->tls_reason
					       : strerror(result->error));
		return (true);
	case RELAY_INPUT_FAILED:
		fprintf(out, "hecat: standard input: %s, after %s",
		    strerror(result->error),
		    bytes_text(result->moved.sent, bytes));
		return (true);
	case RELAY_OUTPUT_FAILED:
		fprintf(out, "hecat: standard output: %s, after %s",
		    strerror(result->error),
		    bytes_text(result->moved.received, bytes));
		return (true);
	case RELAY_IDLE:
		fprintf(out, "hecat: no data in either direction for %s (-i)",
		    report_duration(idle_timeout, text));
		return (true);
	case RELAY_INTERRUPTED:
		/* Bytes that are still on their way will arrive. */
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
	write_line_end(out, result);
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
	double mebibytes = ((double)moved->sent + (double)moved->received) /
	    (1024 * 1024);
	char sent[BYTES_MAX], received[BYTES_MAX], time[REPORT_REASON_MAX];

	fprintf(out, "hecat: sent %s, received %s in %s",
	    bytes_text(moved->sent, sent),
	    bytes_text(moved->received, received),
	    report_duration(duration, time));
	/* Of a little or a moment it would say nothing. */
	if (mebibytes >= 1 && duration >= RATE_TIME_MIN)
		fprintf(out, ", %.1f MiB/s", mebibytes / seconds);
	fputc('\n', out);
	if (result->unacked > 0) {
		fprintf(out, "hecat: ");
		write_unacked(out, result);
		fprintf(out, "\n");
	}
	if (result->unwritten > 0)
		fprintf(out, "hecat: %s that %s received %s not written out\n",
		    bytes_text(result->unwritten, received),
		    was(result->unwritten), was(result->unwritten));
}
