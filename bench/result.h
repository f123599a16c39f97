/* SPDX-License-Identifier: ISC */
/*
 * result.h: what the samples of one direction come to, and how it is shown.
 */
#ifndef RESULT_H
#define RESULT_H

#include <stddef.h>
#include <stdio.h>

#include "contender.h"
#include "direction.h"
#include "statistics.h"
#include "trial.h"

/* One contender in one direction. */
struct result {
	const struct contender *contender;
	size_t failures;
	double rate; /* medians, in the units of the direction */
	double cpu;
	double peak;             /* MiB */
	double cpu_by_nc;        /* the median of paired ratios */
	struct estimate by_nc;   /* rate, paired with that of nc */
	struct estimate by_bare; /* and of the best bare loop of its kind */
	const struct contender *bare; /* which; NULL: none */
};

/* The samples of a contender are at `samples + index * rounds`. */
struct results {
	const struct direction *direction;
	const struct contender *contenders;
	size_t count;
	size_t rounds;
	const struct sample *samples;
	double *scratch; /* `rounds` of them, while computing */
	struct result list[CONTENDERS_MAX];
};

/* Fills in `bare` and `list` from the rest. */
void results_compute(struct results *results);

/* Prints a table for people. */
void results_print(const struct results *results);

/* Writes a line with tabs per contender; the header names the columns. */
void results_write_header(FILE *file);
void results_write(const struct results *results, FILE *file);

#endif
