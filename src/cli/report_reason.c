/* SPDX-License-Identifier: ISC */
/*
 * Reasons in words: of a lookup that brought nothing, of an attempt that did
 * not win.
 */
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#include "report.h"

double
report_ms(int64_t duration)
{
	return ((double)duration / MONOTIME_PER_MS);
}

void
report_widen(int *width, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	int length = (int)strlen(address_format_host(address, text));

	if (length > *width)
		*width = length;
}

const char *
report_duration(int64_t duration, char *text)
{
	if (duration < 10 * MONOTIME_PER_MS)
		snprintf(text, REPORT_REASON_MAX, "%.1f ms",
		    (double)duration / MONOTIME_PER_MS);
	else if (duration < MONOTIME_PER_SECOND - MONOTIME_PER_MS / 2)
		snprintf(text, REPORT_REASON_MAX, "%" PRId64 " ms",
		    (duration + MONOTIME_PER_MS / 2) / MONOTIME_PER_MS);
	else
		snprintf(text, REPORT_REASON_MAX, "%.1f s",
		    (double)duration / MONOTIME_PER_SECOND);
	return (text);
}

/* Says what an EAI_* of getaddrinfo means for one family. */
static const char *
lookup_error(const struct trace_query *query)
{
	switch (query->error) {
	case EAI_NONAME:
		return ("no such name");
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return ("no address of this family");
	case EAI_AGAIN:
		return ("temporary failure");
	case EAI_SYSTEM:
		return (strerror(query->system_error));
	default:
		return (gai_strerror(query->error));
	}
}

const char *
report_query_reason(const struct trace_query *query, char *text)
{
	char after[REPORT_REASON_MAX];

	if (query->end == MONOTIME_NEVER)
		snprintf(text, REPORT_REASON_MAX, "no answer");
	else if (query->error == EAI_AGAIN)
		snprintf(text, REPORT_REASON_MAX, "%s after %.40s",
		    lookup_error(query),
		    report_duration(query->end - query->start, after));
	else
		snprintf(text, REPORT_REASON_MAX, "%s", lookup_error(query));
	return (text);
}

const char *
report_pending(int64_t waited, char *text)
{
	char after[REPORT_REASON_MAX];

	snprintf(text, REPORT_REASON_MAX, "no answer yet after %.40s",
	    report_duration(waited, after));
	return (text);
}

/* Adds who sent the ICMP error, unless it was the destination itself. */
static void
append_offender(const struct trace_attempt *attempt, char *text)
{
	char offender[ADDRESS_TEXT_MAX], destination[ADDRESS_TEXT_MAX];
	size_t used = strlen(text);

	if (attempt->offender.length == 0)
		return;
	address_format_host(&attempt->offender, offender);
	address_format_host(&attempt->address, destination);
	if (strcmp(offender, destination) != 0)
		snprintf(text + used, REPORT_REASON_MAX - used, ", says %s",
		    offender);
}

const char *
report_attempt_reason(
    const struct trace *trace, const struct trace_attempt *attempt, char *text)
{
	char after[REPORT_REASON_MAX];
	monotime_t end = attempt->end == MONOTIME_NEVER ? trace->end
							: attempt->end;

	report_duration(end - attempt->start, after);
	if (attempt->outcome == HECAT_OUTCOME_FAILED) {
		snprintf(
		    text, REPORT_REASON_MAX, "%s", strerror(attempt->error));
		append_offender(attempt, text);
	} else {
		snprintf(text, REPORT_REASON_MAX, "no answer in %.40s", after);
	}
	return (text);
}
