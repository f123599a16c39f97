/* SPDX-License-Identifier: ISC */
/*
 * When a connect is tried again, in virtual time: each row is the delays
 * between tries that fail at once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "retry.h"

#define S     MONOTIME_PER_SECOND
#define NEVER MONOTIME_NEVER
#define START (777 * S)

/* Fails `count` tries, and expects each delay; a delay of 0 ends the row. */
static void
expect_delays(struct retry retry, monotime_t took, const monotime_t *delays)
{
	monotime_t now = START, at = 0;

	for (; *delays != 0; delays++) {
		now += took;
		assert_int_equal(retry_failed(&retry, now, &at), RETRY_AGAIN);
		assert_int_equal(at - now, *delays);
		now = at;
	}
}

static void
delays_grow_evenly_to_five_times_the_first(void **state)
{
	static const monotime_t seconds[] = { S, 2 * S, 3 * S, 4 * S, 5 * S,
		5 * S, 5 * S, 0 };
	static const monotime_t tenths[] = { S / 10, S / 5, 3 * S / 10,
		2 * S / 5, S / 2, S / 2, 0 };

	(void)state;
	expect_delays(retry_make(INT64_MAX, S, NEVER), 0, seconds);
	expect_delays(retry_make(INT64_MAX, S, NEVER), 7 * S, seconds);
	expect_delays(retry_make(INT64_MAX, S / 10, NEVER), 0, tenths);
}

static void
there_are_as_many_retries_as_are_allowed(void **state)
{
	struct retry none = retry_make(0, S, NEVER);
	struct retry two = retry_make(2, S, NEVER);
	monotime_t at = -1;

	(void)state;
	assert_int_equal(retry_failed(&none, START, &at), RETRY_USED_UP);
	assert_int_equal(at, -1);
	assert_int_equal(retry_failed(&two, START, &at), RETRY_AGAIN);
	assert_int_equal(retry_failed(&two, START, &at), RETRY_AGAIN);
	assert_int_equal(retry_failed(&two, START, &at), RETRY_USED_UP);
}

/* The last try starts a first delay before the deadline, and is the last. */
static void
the_last_try_has_time_before_the_deadline(void **state)
{
	static const monotime_t delays[] = { S, 2 * S, 3 * S, 3 * S, S, 0 };
	static const monotime_t slow[] = { S, 2 * S, S, S / 2, 0 };
	static const monotime_t only_wait[] = { S / 2, 0 };

	(void)state;
	expect_delays(retry_make(INT64_MAX, S, START + 10 * S), 0, delays);
	expect_delays(
	    retry_make(INT64_MAX, S, START + 6 * S + S / 2), S / 2, slow);
	expect_delays(retry_make(INT64_MAX, S, START + S / 2), 0, only_wait);
}

/* At whatever time a try fails, the next one is later, and in the budget. */
static void
no_wait_passes_the_deadline(void **state)
{
	(void)state;
	for (monotime_t took = 1; took < 4 * S; took += 17771) {
		struct retry retry = retry_make(INT64_MAX, S, START + 20 * S);
		monotime_t now = START + took, at = 0;

		while (now < retry.deadline) {
			assert_int_equal(
			    retry_failed(&retry, now, &at), RETRY_AGAIN);
			assert_true(at > now && at <= retry.deadline);
			assert_true(at - now <= RETRY_GROWTH * S);
			assert_true(
			    at == retry.deadline || at <= retry.deadline - S);
			now = at + took;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_grow_evenly_to_five_times_the_first),
		cmocka_unit_test(there_are_as_many_retries_as_are_allowed),
		cmocka_unit_test(the_last_try_has_time_before_the_deadline),
		cmocka_unit_test(no_wait_passes_the_deadline),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
