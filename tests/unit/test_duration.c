/* SPDX-License-Identifier: ISC */
/*
 * Numbers and durations: what is one, what is not, and to the microsecond.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>

#include "duration.h"

#define MS        DURATION_MILLISECOND
#define S         DURATION_SECOND
#define M         DURATION_MINUTE
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int64_t unit;
	enum duration_result result;
	int64_t duration;
} durations[] = {
	/* A bare number is of the unit handed in. */
	{ "0", MS, DURATION_PARSED, 0 },
	{ "1", MS, DURATION_PARSED, 1000 },
	{ "1", S, DURATION_PARSED, 1000000 },
	{ "250", MS, DURATION_PARSED, 250000 },
	{ "007", S, DURATION_PARSED, 7 * S },
	/* A unit that is written wins. */
	{ "0ms", S, DURATION_PARSED, 0 },
	{ "250ms", S, DURATION_PARSED, 250 * MS },
	{ "2s", MS, DURATION_PARSED, 2 * S },
	{ "3m", MS, DURATION_PARSED, 180 * S },
	/* Fractions are exact. */
	{ "0.25", S, DURATION_PARSED, 250 * MS },
	{ "0.25", MS, DURATION_PARSED, 250 },
	{ ".5", S, DURATION_PARSED, 500 * MS },
	{ ".5m", S, DURATION_PARSED, 30 * S },
	{ "1.000", S, DURATION_PARSED, S },
	{ "0.1", S, DURATION_PARSED, 100000 },
	{ "0.000001", S, DURATION_PARSED, 1 },
	{ "4.000003s", MS, DURATION_PARSED, 4000003 },
	{ "0.00000005m", S, DURATION_PARSED, 3 },
	{ "0.00390625m", S, DURATION_PARSED, 234375 },
	{ "0.10000000000000000000000000000000", S, DURATION_PARSED, 100000 },
	{ "0.0000001", S, DURATION_TOO_FINE, -1 },
	{ "1.0000005", S, DURATION_TOO_FINE, -1 },
	{ "0.0005", MS, DURATION_TOO_FINE, -1 },
	{ "0.00000001m", S, DURATION_TOO_FINE, -1 },
	{ "0.0000000000000000000000000000001", S, DURATION_TOO_FINE, -1 },
	/* The ends of the arithmetic. */
	{ "9223372036853", S, DURATION_PARSED, INT64_C(9223372036853000000) },
	{ "9223372036853.999999", S, DURATION_PARSED,
	    INT64_C(9223372036853999999) },
	{ "9223372036854", S, DURATION_TOO_LONG, -1 },
	{ "9223372036854775807", MS, DURATION_TOO_LONG, -1 },
	{ "9223372036854775808", MS, DURATION_TOO_LONG, -1 },
	{ "99999999999999999999999999", MS, DURATION_TOO_LONG, -1 },
	{ "9223372036854776m", MS, DURATION_TOO_LONG, -1 },
	/* Parsed whole or not at all. */
	{ "", MS, DURATION_MALFORMED, -1 },
	{ ".", MS, DURATION_MALFORMED, -1 },
	{ "5.", MS, DURATION_MALFORMED, -1 },
	{ "5.ms", MS, DURATION_MALFORMED, -1 },
	{ ".s", MS, DURATION_MALFORMED, -1 },
	{ "ms", MS, DURATION_MALFORMED, -1 },
	{ "-1", MS, DURATION_MALFORMED, -1 },
	{ "+5", MS, DURATION_MALFORMED, -1 },
	{ " 5", MS, DURATION_MALFORMED, -1 },
	{ "5 ", MS, DURATION_MALFORMED, -1 },
	{ "5 s", MS, DURATION_MALFORMED, -1 },
	{ "5\n", MS, DURATION_MALFORMED, -1 },
	{ "25x", MS, DURATION_MALFORMED, -1 },
	{ "25S", MS, DURATION_MALFORMED, -1 },
	{ "25sm", MS, DURATION_MALFORMED, -1 },
	{ "25us", MS, DURATION_MALFORMED, -1 },
	{ "25h", MS, DURATION_MALFORMED, -1 },
	{ "25msx", MS, DURATION_MALFORMED, -1 },
	{ "1e3", MS, DURATION_MALFORMED, -1 },
	{ "0x10", MS, DURATION_MALFORMED, -1 },
	{ "nan", MS, DURATION_MALFORMED, -1 },
	{ "inf", MS, DURATION_MALFORMED, -1 },
	{ "1,5", MS, DURATION_MALFORMED, -1 },
	{ "1.5.5", MS, DURATION_MALFORMED, -1 },
	{ "1_000", MS, DURATION_MALFORMED, -1 },
	{ "1'000", MS, DURATION_MALFORMED, -1 },
	{ "\xd9\xa3", MS, DURATION_MALFORMED, -1 },
};

static void
check_durations(void)
{
	size_t i;

	for (i = 0; i < LENGTH(durations); i++) {
		int64_t duration = -1;
		enum duration_result result = duration_parse(
		    &duration, durations[i].text, durations[i].unit);

		if (result != durations[i].result ||
		    duration != durations[i].duration)
			fail_msg("'%s': result %d, %" PRId64, durations[i].text,
			    (int)result, duration);
	}
}

static void
test_durations(void **state)
{
	(void)state;
	check_durations();
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t number; /* -1: none */
	} rows[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "65536", 65536 },
		{ "000012", 12 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -1 },
		{ "9223372036854775810", -1 },
		{ "99999999999999999999", -1 },
		{ "", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "1.0", -1 },
		{ "1x", -1 },
		{ "x1", -1 },
		{ "0x1", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		int64_t number = -1;
		bool parsed = number_parse(&number, rows[i].text);

		if (parsed != (rows[i].number >= 0) || number != rows[i].number)
			fail_msg("'%s': %" PRId64, rows[i].text, number);
	}
}

static void
test_format(void **state)
{
	char text[DURATION_TEXT_MAX];

	(void)state;
	assert_string_equal(duration_format(text, 0, MS), "0");
	assert_string_equal(duration_format(text, 250 * MS, MS), "250");
	assert_string_equal(duration_format(text, MS, S), "0.001");
	assert_string_equal(duration_format(text, 1, S), "0.000001");
	assert_string_equal(duration_format(text, 90 * S, M), "1.5");
	assert_string_equal(duration_format(text, 65535, 1), "65535");
	assert_string_equal(
	    duration_format(text, INT64_MAX, 1), "9223372036854775807");
	assert_string_equal(
	    duration_format(text, INT64_MAX, S), "9223372036854.775807");
}

/* What is formatted parses to what it was. */
static void
test_round_trip(void **state)
{
	char text[DURATION_TEXT_MAX];
	int64_t duration, back;

	(void)state;
	for (duration = 0; duration < INT64_MAX / 8;
	     duration = duration * 3 + 1) {
		duration_format(text, duration, S);
		assert_int_equal(duration_parse(&back, text, S), 0);
		assert_true(back == duration);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_round_trip),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
