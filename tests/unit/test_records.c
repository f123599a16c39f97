/* SPDX-License-Identifier: ISC */
/*
 * Which bytes have arrived, when so much of their records has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tls/records.h"

static void
a_record_arrives_as_a_whole(void **state)
{
	struct records records = { 0 };

	(void)state;
	assert_int_equal(records_arrived(&records, 0), 0);
	records_add(&records, 122, 100);
	records_add(&records, 272, 228);
	assert_int_equal(records_arrived(&records, 121), 0);
	assert_int_equal(records_arrived(&records, 122), 100);
	assert_int_equal(records_arrived(&records, 271), 100);
	assert_int_equal(records_arrived(&records, 272), 228);
	assert_int_equal(records_arrived(&records, 999), 228);
}

static void
what_has_arrived_stays_so(void **state)
{
	struct records records = { 0 };

	(void)state;
	records_add(&records, 10, 5);
	assert_int_equal(records_arrived(&records, 10), 5);
	assert_int_equal(records_arrived(&records, 3), 5);
}

/* Without room some arrive together: none too early, and the youngest alone. */
static void
more_than_there_is_room_for(void **state)
{
	static struct records records;
	const uint64_t count = 300 * RECORDS_MAX;
	uint64_t arrived, steps = 0, last = 0;

	(void)state;
	for (uint64_t i = 1; i <= count; i++)
		records_add(&records, 23 * i, i);
	for (uint64_t i = 1; i <= count; i++) {
		assert_in_range(
		    records_arrived(&records, 23 * i - 1), 0, i - 1);
		arrived = records_arrived(&records, 23 * i);
		assert_in_range(arrived, 0, i);
		if (i > count - RECORDS_MAX / 2)
			assert_int_equal(arrived, i);
		steps += arrived != last;
		last = arrived;
	}
	assert_in_range(steps, RECORDS_MAX / 2, RECORDS_MAX);
	assert_int_equal(records.count, 0);
}

static void
the_ring_goes_round(void **state)
{
	static struct records records;

	(void)state;
	for (uint64_t i = 1; i <= 10 * RECORDS_MAX; i++) {
		records_add(&records, 30 * i, 8 * i);
		if (i % 700 == 0)
			assert_int_equal(
			    records_arrived(&records, 30 * i), 8 * i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_arrives_as_a_whole),
		cmocka_unit_test(what_has_arrived_stays_so),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(the_ring_goes_round),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
