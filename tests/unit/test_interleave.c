/* SPDX-License-Identifier: ISC */
/*
 * Address family interleaving (RFC 8305 section 4). A destination is its
 * family and a letter, as in "6a 6b 4a".
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "interleave.h"
#include "fake/seconds.h"

#define MANY     10000
#define TEXT_MAX 128

struct row {
	const char *rule;
	const char *sorted;
	const char *order;
	size_t first_address_family_count; /* 0: 1 */
	int leading;                       /* 0: AF_UNSPEC */
};

static void
check(const struct row *row)
{
	int families[TEXT_MAX] = { AF_UNSPEC };
	size_t order[TEXT_MAX];
	size_t count = (strlen(row->sorted) + 1) / 3;
	size_t first = row->first_address_family_count;
	char text[TEXT_MAX] = "";

	for (size_t i = 0; i < count; i++)
		families[i] = row->sorted[3 * i] == '6' ? AF_INET6 : AF_INET;
	interleave(
	    families, count, row->leading, first == 0 ? 1 : first, order);
	for (size_t i = 0; i < count; i++)
		text_append(text, sizeof(text), "%s%.2s", i == 0 ? "" : " ",
		    row->sorted + 3 * order[i]);
	assert_row(row->rule, row->order, text);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
the_families_take_turns(void **state)
{
	static const struct row rows[] = {
		{ "three and two", "6a 6b 6c 4a 4b",
		    .order = "6a 4a 6b 4b 6c" },
		{ "three and one: the rest follows", "6a 6b 6c 4a",
		    .order = "6a 4a 6b 6c" },
		{ "one and three", "6a 4a 4b 4c", .order = "6a 4a 4b 4c" },
		{ "one each", "6a 4a", .order = "6a 4a" },
		{ "the order within a family is kept", "6c 6a 6b 4b 4a",
		    .order = "6c 4b 6a 4a 6b" },
		{ "families mixed by the sorting", "6a 4a 4b 6b 6c 4c",
		    .order = "6a 4a 6b 4b 6c 4c" },
		{ "four and four", "6a 6b 6c 6d 4a 4b 4c 4d",
		    .order = "6a 4a 6b 4b 6c 4c 6d 4d" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_first_sorted_address_leads(void **state)
{
	static const struct row rows[] = {
		{ "IPv4 first", "4a 4b 6a 6b", .order = "4a 6a 4b 6b" },
		{ "IPv4 first, one of it", "4a 6a 6b", .order = "4a 6a 6b" },
		{ "IPv4 first, mixed", "4a 6a 6b 4b", .order = "4a 6a 4b 6b" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_first_address_family_count(void **state)
{
	static const struct row rows[] = {
		{ "two, then turns", "6a 6b 6c 4a 4b",
		    .order = "6a 6b 4a 6c 4b",
		    .first_address_family_count = 2 },
		{ "two, a longer list", "6a 6b 6c 6d 4a 4b 4c",
		    .order = "6a 6b 4a 6c 4b 6d 4c",
		    .first_address_family_count = 2 },
		{ "three", "6a 6b 6c 6d 4a 4b 4c",
		    .order = "6a 6b 6c 4a 6d 4b 4c",
		    .first_address_family_count = 3 },
		{ "as large as the family", "6a 6b 4a 4b",
		    .order = "6a 6b 4a 4b", .first_address_family_count = 2 },
		{ "larger than the family", "6a 6b 4a 4b 4c",
		    .order = "6a 6b 4a 4b 4c",
		    .first_address_family_count = 9 },
		{ "as large as can be", "6a 4a 6b 4b", .order = "6a 6b 4a 4b",
		    .first_address_family_count = SIZE_MAX },
		{ "of IPv4, where that leads", "4a 4b 6a 4c 6b",
		    .order = "4a 4b 6a 4c 6b",
		    .first_address_family_count = 2 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_family_may_be_told_to_lead(void **state)
{
	static const struct row rows[] = {
		{ "IPv4", "6a 6b 4a 4b", .order = "4a 6a 4b 6b",
		    .leading = AF_INET },
		{ "IPv6", "4a 4b 6a 6b", .order = "6a 4a 6b 4b",
		    .leading = AF_INET6 },
		{ "with a count", "6a 6b 6c 4a 4b 4c",
		    .order = "4a 4b 6a 4c 6b 6c", .leading = AF_INET,
		    .first_address_family_count = 2 },
		{ "absent", "6a 6b 6c", .order = "6a 6b 6c",
		    .leading = AF_INET },
		{ "absent, with a count", "4a 4b 4c", .order = "4a 4b 4c",
		    .leading = AF_INET6, .first_address_family_count = 2 },
		{ "alone", "6a 6b 6c", .order = "6a 6b 6c",
		    .leading = AF_INET6 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
one_family_or_none_stays_as_it_is(void **state)
{
	static const struct row rows[] = {
		{ "empty", "", .order = "" },
		{ "empty, with a leader", "", .order = "",
		    .leading = AF_INET6 },
		{ "one of IPv6", "6a", .order = "6a" },
		{ "one of IPv4", "4a", .order = "4a" },
		{ "IPv6 alone", "6c 6b 6a", .order = "6c 6b 6a" },
		{ "IPv4 alone, with a count", "4c 4b 4a", .order = "4c 4b 4a",
		    .first_address_family_count = 2 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
each_address_once_in_a_long_list(void **state)
{
	int *families = calloc(MANY, sizeof(*families));
	size_t *order = calloc(MANY, sizeof(*order));
	bool *seen = calloc(MANY, sizeof(*seen));
	size_t last[2] = { 0, 0 };

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		families[i] = i % 7 < 3 ? AF_INET6 : AF_INET;
	interleave(families, MANY, AF_UNSPEC, 1, order);
	for (size_t i = 0; i < MANY; i++) {
		size_t *before = &last[families[order[i]] == AF_INET6];

		assert_false(seen[order[i]]);
		seen[order[i]] = true;
		assert_true(order[i] >= *before);
		*before = order[i];
	}
	free(families);
	free(order);
	free(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_families_take_turns),
		cmocka_unit_test(the_first_sorted_address_leads),
		cmocka_unit_test(the_first_address_family_count),
		cmocka_unit_test(a_family_may_be_told_to_lead),
		cmocka_unit_test(one_family_or_none_stays_as_it_is),
		cmocka_unit_test(each_address_once_in_a_long_list),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
