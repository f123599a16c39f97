/* SPDX-License-Identifier: ISC */
/*
 * statistics.h: the median of a few noisy values, and how sure it is.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* A median and an interval that holds the true one in 95 of 100 cases. */
struct estimate {
	size_t count; /* of values; 0: the rest means nothing */
	double median;
	double low; /* with less than six values, the least */
	double high;
	double most; /* of all values */
};

/* Sorts the values. */
struct estimate estimate_of(double *values, size_t count);

#endif
