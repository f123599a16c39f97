/* SPDX-License-Identifier: ISC */
/*
 * The messages of -v about a connection, for each way in which an attempt or a
 * lookup can delay it: only what is known, and what it cost.
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
	struct report_target target = { "h", "80", 80, false };
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

/* The same, with an attempt that `end` ends at 20 ms. */
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

/* IPv4 alone: the first of two refuses. */
static void
own_family(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, FOUR, HECAT_CAUSE_FIRST);
	build_failed(trace, 20000, 1, ECONNREFUSED, NULL);
	build_start(trace, 20000, "192.0.2.98", HECAT_CAUSE_PREVIOUS_FAILED);
	win(trace, 25000);
}

static void
several(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_start(trace, 510000, "2001:db8::b:1", HECAT_CAUSE_DELAY_PASSED);
	build_failed(trace, 600000, 2, ECONNREFUSED, NULL);
	build_start(trace, 760000, "192.0.2.98", HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 1100000, 1, NULL, 1);
	build_cancelled(trace, 1100000, 3, NULL, 0);
	build_won(trace, 1100000, 4, NULL, 340000);
	build_result(trace, 1100000, 0);
}

static void
many(struct trace *trace)
{
	static const char *const addresses[] = { SIX, "2001:db8::b:1",
		"2001:db8::c:1", "2001:db8::d:1", "2001:db8::e:1" };
	size_t count = sizeof(addresses) / sizeof(addresses[0]);
	monotime_t at = 10000;

	begin(trace);
	for (size_t i = 0; i < count; i++, at += 10000) {
		build_start(trace, at, addresses[i], HECAT_CAUSE_FIRST);
		build_failed(trace, at + 10000, i + 1, ECONNREFUSED, NULL);
	}
	build_start(trace, at, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	win(trace, at + 5000);
}

static void
after_winner(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 265000, 2, NULL, 0);
	build_won(trace, 265000, 1, NULL, 255000);
	build_result(trace, 265000, 0);
}

/* --success data: connected, and then nothing came. */
static void
quiet(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_end(trace, 265000, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_CANCELLED,
		.established = 15000,
	    });
	win(trace, 265000);
}

