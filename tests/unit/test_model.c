/* SPDX-License-Identifier: ISC */
/*
 * The whole connector against connect_model.h, in a hundred thousand random
 * cases. They end alike to the microsecond: the same pairs, in the same order,
 * started at the same time, and the same end. connect_drive.c checks in each
 * that there is one callback, that all the losers are closed when it comes,
 * and fake_world.c that no pair is attempted twice.
 *
 * HECAT_TEST_SEED=N in the environment begins with another case.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>

#include "fake/model_case.h"
#include "fake/seconds.h"

#define CASES        100000
#define DEFAULT_SEED 8305

/* A small generator of its own (xorshift), for the same cases everywhere. */
static uint64_t random_state;

static void
random_seed(uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* Returns a number from 0 to `below` - 1. */
static int
any(int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((int)(random_state >> 33) % below);
}

static void
check_case(uint64_t seed)
{
	char name[64] = "";

	random_seed(seed);
	text_append(name, sizeof(name), "HECAT_TEST_SEED=%" PRIu64, seed);
	model_case_check(name, any);
}

static void
a_hundred_thousand_cases(void **state)
{
	const char *text = getenv("HECAT_TEST_SEED");
	uint64_t seed = DEFAULT_SEED;

	(void)state;
	if (text != NULL)
		seed = strtoull(text, NULL, 10);
	print_message("seed %" PRIu64 "\n", seed);
	for (uint64_t i = 0; i < CASES; i++)
		check_case(seed + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_cases),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
