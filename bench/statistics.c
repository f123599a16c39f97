/* SPDX-License-Identifier: ISC */
/*
 * Order statistics. How many of n values are below the true median is binomial
 * with 1/2 whatever their distribution is, so two of the values themselves
 * enclose it: no resampling and no assumption about the noise.
 */
#include <stdlib.h>

#include "statistics.h"

#define CONFIDENCE 0.95

static int
compare(const void *a, const void *b)
{
	const double *left = a;
	const double *right = b;

	return ((*left > *right) - (*left < *right));
}

/*
 * Returns how many values to leave out on either side: as many as are at most
 * so rarely all below the true median.
 */
static size_t
left_out(size_t count)
{
	double term = 1;
	double tail = 0;
	size_t i;

	for (i = 0; i < count; i++)
		term /= 2;
	for (i = 0; i < count / 2; i++) {
		tail += term;
		if (tail > (1 - CONFIDENCE) / 2)
			break;
		term *= (double)(count - i) / (double)(i + 1);
	}
	return (i > 0 ? i - 1 : 0);
}

struct estimate
estimate_of(double *values, size_t count)
{
	struct estimate estimate = { .count = count };
	size_t out;

	if (count == 0)
		return (estimate);
	qsort(values, count, sizeof(*values), compare);
	out = left_out(count);
	estimate.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
	estimate.low = values[out];
	estimate.most = values[count - 1];
	estimate.high = values[count - 1 - out];
	return (estimate);
}
