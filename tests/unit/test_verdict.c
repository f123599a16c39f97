/* SPDX-License-Identifier: ISC */
/*
 * Tries counted, and families judged. A row has a line for each address: its
 * name and its tries in order: an RTT in milliseconds, "+" where a SYN was sent
 * again and there is no RTT, a failure, and in the end "~" with the
 * milliseconds of a try that was cut short. Failures are "x", silence, "r",
 * refused, "j", rejected, and "u", not available on this machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake/fake_address.h"
#include "fake/seconds.h"
#include "probe/verdict.h"

#define ADDRESSES_MAX 8
#define TEXT_MAX      512
#define TRIES_MAX     16

static enum fault
fault_named(const char *word)
{
	switch (word[0]) {
	case 'x':
		return (FAULT_NO_ANSWER);
	case 'r':
		return (FAULT_REFUSED);
	case 'j':
		return (FAULT_REJECTED);
	case 'u':
		return (FAULT_UNAVAILABLE);
	}
	return (FAULT_NONE);
}

/* Fills in one address from its line; every failure names its try. */
static void
add_line(struct verdict_address *result, char *line)
{
	char *rest = line;
	char *word = strtok_r(line, " ", &rest);
	struct address address = fake_address(word, 80);
	char reason[32];

	assert_true(verdict_address_init(result, &address, TRIES_MAX));
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		enum fault fault = fault_named(word);

		snprintf(reason, sizeof(reason), "try %u",
		    result->tries + result->unavailable + 1);
		if (word[0] == '~')
			verdict_set_pending(
			    result, milliseconds_parse(word + 1), 2);
		else if (fault != FAULT_NONE)
			verdict_add_failure(result, fault, 0, reason, 2);
		else if (strcmp(word, "+") == 0)
			verdict_add_success(result, -1, 1);
		else
			verdict_add_success(
			    result, milliseconds_parse(word), 0);
	}
}

static size_t
add_lines(struct verdict_address *results, const char *lines,
    enum verdict_lookup lookups[2])
{
	char copy[TEXT_MAX] = "";
	char *rest = copy;
	size_t count = 0;

	text_append(copy, sizeof(copy), "%s", lines);
	for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '?' || line[0] == '~') {
			lookups[line[1] == '4'] = line[0] == '?'
			    ? VERDICT_LOOKUP_FAILED
			    : VERDICT_LOOKUP_PENDING;
			continue;
		}
		assert_true(count < ADDRESSES_MAX);
		add_line(&results[count++], line);
	}
	return (count);
}

static void
release(struct verdict_address *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		verdict_address_release(&results[i]);
}

struct address_row {
	const char *what;
	const char *tries;
	const char *counted; /* connected of tries, SYNs, min median max */
};

static void
append_rtt(char *text, monotime_t rtt)
{
	text_append(text, TEXT_MAX, " ");
	if (rtt == -1)
		text_append(text, TEXT_MAX, "-");
	else
		milliseconds_append(text, TEXT_MAX, rtt);
}

static void
check_address(const struct address_row *row)
{
	struct verdict_address result;
	char text[TEXT_MAX] = "";

	add_lines(&result, row->tries, NULL);
	text_append(
	    text, sizeof(text), "%u of %u, ", result.connected, result.tries);
	if (result.resent > 0)
		text_append(text, sizeof(text), "%u resent, ", result.resent);
	text_append(text, sizeof(text), "%u:", result.retransmissions);
	append_rtt(text, verdict_rtt_min(&result));
	append_rtt(text, verdict_rtt_median(&result));
	append_rtt(text, verdict_rtt_max(&result));
	text_append(text, sizeof(text), " %s", result.reason);
	if (result.unavailable > 0)
		text_append(text, sizeof(text), ", %u unavailable %s",
		    result.unavailable, result.unavailable_reason);
	verdict_address_release(&result);
	assert_row(row->what, row->counted, text);
}

