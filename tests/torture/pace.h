/* SPDX-License-Identifier: ISC */
/*
 * pace.h: how much at a time, and when to pause. Time is in nanoseconds on the
 * monotonic clock.
 */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"

#define CHUNK_MAX ((size_t)64 * 1024)

#define PACE_SECOND INT64_C(1000000000)
#define PACE_NEVER  INT64_MAX

/* What is drawn beforehand. */
struct pace_plan {
	size_t chunk_max;
	unsigned pause_in;  /* a pause after one chunk in N; 0: none */
	uint64_t pause_max; /* of one pause */
};

struct pace {
	struct pace_plan plan;
	struct random random;
	int64_t left; /* of the time that all pauses may take */
	int64_t wake; /* nothing happens before */
};

int64_t pace_now(void);

/* Draws a pace at which `size` bytes do not take for ever. */
struct pace_plan pace_plan_draw(struct random *random, uint64_t size);

void pace_init(struct pace *pace, const struct pace_plan *plan, uint64_t key);

/* Returns the size of the next chunk, at least 1. */
size_t pace_chunk(struct pace *pace);

/* A chunk is done: pauses now and then. */
void pace_rest(struct pace *pace);

/* Returns whether it pauses; then lowers *wake to its end. */
bool pace_pauses(const struct pace *pace, int64_t now, int64_t *wake);

#endif
