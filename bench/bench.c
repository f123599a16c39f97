/* SPDX-License-Identifier: ISC */
/*
 * bench: hecat, other netcats and bare loops side by side.
 *
 *	bench [-f FILE] [-o CONTENDER,...] [-r ROUNDS] [-t MS] [DIRECTION...]
 *
 * In each direction all contenders run in turn, round after round, so that
 * what disturbs one disturbs the others too. Prints a table per direction, and
 * writes FILE. bench/run is how people start it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contender.h"
#include "direction.h"
#include "endpoint_tls.h"
#include "result.h"
#include "trial.h"

#define ROUNDS     15
#define ROUNDS_MAX 10000
/* A start-up is short, and there are so many to a round. */
#define START_UPS    20
#define TRIAL_MS     200
#define TRIAL_MS_MAX 10000

#define PROBE_BYTES ((uint64_t)16 * 1024 * 1024)
#define PROBE_TURNS ((uint64_t)200)
#define MIB         ((uint64_t)1024 * 1024)

struct settings {
	size_t rounds;
	double seconds;   /* of a trial */
	const char *only; /* contenders between commas; NULL: all */
	const char *path; /* NULL: no file */
	bool has_tls;
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: bench [-f FILE] [-o CONTENDER,...] [-r ROUNDS] [-t MS] "
	    "[DIRECTION...]\n");
	exit(2);
}

static unsigned long
number(const char *text, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value == 0 ||
	    value > most) {
		fprintf(
		    stderr, "bench: '%s' is not from 1 to %lu\n", text, most);
		exit(2);
	}
	return (value);
}

static uint64_t
rounded(const struct direction *direction, double amount)
{
	uint64_t limit = trial_limit(direction);
	uint64_t value = amount < (double)limit ? (uint64_t)amount : limit;

	if (direction_is_bulk(direction))
		value -= value % MIB;
	return (value > 0 ? value : 1);
}

/* Finds the amount each way that takes a trial about as long as wanted. */
static uint64_t
calibrate(struct bench *bench, const struct direction *direction,
    const struct contender *contender, double seconds)
{
	uint64_t amount = direction_is_bulk(direction) ? PROBE_BYTES
						       : PROBE_TURNS;
	struct sample sample;
	int i;

	amount = rounded(direction, (double)amount);
	/* The first is too short to tell but the order of magnitude. */
	for (i = 0; i < 2 && trial_limit(direction) > 1; i++) {
		sample = trial_run(bench, direction, contender, amount);
		if (!sample.good)
			break;
		amount = rounded(
		    direction, (double)amount * seconds / sample.seconds);
	}
	return (amount);
}

/* Runs all contenders in turn; each round begins with another one. */
static void
run_rounds(struct bench *bench, const struct results *results,
    const uint64_t *amounts, struct sample *samples)
{
	size_t round, turn, i;

	for (round = 0; round < results->rounds; round++) {
		for (turn = 0; turn < results->count; turn++) {
			i = (round + turn) % results->count;
			samples[i * results->rounds + round] = trial_run(bench,
			    results->direction, &results->contenders[i],
			    amounts[i]);
		}
	}
}

static void
run_direction(struct bench *bench, const struct direction *direction,
    const struct settings *settings, FILE *file)
{
	struct contender contenders[CONTENDERS_MAX];
	struct results results = {
		.direction = direction,
		.contenders = contenders,
		.rounds = settings->rounds,
	};
	uint64_t amounts[CONTENDERS_MAX];
	struct sample *samples;
	size_t i;

	if (direction->tls && !settings->has_tls)
		return;
	if (direction->task == TASK_START_UP)
		results.rounds *= START_UPS;
	results.count = contenders_list(
	    contenders, direction, settings->only, bench_port(bench));
	if (results.count == 0)
		return;
	samples = calloc(results.count * results.rounds, sizeof(*samples));
	if (samples == NULL)
		abort();
	for (i = 0; i < results.count; i++)
		amounts[i] = calibrate(
		    bench, direction, &contenders[i], settings->seconds);
	run_rounds(bench, &results, amounts, samples);
	results.samples = samples;
	results_compute(&results);
	results_print(&results);
	if (file != NULL)
		results_write(&results, file);
	free(samples);
}

/* Runs the directions named, or all. */
static void
run_all(const struct settings *settings, char *const names[], FILE *file)
{
	struct bench *bench = bench_new();
	size_t i;

	if (file != NULL)
		results_write_header(file);
	if (names[0] == NULL)
		for (i = 0; i < direction_count; i++)
			run_direction(bench, &directions[i], settings, file);
	for (i = 0; names[i] != NULL; i++)
		run_direction(bench, direction_find(names[i]), settings, file);
}

static void
check_names(char *const names[])
{
	size_t i;

	for (; *names != NULL; names++) {
		if (direction_find(*names) != NULL)
			continue;
		fprintf(stderr, "bench: no direction '%s'; there are", *names);
		for (i = 0; i < direction_count; i++)
			fprintf(stderr, " %s", directions[i].name);
		fprintf(stderr, "\n");
		exit(2);
	}
}

static void
parse(struct settings *settings, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "f:o:r:t:")) != -1) {
		switch (option) {
		case 'f':
			settings->path = optarg;
			break;
		case 'o':
			settings->only = optarg;
			break;
		case 'r':
			settings->rounds = number(optarg, ROUNDS_MAX);
			break;
		case 't':
			settings->seconds = (double)number(
						optarg, TRIAL_MS_MAX) /
			    1e3;
			break;
		default:
			usage();
		}
	}
	check_names(argv + optind);
}

int
main(int argc, char *argv[])
{
	struct settings settings = {
		.rounds = ROUNDS,
		.seconds = TRIAL_MS / 1e3,
	};
	FILE *file = NULL;

	parse(&settings, argc, argv);
	settings.has_tls = endpoint_tls_init(getenv("BENCH_CA") != NULL
				   ? getenv("BENCH_CA")
				   : "build/bench/ca.pem") == 0;
	if (settings.path != NULL) {
		file = fopen(settings.path, "we");
		if (file == NULL) {
			fprintf(stderr, "bench: %s: %s\n", settings.path,
			    strerror(errno));
			return (1);
		}
	}
	run_all(&settings, argv + optind, file);
	return (file != NULL && fclose(file) != 0 ? 1 : 0);
}
