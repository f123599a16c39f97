/* SPDX-License-Identifier: ISC */
/*
 * The errors of getaddrinfo(3), each in its class.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "gai_error.h"

static const struct {
	int error;
	enum gai_class class;
	bool is_failure;
} rows[] = {
	{ 0, GAI_ADDRESSES, false },
	{ EAI_NONAME, GAI_NO_NAME, false },
#ifdef EAI_NODATA
	{ EAI_NODATA, GAI_NO_DATA, false },
#endif
#ifdef EAI_ADDRFAMILY
	{ EAI_ADDRFAMILY, GAI_NO_DATA, false },
#endif
	{ EAI_AGAIN, GAI_FAILED, true },
	{ EAI_FAIL, GAI_FAILED, true },
	{ EAI_MEMORY, GAI_ERROR, true },
	{ EAI_SYSTEM, GAI_ERROR, true },
};

static void
test_each_error_has_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(gai_error_class(rows[i].error), rows[i].class);
		assert_int_equal(
		    gai_error_is_failure(rows[i].error), rows[i].is_failure);
	}
}

/* A system without EAI_NODATA has "no such name" for it. */
static void
test_no_data_is_a_negative_answer(void **state)
{
	(void)state;
	assert_int_not_equal(GAI_ERROR_NO_DATA, 0);
	assert_false(gai_error_is_failure(GAI_ERROR_NO_DATA));
}

static void
test_only_this_machine_has_an_errno(void **state)
{
	(void)state;
	assert_int_equal(gai_error_errno(EAI_MEMORY, EPERM), ENOMEM);
	assert_int_equal(gai_error_errno(EAI_SYSTEM, EMFILE), EMFILE);
	assert_int_equal(gai_error_errno(EAI_AGAIN, EMFILE), 0);
	assert_int_equal(gai_error_errno(EAI_NONAME, EMFILE), 0);
	assert_int_equal(gai_error_errno(0, EMFILE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_error_has_its_class),
		cmocka_unit_test(test_no_data_is_a_negative_answer),
		cmocka_unit_test(test_only_this_machine_has_an_errno),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
