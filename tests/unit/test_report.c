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

#include "fixed_traces.h"
#include "golden.h"

#define NAME_MAX_BYTES 64

/* Renders one trace; leaves `golden` empty where there is nothing to say. */
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

/* What -v says of a connection, and every failure without it. */
static void
render_message(FILE *out, const struct report *report)
{
	const struct trace *trace = report->trace;

	if (trace->interrupted)
		return;
	if (trace_winner(trace) != NULL)
		report_winner(out, trace, &report->target);
	else
		report_failure(out, trace, &report->target);
	report_notes(out, trace);
}

static void
messages_say_who_won_or_what_failed(void **state)
{
	(void)state;
	check_all(render_message, "message");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_every_lookup_candidate_and_attempt),
		cmocka_unit_test(json_has_the_members_of_the_manual),
		cmocka_unit_test(messages_say_who_won_or_what_failed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