static void
an_attempt_before_the_winner(void **state)
{
	static const struct row rows[] = {
		{ "pending: slow or dead, nobody knows", pending,
		    "hecat: 2001:db8::a:1 had not answered after 255 ms and "
		    "delayed the connection by 250 ms\n" },
		{ "refused", refused,
		    "hecat: 2001:db8::a:1 refused and delayed the connection "
		    "by "
		    "10 ms\n" },
		{ "rejected by a router", rejected,
		    "hecat: 2001:db8::a:1 failed: Network is unreachable (ICMP "
		    "from 2001:db8:ff::1); delayed the connection by 10 ms"
		    "\n" },
		{ "--attempt-timeout", timed_out,
		    "hecat: 2001:db8::a:1 timed out after 10 ms and delayed "
		    "the "
		    "connection by 10 ms\n" },
		{ "IPv4 can lose too", second_is_ipv6,
		    "hecat: 192.0.2.97 refused and delayed the connection by "
		    "10 ms\n" },
		{ "the winner's own family", own_family,
		    "hecat: 192.0.2.97 refused and delayed the connection by "
		    "10 ms\n" },
		{ "of several kinds, in the order of their start", several,
		    "hecat: 2001:db8::a:1 and 2001:db8::b:1 had not answered "
		    "after 1.1 s; 192.0.2.97 refused; delayed the connection "
		    "by 750 ms in all\n" },
		{ "three are named, the rest is counted", many,
		    "hecat: 2001:db8::a:1, 2001:db8::b:1, 2001:db8::c:1 and 2 "
		    "more refused and delayed the connection by 50 ms\n" },
		{ "what started after the winner is no loser", after_winner,
		    "" },
		{ "what the second was late by is no cost of the first",
		    second_came_late,
		    "hecat: the A lookup took 110 ms\n"
		    "hecat: 2001:db8::a:1 refused\n" },
		{ "without lookups", given,
		    "hecat: 2001:db8::a:1 had not answered after 255 ms and "
		    "delayed the connection by 250 ms\n" },
		{ "it had no data", quiet,
		    "hecat: 2001:db8::a:1 had sent no data after 255 ms and "
		    "delayed the connection by 250 ms\n" },
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

/* IPv4 is silent, so the late AAAA is what the connection waited for. */
static void
late_aaaa_that_wins(struct trace *trace)
{
	begin_without_aaaa(trace);
	build_answer(trace, 300000, AF_INET6, 1);
	build_start(trace, 300000, SIX, HECAT_CAUSE_LATE_ANSWER);
	build_cancelled(trace, 305000, 1, NULL, 0);
	win(trace, 305000);
}

/* A comes later than AAAA, and would have had to wait for its turn anyway. */
static void
late_a_in_its_turn(struct trace *trace)
{
	build_queries(trace, 0);
	build_answer(trace, 10000, AF_INET6, 1);
	build_order(trace, SIX " " FOUR "/6");
	build_start(trace, 10000, SIX, HECAT_CAUSE_FIRST);
	build_answer(trace, 40000, AF_INET, 1);
	build_start(trace, 260000, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 265000, 1, NULL, 0);
	win(trace, 265000);
}

/* AAAA comes when IPv4 has had the turn of IPv6. */
static void
late_aaaa_behind_ipv4(struct trace *trace)
{
	begin_without_aaaa(trace);
	build_answer(trace, 100000, AF_INET6, 1);
	build_order(trace, SIX " " FOUR "/6");
	build_start(trace, 310000, SIX, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 315000, 1, NULL, 0);
	win(trace, 315000);
}

/* Both answers come after two seconds. */
static void
slow_lookup(struct trace *trace)
{
	build_queries(trace, 0);
	build_no_answer(trace, 2000000, AF_INET6, EAI_NODATA, 0);
	build_answer(trace, 2000000, AF_INET, 1);
	build_start(trace, 2000000, FOUR, HECAT_CAUSE_FIRST);
	win(trace, 2005000);
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
		    "hecat: the AAAA lookup had not answered after 60 ms and "
		    "delayed the connection by 50 ms\n" },
		{ "what a refusal cost is not its fault",
		    silent_aaaa_and_a_refusal,
		    "hecat: the AAAA lookup had not answered after 60 ms and "
		    "delayed the connection by 50 ms\n"
		    "hecat: 192.0.2.97 refused and delayed the connection by "
		    "100 ms\n" },
		{ "late, and IPv6 is tried", late_aaaa_that_is_tried,
		    "hecat: the AAAA lookup had not answered after 60 ms and "
		    "delayed the connection by 50 ms\n" },
		{ "no A answer", silent_a,
		    "hecat: the A lookup had not answered after 60 ms and "
		    "delayed the connection by 50 ms\n" },
		{ "the lookup failed", failed_aaaa,
		    "hecat: the AAAA lookup failed: the name server failed; "
		    "delayed the connection by 20 ms\n" },
		{ "the lookup could not be made", system_error,
		    "hecat: the AAAA lookup failed: Too many open files; "
		    "delayed the connection by 20 ms\n" },
		{ "late, and it is IPv6 that wins", late_aaaa_that_wins,
		    "hecat: the AAAA lookup took 300 ms\n"
		    "hecat: 192.0.2.97 had not answered after 245 ms\n" },
		{ "late, and no later for it", late_a_in_its_turn,
		    "hecat: 2001:db8::a:1 had not answered after 255 ms and "
		    "delayed the connection by 220 ms\n" },
		{ "late, and IPv4 had its turn", late_aaaa_behind_ipv4,
		    "hecat: the AAAA lookup took 100 ms\n"
		    "hecat: 192.0.2.97 had not answered after 255 ms and "
		    "delayed the connection by 210 ms\n" },
		{ "slow, and nothing else", slow_lookup,
		    "hecat: the A lookup took 2.0 s\n" },
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
		cmocka_unit_test(an_attempt_before_the_winner),
		cmocka_unit_test(an_answer_that_was_waited_for),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
