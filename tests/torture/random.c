/* SPDX-License-Identifier: ISC */
/*
 * splitmix64, and what is drawn from it.
 */
#include "random.h"

uint64_t
random_mix(uint64_t number)
{
	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (number ^ (number >> 31));
}

uint64_t
random_next(struct random *random)
{
	random->state += UINT64_C(0x9e3779b97f4a7c15);
	return (random_mix(random->state));
}

uint64_t
random_below(struct random *random, uint64_t limit)
{
	return (random_next(random) % limit);
}

bool
random_one_in(struct random *random, unsigned count)
{
	return (random_below(random, count) == 0);
}

uint64_t
random_size(struct random *random, uint64_t max)
{
	unsigned most = 0, bits;
	uint64_t size;

	while ((max + 1) >> (most + 1) > 0)
		most++;
	do {
		bits = (unsigned)random_below(random, most + 1);
		size = (UINT64_C(1) << bits) - 1;
		size += random_below(random, UINT64_C(1) << bits);
	} while (size > max);
	return (size);
}
