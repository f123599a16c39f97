/* SPDX-License-Identifier: ISC */
/*
 * Random chunks and pauses, all pauses of one end bounded together.
 */
#include <time.h>

#include "pace.h"

/* All pauses together, and the longest one. */
#define PAUSES_MAX (PACE_SECOND / 25)
#define PAUSE_MAX  (PACE_SECOND / 250)

/* Chunks are at least so large that about this many do. */
#define CHUNKS 500

int64_t
pace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec * PACE_SECOND + now.tv_nsec);
}

struct pace_plan
pace_plan_draw(struct random *random, uint64_t size)
{
	static const unsigned pauses[] = { 0, 0, 1, 3, 10, 100 };
	struct pace_plan plan;
	uint64_t least = size / CHUNKS + 1;

	plan.chunk_max = (size_t)random_size(random, CHUNK_MAX - 1) + 1;
	if (random_one_in(random, 3))
		plan.chunk_max = CHUNK_MAX;
	if (plan.chunk_max < least)
		plan.chunk_max = (size_t)least;
	if (plan.chunk_max > CHUNK_MAX)
		plan.chunk_max = CHUNK_MAX;
	plan.pause_in =
	    pauses[random_below(random, sizeof(pauses) / sizeof(pauses[0]))];
	plan.pause_max = random_size(random, PAUSE_MAX);
	return (plan);
}

void
pace_init(struct pace *pace, const struct pace_plan *plan, uint64_t key)
{
	pace->plan = *plan;
	pace->random.state = key;
	pace->left = PAUSES_MAX;
	pace->wake = 0;
}

size_t
pace_chunk(struct pace *pace)
{
	return (
	    (size_t)random_size(&pace->random, pace->plan.chunk_max - 1) + 1);
}

void
pace_rest(struct pace *pace)
{
	int64_t pause;

	if (pace->plan.pause_in == 0 || pace->left <= 0 ||
	    !random_one_in(&pace->random, pace->plan.pause_in))
		return;
	pause = (int64_t)random_size(&pace->random, pace->plan.pause_max);
	pace->left -= pause;
	pace->wake = pace_now() + pause;
}

bool
pace_pauses(const struct pace *pace, int64_t now, int64_t *wake)
{
	if (pace->wake <= now)
		return (false);
	if (*wake > pace->wake)
		*wake = pace->wake;
	return (true);
}
