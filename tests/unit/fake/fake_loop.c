/* SPDX-License-Identifier: ISC */
/*
 * The event loop of a fake world: the next event, and the first of several.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include "fake/fake_world.h"

static monotime_t
earlier(monotime_t a, monotime_t b)
{
	return (a < b ? a : b);
}

/* Whether an answer is one to the question that is out. */
static bool
is_asked_for(const struct fake_world *world, const struct fake_answer *answer)
{
	bool both = answer->family == AF_UNSPEC;

	return (world->answer_count == 1 ||
	    both == (world->asked == RESOLVER_BOTH_TOGETHER));
}

/* Returns when an answer comes; never, when its lookup was cancelled. */
static monotime_t
answer_time(const struct fake_world *world, const struct fake_answer *answer)
{
	if (world->lookups_live == 0 || answer->told ||
	    !is_asked_for(world, answer))
		return (MONOTIME_NEVER);
	return (clock_after(world->asked_at, answer->time));
}

/* Returns the attempt with `number`, if its end is not reported yet. */
static struct attempt *
untold(const struct fake_world *world, size_t number)
{
	struct attempt *attempt = world->list[number];

	return (attempt == NULL || attempt->told ? NULL : attempt);
}

static monotime_t
next_time(struct fake_world *world)
{
	monotime_t next = world->timer_at;

	for (size_t i = 0; i < world->answer_count; i++)
		next = earlier(next, answer_time(world, &world->answers[i]));
	while (world->first_live < world->attempts_started &&
	    world->list[world->first_live] == NULL)
		world->first_live++;
	for (size_t i = world->first_live; i < world->attempts_started; i++)
		if (untold(world, i) != NULL)
			next = earlier(next, world->list[i]->end);
	return (next);
}

/* Whether the lookup lacks a descriptor for an answer with `family`. */
static bool
lacks_descriptor(const struct fake_world *world, int family)
{
	return (world->asked_at - FAKE_EPOCH < world->no_descriptor_until &&
	    (world->no_descriptor_family == AF_UNSPEC ||
		world->no_descriptor_family == family));
}

static bool
tell_answer(struct fake_world *world)
{
	for (size_t i = 0; i < world->answer_count; i++) {
		struct fake_answer *answer = &world->answers[i];

		if (answer_time(world, answer) > world->now)
			continue;
		answer->told = true;
		world->progress = world->now;
		if (lacks_descriptor(world, answer->family))
			world->answer_cb(
			    &(struct resolver_answer){
				.family = answer->family,
				.error = EAI_SYSTEM,
				.system_error = EMFILE,
			    },
			    world->answer_arg);
		else
			world->answer_cb(
			    &(struct resolver_answer){
				.family = answer->family,
				.error = answer->error,
				.more = answer->more,
				.addresses = answer->addresses,
				.count = answer->count,
			    },
			    world->answer_arg);
		return (true);
	}
	return (false);
}

static bool
expire_timer(struct fake_world *world)
{
	if (world->timer_at > world->now)
		return (false);
	world->timer_at = MONOTIME_NEVER;
	world->timer.cb(world->timer.arg);
	return (true);
}

bool
fake_world_tell_attempt(struct fake_world *world)
{
	for (size_t i = world->first_live; i < world->attempts_started; i++) {
		size_t number = world->order != FAKE_ATTEMPTS_FIRST_NEWEST
		    ? i
		    : world->attempts_started - 1 - (i - world->first_live);
		struct attempt *attempt = untold(world, number);

		if (attempt == NULL || attempt->end > world->now)
			continue;
		attempt->told = true;
		world->progress = world->now;
		world->refused = false;
		attempt->cb(attempt->error, attempt->arg);
		return (true);
	}
	return (false);
}

static bool
tell_one(struct fake_world *world)
{
	switch (world->order) {
	case FAKE_ANSWERS_FIRST:
		return (tell_answer(world) || expire_timer(world) ||
		    fake_world_tell_attempt(world));
	case FAKE_ALARM_FIRST:
		return (expire_timer(world) || tell_answer(world) ||
		    fake_world_tell_attempt(world));
	case FAKE_ATTEMPTS_FIRST:
	case FAKE_ATTEMPTS_FIRST_NEWEST:
		break;
	}
	return (fake_world_tell_attempt(world) || expire_timer(world) ||
	    tell_answer(world));
}

bool
fake_world_step(struct fake_world *world)
{
	monotime_t next = next_time(world);

	assert_true(world->may_call);
	if (next == MONOTIME_NEVER)
		return (false);
	if (next > world->now)
		world->now = next;
	assert_true(tell_one(world));
	return (true);
}
