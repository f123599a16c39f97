/* SPDX-License-Identifier: ISC */
/*
 * Text, JSON and messages of fixed traces, compared with tests/golden.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fixed_traces.h"
#include "fake/golden.h"
#include "fake/hostile.h"
#include "fake/output_check.h"

#define NAME_MAX_BYTES 64

/* Renders one trace; an empty report leaves `golden` empty. */
typedef void (*renderer)(FILE *out, const struct report *report);

/* Compares what `render` makes of every trace with NAME.SUFFIX. */
static void
check_all(renderer render, const char *suffix)
{
	for (size_t i = 0; i < fixed_trace_count; i++) {
		struct golden golden;
		struct report report;
		struct trace trace;
		char name[NAME_MAX_BYTES];

		fixed_trace_init(&fixed_traces[i], &trace);
		report = fixed_trace_report(&fixed_traces[i], &trace);
		snprintf(
		    name, sizeof(name), "%s.%s", fixed_traces[i].name, suffix);
		golden_open(&golden);
		render(golden.out, &report);
		trace_release(&trace);
		golden_check(&golden, name);
	}
}

/* What is rounded up to a second is a second. */
static void
durations_change_their_unit_where_they_are_rounded(void **state)
{
	static const struct {
		monotime_t duration;
		const char *text;
	} rows[] = {
		{ 0, "0.0 ms" },
		{ 49, "0.0 ms" },
		{ 51, "0.1 ms" },
		{ 9949, "9.9 ms" },
		{ 10000, "10 ms" },
		{ 10499, "10 ms" },
		{ 10500, "11 ms" },
		{ 999499, "999 ms" },
		{ 999500, "1.0 s" },
		{ 1000000, "1.0 s" },
		{ 59960000, "60.0 s" },
	};
	char text[REPORT_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    report_duration(rows[i].duration, text), rows[i].text);
}

static void
text_has_every_lookup_candidate_and_attempt(void **state)
{
	(void)state;
	check_all(report_text, "text");
}

static void
json_has_the_members_of_the_manual(void **state)
{
	(void)state;
	check_all(report_json, "json");
}

/* The messages of -v about a connection, and those of every failure. */
static void
render_message(FILE *out, const struct report *report)
{
	const struct trace *trace = report->trace;

	if (trace->result == 0 && !trace->interrupted) {
		report_connection(
		    out, trace, &report->target, report->started_at);
		return;
	}
	report_failure(out, trace, &report->target);
	report_notes(out, trace);
}

static void
messages_say_who_won_or_what_failed(void **state)
{
	(void)state;
	check_all(render_message, "message");
}

static void
render_chart(FILE *out, const struct report *report)
{
	static const struct terminal terminal = {
		.columns = 100,
		.unicode = true,
	};

	report_chart(out, report, &terminal);
}

static void
render_no_descriptor(FILE *out, const struct report *report)
{
	report_no_descriptor(out, report->trace, &report->target);
}

/* Has `text` for all that a peer has sent in its handshake. */
static void
set_hostile_tls(struct trace *trace, size_t number, const char *text)
{
	struct trace_attempt *attempt = &trace->attempts[number];
	struct tls_facts facts;

	if (attempt->step_text != NULL) {
		free(attempt->step_text);
		attempt->step_text = strdup(text);
	}
	if (attempt->tls == NULL)
		return;
	facts = *attempt->tls;
	facts.alpn = facts.subject = facts.issuer = text;
	facts.names = (const char *const[]){ text, text };
	facts.name_count = 2;
	trace_handshake(trace, number, &facts);
}

/* Has `text` in all the places where there is foreign text. */
static void
check_hostile(renderer render, bool is_json, const char *text)
{
	char *output = NULL;
	size_t size = 0;

	for (size_t i = 0; i < fixed_trace_count; i++) {
		FILE *out = open_memstream(&output, &size);
		struct report report;
		struct trace trace;

		assert_non_null(out);
		fixed_trace_init(&fixed_traces[i], &trace);
		for (size_t j = 0; j < trace.query_count; j++)
			snprintf(
			    trace.queries[j].name, TRACE_NAME_SIZE, "%s", text);
		for (size_t j = 0; j < trace.attempt_count; j++)
			set_hostile_tls(&trace, j, text);
		fixed_trace_set_replies(text);
		report = fixed_trace_report(&fixed_traces[i], &trace);
		report.target = (struct report_target){ text, text, 80, false };
		render(out, &report);
		assert_int_equal(fclose(out), 0);
		hostile_check(text, output_fault(output, size, ""));
		if (is_json)
			hostile_check(text, output_json_fault(output, size));
		trace_release(&trace);
		free(output);
	}
}

static void
no_report_has_what_a_terminal_obeys(void **state)
{
	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		check_hostile(report_text, false, hostile_texts[i]);
		check_hostile(render_chart, false, hostile_texts[i]);
		check_hostile(render_message, false, hostile_texts[i]);
		check_hostile(render_no_descriptor, false, hostile_texts[i]);
		check_hostile(report_json, true, hostile_texts[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    durations_change_their_unit_where_they_are_rounded),
		cmocka_unit_test(text_has_every_lookup_candidate_and_attempt),
		cmocka_unit_test(json_has_the_members_of_the_manual),
		cmocka_unit_test(messages_say_who_won_or_what_failed),
		cmocka_unit_test(no_report_has_what_a_terminal_obeys),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
