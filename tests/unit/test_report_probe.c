/* SPDX-License-Identifier: ISC */
/*
 * Text and JSON of fixed probes, compared with tests/golden.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fixed_probes.h"
#include "fake/golden.h"
#include "fake/hostile.h"
#include "fake/output_check.h"
#include "fake/trace_build.h"

#define NAME_MAX_BYTES 64

typedef void (*renderer)(FILE *out, const struct probe_report *report);

/* Compares what `render` makes of every probe with NAME.SUFFIX. */
static void
check_all(renderer render, const char *suffix)
{
	for (size_t i = 0; i < fixed_probe_count; i++) {
		struct fixed_probe_state state;
		struct probe_report report;
		struct golden golden;
		char name[NAME_MAX_BYTES];

		fixed_probe_init(&fixed_probes[i], &state);
		report = fixed_probe_report(&fixed_probes[i], &state);
		snprintf(
		    name, sizeof(name), "%s.%s", fixed_probes[i].name, suffix);
		golden_open(&golden);
		render(golden.out, &report);
		fixed_probe_release(&state);
		golden_check(&golden, name);
	}
}

static void
text_has_a_table_and_a_verdict_on_each_family(void **state)
{
	(void)state;
	check_all(report_probe_text, "text");
}

static void
json_has_the_members_of_the_manual(void **state)
{
	(void)state;
	check_all(report_probe_json, "json");
}

/* Has `text` for the host. */
static void
check_hostile(renderer render, bool is_json, const char *text)
{
	char *output = NULL;
	size_t size = 0;

	for (size_t i = 0; i < fixed_probe_count; i++) {
		FILE *out = open_memstream(&output, &size);
		struct fixed_probe_state state;
		struct probe_report report;

		assert_non_null(out);
		fixed_probe_init(&fixed_probes[i], &state);
		report = fixed_probe_report(&fixed_probes[i], &state);
		report.target = (struct report_target){ text, text, 80, false };
		render(out, &report);
		assert_int_equal(fclose(out), 0);
		hostile_check(text, output_fault(output, size, ""));
		if (is_json)
			hostile_check(text, output_json_fault(output, size));
		fixed_probe_release(&state);
		free(output);
	}
}

static void
no_report_has_what_a_terminal_obeys(void **state)
{
	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		check_hostile(report_probe_text, false, hostile_texts[i]);
		check_hostile(report_probe_json, true, hostile_texts[i]);
	}
}

/* A is answered at 200 ms and starts at 260: 60 ms are the fault of AAAA. */
static void
build_late_winner(struct trace *race)
{
	trace_init(race, BUILD_START);
	build_queries(race, 0);
	build_answer(race, 10000, AF_INET6, 1);
	build_start(race, 10000, "6a", HECAT_CAUSE_FIRST);
	build_answer(race, 200000, AF_INET, 1);
	build_start(race, 260000, "4a", HECAT_CAUSE_DELAY_PASSED);
	build_won(race, 270000, 2, NULL, 5000);
	build_result(race, 270000, 0);
}

static void
check_cost(renderer render, const char *cost)
{
	struct fixed_probe_state state;
	struct probe_report report;
	struct trace race;
	char *output = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&output, &size);

	assert_non_null(out);
	build_late_winner(&race);
	fixed_probe_init(&fixed_probes[0], &state);
	report = fixed_probe_report(&fixed_probes[0], &state);
	report.race = &race;
	render(out, &report);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(output, cost));
	fixed_probe_release(&state);
	trace_release(&race);
	free(output);
}

/* As in the message of -v (report_cost()). */
static void
the_cost_counts_from_when_the_winner_was_known(void **state)
{
	(void)state;
	check_cost(report_probe_text, "delayed the connection by 60.0 ms");
	check_cost(report_probe_json, "\"cost_ms\": 60.000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_a_table_and_a_verdict_on_each_family),
		cmocka_unit_test(json_has_the_members_of_the_manual),
		cmocka_unit_test(no_report_has_what_a_terminal_obeys),
		cmocka_unit_test(
		    the_cost_counts_from_when_the_winner_was_known),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
