/* SPDX-License-Identifier: ISC */
/*
 * trial.h: one run of one contender, in a process of its own.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "contender.h"
#include "direction.h"

/* What all trials share. */
struct bench;

struct sample {
	bool good;       /* all of it arrived, and the process ended */
	double seconds;  /* from the connection to the last byte; of a
			    start-up, from the start to the exit */
	uint64_t amount; /* bytes both ways, turns, or starts */
	double cpu;      /* seconds, of the relay alone */
	long peak;       /* KiB resident, of the relay */
};

/* Opens a listening socket and a file in memory; exits where it cannot. */
struct bench *bench_new(void);

/* Returns the port to connect to. */
int bench_port(const struct bench *bench);

/* Returns the most that a trial may move. */
uint64_t trial_limit(const struct direction *direction);

/* Runs once, moving an amount each way. */
struct sample trial_run(struct bench *bench, const struct direction *direction,
    const struct contender *contender, uint64_t amount);

#endif
