/* SPDX-License-Identifier: ISC */
/*
 * Names of hosts: their length, which are the same, which are in a domain.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostname.h"

static void
test_the_dot_of_the_root_does_not_count(void **state)
{
	(void)state;
	assert_int_equal(hostname_length(""), 0);
	assert_int_equal(hostname_length("."), 0);
	assert_int_equal(hostname_length("a.b"), 3);
	assert_int_equal(hostname_length("a.b."), 3);
	assert_int_equal(hostname_length("a.b.."), 4);
}

static void
test_one_name_in_any_case_with_or_without_the_dot(void **state)
{
	(void)state;
	assert_true(hostname_equal("Name.Test", "name.test."));
	assert_true(hostname_equal("name.test.", "name.test"));
	assert_false(hostname_equal("name.test", "name.tes"));
	assert_false(hostname_equal("name.test", "nameXtest"));
	assert_false(hostname_equal("name.test..", "name.test"));
}

static void
test_a_domain_holds_itself_and_what_ends_in_it(void **state)
{
	(void)state;
	assert_true(hostname_is_in("local", "local"));
	assert_true(hostname_is_in("Printer.LOCAL.", "local"));
	assert_false(hostname_is_in("nonlocal", "local"));
	assert_false(hostname_is_in("local.test", "local"));
	assert_false(hostname_is_in("cal", "local"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_dot_of_the_root_does_not_count),
		cmocka_unit_test(
		    test_one_name_in_any_case_with_or_without_the_dot),
		cmocka_unit_test(
		    test_a_domain_holds_itself_and_what_ends_in_it),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
