/* SPDX-License-Identifier: ISC */
/*
 * refusal.h: allocations of a whole program, libraries included, that are
 * refused. It stands in for malloc(3): only a program that is about this is
 * linked with it.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

/* Which allocation is refused: that number, or all from it on; none yet: 0. */
struct refusal {
	size_t number;
	bool lasts;
	size_t count; /* of them since it was set to 0 */
};

extern struct refusal refusal;

/* Counts an allocation. Returns whether it is refused, with errno ENOMEM. */
bool refusal_is_due(void);

/* Returns whether allocations can be refused: valgrind has its own. */
bool refusal_works(void);

#endif
