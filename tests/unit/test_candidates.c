/* SPDX-License-Identifier: ISC */
/*
 * The list of candidates: order, late answers, duplicates, pairs of
 * destination and source. candidates_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "fake/candidates_drive.h"
#include "fake/fake_address.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MANY             10000
#define LATE             1000

static void
sorted_then_interleaved(void **state)
{
	static const struct row rows[] = {
		{ "nothing", "", .tried = "" },
		{ "one", "6a", .tried = "6a" },
		{ "interleaved", "6a 6b 6c 4a 4b", .tried = "6a 4a 6b 4b 6c" },
		{ "sorted first: precedence", "4a 4b 6a 6b",
		    .tried = "6a 4a 6b 4b" },
		{ "sorted first: no route to it", "6a 6b 4a 4b",
		    .tried = "6b 4a 6a 4b", .unreachable = "6a" },
		{ "IPv4 leads where IPv6 has no route", "6a 6b 4a 4b",
		    .tried = "4a 6a 4b 6b", .unreachable = "6a 6b" },
		{ "IPv4 leads where it is sorted first: unique local",
		    "fd00::1 4a", .tried = "4a fd00::1" },
		{ "First Address Family Count 2", "6a 6b 6c 4a 4b",
		    .tried = "6a 6b 4a 6c 4b",
		    .first_address_family_count = 2 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_preferred_family_leads(void **state)
{
	static const struct row rows[] = {
		{ "IPv4", "6a 6b 4a 4b", .tried = "4a 6a 4b 6b",
		    .preferred_family = AF_INET },
		{ "IPv6, though without a route", "6a 6b 4a 4b",
		    .tried = "6a 4a 6b 4b", .unreachable = "6a 6b",
		    .preferred_family = AF_INET6 },
		{ "absent", "6a 6b", .tried = "6a 6b",
		    .preferred_family = AF_INET },
		{ "late", "6a 6b 6c >1 4a 4b", .tried = "6a 4a 4b 6b 6c",
		    .preferred_family = AF_INET },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_place_in_the_list_decides_last(void **state)
{
	static const struct row rows[] = {
		{ "behind", "6a 6b, 4a 4b", .tried = "6a 4a 6b 4b",
		    .equal = true },
		{ "ahead", "6a 6b, <4a 4b", .tried = "4a 6a 4b 6b",
		    .equal = true },
		{ "ahead of what comes behind", "<4a 4b, 6a 6b",
		    .tried = "4a 6a 4b 6b", .equal = true },
		{ "ahead, in the order they came", "6a, <4b 4a, <4c",
		    .tried = "4b 6a 4a 4c", .equal = true },
		{ "ahead, while 6a runs", "6a 6b >1 <4a", .tried = "6a 4a 6b",
		    .equal = true },
		{ "ahead, and of a lower precedence", "6a, <4a",
		    .tried = "6a 4a" },
		{ "ahead, where nothing is sorted", "6a, <4a", .tried = "6a 4a",
		    .order = HECAT_ORDER_RESOLVER },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_late_answer_stands_where_it_would_have_stood(void **state)
{
	static const struct row rows[] = {
		{ "6a runs, 6b is queued", "6a 6b >1 4a", .tried = "6a 4a 6b" },
		{ "4a runs, IPv6 comes", "4a 4b 4c >1 6a 6b",
		    .tried = "4a 6a 6b 4b 4c" },
		{ "two run", "6a 6b 6c >2 4a 4b", .tried = "6a 6b 4a 4b 6c" },
		{ "all run", "4a 4b >2 6a 6b", .tried = "4a 4b 6a 6b" },
		{ "none runs", "4a 4b, 6a 6b", .tried = "6a 4a 6b 4b" },
		{ "the better address comes late", "6a 6b >1 6c",
		    .tried = "6a 6c 6b", .unreachable = "6b" },
		{ "an answer without an address", "6a 6b >1, 4a",
		    .tried = "6a 4a 6b" },
		{ "one at a time", "6a >1 4a >1 6b >1 4b",
		    .tried = "6a 4a 6b 4b" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
each_destination_is_tried_once(void **state)
{
	static const struct row rows[] = {
		{ "in one answer", "6a 6a 4a 6b 6a 4a", .tried = "6a 4a 6b" },
		{ "IPv4-mapped", "4a m4a, m4b 4b", .tried = "4a 4b" },
		{ "in two answers", "6a 4a, 4a 6b 6a", .tried = "6a 4a 6b" },
		{ "tried before", "6a >1 6a 6b", .tried = "6a 6b" },
		{ "all tried before", "6a 4a >2 4a 6a", .tried = "6a 4a" },
		{ "of two equal ones the first counts", "6b 6a 6b",
		    .tried = "6b 6a" },
		{ "two zones are two destinations",
		    "fe80::1%1000001 fe80::1%1000002",
		    .tried = "fe80::1%1000001 fe80::1%1000002" },
		{ "as given", "4a 6a 4a, 6a 6b", .tried = "4a 6a 6b",
		    .order = HECAT_ORDER_RESOLVER },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
as_given(void **state)
{
	static const struct row rows[] = {
		{ "neither sorted nor interleaved", "4b 4a 6b 6a",
		    .tried = "4b 4a 6b 6a", .order = HECAT_ORDER_RESOLVER },
		{ "what has no route keeps its place", "6a 4a",
		    .tried = "6a 4a", .unreachable = "6a",
		    .order = HECAT_ORDER_RESOLVER },
		{ "late ones follow", "4b 4a >1 6a", .tried = "4b 4a 6a",
		    .order = HECAT_ORDER_RESOLVER },
		{ "with sources", "4a 6a", .tried = "4a<4s 6a<6d 6a<6e",
		    .sources = "6d 4s 6e", .order = HECAT_ORDER_RESOLVER },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
each_destination_is_paired_with_every_source(void **state)
{
	static const struct row rows[] = {
		{ "one of each family", "6a 4a 6b 4b",
		    .tried = "6a<6d 4a<4s 6b<6d 4b<4s", .sources = "6d 4s" },
		{ "the pairs of one stay adjacent", "6a 6b 4a",
		    .tried = "6a<6d 6a<6e 4a<4s 6b<6d 6b<6e",
		    .sources = "6d 6e 4s" },
		{ "in the order of the sources", "6a 4a",
		    .tried = "6a<6e 6a<6d 4a<4t 4a<4s",
		    .sources = "4t 6e 4s 6d" },
		{ "no source of its family: skipped", "6a 6b 4a 4b",
		    .tried = "4a<4s 4b<4s", .sources = "4s" },
		{ "all skipped", "6a 6b", .tried = "", .sources = "4s" },
		{ "a late answer amid the pairs of one", "6a >1 4a",
		    .tried = "6a<6d 6a<6e 4a<4s", .sources = "6d 6e 4s" },
		{ "a late answer after the pairs of one", "6a 6b >2 4a",
		    .tried = "6a<6d 6a<6e 4a<4s 6b<6d 6b<6e",
		    .sources = "6d 6e 4s" },
		{ "a better address amid the pairs of another", "4a >1 6a",
		    .tried = "4a<4s 6a<6d 4a<4t", .sources = "4s 4t 6d" },
		{ "a duplicate of a pair half tried", "6a >1 6a",
		    .tried = "6a<6d 6a<6e", .sources = "6d 6e" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_number_added_is_told(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, &(struct row){ .sources = "4s 4t" });
	assert_int_equal(fixture_add(&fixture, ""), 0);
	assert_int_equal(fixture_add(&fixture, "4a 4a 6a"), 2);
	assert_int_equal(candidates_untried(&fixture.candidates), 2);
	assert_int_equal(fixture_add(&fixture, "m4a 6a"), 0);
	assert_int_equal(fixture_add(&fixture, "4a 4b"), 1);
	assert_int_equal(candidates_untried(&fixture.candidates), 4);
	assert_int_equal(fixture.candidates.count, 3);
	fixture_release(&fixture);
}

static void
the_turns_show_what_is_skipped_and_which_rule_decided(void **state)
{
	static const struct {
		const char *name;
		unsigned rule;
		bool skipped;
	} turns[] = {
		{ "6a", DESTSORT_FIRST, false },
		{ "4a", DESTSORT_PREFER_HIGHER_PRECEDENCE, false },
		{ "6b", DESTSORT_UNCHANGED, false },
		{ "6c", DESTSORT_AVOID_UNUSABLE, false },
	};
	struct fixture fixture;
	const struct candidate *candidate;
	char name[FAKE_ADDRESS_NAME_MAX];

	(void)state;
	fixture_init(&fixture, &(struct row){ .unreachable = "6c" });
	fixture_add(&fixture, "6c 6a 6b 4a");
	for (size_t i = 0; i < LENGTH_OF(turns); i++) {
		candidate = candidates_at(&fixture.candidates, i);
		assert_string_equal(
		    fake_address_name(&candidate->address, name),
		    turns[i].name);
		assert_int_equal(candidate->rule, turns[i].rule);
		assert_int_equal(candidate->skipped, turns[i].skipped);
	}
	fixture_release(&fixture);

	fixture_init(&fixture, &(struct row){ .sources = "4s" });
	fixture_add(&fixture, "6a 4a");
	assert_false(candidates_at(&fixture.candidates, 0)->skipped);
	assert_true(candidates_at(&fixture.candidates, 1)->skipped);
	fixture_release(&fixture);
}

static void
the_host_is_asked_once_for_each_destination(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, &(struct row){ .rule = "" });
	fixture_add(&fixture, "6a");
	assert_int_equal(fixture.host.asked, 0); /* nothing to sort */
	fixture_add(&fixture, "6b 4a");
	assert_int_equal(fixture.host.asked, 3);
	fixture_add(&fixture, "4b");
	assert_int_equal(fixture.host.asked, 4);
	fixture_release(&fixture);

	fixture_init(&fixture, &(struct row){ .order = HECAT_ORDER_RESOLVER });
	fixture_add(&fixture, "6a 6b 4a");
	assert_int_equal(fixture.host.asked, 0);
	fixture_release(&fixture);

	fixture_init(&fixture, &(struct row){ .sources = "6d 4s" });
	fixture_add(&fixture, "6a 6b 4a");
	assert_int_equal(fixture.host.asked, 0);
	fixture_release(&fixture);
}