static void
tries_are_counted_and_sorted(void **state)
{
	static const struct address_row rows[] = {
		{ "one try", "4a 20", "1 of 1, 0: 20 20 20 " },
		{ "three, rising", "4a 10 20 30", "3 of 3, 0: 10 20 30 " },
		{ "three, falling", "4a 30 20 10", "3 of 3, 0: 10 20 30 " },
		{ "three, mixed", "4a 20 30 10", "3 of 3, 0: 10 20 30 " },
		{ "equal ones", "4a 20 20 10 20", "4 of 4, 0: 10 20 20 " },
		{ "five, an outlier", "4a 20 21 900 19 22",
		    "5 of 5, 0: 19 21 900 " },
		{ "failures have no RTT", "4a x 20 x",
		    "1 of 3, 4: 20 20 20 try 3" },
		{ "the last failure speaks", "6a x x 5 x 6 7",
		    "3 of 6, 6: 5 6 7 try 4" },
		{ "all failed", "6a x x x", "0 of 3, 6: - - - try 3" },
		{ "a SYN sent again has no RTT", "4a + 20 +",
		    "3 of 3, 2 resent, 2: 20 20 20 " },
		{ "a try without an end is none", "6a 20 ~90",
		    "1 of 1, 2: 20 20 20 " },
		{ "one that is not available is none", "6a 20 u",
		    "1 of 1, 0: 20 20 20 , 1 unavailable try 2" },
		{ "nor is it the last failure", "6a r u u",
		    "0 of 1, 2: - - - try 1, 2 unavailable try 3" },
		{ "not available at all", "6a u u",
		    "0 of 0, 0: - - - , 2 unavailable try 2" },
		{ "not tried", "6a", "0 of 0, 0: - - - " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_address(&rows[i]);
}

struct family_row {
	const char *what;
	const char *tries;
	const char *six; /* verdict, broken of addresses, median, slower by,
			    reason, and how its addresses or tries failed */
	const char *four;
};

static void
check_family(
    const char *what, const char *expected, const struct verdict_family *family)
{
	char text[TEXT_MAX] = "";

	text_append(text, sizeof(text), "%s, %zu of %zu,",
	    verdict_name(family->verdict), family->broken, family->addresses);
	append_rtt(text, family->median);
	if (family->slower > 0) {
		text_append(text, sizeof(text), ", slower by");
		append_rtt(text, family->slower);
	}
	if (family->pending != -1) {
		text_append(text, sizeof(text), ", pending");
		append_rtt(text, family->pending);
	}
	assert_non_null(family->reason);
	if (family->reason[0] != '\0')
		text_append(text, sizeof(text), ", %s", family->reason);
	for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
		if (family->faults[fault] > 0)
			text_append(text, sizeof(text), ", %zu %s",
			    family->faults[fault], fault_name(fault));
	if (family->resent > 0)
		text_append(text, sizeof(text), ", %u of %u resent",
		    family->resent, family->tries);
	if (family->failed > 0 && family->broken == 0)
		text_append(text, sizeof(text), ", %u of %u failed",
		    family->failed, family->tries);
	assert_row(what, expected, text);
}

static void
check_families(const struct family_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict_address results[ADDRESSES_MAX];
		enum verdict_lookup lookups[2] = { VERDICT_LOOKUP_DONE };
		size_t addresses = add_lines(results, rows[i].tries, lookups);
		struct verdict_family families[2];

		verdict_judge(results, addresses, lookups, families);
		assert_int_equal(families[0].family, AF_INET6);
		assert_int_equal(families[1].family, AF_INET);
		check_family(rows[i].what, rows[i].six, &families[0]);
		check_family(rows[i].what, rows[i].four, &families[1]);
		release(results, addresses);
	}
}

#define CHECK_FAMILIES(rows) \
	check_families(rows, sizeof(rows) / sizeof((rows)[0]))

static void
a_family_is_judged_by_all_its_addresses(void **state)
{
	static const struct family_row rows[] = {
		{ "both healthy", "6a 20 20\n4a 20 20", "healthy, 0 of 1, 20",
		    "healthy, 0 of 1, 20" },
		{ "one family broken", "6a x x\n4a 20 20",
		    "broken, 1 of 1, -, try 2, 1 no_answer",
		    "healthy, 0 of 1, 20" },
		{ "an address broken", "6a x x\n6b 20 20\n4a 20",
		    "partly broken, 1 of 2, 20, try 2, 1 no_answer",
		    "healthy, 0 of 1, 20" },
		{ "a try lost", "6a 20 20\n4a 20 x 20", "healthy, 0 of 1, 20",
		    "partly broken, 0 of 1, 20, try 2, 1 of 3 failed" },
		{ "the last address with a failure speaks",
		    "6a x 1\n6b 1 x\n6c 1 1",
		    "partly broken, 0 of 3, 1, try 2, 2 of 6 failed",
		    "no address, 0 of 0, -" },
		{ "both broken", "4a x\n6a x\n4b x",
		    "broken, 1 of 1, -, try 1, 1 no_answer",
		    "broken, 2 of 2, -, try 1, 2 no_answer" },
		{ "refused, rejected and silent are three things",
		    "6a r\n6b j\n6c x\n6d j r",
		    "broken, 4 of 4, -, try 2, 2 refused, 1 rejected, 1 "
		    "no_answer",
		    "no address, 0 of 0, -" },
		{ "nothing at all", "", "no address, 0 of 0, -",
		    "no address, 0 of 0, -" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

/* A try that a signal cut short does not count. */
static void
a_try_without_an_end_is_no_failure(void **state)
{
	static const struct family_row rows[] = {
		{ "nothing else is known", "6a ~1800\n4a 20",
		    "unknown, 0 of 1, -, pending 1800", "healthy, 0 of 1, 20" },
		{ "not even begun", "6a\n4a 20", "unknown, 0 of 1, -",
		    "healthy, 0 of 1, 20" },
		{ "one has answered, one not yet", "6a 20\n6b ~900",
		    "unknown, 0 of 2, 20, pending 900",
		    "no address, 0 of 0, -" },
		{ "the longest wait is told", "6a ~900\n6b ~1800\n6c ~30",
		    "unknown, 0 of 3, -, pending 1800",
		    "no address, 0 of 0, -" },
		{ "one has failed, one not yet", "6a x\n6b ~900",
		    "partly broken, 1 of 2, -, pending 900, try 1, 1 no_answer",
		    "no address, 0 of 0, -" },
		{ "an earlier try counts", "6a 20 ~900\n4a x ~900",
		    "healthy, 0 of 1, 20",
		    "broken, 1 of 1, -, try 1, 1 no_answer" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

/* Every try connected, but not at the first SYN. */
static void
a_syn_that_is_sent_again_is_a_loss(void **state)
{
	static const struct family_row rows[] = {
		{ "every time", "6a 20\n4a + + +", "healthy, 0 of 1, 20",
		    "lossy, 0 of 1, -, 3 of 3 resent" },
		{ "once", "4a 20 + 20", "no address, 0 of 0, -",
		    "lossy, 0 of 1, 20, 1 of 3 resent" },
		{ "one address of two", "6a 20 20\n6b 20 +",
		    "lossy, 0 of 2, 20, 1 of 4 resent",
		    "no address, 0 of 0, -" },
		{ "a failure is worse", "4a + x", "no address, 0 of 0, -",
		    "partly broken, 0 of 1, -, try 2, 1 of 2 resent, 1 of 2"
		    " failed" },
		{ "what is not known yet is not", "6a +\n6b ~900",
		    "lossy, 0 of 2, -, pending 900, 1 of 1 resent",
		    "no address, 0 of 0, -" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

/* It is no fault of the host. */
static void
what_is_not_available_here_is_not_judged(void **state)
{
	static const struct family_row rows[] = {
		{ "a family", "6a u u\n4a 20 20",
		    "unavailable, 0 of 1, -, 1 unavailable",
		    "healthy, 0 of 1, 20" },
		{ "both", "6a u\n6b u\n4a u",
		    "unavailable, 0 of 2, -, 2 unavailable",
		    "unavailable, 0 of 1, -, 1 unavailable" },
		{ "an address", "4a u\n4b 20", "no address, 0 of 0, -",
		    "healthy, 0 of 2, 20, 1 unavailable" },
		{ "the others are broken", "4a u\n4b x\n4c r",
		    "no address, 0 of 0, -",
		    "broken, 2 of 3, -, try 1, 1 refused, 1 no_answer, 1"
		    " unavailable" },
		{ "a try", "4a 20 u 20", "no address, 0 of 0, -",
		    "healthy, 0 of 1, 20" },
		{ "the other tries failed", "4a x u", "no address, 0 of 0, -",
		    "broken, 1 of 1, -, try 1, 1 no_answer" },
		{ "another is not known yet", "4a u\n4b ~900",
		    "no address, 0 of 0, -",
		    "unknown, 0 of 2, -, pending 900, 1 unavailable" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

static void
a_failed_lookup_is_not_no_address(void **state)
{
	static const struct family_row rows[] = {
		{ "one family", "?6\n4a 20", "lookup failed, 0 of 0, -",
		    "healthy, 0 of 1, 20" },
		{ "the other", "?4\n6a 20", "healthy, 0 of 1, 20",
		    "lookup failed, 0 of 0, -" },
		{ "both", "?6\n?4", "lookup failed, 0 of 0, -",
		    "lookup failed, 0 of 0, -" },
		{ "one that is not answered", "~6\n4a 20", "unknown, 0 of 0, -",
		    "healthy, 0 of 1, 20" },
		{ "addresses from elsewhere", "?6\n6a 20",
		    "healthy, 0 of 1, 20", "no address, 0 of 0, -" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

static void
the_best_address_speaks_for_the_speed(void **state)
{
	static const struct family_row rows[] = {
		{ "the smallest median", "6a 90 90 90\n6b 5 20 21\n4a 20",
		    "healthy, 0 of 2, 20", "healthy, 0 of 1, 20" },
		{ "a broken one has none", "6a x\n6b 20\n4a 20",
		    "partly broken, 1 of 2, 20, try 1, 1 no_answer",
		    "healthy, 0 of 1, 20" },
		{ "slower by the difference", "6a 180.1\n4a 20",
		    "healthy, 0 of 1, 180.1, slower by 160.1",
		    "healthy, 0 of 1, 20" },
		{ "IPv4 can be slower too", "6a 20\n4a 30",
		    "healthy, 0 of 1, 20",
		    "healthy, 0 of 1, 30, slower by 10" },
		{ "a millisecond is nothing", "6a 21\n4a 20",
		    "healthy, 0 of 1, 21", "healthy, 0 of 1, 20" },
		{ "a little more is", "6a 21.001\n4a 20",
		    "healthy, 0 of 1, 21.001, slower by 1.001",
		    "healthy, 0 of 1, 20" },
		{ "nobody to compare with", "6a 180", "healthy, 0 of 1, 180",
		    "no address, 0 of 0, -" },
		{ "a broken family is not slower", "6a x\n4a 20",
		    "broken, 1 of 1, -, try 1, 1 no_answer",
		    "healthy, 0 of 1, 20" },
	};

	(void)state;
	CHECK_FAMILIES(rows);
}

static void
the_sum_is_over_all_addresses(void **state)
{
	static const struct {
		const char *tries;
		enum verdict sum;
	} rows[] = {
		{ "", VERDICT_NONE },
		{ "6a 20 20\n4a 20 20", VERDICT_HEALTHY },
		{ "6a x x\n4a 20 20", VERDICT_PARTLY },
		{ "6a 20 20\n4a 20 x", VERDICT_PARTLY },
		{ "6a x x\n4a x x", VERDICT_BROKEN },
		{ "6a ~900\n4a", VERDICT_UNKNOWN },
		{ "6a ~900\n4a 20", VERDICT_UNKNOWN },
		{ "6a ~900\n4a x", VERDICT_PARTLY },
		{ "6a 20 ~900\n4a 20", VERDICT_HEALTHY },
		{ "6a 20\n4a +", VERDICT_LOSSY },
		{ "6a x\n4a +", VERDICT_PARTLY },
		{ "6a u\n4a 20", VERDICT_HEALTHY },
		{ "6a u\n4a +", VERDICT_LOSSY },
		{ "6a u\n4a x", VERDICT_BROKEN },
		{ "6a u\n4a u", VERDICT_UNAVAILABLE },
		{ "?6\n4a 20", VERDICT_PARTLY },
		{ "?4\n6a 20", VERDICT_PARTLY },
		{ "?6\n4a +", VERDICT_LOSSY },
		{ "?6\n4a x", VERDICT_BROKEN },
		{ "?6\n4a u", VERDICT_UNAVAILABLE },
		{ "~6\n4a 20", VERDICT_UNKNOWN },
		{ "~6\n?4\n6a 20", VERDICT_PARTLY },
		{ "~6\n4a x", VERDICT_BROKEN },
		{ "?6\n?4\n", VERDICT_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict_address results[ADDRESSES_MAX];
		enum verdict_lookup lookups[2] = { VERDICT_LOOKUP_DONE };
		size_t count = add_lines(results, rows[i].tries, lookups);
		enum verdict sum = verdict_sum(results, count, lookups);

		assert_row(rows[i].tries, verdict_name(rows[i].sum),
		    verdict_name(sum));
		release(results, count);
	}
}

/* A reason of any length is kept, cut off at its end. */
static void
a_long_reason_is_cut(void **state)
{
	struct address address = fake_address("6a", 80);
	struct verdict_address result;
	char reason[2 * VERDICT_REASON_MAX];

	(void)state;
	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	assert_true(verdict_address_init(&result, &address, 1));
	verdict_add_failure(&result, FAULT_NO_ANSWER, ETIMEDOUT, reason, 0);
	verdict_add_failure(&result, FAULT_UNAVAILABLE, ENETUNREACH, reason, 0);
	assert_int_equal(result.error, ETIMEDOUT);
	assert_int_equal(strlen(result.reason), VERDICT_REASON_MAX - 1);
	assert_int_equal(
	    strlen(result.unavailable_reason), VERDICT_REASON_MAX - 1);
	verdict_address_release(&result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tries_are_counted_and_sorted),
		cmocka_unit_test(a_family_is_judged_by_all_its_addresses),
		cmocka_unit_test(a_try_without_an_end_is_no_failure),
		cmocka_unit_test(a_syn_that_is_sent_again_is_a_loss),
		cmocka_unit_test(what_is_not_available_here_is_not_judged),
		cmocka_unit_test(a_failed_lookup_is_not_no_address),
		cmocka_unit_test(the_best_address_speaks_for_the_speed),
		cmocka_unit_test(the_sum_is_over_all_addresses),
		cmocka_unit_test(a_long_reason_is_cut),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
