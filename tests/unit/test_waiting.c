/* SPDX-License-Identifier: ISC */
/*
 * The line that shows what a connect waits for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "report/waiting.h"
#include "fake/trace_build.h"

#define SIX  "2001:db8::a:1"
#define FOUR "192.0.2.97"

/* Two attempts without an answer; AAAA and A are known. */
static void
build_attempts(struct trace *trace)
{
	trace_init(trace, BUILD_START);
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_answer(trace, 10000, AF_INET, 1);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
}

static void
assert_line(const struct trace *trace, monotime_t at, unsigned columns,
    const char *expected)
{
	char line[STATUS_LINE_MAX];

	waiting_format(trace, NULL, BUILD_START + at, columns, line);
	assert_string_equal(line, expected);
	assert_true(strlen(line) <= columns);
}

static void
attempts_have_their_time_each(void **state)
{
	struct trace trace;

	(void)state;
	build_attempts(&trace);
	assert_line(&trace, 2310000, 77,
	    "waiting for 2001:db8::a:1 (2.3 s), 192.0.2.97 (2.0 s)");
	trace_release(&trace);
}

static void
what_has_ended_is_not_waited_for(void **state)
{
	struct trace trace;

	(void)state;
	build_attempts(&trace);
	build_failed(&trace, 2000000, 1, ECONNREFUSED, NULL);
	assert_line(&trace, 2260000, 77, "waiting for 192.0.2.97 (2.0 s)");
	build_failed(&trace, 2300000, 2, ECONNREFUSED, NULL);
	assert_line(&trace, 2300000, 77, "waiting");
	trace_release(&trace);
}

static void
lookups_come_first(void **state)
{
	struct trace trace;

	(void)state;
	trace_init(&trace, BUILD_START);
	build_queries(&trace, 0);
	assert_line(&trace, 2000000, 77,
	    "waiting for the AAAA lookup (2.0 s), the A lookup (2.0 s)");
	build_answer(&trace, 2000000, AF_INET, 1);
	build_start(&trace, 2050000, FOUR, HECAT_CAUSE_FIRST);
	assert_line(&trace, 3050000, 77,
	    "waiting for the AAAA lookup (3.0 s), 192.0.2.97 (1.0 s)");
	trace_release(&trace);
}

/* Whatever the width, an address is whole or counted. */
static void
what_has_no_room_is_counted(void **state)
{
	char line[STATUS_LINE_MAX];
	struct trace trace;

	(void)state;
	build_attempts(&trace);
	assert_line(&trace, 2310000, 60,
	    "waiting for 2001:db8::a:1 (2.3 s) and 1 more");
	for (unsigned columns = 0; columns <= 300; columns++) {
		waiting_format(
		    &trace, NULL, BUILD_START + 2310000, columns, line);
		assert_true(strlen(line) <= columns);
		assert_true(strstr(line, "2001") == NULL ||
		    strstr(line, SIX " (2.3 s)") != NULL);
	}
	trace_release(&trace);
}

static void
assert_try(const struct trace *trace, const struct tries *tries, monotime_t at,
    unsigned columns, const char *expected)
{
	char line[STATUS_LINE_MAX];

	waiting_format(trace, tries, BUILD_START + at, columns, line);
	assert_string_equal(line, expected);
}

/* From the second one on a try has its number, and the cause before it. */
static void
tries_are_numbered(void **state)
{
	struct tries tries = { .count = 1, .cause = "no such name" };
	struct trace trace;

	(void)state;
	build_attempts(&trace);
	assert_try(&trace, &tries, 2310000, 100,
	    "waiting for 2001:db8::a:1 (2.3 s), 192.0.2.97 (2.0 s)");
	tries.count = 3;
	assert_try(&trace, &tries, 2310000, 120,
	    "try 3: waiting for 2001:db8::a:1 (2.3 s), 192.0.2.97 (2.0 s);"
	    " before: no such name");
	assert_try(&trace, &tries, 2310000, 77,
	    "try 3: waiting for 2001:db8::a:1 (2.3 s) and 1 more;"
	    " before: no such name");
	tries.next = BUILD_START + 4000000;
	assert_try(&trace, &tries, 2310000, 77,
	    "try 4 in 1.7 s; before: no such name");
	assert_try(&trace, &tries, 5000000, 20, "try 4 in 0.0 ms; bef");
	trace_release(&trace);
}

static void
a_line_of_a_try_is_never_too_long(void **state)
{
	struct tries tries = { .count = 3 };
	char line[STATUS_LINE_MAX];
	struct trace trace;

	(void)state;
	memset(tries.cause, 'x', sizeof(tries.cause) - 1);
	build_attempts(&trace);
	for (unsigned columns = 0; columns <= 300; columns++) {
		for (tries.next = 0; tries.next <= 1; tries.next++) {
			waiting_format(&trace, &tries, BUILD_START + 2310000,
			    columns, line);
			assert_true(strlen(line) <= columns);
		}
	}
	trace_release(&trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempts_have_their_time_each),
		cmocka_unit_test(what_has_ended_is_not_waited_for),
		cmocka_unit_test(lookups_come_first),
		cmocka_unit_test(what_has_no_room_is_counted),
		cmocka_unit_test(tries_are_numbered),
		cmocka_unit_test(a_line_of_a_try_is_never_too_long),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
