/* SPDX-License-Identifier: ISC */
/*
 * What -vv says: every event, as it happens.
 */
#include <netdb.h>
#include <string.h>

#include "report.h"

static const char *
event_address(const struct sockaddr *sa, char *text)
{
	struct address address;

	if (sa == NULL ||
	    !address_from_sockaddr(&address, sa, sizeof(address.in6)))
		return ("?");
	return (address_format(&address, text));
}

/* Says the outcome of an attempt, apart from its address. */
static const char *
outcome_text(const struct hecat_event *event)
{
	if (event->outcome == HECAT_OUTCOME_FAILED)
		return (strerror(event->error));
	return (report_outcome_name(event->outcome));
}

void
report_event(FILE *out, const struct hecat_event *event, int64_t start)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "hecat: %9.3f ms  ",
	    (double)(event->time - start) / MONOTIME_PER_MS);
	switch (event->type) {
	case HECAT_EVENT_QUERY:
		fprintf(out, "asked %s\n", report_question_name(event->family));
		break;
	case HECAT_EVENT_ANSWER:
		fprintf(out, "answer %s: %zu addresses%s%s\n",
		    report_question_name(event->family), event->count,
		    event->error == 0 ? "" : ", ",
		    event->error == 0 ? "" : gai_strerror(event->error));
		break;
	case HECAT_EVENT_CANDIDATE:
		fprintf(out, "order %zu: %s (rule %u)\n", event->turn + 1,
		    event_address(event->address, text), event->rule);
		break;
	case HECAT_EVENT_SKIPPED:
		fprintf(out, "skipped %s: no source of its family\n",
		    event_address(event->address, text));
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		fprintf(out, "start %zu: %s (%s)\n", event->attempt + 1,
		    event_address(event->address, text),
		    report_cause_name(event->cause));
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		fprintf(out, "end %zu: %s: %s\n", event->attempt + 1,
		    event_address(event->address, text), outcome_text(event));
		break;
	case HECAT_EVENT_STARVED:
		fprintf(out, "start put off: %s\n", strerror(event->error));
		break;
	case HECAT_EVENT_ENDED:
		fprintf(out, "%s\n",
		    event->result == 0 ? "connected" : "no connection");
		break;
	}
}
