/* SPDX-License-Identifier: ISC */
/*
 * The chart of fixed traces: on terminals of all kinds, compared with
 * tests/golden, and never wider than the terminal.
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

#define NAME_MAX_BYTES 64

static const struct terminal_row {
	const char *title;
	struct terminal terminal;
} terminals[] = {
	{ "80 columns", { .columns = 80 } },
	{ "60 columns", { .columns = 60 } },
	{ "120 columns", { .columns = 120 } },
	{ "80 columns, Unicode", { .columns = 80, .unicode = true } },
	{ "80 columns, colour", { .columns = 80, .colour = true } },
	{ "60 columns, Unicode, colour",
	    { .columns = 60, .unicode = true, .colour = true } },
};

#define TERMINALS (sizeof(terminals) / sizeof(terminals[0]))

static void
every_terminal_gets_its_chart(void **state)
{
	(void)state;
	for (size_t i = 0; i < fixed_trace_count; i++) {
		struct golden golden;
		struct report report;
		struct trace trace;
		char name[NAME_MAX_BYTES];

		fixed_trace_init(&fixed_traces[i], &trace);
		report = fixed_trace_report(&fixed_traces[i], &trace);
		snprintf(name, sizeof(name), "%s.chart", fixed_traces[i].name);
		golden_open(&golden);
		for (size_t t = 0; t < TERMINALS; t++) {
			fprintf(golden.out, "%s--- %s\n", t == 0 ? "" : "\n",
			    terminals[t].title);
			report_chart(
			    golden.out, &report, &terminals[t].terminal);
		}
		trace_release(&trace);
		golden_check(&golden, name);
	}
}

/* Returns the columns of a line: escapes take none, UTF-8 one each. */
static unsigned
width(const char *line, size_t length)
{
	unsigned columns = 0;
	bool escape = false;

	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\033')
			escape = true;
		else if (!escape && ((unsigned char)line[i] & 0xc0) != 0x80)
			columns++;
		else if (line[i] == 'm')
			escape = false;
	}
	return (columns);
}

static void
check_width(const struct fixed_trace *fixed, const struct terminal *terminal)
{
	struct golden golden;
	struct report report;
	struct trace trace;
	size_t length;

	fixed_trace_init(fixed, &trace);
	report = fixed_trace_report(fixed, &trace);
	golden_open(&golden);
	report_chart(golden.out, &report, terminal);
	trace_release(&trace);
	assert_int_equal(fclose(golden.out), 0);
	for (const char *line = golden.text; *line != '\0';
	     line += length + 1) {
		length = strcspn(line, "\n");
		assert_int_equal(line[length], '\n');
		if (width(line, length) > terminal->columns)
			fail_msg("%s, %u columns: a line of %u: %.*s",
			    fixed->name, terminal->columns, width(line, length),
			    (int)length, line);
	}
	free(golden.text);
}

static void
no_line_is_wider_than_the_terminal(void **state)
{
	struct terminal terminal = { .unicode = true, .colour = true };

	(void)state;
	for (size_t i = 0; i < fixed_trace_count; i++)
		for (terminal.columns = 60; terminal.columns <= 200;
		     terminal.columns++)
			check_width(&fixed_traces[i], &terminal);
}

/* On a terminal of no width to speak of there is still a bar. */
static void
the_narrowest_terminal_gets_a_chart(void **state)
{
	struct terminal terminal = { .columns = 1 };

	(void)state;
	for (size_t i = 0; i < fixed_trace_count; i++) {
		struct golden golden;
		struct report report;
		struct trace trace;

		fixed_trace_init(&fixed_traces[i], &trace);
		report = fixed_trace_report(&fixed_traces[i], &trace);
		golden_open(&golden);
		report_chart(golden.out, &report, &terminal);
		trace_release(&trace);
		assert_int_equal(fclose(golden.out), 0);
		if (trace.query_count + trace.attempt_count > 0)
			assert_non_null(strpbrk(golden.text, "-x=#"));
		free(golden.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_terminal_gets_its_chart),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(the_narrowest_terminal_gets_a_chart),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
