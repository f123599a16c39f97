/* SPDX-License-Identifier: ISC */
/*
 * What reports and messages have of several tries.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "report/tries.h"
#include "fake/hostile.h"
#include "fake/output_check.h"
#include "fake/trace_build.h"

#define SIX  "2001:db8::a:1"
#define FOUR "192.0.2.97"

#define FIRST_START (BUILD_START - 6 * MONOTIME_PER_SECOND)

static const struct report_target target = {
	.host = "host.test",
	.service = "80",
	.port = 80,
};

/* Two attempts that failed, the second try. */
static void
build_refused(struct trace *trace)
{
	trace_init(trace, BUILD_START);
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_answer(trace, 10000, AF_INET, 1);
	build_order(trace, SIX " " FOUR);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 11000, 1, EADDRNOTAVAIL, NULL);
	build_start(trace, 11000, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_failed(trace, 12000, 2, ECONNREFUSED, NULL);
	build_result(trace, 12000, HECAT_ERROR_CONNECT);
}

static void
build_no_name(struct trace *trace)
{
	trace_init(trace, BUILD_START);
	build_queries(trace, 0);
	build_no_answer(trace, 10000, AF_INET6, EAI_NONAME, 0);
	build_no_answer(trace, 10000, AF_INET, EAI_NONAME, 0);
	build_result(trace, 12000, HECAT_ERROR_RESOLVE);
}

/* Makes *tries two, of which the first failed for `cause`. */
static struct tries
two_tries(const char *cause)
{
	struct tries tries = { .count = 0 };

	tries_start(&tries, FIRST_START);
	snprintf(tries.cause, sizeof(tries.cause), "%s", cause);
	tries.next = BUILD_START;
	tries_start(&tries, BUILD_START);
	assert_int_equal(tries.next, 0);
	return (tries);
}

/* Expects the message about the end of `tries`. */
static void
expect_end(const struct tries *tries, const struct trace *trace,
    enum tries_end end, monotime_t at, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	tries_report_end(out, tries, trace, &target, end, BUILD_START + at);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void
a_cause_is_one_line(void **state)
{
	char text[REPORT_CAUSE_MAX];
	struct trace trace;

	(void)state;
	build_refused(&trace);
	assert_string_equal(report_cause(&trace, text),
	    SIX ": Cannot assign requested address; " FOUR
		": Connection refused");
	trace_release(&trace);
	build_no_name(&trace);
	assert_string_equal(report_cause(&trace, text), "no such name");
	trace_release(&trace);
	trace_init(&trace, BUILD_START);
	build_result(&trace, 1, HECAT_ERROR_RESOLVE);
	assert_string_equal(report_cause(&trace, text), "no usable address");
}

static void
a_long_cause_is_cut(void **state)
{
	char text[REPORT_CAUSE_MAX], address[64];
	struct trace trace;

	(void)state;
	trace_init(&trace, BUILD_START);
	for (size_t i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "2001:db8::%zx", i + 1);
		build_start(&trace, (monotime_t)i, address, HECAT_CAUSE_FIRST);
		build_failed(&trace, (monotime_t)i, i + 1,
		    i % 2 == 0 ? ECONNREFUSED : ENETUNREACH, NULL);
	}
	build_result(&trace, 1000, HECAT_ERROR_CONNECT);
	assert_int_equal(
	    strlen(report_cause(&trace, text)), REPORT_CAUSE_MAX - 1);
	trace_release(&trace);
}

static void
the_end_has_the_count_and_what_was_seen_last(void **state)
{
	static const struct {
		enum tries_end end;
		const char *text;
	} rows[] = {
		{ TRIES_FAILED, "no connection in 6.0 s" },
		{ TRIES_OUT_OF_TIME, "no connection in 6.0 s (-w)" },
		{ TRIES_INTERRUPTED, "interrupted after 6.0 s" },
	};
	struct tries tries = two_tries("no such name");
	struct trace trace;
	char expected[512];

	(void)state;
	build_refused(&trace);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "hecat: host.test port 80: %s, 2 tries; the last one:\n"
		    "hecat: host.test port 80: no connection\n"
		    "hecat:   " SIX ": Cannot assign requested address\n"
		    "hecat:   " FOUR ": Connection refused\n",
		    rows[i].text);
		expect_end(&tries, &trace, rows[i].end, 12000, expected);
	}
	trace_release(&trace);
}

