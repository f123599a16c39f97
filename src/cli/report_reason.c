/* SPDX-License-Identifier: ISC */
/*
 * Reasons in words: of a lookup that brought nothing, of an attempt that did
 * not win.
 */
#include <errno.h>
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

const char *
report_lookup_error(int error, int system_error)
{
	switch (error) {
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
		return (strerror(system_error));
	default:
		return (gai_strerror(error));
	}
}

/*
 * Returns how many bytes the character at `at` has in UTF-8; 0 when it is none,
 * or one that a terminal obeys: a control, or one of those that turn the
 * direction of writing, in U+2000 to U+207F.
 */
static size_t
shown_length(const unsigned char *at)
{
	size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;

	if (*at < 0x80)
		return (*at >= 0x20 && *at != 0x7f);
	if (*at < 0xc2 || *at > 0xf4 || (*at == 0xc2 && at[1] < 0xa0) ||
	    (*at == 0xe2 && at[1] <= 0x81))
		return (0);
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return (0);
	return (length);
}

const char *
report_name_asked(const char *name, char *text)
{
	size_t used = 0, length;

	text[0] = '\0';
	if (name == NULL || *name == '\0')
		return (text);
	text[used++] = ' ';
	text[used++] = '(';
	while (*name != '\0' && used + 6 < REPORT_NAME_MAX) {
		length = shown_length((const unsigned char *)name);
		if (length > 0)
			memcpy(text + used, name, length);
		else
			text[used] = '?';
		used += length > 0 ? length : 1;
		name += length > 0 ? length : 1;
	}
	text[used++] = ')';
	text[used] = '\0';
	return (text);
}

const char *
report_query_reason(const struct trace_query *query, char *text)
{
	const char *error = report_lookup_error(
	    query->error, query->system_error);
	char after[REPORT_REASON_MAX];

	if (query->end == MONOTIME_NEVER)
		snprintf(text, REPORT_REASON_MAX, "no answer");
	else if (query->error == EAI_AGAIN)
		snprintf(text, REPORT_REASON_MAX, "%s after %.40s", error,
		    report_duration(query->end - query->start, after));
	else
		snprintf(text, REPORT_REASON_MAX, "%s", error);
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

const char *
report_attempt_error(int error, const struct address *address,
    const struct address *offender, char *text)
{
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];

	address_format_host(address, to);
	if (error == EINVAL && address_lacks_zone(address))
		snprintf(text, REPORT_REASON_MAX,
		    "a link-local address needs its interface: %.70s%%eth0",
		    to);
	else if (offender->length == 0 ||
	    strcmp(address_format_host(offender, from), to) == 0)
		snprintf(text, REPORT_REASON_MAX, "%s", strerror(error));
	else
		snprintf(text, REPORT_REASON_MAX, "%s, says %s",
		    strerror(error), from);
	return (text);
}

bool
report_waited_connected(const struct trace_attempt *attempt)
{
	return (attempt->established != MONOTIME_NEVER &&
	    attempt->end - attempt->established >= MONOTIME_PER_MS);
}

const char *
report_attempt_reason(
    const struct trace *trace, const struct trace_attempt *attempt, char *text)
{
	char after[REPORT_REASON_MAX];
	monotime_t end = attempt->end == MONOTIME_NEVER ? trace->end
							: attempt->end;

	if (attempt->outcome == HECAT_OUTCOME_FAILED)
		return (report_attempt_error(attempt->error, &attempt->address,
		    &attempt->offender, text));
	if (attempt->outcome == HECAT_OUTCOME_CLOSED)
		snprintf(text, REPORT_REASON_MAX, "closed by the peer");
	else if (report_waited_connected(attempt))
		snprintf(text, REPORT_REASON_MAX, "connected, no data in %.40s",
		    report_duration(end - attempt->established, after));
	else if (attempt->established != MONOTIME_NEVER)
		snprintf(text, REPORT_REASON_MAX, "connected, not used");
	else
		snprintf(text, REPORT_REASON_MAX, "no answer in %.40s",
		    report_duration(end - attempt->start, after));
	return (text);
}
