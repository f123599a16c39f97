/* SPDX-License-Identifier: ISC */
/*
 * The race against the rules of its header, asked anew each time of all that
 * has happened: a list of starts and ends, and nothing else.
 */
#include <string.h>

#include "choices.h"
#include "race.h"

#define ATTEMPTS_MAX 32

/* One attempt; ended at MONOTIME_NEVER: it is pending. */
struct history {
	monotime_t start, end;
	bool succeeded;
};

struct model {
	monotime_t delay, attempt_timeout, deadline, now;
	monotime_t held_until, retry_at;
	bool
	    out_of_descriptors; /* since then no attempt has started or ended */
	struct race_supply supply;
	struct history attempts[ATTEMPTS_MAX];
	size_t count;
};

static monotime_t
after(monotime_t time, monotime_t duration)
{
	return (duration == MONOTIME_NEVER ? MONOTIME_NEVER : time + duration);
}

/* Returns when the newest attempt lets another one start. */
static monotime_t
due(const struct model *model)
{
	const struct history *newest;
	monotime_t passed;

	if (model->count == 0)
		return (INT64_MIN);
	newest = &model->attempts[model->count - 1];
	passed = after(newest->start, model->delay);
	return (
	    !newest->succeeded && newest->end < passed ? newest->end : passed);
}

/* Returns when an attempt may start; MONOTIME_NEVER: none is left. */
static monotime_t
next_start(const struct model *model)
{
	monotime_t start = due(model);

	if (model->supply.untried == 0)
		return (MONOTIME_NEVER);
	if (start < model->held_until)
		start = model->held_until;
	if (model->out_of_descriptors && start < model->retry_at)
		start = model->retry_at;
	return (start);
}

static struct race_step
expect(const struct model *model)
{
	struct race_step step = { .until = model->deadline };
	monotime_t start = next_start(model);
	size_t pending = 0;

	for (size_t i = model->count; i-- > 0;)
		if (model->attempts[i].succeeded) {
			step.action = RACE_WON;
			step.attempt = i;
		}
	if (step.action == RACE_WON)
		return (step);
	if (model->now >= model->deadline) {
		step.action = RACE_EXPIRED;
		return (step);
	}
	for (size_t i = 0; i < model->count; i++) {
		const struct history *attempt = &model->attempts[i];
		monotime_t timeout = after(
		    attempt->start, model->attempt_timeout);

		if (attempt->end != MONOTIME_NEVER)
			continue;
		pending++;
		if (timeout < step.until)
			step.until = timeout;
		if (step.action != RACE_TIME_OUT && timeout != MONOTIME_NEVER &&
		    model->now >= timeout) {
			step.action = RACE_TIME_OUT;
			step.attempt = i;
		}
	}
	if (step.action == RACE_TIME_OUT)
		return (step);
	if (start != MONOTIME_NEVER && model->now >= start)
		step.action = RACE_START;
	else if (pending == 0 && model->supply.untried == 0 &&
	    !model->supply.expected)
		step.action = RACE_LOST;
	if (start < step.until)
		step.until = start;
	return (step);
}

static void
compare(const struct race *race, const struct model *model)
{
	struct race_step wanted = expect(model);
	struct race_step step = race_next(race, model->now, model->supply);
	size_t pending = 0;

	CHECK(step.action == wanted.action);
	if (step.action == RACE_WON || step.action == RACE_TIME_OUT)
		CHECK(step.attempt == wanted.attempt);
	if (step.action == RACE_WAIT) {
		CHECK(step.until == wanted.until);
		CHECK(step.until > model->now);
	}
	if (step.action == RACE_START)
		CHECK((step.cause == HECAT_CAUSE_FIRST) == (model->count == 0));
	for (size_t i = 0; i < model->count; i++)
		pending += model->attempts[i].end == MONOTIME_NEVER;
	CHECK(race_pending(race) == pending);
}

static void
start(struct race *race, struct model *model)
{
	if (model->count == ATTEMPTS_MAX || model->supply.untried == 0)
		return;
	CHECK(race_started(race, model->now) == model->count);
	model->attempts[model->count++] = (struct history){
		.start = model->now,
		.end = MONOTIME_NEVER,
	};
	model->supply.untried--;
	model->out_of_descriptors = false;
}

static void
end(struct race *race, struct model *model, size_t number, bool succeeded)
{
	struct history *attempt = &model->attempts[number];

	if (number >= model->count || attempt->end != MONOTIME_NEVER)
		return;
	attempt->end = model->now;
	attempt->succeeded = succeeded;
	model->out_of_descriptors = false;
	if (succeeded)
		race_succeeded(race, number);
	else
		race_failed(race, number, model->now);
}

/* Does what the race wants, or what happens to it. */
static void
operate(struct choices *choices, struct race *race, struct model *model)
{
	struct race_step step;

	switch (choose(choices, 8)) {
	case 0:
		model->now += choose(choices, 65536);
		break;
	case 1:
		step = race_next(race, model->now, model->supply);
		if (step.action == RACE_WAIT && step.until != MONOTIME_NEVER)
			model->now = step.until;
		break;
	case 2:
		step = race_next(race, model->now, model->supply);
		if (step.action == RACE_START)
			start(race, model);
		else if (step.action == RACE_TIME_OUT)
			end(race, model, step.attempt, false);
		break;
	case 3:
		end(race, model, choose(choices, (unsigned)model->count + 1),
		    false);
		break;
	case 4:
		end(race, model, choose(choices, (unsigned)model->count + 1),
		    choose_one_in(choices, 2));
		break;
	case 5:
		if (model->supply.untried == 0 && choose_one_in(choices, 2)) {
			model->supply.untried = 1 + choose(choices, 8);
			race_candidates_added(race, model->now);
		}
		model->supply.expected = choose_one_in(choices, 2);
		break;
	case 6:
		model->held_until = model->now + choose(choices, 512) - 256;
		race_resolution_delay(race, model->held_until);
		break;
	case 7:
		model->out_of_descriptors = true;
		model->retry_at = model->now + RACE_RETRY;
		race_out_of_descriptors(race, model->now);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	struct model model = {
		.delay = choose_one_in(&choices, 4)
		    ? RACE_DELAY_NONE
		    : (monotime_t)choose(&choices, 512),
		.attempt_timeout = choose_one_in(&choices, 2)
		    ? MONOTIME_NEVER
		    : (monotime_t)choose(&choices, 1024),
		.deadline = choose_one_in(&choices, 2)
		    ? MONOTIME_NEVER
		    : 1000 + (monotime_t)choose(&choices, 65536),
		.now = 1000,
		.held_until = INT64_MIN,
		.supply = { choose(&choices, 16), choose_one_in(&choices, 2) },
	};
	struct race race;

	race_init(&race, model.delay, model.attempt_timeout, model.deadline);
	compare(&race, &model);
	while (choices.left > 0) {
		operate(&choices, &race, &model);
		compare(&race, &model);
	}
	race_release(&race);
	return (0);
}
