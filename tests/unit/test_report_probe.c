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

#include "fake/fixed_probes.h"
#include "fake/golden.h"
#include "fake/hostile.h"
#include "fake/output_check.h"

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
		report.target = (struct report_target){ text, text };
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_a_table_and_a_verdict_on_each_family),
		cmocka_unit_test(json_has_the_members_of_the_manual),
		cmocka_unit_test(no_report_has_what_a_terminal_obeys),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
