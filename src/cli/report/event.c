/* SPDX-License-Identifier: ISC */
/*
 * The lines of -vv: every event, as it happens.
 */
#include <string.h>

#include "report/report.h"
#include "text.h"

static const char *
event_address(const struct sockaddr *sa, char *text)
{
	struct address address = address_copy(sa);

	return (address.length == 0 ? "?" : address_format(&address, text));
}

static void
write_answer(FILE *out, const struct hecat_event *event)
{
	char name[REPORT_NAME_MAX];
	size_t count = hecat_event_get_address_count(event);
	int error = hecat_event_get_error(event);
	const char *reason = hecat_event_get_text(event);
	struct address server = address_copy(hecat_event_get_server(event));
	char text[REPORT_REASON_MAX];

	fprintf(out,
	    "answer %s: ", report_question_name(hecat_event_get_family(event)));
	if (error == 0)
		fprintf(out, "%zu address%s%s", count, count == 1 ? "" : "es",
		    report_answer_source(
			&server, hecat_event_get_ttl(event), text));
	else if (reason != NULL)
		text_print(out, reason);
	else
		fprintf(out, "%s",
		    report_lookup_error(hecat_event_get_family(event),
			hecat_event_get_error(event),
			hecat_event_get_system_error(event)));
	fprintf(out, "%s%s%s\n",
	    hecat_event_has_more(event) ? ", more to come" : "",
	    hecat_event_is_blocking(event) ? ", blocking" : "",
	    report_name_asked(hecat_event_get_name(event), name));
}

static void
write_candidate(FILE *out, const struct hecat_event *event)
{
	char text[ADDRESS_TEXT_MAX];
	unsigned rule = hecat_event_get_rule(event);

	fprintf(out, "order %zu: %s", hecat_event_get_turn(event) + 1,
	    event_address(hecat_event_get_address(event), text));
	if (rule != 0)
		fprintf(out, " (rule %u, %s)", rule, report_rule_name(rule));
	fprintf(out, "\n");
}

static void
write_start(FILE *out, const struct hecat_event *event)
{
	struct address source = address_copy(hecat_event_get_source(event));
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "start %zu: %s", hecat_event_get_attempt(event) + 1,
	    event_address(hecat_event_get_address(event), text));
	if (source.length != 0)
		fprintf(out, " from %s", address_format_host(&source, text));
	fprintf(
	    out, " (%s)\n", report_cause_name(hecat_event_get_cause(event)));
}

/* Returns what became of an attempt, in the words of the other reports. */
static const char *
event_outcome(const struct hecat_event *event, char *text)
{
	struct address address = address_copy(hecat_event_get_address(event));
	struct address offender = address_copy(
	    hecat_event_get_icmp_sender(event));
	struct timeval tv;

	switch (hecat_event_get_outcome(event)) {
	case HECAT_OUTCOME_WON:
		return ("connected");
	case HECAT_OUTCOME_FAILED:
		return (report_attempt_error(
		    hecat_event_get_error(event), &address, &offender, text));
	case HECAT_OUTCOME_TIMED_OUT:
		return ("timed out");
	case HECAT_OUTCOME_CLOSED:
		return ("closed by the peer");
	case HECAT_OUTCOME_STEP_FAILED:
		return (report_step_error(hecat_event_get_error(event),
		    hecat_event_get_text(event), text));
	case HECAT_OUTCOME_CANCELLED:
		break;
	}
	return (hecat_event_get_established(event, &tv) == NULL ? "no answer"
								: "no data");
}

static void
write_end(FILE *out, const struct hecat_event *event)
{
	char text[REPORT_REASON_MAX], name[ADDRESS_TEXT_MAX];

	fprintf(out, "end %zu: %s: %s\n", hecat_event_get_attempt(event) + 1,
	    event_address(hecat_event_get_address(event), name),
	    event_outcome(event, text));
}

static void
write_result(FILE *out, int result)
{
	fprintf(out, "%s\n", report_result_text(result));
}

void
report_event(FILE *out, const struct hecat_event *event, int64_t start)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(
	    out, "hecat: %9.3f ms  ", report_ms(trace_time_of(event) - start));
	switch (hecat_event_get_type(event)) {
	case HECAT_EVENT_QUERY:
		fprintf(out, "asked %s\n",
		    report_question_name(hecat_event_get_family(event)));
		break;
	case HECAT_EVENT_ANSWER:
		write_answer(out, event);
		break;
	case HECAT_EVENT_CANDIDATE:
		write_candidate(out, event);
		break;
	case HECAT_EVENT_SKIPPED:
		fprintf(out, "skipped %s: %s\n",
		    event_address(hecat_event_get_address(event), text),
		    hecat_event_is_excluded(event) ? "excluded (--exclude)"
						   : "no source of its family");
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		write_start(out, event);
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		write_end(out, event);
		break;
	case HECAT_EVENT_OUT_OF_DESCRIPTORS:
		fprintf(out, "start put off: %s\n",
		    strerror(hecat_event_get_error(event)));
		break;
	case HECAT_EVENT_ENDED:
		write_result(out, hecat_event_get_result(event));
		break;
	}
}