/* A source that is given decides the order, not what the host would use. */
static void
a_given_source_is_what_is_sorted_by(void **state)
{
	static const struct row rows[] = {
		{ "link-local source, global destinations: scope", "6a 4a",
		    .tried = "4a<4s 6a<fe80::1", .sources = "fe80::1 4s" },
		{ "skipped ones come last", "6a 6b 4a", .tried = "4a<4s",
		    .sources = "4s" },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Adds 10 000 addresses three times over, in two answers. */
static void
many_addresses_and_their_duplicates(void **state)
{
	struct address *addresses = calloc(3 * MANY, sizeof(*addresses));
	struct fixture fixture;
	const struct address *destination, *source;
	int family = AF_INET6;

	(void)state;
	assert_non_null(addresses);
	fixture_init(&fixture, &(struct row){ .rule = "" });
	for (size_t i = 0; i < 3; i++)
		fake_address_many(addresses + i * MANY, MANY, AF_INET6, 80);
	assert_int_equal(candidates_add(&fixture.candidates, addresses,
			     3 * MANY, CANDIDATES_BEHIND),
	    MANY);
	assert_int_equal(candidates_add(&fixture.candidates, addresses,
			     3 * MANY, CANDIDATES_BEHIND),
	    0);
	for (size_t i = 0; i < 3; i++)
		fake_address_many(addresses + i * MANY, MANY, AF_INET, 80);
	assert_int_equal(candidates_add(&fixture.candidates, addresses,
			     3 * MANY, CANDIDATES_BEHIND),
	    MANY);
	for (size_t i = 0; i < 2 * MANY; i++) {
		assert_true(candidates_next(
		    &fixture.candidates, &destination, &source));
		assert_int_equal(address_family(destination), family);
		family = family == AF_INET ? AF_INET6 : AF_INET;
		candidates_advance(&fixture.candidates);
	}
	assert_int_equal(candidates_untried(&fixture.candidates), 0);
	fixture_release(&fixture);
	free(addresses);
}

/* One more address each time: every size from none to a hundred. */
static void
every_size_of_list(void **state)
{
	struct address addresses[100];
	struct fixture fixture;

	(void)state;
	fake_address_many(addresses, 100, AF_INET6, 80);
	fixture_init(&fixture, &(struct row){ .rule = "" });
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(candidates_add(&fixture.candidates, addresses,
				     i + 1, CANDIDATES_BEHIND),
		    1);
		assert_int_equal(
		    candidates_untried(&fixture.candidates), i + 1 - i / 2);
		if (i % 2 == 1)
			fixture_try(&fixture);
		fixture.tried[0] = '\0';
	}
	fixture_release(&fixture);
}

/*
 * Each answer is late, and one address is tried between two of them. What an
 * address is sent from is a system call: one for each address, not one for each
 * answer and address.
 */
static void
a_thousand_late_answers(void **state)
{
	struct address addresses[LATE];
	struct fixture fixture;
	const struct address *destination, *source;
	bool tried[LATE] = { false };

	(void)state;
	fake_address_many(addresses, LATE, AF_INET6, 80);
	fixture_init(&fixture, &(struct row){ .rule = "" });
	for (size_t i = 0; i < LATE; i++) {
		assert_int_equal(candidates_add(&fixture.candidates,
				     &addresses[i], 1, CANDIDATES_BEHIND),
		    1);
		assert_true(candidates_next(
		    &fixture.candidates, &destination, &source));
		assert_true(address_equal(destination, &addresses[i]));
		tried[i] = true;
		candidates_advance(&fixture.candidates);
	}
	for (size_t i = 0; i < LATE; i++)
		assert_true(tried[i]);
	assert_int_equal(candidates_untried(&fixture.candidates), 0);
	assert_true(fixture.host.asked <= LATE);
	fixture_release(&fixture);
}

/* Returns the processor time of one answer with `count` addresses. */
static double
time_of_answer(size_t count)
{
	struct address *addresses = calloc(count, sizeof(*addresses));
	struct fixture fixture;
	struct timespec before, after;
	double best = 1e9, took;

	assert_non_null(addresses);
	fake_address_many(addresses, count, AF_INET6, 80);
	for (size_t i = 0; i < 5; i++) {
		fixture_init(&fixture, &(struct row){ .rule = "" });
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
		assert_int_equal(candidates_add(&fixture.candidates, addresses,
				     count, CANDIDATES_BEHIND),
		    count);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
		took = (double)(after.tv_sec - before.tv_sec) +
		    (double)(after.tv_nsec - before.tv_nsec) / 1e9;
		best = took < best ? took : best;
		fixture_release(&fixture);
	}
	free(addresses);
	return (best);
}

/* n log n is 13 times as much, its square 100. */
static void
the_cost_grows_little_faster_than_the_list(void **state)
{
	(void)state;
	assert_true(time_of_answer(10 * LATE) < 50 * time_of_answer(LATE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_then_interleaved),
		cmocka_unit_test(a_preferred_family_leads),
		cmocka_unit_test(the_place_in_the_list_decides_last),
		cmocka_unit_test(
		    a_late_answer_stands_where_it_would_have_stood),
		cmocka_unit_test(each_destination_is_tried_once),
		cmocka_unit_test(as_given),
		cmocka_unit_test(each_destination_is_paired_with_every_source),
		cmocka_unit_test(the_number_added_is_told),
		cmocka_unit_test(
		    the_turns_show_what_is_skipped_and_which_rule_decided),
		cmocka_unit_test(the_host_is_asked_once_for_each_destination),
		cmocka_unit_test(a_given_source_is_what_is_sorted_by),
		cmocka_unit_test(many_addresses_and_their_duplicates),
		cmocka_unit_test(every_size_of_list),
		cmocka_unit_test(a_thousand_late_answers),
		cmocka_unit_test(the_cost_grows_little_faster_than_the_list),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
