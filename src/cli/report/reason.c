/* SPDX-License-Identifier: ISC */
/*
 * The reasons in words: of a lookup without addresses, of an attempt that did
 * not win.
 */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#include "gai_error.h"
#include "report/report.h"
#include "text.h"
#include "text_buffer.h"

/* A failure that took this long means a name server without an answer. */
#define SERVER_SILENT MONOTIME_PER_SECOND

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
report_no_address(int family)
{
	if (family == AF_INET6)
		return ("no IPv6 address");
	return (family == AF_INET ? "no IPv4 address" : "no address");
}

const char *
report_lookup_error(int family, int error, int system_error)
{
	switch (gai_error_class(error)) {
	case GAI_NO_NAME:
		return ("no such name");
	case GAI_NO_DATA:
		return (report_no_address(family));
	case GAI_ADDRESSES:
	case GAI_FAILED:
	case GAI_ERROR:
		break;
	}
	if (error == EAI_AGAIN)
		return ("the name server failed");
#ifdef EAI_IDN_ENCODE
	if (error == EAI_IDN_ENCODE)
		return ("not a name in UTF-8, nor in the encoding of the"
			" locale; write its ASCII form (xn--...)");
#endif
	return (
	    error == EAI_SYSTEM ? strerror(system_error) : gai_strerror(error));
}

const char *
report_answer_source(const struct address *server, long ttl, char *text)
{
	char host[ADDRESS_TEXT_MAX];
	struct text_buffer buffer = { text, REPORT_REASON_MAX, 0 };

	text[0] = '\0';
	if (server->length != 0)
		text_buffer_add(
		    &buffer, " from %s", address_format_host(server, host));
	if (ttl != -1)
		text_buffer_add(&buffer, ", TTL %ld", ttl);
	return (text);
}

const char *
report_name_asked(const char *name, char *text)
{
	char shown[REPORT_NAME_MAX - sizeof(" ()") + 1];

	text[0] = '\0';
	if (name != NULL && *name != '\0')
		snprintf(text, REPORT_NAME_MAX, " (%s)",
		    text_show(shown, sizeof(shown), name));
	return (text);
}

const char *
report_name_of(
    const struct trace *trace, const struct address *address, char *text)
{
	char shown[REPORT_NAME_MAX - sizeof(", ") + 1];

	text[0] = '\0';
	for (size_t i = 0; i < trace->query_count; i++) {
		const struct trace_query *query = &trace->queries[i];

		if (query->name[0] != '\0' && query->count > 0 &&
		    (query->family == AF_UNSPEC ||
			query->family == address_family(address)))
			snprintf(text, REPORT_NAME_MAX, "%s, ",
			    text_show(shown, sizeof(shown), query->name));
	}
	return (text);
}

void
report_host(FILE *out, const struct report_target *target)
{
	if (target->is_proxy)
		fputs("proxy ", out);
	text_print(out, target->host);
}

void
report_heading(FILE *out, const struct report_target *target)
{
	report_host(out, target);
	if (target->service == NULL)
		return;
	fputs(" port ", out);
	text_print(out, target->service);
}

bool
report_is_unanswered(const struct trace_query *query)
{
	return (query->error == EAI_AGAIN && query->server.length == 0 &&
	    (query->text[0] != '\0' ||
		query->end - query->start >= SERVER_SILENT));
}

const char *
report_query_reason(const struct trace_query *query, char *text)
{
	monotime_t took = query->end - query->start;
	char after[REPORT_REASON_MAX];

	if (query->end == MONOTIME_NEVER)
		snprintf(text, REPORT_REASON_MAX, "no answer");
	else if (query->text[0] != '\0')
		text_show(text, REPORT_REASON_MAX, query->text);
	else if (report_is_unanswered(query))
		snprintf(text, REPORT_REASON_MAX,
		    "no answer from the name server in %.40s",
		    report_duration(took, after));
	else
		snprintf(text, REPORT_REASON_MAX, "%s",
		    report_lookup_error(
			query->family, query->error, query->system_error));
	return (text);
}

const char *
report_skip_reason(const struct trace_candidate *candidate, char *text)
{
	if (candidate->excluded)
		snprintf(text, REPORT_REASON_MAX, "excluded (--exclude)");
	else
		snprintf(text, REPORT_REASON_MAX, "no %s source was given",
		    address_family_name(address_family(&candidate->address)));
	return (text);
}

const char *
report_no_answer(int64_t waited, char *text)
{
	char after[REPORT_REASON_MAX];

	snprintf(text, REPORT_REASON_MAX, "no answer in %.40s",
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
		snprintf(text, REPORT_REASON_MAX, "%s (ICMP from %s)",
		    strerror(error), from);
	return (text);
}

const char *
report_step_error(int error, const char *reason, char *text)
{
	return (text_show(text, REPORT_REASON_MAX,
	    reason != NULL ? reason : strerror(error)));
}

bool
report_waited_connected(const struct trace_attempt *attempt)
{
	return (attempt->established != MONOTIME_NEVER &&
	    attempt->end - attempt->established >= MONOTIME_PER_MS);
}

bool
report_is_unused(const struct trace_attempt *attempt)
{
	return (attempt->established != MONOTIME_NEVER &&
	    !report_waited_connected(attempt));
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
	if (attempt->outcome == HECAT_OUTCOME_STEP_FAILED)
		return (report_step_error(
		    attempt->error, attempt->step_text, text));
	if (attempt->outcome == HECAT_OUTCOME_CLOSED)
		snprintf(text, REPORT_REASON_MAX, "closed by the peer");
	else if (attempt->in_step && trace->tunnel != NULL &&
	    trace->tunnel->state == TRACE_TUNNEL_ASKED)
		snprintf(text, REPORT_REASON_MAX,
		    "no answer from the proxy in %.40s",
		    report_duration(end - trace->tunnel->start, after));
	else if (attempt->in_step)
		snprintf(text, REPORT_REASON_MAX, "no TLS handshake in %.40s",
		    report_duration(end - attempt->established, after));
	else if (report_waited_connected(attempt))
		snprintf(text, REPORT_REASON_MAX, "connected, no data in %.40s",
		    report_duration(end - attempt->established, after));
	else if (report_is_unused(attempt))
		snprintf(text, REPORT_REASON_MAX, "connected, not used");
	else if (attempt->outcome == HECAT_OUTCOME_TIMED_OUT)
		snprintf(text, REPORT_REASON_MAX, "timed out after %.40s",
		    report_duration(end - attempt->start, after));
	else
		report_no_answer(end - attempt->start, text);
	return (text);
}

size_t
report_untried(const struct trace *trace)
{
	size_t untried = 0;

	/* It may have been one of the rows that are missing. */
	if (trace->incomplete)
		return (0);

	for (size_t i = 0; i < trace->candidate_count; i++) {
		const struct trace_candidate *candidate = &trace->candidates[i];
		/* As a rule they are tried in this order. */
		bool tried = candidate->skipped ||
		    (i < trace->attempt_count &&
			address_equal(
			    &candidate->address, &trace->attempts[i].address));

		for (size_t j = 0; !tried && j < trace->attempt_count; j++)
			tried = address_equal(
			    &candidate->address, &trace->attempts[j].address);
		untried += !tried;
	}
	return (untried);
}
