/* SPDX-License-Identifier: ISC */
/*
 * From samples to medians and paired ratios.
 */
#include <stdlib.h>
#include <string.h>

#include "result.h"

#define GIB (1024.0 * 1024 * 1024)

/* The units of a direction. */
struct units {
	const char *rate;
	const char *cpu;
	double amount; /* what one unit of rate is */
	double per;    /* what CPU time is counted for, in seconds or less */
};

static struct units
units_of(const struct direction *direction)
{
	if (direction_is_bulk(direction))
		return ((struct units){ "GiB/s", "s/GiB", GIB, GIB });
	if (direction->task == TASK_PING)
		return ((struct units){ "k/s", "us each", 1e3, 1e-6 });
	return ((struct units){ "1/s", "ms each", 1, 1e-3 });
}

static const struct sample *
samples_of(const struct results *results, size_t index)
{
	return (results->samples + index * results->rounds);
}

/* What is compared of a sample. */
typedef double measure_fn(const struct results *, const struct sample *);

static double
rate_of(const struct results *results, const struct sample *sample)
{
	return ((double)sample->amount / sample->seconds /
	    units_of(results->direction).amount);
}

/* CPU seconds per GiB, or micro- or milliseconds per turn. */
static double
cpu_of(const struct results *results, const struct sample *sample)
{
	struct units units = units_of(results->direction);
	double each = sample->cpu / (double)sample->amount;

	return (units.per > 1 ? each * units.per : each / units.per);
}

static double
peak_of(const struct results *results, const struct sample *sample)
{
	(void)results;
	return ((double)sample->peak / 1024);
}

static struct estimate
estimate(const struct results *results, size_t index, measure_fn *measure)
{
	const struct sample *samples = samples_of(results, index);
	size_t count = 0;
	size_t i;

	for (i = 0; i < results->rounds; i++)
		if (samples[i].good)
			results->scratch[count++] = measure(
			    results, &samples[i]);
	return (estimate_of(results->scratch, count));
}

/* The ratios of two contenders, round by round; none by no contender. */
static struct estimate
paired(
    const struct results *results, size_t index, size_t by, measure_fn *measure)
{
	const struct sample *ours = samples_of(results, index);
	const struct sample *theirs = samples_of(results, by);
	size_t count = 0;
	size_t i;

	for (i = 0; i < results->rounds && by < results->count; i++)
		if (ours[i].good && theirs[i].good)
			results->scratch[count++] = measure(results, &ours[i]) /
			    measure(results, &theirs[i]);
	return (estimate_of(results->scratch, count));
}

static void
compute_medians(struct results *results, size_t index)
{
	struct result *result = &results->list[index];
	struct estimate rate = estimate(results, index, rate_of);

	result->contender = &results->contenders[index];
	result->failures = results->rounds - rate.count;
	result->rate = rate.median;
	result->cpu = estimate(results, index, cpu_of).median;
	result->peak = estimate(results, index, peak_of).most;
}

/*
 * Returns the index of the best bare loop that promises what hecat does, or of
 * the best that promises less; the count for none.
 */
static size_t
find_best_bare(const struct results *results, bool weaker)
{
	size_t best = results->count;
	size_t i;

	for (i = 0; i < results->count; i++)
		if (results->contenders[i].bare &&
		    results->contenders[i].weaker == weaker &&
		    (best == results->count ||
			results->list[i].rate > results->list[best].rate))
			best = i;
	return (best);
}

/* Returns the index of the one that all are compared with; the count: none. */
static size_t
find_reference(const struct results *results)
{
	const char *name = results->direction->tls ? "s_client" : "nc";
	size_t i;

	for (i = 0; i < results->count; i++)
		if (strcmp(results->contenders[i].name, name) == 0)
			break;
	return (i);
}

void
results_compute(struct results *results)
{
	size_t nc = find_reference(results);
	size_t best[2], bare, i;
	struct result *result;

	results->scratch = calloc(results->rounds, sizeof(*results->scratch));
	if (results->scratch == NULL)
		abort();
	for (i = 0; i < results->count; i++)
		compute_medians(results, i);
	best[false] = find_best_bare(results, false);
	best[true] = find_best_bare(results, true);
	for (i = 0; i < results->count; i++) {
		result = &results->list[i];
		bare = best[results->contenders[i].weaker];
		if (bare < results->count)
			result->bare = &results->contenders[bare];
		result->cpu_by_nc = paired(results, i, nc, cpu_of).median;
		result->by_nc = paired(results, i, nc, rate_of);
		result->by_bare = paired(results, i, bare, rate_of);
	}
	free(results->scratch);
	results->scratch = NULL;
}

static void
print_estimate(struct estimate estimate)
{
	if (estimate.count == 0)
		printf("    %-16s", "-");
	else
		printf("  %5.2f [%4.2f, %4.2f]", estimate.median, estimate.low,
		    estimate.high);
}

void
results_print(const struct results *results)
{
	struct units units = units_of(results->direction);
	const struct result *result;
	size_t i;

	printf("\n%s (%s), %zu rounds\n", results->direction->title,
	    results->direction->name, results->rounds);
	printf("  %-17s %7s %8s %6s %6s   %-18s  %s\n", "", "rate", "CPU",
	    "CPU by", "peak",
	    results->direction->tls ? "rate by it" : "rate by nc", "rate by");
	printf("  %-17s %7s %8s %6s %6s   %-18s  %s\n", "", units.rate,
	    units.cpu, results->direction->tls ? "s_cl." : "nc", "MiB",
	    "[95 % interval]", "a bare loop");
	for (i = 0; i < results->count; i++) {
		result = &results->list[i];
		printf("  %-17s %7.2f %8.3f %6.2f %6.2f",
		    result->contender->name, result->rate, result->cpu,
		    result->cpu_by_nc, result->peak);
		print_estimate(result->by_nc);
		print_estimate(result->by_bare);
		if (result->bare != NULL)
			printf("  %s", result->bare->name);
		if (result->failures > 0)
			printf("  %zu failed", result->failures);
		printf("\n");
	}
	fflush(stdout);
}

void
results_write_header(FILE *file)
{
	fprintf(file,
	    "#direction\tcontender\trounds\tfailures\trate\tunit\t"
	    "cpu\tunit\tpeak\tby_nc\tlow\thigh\tby_bare\tlow\thigh\t"
	    "bare\n");
}

void
results_write(const struct results *results, FILE *file)
{
	struct units units = units_of(results->direction);
	const struct result *result;
	size_t i;

	for (i = 0; i < results->count; i++) {
		result = &results->list[i];
		fprintf(file,
		    "%s\t%s\t%zu\t%zu\t%.4f\t%s\t%.5f\t%s\t%.3f\t"
		    "%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%s\n",
		    results->direction->name, result->contender->name,
		    results->rounds, result->failures, result->rate, units.rate,
		    result->cpu, units.cpu, result->peak, result->by_nc.median,
		    result->by_nc.low, result->by_nc.high,
		    result->by_bare.median, result->by_bare.low,
		    result->by_bare.high,
		    result->bare != NULL ? result->bare->name : "-");
	}
	fflush(file);
}
