/* SPDX-License-Identifier: ISC */
/*
 * The folding of equal reasons, when everything failed. An attempt is a name of
 * fake_address.h and a letter for its errno; "AAAA" and "A" are lookups that
 * brought nothing. What has a "+" before it begins with its predecessor.
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

#define TEXT_MAX 1024

static int
error_of(char letter)
{
	switch (letter) {
	case 'r':
		return (ECONNREFUSED);
	case 'h':
		return (EHOSTUNREACH);
	default:
		return (ENETUNREACH);
	}
}

/* Lets one attempt or lookup ("A": no such name, "A/f") fail after 10 ms. */
static void
add(struct trace *trace, monotime_t at, char *word)
{
	int family = strncmp(word, "AAAA", 4) == 0 ? AF_INET6 : AF_INET;
	char *source = strchr(word, '@');
	char *letter = strchr(word, '/');

	if (word[0] == 'A') {
		build_query(trace, at, family);
		build_no_answer(trace, at + 10000, family,
		    letter != NULL ? EAI_AGAIN : EAI_NONAME, 0);
		return;
	}
	assert_non_null(letter);
	*letter++ = '\0';
	if (source != NULL)
		*source++ = '\0';
	build_start_from(trace, at, word, source, HECAT_CAUSE_FIRST);
	build_failed(
	    trace, at + 10000, trace->attempt_count, error_of(*letter), source);
}

struct row {
	const char *what;
	const char *failures;
	const char *message;
	enum hecat_error result; /* 0: HECAT_ERROR_CONNECT */
};

static void
check(const struct row *row)
{
	struct report_target target = { "h", "80", 80, false };
	char copy[TEXT_MAX] = "";
	char *rest = copy, *text;
	struct trace trace;
	monotime_t at = 0;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	text_append(copy, sizeof(copy), "%s", row->failures);
	trace_init(&trace, BUILD_START);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest), at += 20000) {
		if (*word == '+') {
			word++;
			at -= 20000;
		}
		add(&trace, at, word);
	}
	build_result(
	    &trace, at, row->result == 0 ? HECAT_ERROR_CONNECT : row->result);
	report_failure(out, &trace, &target);
	trace_release(&trace);
	assert_int_equal(fclose(out), 0);
	assert_row(row->what, row->message, text);
	free(text);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
one_reason_for_everything_is_given_once(void **state)
{
	static const struct row rows[] = {
		{ "one address", "4a/r",
		    .message =
			"hecat: h port 80 (192.0.2.97): Connection refused\n" },
		{ "one address and its source", "4a@4s/r",
		    .message =
			"hecat: h port 80 (192.0.2.97 from 192.0.2.115): "
			"Connection refused\n" },
		{ "four addresses", "6a/r 4a/r 6b/r 4b/r",
		    .message = "hecat: h port 80: no connection\n"
			       "hecat:   2001:db8::a:1, 192.0.2.97, "
			       "2001:db8::b:1, 192.0.2.98: Connection "
			       "refused\n" },
		{ "both lookups", "AAAA A",
		    .message = "hecat: h: no such name\n",
		    .result = HECAT_ERROR_RESOLVE },
		{ "nothing was tried at all", "",
		    .message = "hecat: h port 80: no usable address\n",
		    .result = HECAT_ERROR_RESOLVE },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
neighbours_with_one_reason_share_a_line(void **state)
{
	static const struct row rows[] = {
		{ "two reasons", "6a/n 4a/r",
		    .message =
			"hecat: h port 80: no connection\n"
			"hecat:   2001:db8::a:1: Network is unreachable\n"
			"hecat:   192.0.2.97: Connection refused\n" },
		{ "two and two", "6a/n 6b/n 4a/r 4b/r",
		    .message = "hecat: h port 80: no connection\n"
			       "hecat:   2001:db8::a:1, 2001:db8::b:1: "
			       "Network is unreachable\n"
			       "hecat:   192.0.2.97, 192.0.2.98: Connection "
			       "refused\n" },
		{ "the order is that of the starts", "6a/n 4a/r 6b/n",
		    .message =
			"hecat: h port 80: no connection\n"
			"hecat:   2001:db8::a:1: Network is unreachable\n"
			"hecat:   192.0.2.97: Connection refused\n"
			"hecat:   2001:db8::b:1: Network is unreachable\n" },
		{ "a lookup is before an attempt of the same time", "6a/r +A/f",
		    .message = "hecat: h port 80: no connection\n"
			       "hecat:   A lookup: the name server failed\n"
			       "hecat:   2001:db8::a:1: Connection refused\n" },
		{ "a lookup is no address", "AAAA/f 4a/r",
		    .message = "hecat: h port 80: no connection\n"
			       "hecat:   AAAA lookup: the name server failed\n"
			       "hecat:   192.0.2.97: Connection refused\n" },
		{ "that there is no IPv6 is no reason", "AAAA 4a/r",
		    .message = "hecat: h port 80 (192.0.2.97): Connection "
			       "refused\n" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
more_than_eight_are_counted(void **state)
{
	static const struct row rows[] = {
		{ "eight are named",
		    "6a/n 4a/r 4b/r 4c/r 4d/r 4e/r 4f/r 4g/r 4h/r",
		    .message =
			"hecat: h port 80: no connection\n"
			"hecat:   2001:db8::a:1: Network is unreachable\n"
			"hecat:   192.0.2.97, 192.0.2.98, 192.0.2.99, "
			"192.0.2.100, 192.0.2.101, 192.0.2.102, 192.0.2.103, "
			"192.0.2.104: Connection refused\n" },
		{ "of nine, seven are",
		    "4a/r 4b/r 4c/r 4d/r 4e/r 4f/r 4g/r 4h/r 4i/r",
		    .message =
			"hecat: h port 80: no connection\n"
			"hecat:   192.0.2.97, 192.0.2.98, 192.0.2.99, "
			"192.0.2.100, 192.0.2.101, 192.0.2.102, 192.0.2.103 "
			"and 2 more: Connection refused\n" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* A time that ran out is always in the heading. */
static void
the_budget_is_named_first(void **state)
{
	static const struct row rows[] = {
		{ "one reason", "4a/r",
		    .message = "hecat: h port 80: no connection in 20 ms (-w)\n"
			       "hecat:   192.0.2.97: Connection refused\n",
		    .result = HECAT_ERROR_TIMEOUT },
		{ "nothing was begun", "",
		    .message =
			"hecat: h port 80: no connection in 0.0 ms (-w)\n",
		    .result = HECAT_ERROR_TIMEOUT },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* An address that is tried from two sources is two attempts. */
static void
each_source_is_named(void **state)
{
	static const struct row rows[] = {
		{ "one address, two sources", "4a@4s/r 4a@4t/r",
		    .message = "hecat: h port 80: no connection\n"
			       "hecat:   192.0.2.97 from 192.0.2.115, "
			       "192.0.2.97 from 192.0.2.116: Connection "
			       "refused\n" },
	};

	(void)state;
	CHECK_ALL(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_reason_for_everything_is_given_once),
		cmocka_unit_test(neighbours_with_one_reason_share_a_line),
		cmocka_unit_test(more_than_eight_are_counted),
		cmocka_unit_test(the_budget_is_named_first),
		cmocka_unit_test(each_source_is_named),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
