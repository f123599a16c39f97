/* SPDX-License-Identifier: ISC */
/*
 * known.h: what libc does wrong when a call fails inside of it. Each is named,
 * with its proof; nothing of the program's can do anything about it.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "run.h"

struct known_fault {
	const char *name;  /* the function, and what it does */
	const char *proof; /* where one can see it */
	bool hangs;        /* without -w for ever */
	int signal;        /* that the program dies of; 0: none */
	int status;        /* that it ends with then */
	const char *words; /* libc's own, on stderr; NULL: none */
};

extern const struct known_fault known_faults[];
extern const size_t known_fault_count;

/*
 * Returns which of them has ended a run, as an index; -1: none has. The fault
 * has to have been met in libc's code, not just while that ran.
 */
int known_fault_of(const struct run_result *result);

#endif
