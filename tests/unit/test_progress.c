/* SPDX-License-Identifier: ISC */
/*
 * The line of --progress: amounts, rate, time, and the bar with what is left.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "report/progress.h"
#include "fake/seconds.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

#define COLUMNS 79

#define SECONDS(n) ((n)*MONOTIME_PER_SECOND)

struct row {
	const char *what;
	const char *line;
	struct progress_state state;
};

static void
check(const struct row *row)
{
	char line[PROGRESS_LINE_MAX];

	memset(line, '?', sizeof(line));
	assert_ptr_equal(progress_format(&row->state, COLUMNS, line), line);
	assert_row(row->what, row->line, line);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
amounts_have_three_digits_or_more(void **state)
{
	static const struct row rows[] = {
		{ "the very start", "sent 0 B  received 0 B  0 B/s  0:00",
		    { .input_size = -1 } },
		{ "bytes up to 999",
		    "sent 999 B  received 1 B  0.98 KiB/s  0:01",
		    { .moved = { 999, 1 },
			.elapsed = SECONDS(1),
			.input_size = -1 } },
		{ "kibibytes",
		    "sent 0.98 KiB  received 999.00 KiB  999.98 KiB/s  0:01",
		    { .moved = { 1000, 999 * KIB },
			.elapsed = SECONDS(1),
			.input_size = -1 } },
		{ "mebibytes", "sent 1.50 MiB  received 0 B  3.00 MiB/s  0:00",
		    { .moved = { MIB + 512 * KIB, 0 },
			.elapsed = 500000,
			.input_size = -1 } },
		{ "gibibytes and tebibytes",
		    "sent 4.00 GiB  received 2.00 TiB  205.20 GiB/s  0:10",
		    { .moved = { 4 * GIB, 2 * TIB },
			.elapsed = SECONDS(10),
			.input_size = -1 } },
		{ "there is no greater unit",
		    "sent 4096.00 TiB  received 0 B  4096.00 TiB/s  0:01",
		    { .moved = { 4096 * TIB, 0 },
			.elapsed = SECONDS(1),
			.input_size = -1 } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
time_is_minutes_and_hours(void **state)
{
	static const struct row rows[] = {
		{ "under a second", "sent 0 B  received 0 B  0 B/s  0:00",
		    { .elapsed = 999999, .input_size = -1 } },
		{ "under a minute", "sent 0 B  received 0 B  0 B/s  0:59",
		    { .elapsed = SECONDS(59), .input_size = -1 } },
		{ "a minute", "sent 0 B  received 0 B  0 B/s  1:00",
		    { .elapsed = SECONDS(60), .input_size = -1 } },
		{ "under an hour", "sent 0 B  received 0 B  0 B/s  59:59",
		    { .elapsed = SECONDS(3599), .input_size = -1 } },
		{ "an hour", "sent 0 B  received 0 B  0 B/s  1:00:00",
		    { .elapsed = SECONDS(3600), .input_size = -1 } },
		{ "an hour and more", "sent 0 B  received 0 B  0 B/s  1:02:03",
		    { .elapsed = SECONDS(3723), .input_size = -1 } },
		{ "more than a day", "sent 0 B  received 0 B  0 B/s  100:00:00",
		    { .elapsed = SECONDS(360000), .input_size = -1 } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
a_known_size_has_a_bar_and_the_time_left(void **state)
{
	static const struct row rows[] = {
		{ "nothing sent yet",
		    "sent 0 B  received 0 B  0 B/s  0:02"
		    "  [                                     ] 0%",
		    { .elapsed = SECONDS(2), .input_size = 1000 } },
		{ "a quarter",
		    "sent 250 B  received 0 B  250 B/s  0:01"
		    "  [=====                 ] 25% 0:03 left",
		    { .moved = { 250, 0 },
			.elapsed = SECONDS(1),
			.input_size = 1000,
			.input_read = 1000 } },
		{ "all of it",
		    "sent 1.00 MiB  received 5 B  1.00 MiB/s  0:01"
		    "  [===============] 100% 0:00 left",
		    { .moved = { MIB, 5 },
			.elapsed = SECONDS(1),
			.input_size = (int64_t)MIB,
			.input_read = (int64_t)MIB } },
		{ "a file that grew while it was sent",
		    "sent 2.00 MiB  received 0 B  2.00 MiB/s  0:01"
		    "  [===============] 100% 0:00 left",
		    { .moved = { 2 * MIB, 0 },
			.elapsed = SECONDS(1),
			.input_size = (int64_t)MIB,
			.input_read = (int64_t)(2 * MIB) } },
		{ "line ends that are expanded: read tells",
		    "sent 450 B  received 0 B  450 B/s  0:01"
		    "  [=====                 ] 25% 0:03 left",
		    { .moved = { 450, 0 },
			.elapsed = SECONDS(1),
			.input_size = 1000,
			.input_read = 250 } },
		{ "moved back by another process",
		    "sent 450 B  received 0 B  450 B/s  0:01"
		    "  [                                 ] 0%",
		    { .moved = { 450, 0 },
			.elapsed = SECONDS(1),
			.input_size = 1000,
			.input_read = -250 } },
		{ "hours left",
		    "sent 1.00 GiB  received 0 B  1.00 GiB/s  0:01"
		    "  [              ] 0% 1:08:15 left",
		    { .moved = { GIB, 0 },
			.elapsed = SECONDS(1),
			.input_size = (int64_t)(4 * TIB),
			.input_read = (int64_t)GIB } },
		{ "an empty file", "sent 0 B  received 0 B  0 B/s  0:00",
		    { .input_size = 0 } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_bar_is_as_wide_as_the_line_lets_it(void **state)
{
	static const struct progress_state half = {
		.moved = { 500, 0 },
		.elapsed = SECONDS(1),
		.input_size = 1000,
		.input_read = 500,
	};
	char line[PROGRESS_LINE_MAX];
	size_t tail = strlen("50% 0:01 left");
	size_t brief = strlen("sent 500 B  ") + tail;
	size_t bare = strlen("sent 500 B  received 0 B  500 B/s  0:01  ") +
	    tail;
	size_t with_bar = bare + strlen("[] ") + 10;

	(void)state;
	for (unsigned columns = 1; columns <= 400; columns++) {
		size_t length = strlen(progress_format(&half, columns, line));

		if (columns < tail)
			assert_int_equal(length, columns);
		else if (columns < brief)
			assert_string_equal(line, "50% 0:01 left");
		else if (columns < bare)
			assert_string_equal(line, "sent 500 B  50% 0:01 left");
		else if (columns < with_bar)
			assert_int_equal(length, bare);
		else if (columns < PROGRESS_LINE_MAX)
			assert_int_equal(length, columns);
		else
			assert_int_equal(length, PROGRESS_LINE_MAX - 1);
	}
}

/* Whatever the state, the line fits, and nothing is written behind it. */
static void
no_line_is_longer_than_its_columns(void **state)
{
	static const uint64_t amounts[] = { 0, 1, 999, 1000, MIB, 1234567890,
		TIB, UINT64_MAX / 2 };
	static const int64_t sizes[] = { -1, 0, 1, 1000, (int64_t)TIB,
		INT64_MAX };
	static const monotime_t times[] = { 0, 1, SECONDS(1), SECONDS(86400),
		SECONDS(INT64_C(1000000000)) };
	char line[PROGRESS_LINE_MAX + 8];
	struct progress_state progress;

	(void)state;
	for (size_t a = 0; a < 8; a++)
		for (size_t s = 0; s < 6; s++)
			for (size_t t = 0; t < 5; t++)
				for (unsigned columns = 0; columns <= 300;
				     columns += 7) {
					progress = (struct progress_state){
						.moved = { amounts[a],
						    amounts[7 - a] },
						.elapsed = times[t],
						.input_size = sizes[s],
						.input_read = (int64_t)
						    amounts[(a + s) % 8],
					};
					memset(line, '~', sizeof(line));
					progress_format(
					    &progress, columns, line);
					assert_true(strlen(line) <= columns);
					assert_int_equal(
					    line[PROGRESS_LINE_MAX], '~');
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_have_three_digits_or_more),
		cmocka_unit_test(time_is_minutes_and_hours),
		cmocka_unit_test(a_known_size_has_a_bar_and_the_time_left),
		cmocka_unit_test(the_bar_is_as_wide_as_the_line_lets_it),
		cmocka_unit_test(no_line_is_longer_than_its_columns),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
