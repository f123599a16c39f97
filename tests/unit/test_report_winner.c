/* SPDX-License-Identifier: ISC */
/*
 * What -v says of a connection, for each way in which a family can lose or be
 * waited for: only what is known, and what it cost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "fake/seconds.h"
#include "fake/trace_build.h"

#define CONNECTED "hecat: connected to h port 80 "

#define SIX  "2001:db8::a:1"
#define FOUR "192.0.2.97"

struct row {
	const char *what;
	void (*build)(struct trace *trace);
	const char *said; /* after the first line */
};

static void
check(const struct row *row)
{
	struct report_target target = { "h", "80" };
	struct trace trace;
	char *text, *rest;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	trace_init(&trace, BUILD_START);
	row->build(&trace);
	report_winner(out, &trace, &target);
	trace_release(&trace);
	assert_int_equal(fclose(out), 0);
	assert_memory_equal(text, CONNECTED, strlen(CONNECTED));
	rest = strchr(text, '\n');
	assert_non_null(rest);
	assert_row(row->what, row->said, rest + 1);
	free(text);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

/* Both families are known after 10 ms. */
static void
begin(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_answer(trace, 10000, AF_INET, 2);
}

static void
win(struct trace *trace, monotime_t at)
{
	build_won(trace, at, trace->attempt_count, NULL, 5000);
	build_result(trace, at, 0);
}

/* IPv6 starts at 10 ms; IPv4 at 260 ms, and connects 5 ms later. */
static void
pending(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 265000, 1, NULL, 0);
	win(trace, 265000);
}

/* The same, with an attempt that ends at 20 ms as `end` says. */
static void
failed(struct trace *trace, const struct build_end *end)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_end(trace, 20000, 1, end);
	build_start(trace, 20000, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	win(trace, 25000);
}

static void
refused(struct trace *trace)
{
	failed(trace,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = ECONNREFUSED,
	    });
}

static void
rejected(struct trace *trace)
{
	failed(trace,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = ENETUNREACH,
		.offender = "2001:db8:ff::1",
	    });
}

static void
timed_out(struct trace *trace)
{
	failed(trace,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_TIMED_OUT,
		.error = ETIMEDOUT,
	    });
}

/* --prefer 4: it is IPv4 that leads, and that refuses. */
static void
second_is_ipv6(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, FOUR, HECAT_CAUSE_FIRST);
	build_failed(trace, 20000, 1, ECONNREFUSED, NULL);
	build_start(trace, 20000, SIX, HECAT_CAUSE_PREVIOUS_FAILED);
	win(trace, 25000);
}

/* IPv4 is known only 90 ms after IPv6 was refused. */
static void
second_came_late(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 20000, 1, ECONNREFUSED, NULL);
	build_answer(trace, 110000, AF_INET, 1);
	build_start(trace, 110000, FOUR, HECAT_CAUSE_LATE_ANSWER);
	win(trace, 115000);
}

/* An address that was given: nothing was looked up. */
static void
given(struct trace *trace)
{
	build_start(trace, 0, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 250000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 255000, 1, NULL, 0);
	win(trace, 255000);
}

static void
a_family_that_lost(void **state)
{
	static const struct row rows[] = {
		{ "pending: slow or dead, nobody knows", pending,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: no answer yet after "
		    "255 ms; it cost 250 ms\n" },
		{ "refused", refused,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: Connection refused; "
		    "it cost 10 ms\n" },
		{ "rejected by a router", rejected,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: Network is "
		    "unreachable, says 2001:db8:ff::1; it cost 10 ms\n" },
		{ "--attempt-timeout", timed_out,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: no answer in 10 ms; "
		    "it cost 10 ms\n" },
		{ "IPv4 can lose too", second_is_ipv6,
		    "hecat: IPv4 lost: 192.0.2.97:80: Connection refused; "
		    "it cost 10 ms\n" },
		{ "what the second was late by is no cost of the first",
		    second_came_late,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: Connection refused; "
		    "it cost 0.0 ms\n" },
		{ "without lookups", given,
		    "hecat: IPv6 lost: [2001:db8::a:1]:80: no answer yet after "
		    "255 ms; it cost 250 ms\n" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* A is answered at 10 ms, AAAA not; IPv4 starts at 60 ms. */
static void
begin_without_aaaa(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET, 2);
	build_start(trace, 60000, FOUR, HECAT_CAUSE_FIRST);
}

static void
silent_aaaa(struct trace *trace)
{
	begin_without_aaaa(trace);
	win(trace, 65000);
}

static void
silent_aaaa_and_a_refusal(struct trace *trace)
{
	begin_without_aaaa(trace);
	build_failed(trace, 160000, 1, ECONNREFUSED, NULL);
	build_start(trace, 160000, "192.0.2.98", HECAT_CAUSE_PREVIOUS_FAILED);
	win(trace, 165000);
}

/* It comes while IPv4 is slow, and IPv6 is tried after all. */
static void
late_aaaa_that_is_tried(struct trace *trace)
{
	begin_without_aaaa(trace);
	build_answer(trace, 100000, AF_INET6, 1);
	build_start(trace, 310000, SIX, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 400000, 2, NULL, 0);
	build_won(trace, 400000, 1, NULL, 340000);
	build_result(trace, 400000, 0);
}

/* AAAA is answered 20 ms after A, with an error. */
static void
without_aaaa(struct trace *trace, int error)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET, 1);
	build_no_answer(trace, 30000, AF_INET6, error, EMFILE);
	build_start(trace, 30000, FOUR, HECAT_CAUSE_FIRST);
	win(trace, 35000);
}

static void
failed_aaaa(struct trace *trace)
{
	without_aaaa(trace, EAI_AGAIN);
}

static void
system_error(struct trace *trace)
{
	without_aaaa(trace, EAI_SYSTEM);
}

static void
no_aaaa(struct trace *trace)
{
	without_aaaa(trace, EAI_NODATA);
}

/* -r 0, or --prefer 4: AAAA is not waited for. */
static void
unawaited_aaaa(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET, 1);
	build_start(trace, 10010, FOUR, HECAT_CAUSE_FIRST);
	win(trace, 15000);
}

/* --prefer 4 waits for A. */
static void
silent_a(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_start(trace, 60000, SIX, HECAT_CAUSE_FIRST);
	win(trace, 65000);
}

static void
healthy(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	win(trace, 15000);
}

static void
an_answer_that_was_waited_for(void **state)
{
	static const struct row rows[] = {
		{ "no AAAA answer", silent_aaaa,
		    "hecat: no AAAA answer in 60 ms; it cost 50 ms\n" },
		{ "what a refusal cost is not its fault",
		    silent_aaaa_and_a_refusal,
		    "hecat: no AAAA answer in 60 ms; it cost 50 ms\n" },
		{ "late, and IPv6 is tried", late_aaaa_that_is_tried,
		    "hecat: no AAAA answer in 60 ms; it cost 50 ms\n" },
		{ "no A answer", silent_a,
		    "hecat: no A answer in 60 ms; it cost 50 ms\n" },
		{ "the lookup failed", failed_aaaa,
		    "hecat: AAAA lookup: temporary failure after 30 ms; "
		    "it cost 20 ms\n" },
		{ "the lookup could not be made", system_error,
		    "hecat: AAAA lookup: Too many open files; "
		    "it cost 20 ms\n" },
		{ "there is no IPv6: nothing is wrong", no_aaaa, "" },
		{ "nobody waited", unawaited_aaaa, "" },
		{ "the first one won", healthy, "" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_that_lost),
		cmocka_unit_test(an_answer_that_was_waited_for),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
