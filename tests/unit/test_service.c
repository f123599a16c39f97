/* SPDX-License-Identifier: ISC */
/*
 * Ports of TCP services, by number and by name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "service.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define THREADS          8

static const struct {
	const char *service;
	int error;
	uint16_t port;
} rows[] = {
	{ "1", 0, 1 }, { "80", 0, 80 }, { "00080", 0, 80 },
	{ "65535", 0, 65535 }, { "http", 0, 80 }, { "domain", 0, 53 },
	{ "", EINVAL, 0 }, { "0", EINVAL, 0 }, { "65536", EINVAL, 0 },
	{ "18446744073709551697", EINVAL, 0 }, /* 2^64 and 81 */
	{ "-1", ENOENT, 0 }, { "+80", ENOENT, 0 }, { " 80", ENOENT, 0 },
	{ "80 ", ENOENT, 0 }, { "0x50", ENOENT, 0 },
	{ "no-such-service", ENOENT, 0 },
	{ "tftp", ENOENT, 0 }, /* of UDP alone */
};

static void
numbers_and_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		uint16_t port = 0;
		int error = service_port(&port, rows[i].service);

		if (error != rows[i].error || port != rows[i].port)
			fail_msg("'%s': error %d, port %u", rows[i].service,
			    error, port);
	}
}

/* Threads that ask for one name each never get the answer of another. */
static void *
ask_again_and_again(void *arg)
{
	static const char *const names[] = { "http", "domain" };
	size_t number = *(const size_t *)arg % 2;
	uint16_t port;

	for (int i = 0; i < 200; i++)
		if (service_port(&port, names[number]) != 0 ||
		    port != (number == 0 ? 80 : 53))
			return (arg);
	return (NULL);
}

static void
threads_have_answers_of_their_own(void **state)
{
	pthread_t threads[THREADS];
	size_t numbers[THREADS];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL,
				     ask_again_and_again, &numbers[i]),
		    0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_names),
		cmocka_unit_test(threads_have_answers_of_their_own),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
