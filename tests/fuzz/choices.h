/* SPDX-License-Identifier: ISC */
/*
 * choices.h: the bytes of a fuzzer as decisions, one after the other.
 *
 * Where the bytes have ended every decision is 0, so that each prefix of an
 * input is one too.
 */
#ifndef CHOICES_H
#define CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

struct choices {
	const uint8_t *bytes;
	size_t left;
};

/* Returns a number from 0 to `below` - 1, of at most 65536. */
unsigned choose(struct choices *choices, unsigned below);

/* Returns whether one in `odds` cases is there. */
bool choose_one_in(struct choices *choices, unsigned odds);

/* Returns any number; those around powers of two are more likely. */
int64_t choose_number(struct choices *choices);

/*
 * Takes the bytes up to the next zero, `size` - 1 at most, as a string into
 * `text`. Returns `text`.
 */
const char *choose_text(struct choices *choices, char *text, size_t size);

/* Returns an address: one of a few, or any. */
struct address choose_address(struct choices *choices, uint16_t port);

/* Ends the program, so that the fuzzer keeps the input, unless `good`. */
#define CHECK(good)                                              \
	do {                                                     \
		if (!(good))                                     \
			choices_fail(__FILE__, __LINE__, #good); \
	} while (0)
_Noreturn void choices_fail(const char *file, int line, const char *what);

/* What libFuzzer calls, and replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
