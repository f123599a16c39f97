/* SPDX-License-Identifier: ISC */
/*
 * random.h: numbers that look random and are the same for the same key.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* Mixes the bits of `number`; two different numbers stay different. */
uint64_t random_mix(uint64_t number);

uint64_t random_next(struct random *random);

/* Returns a number from 0 to `limit` - 1; the limit is not 0. */
uint64_t random_below(struct random *random, uint64_t limit);

/* Returns true once in N calls. */
bool random_one_in(struct random *random, unsigned count);

/* Returns a number from 0 to `max`, all orders of magnitude equally likely. */
uint64_t random_size(struct random *random, uint64_t max);

#endif