/* One that the budget has cut short shows less than the one before. */
static void
a_try_that_was_cut_short_names_the_cause_before(void **state)
{
	struct tries tries = two_tries("192.0.2.1: Connection refused");
	struct trace trace;

	(void)state;
	trace_init(&trace, BUILD_START);
	build_query(&trace, 0, AF_INET);
	build_result(&trace, 200000, HECAT_ERROR_TIMEOUT);
	expect_end(&tries, &trace, TRIES_OUT_OF_TIME, 200000,
	    "hecat: host.test port 80: no connection in 6.2 s (-w), 2 tries;"
	    " the last one:\n"
	    "hecat: host.test port 80: no connection in 200 ms (-w)\n"
	    "hecat:   A lookup: no answer\n"
	    "hecat: the try before: 192.0.2.1: Connection refused\n");
	trace_release(&trace);
}

static void
one_try_is_reported_as_a_connect_without_retry(void **state)
{
	struct tries tries = { .count = 0 };
	struct trace trace;

	(void)state;
	tries_start(&tries, BUILD_START);
	build_no_name(&trace);
	expect_end(&tries, &trace, TRIES_FAILED, 12000,
	    "hecat: host.test: no such name\n");
	expect_end(&tries, &trace, TRIES_OUT_OF_TIME, 500000,
	    "hecat: host.test port 80: no connection in 500 ms (-w), 1 try:\n"
	    "hecat: host.test: no such name\n");
	trace_release(&trace);
}

static void
each_failure_and_the_connection_have_a_line(void **state)
{
	struct tries tries = { .count = 0 };
	struct trace trace;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	build_no_name(&trace);
	tries_start(&tries, BUILD_START);
	tries_report_connected(out, &tries, BUILD_START);
	tries_failed(&tries, &trace, BUILD_START + 1012000);
	tries_report_failed(out, &tries, BUILD_START + 12000);
	tries_start(&tries, BUILD_START + 1012000);
	tries_report_connected(out, &tries, BUILD_START + 1100000);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
	    "hecat: try 1: no such name; again in 1.0 s\n"
	    "hecat: connected by try 2, 1.1 s after the first\n");
	free(text);
	trace_release(&trace);
}

/* Returns what a report has about the tries; the caller frees it. */
static char *
rendered(void (*render)(FILE *, const struct report *), const char *cause)
{
	struct tries tries = two_tries(cause);
	struct report report = { .target = target, .tries = &tries };
	struct trace trace;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	build_refused(&trace);
	report.trace = &trace;
	render(out, &report);
	trace_release(&trace);
	assert_int_equal(fclose(out), 0);
	return (text);
}

static void
render_chart(FILE *out, const struct report *report)
{
	static const struct terminal terminal = { .columns = 80 };

	report_chart(out, report, &terminal);
}

static void
reports_have_the_count_and_the_time(void **state)
{
	char *text = rendered(report_text, "no such name");

	(void)state;
	assert_non_null(strstr(text, "\n  tries   2 in 6012.0 ms\n"));
	free(text);
	text = rendered(render_chart, "no such name");
	assert_non_null(strstr(text, "\n  2 tries in 6.0 s\n"));
	free(text);
	text = rendered(report_json, "no such name");
	assert_non_null(strstr(text,
	    ",\n  \"tries\": 2,\n  \"tries_ms\": 6012.000,\n"
	    "  \"last_failure\": \"no such name\"\n}"));
	free(text);
	text = rendered(report_json, "");
	assert_non_null(strstr(text, "\"last_failure\": null\n"));
	free(text);
}

/* Text that the peer has sent in its handshake is made harmless. */
static void
no_cause_has_what_a_terminal_obeys(void **state)
{
	char text[REPORT_CAUSE_MAX];

	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		struct trace trace;

		trace_init(&trace, BUILD_START);
		build_start(&trace, 0, FOUR, HECAT_CAUSE_FIRST);
		build_end(&trace, 10, 1,
		    &(struct build_end){
			.outcome = HECAT_OUTCOME_STEP_FAILED,
			.established = 5,
			.text = hostile_texts[i],
		    });
		build_result(&trace, 10, HECAT_ERROR_CONNECT);
		report_cause(&trace, text);
		hostile_check(
		    hostile_texts[i], output_fault(text, strlen(text), ""));
		trace_release(&trace);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_is_one_line),
		cmocka_unit_test(a_long_cause_is_cut),
		cmocka_unit_test(the_end_has_the_count_and_what_was_seen_last),
		cmocka_unit_test(
		    a_try_that_was_cut_short_names_the_cause_before),
		cmocka_unit_test(
		    one_try_is_reported_as_a_connect_without_retry),
		cmocka_unit_test(each_failure_and_the_connection_have_a_line),
		cmocka_unit_test(reports_have_the_count_and_the_time),
		cmocka_unit_test(no_cause_has_what_a_terminal_obeys),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
