/* SPDX-License-Identifier: ISC */
/*
 * The walk along a list of names, with answers in any order, late ones and
 * those to nothing, against the table of its header.
 */
#include <string.h>

#include "choices.h"
#include "walk.h"

#define STEPS_MAX 6
#define GRACE     50
#define PATIENCE  1000

/* All that has been answered, and when; by step and family. */
struct model {
	struct {
		bool asked, answered;
		enum gai_class outcome;
		bool silent;
		monotime_t at;
	} answers[STEPS_MAX][2];
	size_t steps;
	monotime_t now;
};

/* How a step has ended. */
enum ending { OPEN, FOUND, NEXT, AS_TYPED, FAIL };

static bool
is_negative(const struct model *model, size_t step, size_t family)
{
	enum gai_class outcome = model->answers[step][family].outcome;

	return (outcome == GAI_NO_NAME || outcome == GAI_NO_DATA);
}

/* What the table has for a pair of answers. */
static enum ending
ending_of(const struct model *model, size_t step)
{
	const bool answered[2] = { model->answers[step][0].answered,
		model->answers[step][1].answered };

	for (size_t f = 0; f < 2; f++)
		if (answered[f] &&
		    model->answers[step][f].outcome == GAI_ADDRESSES)
			return (FOUND);
	/* RFC 8020: that there is no name holds for AAAA, after a while. */
	if (!answered[WALK_IPV6] && answered[WALK_IPV4] &&
	    model->answers[step][WALK_IPV4].outcome == GAI_NO_NAME &&
	    model->now >= model->answers[step][WALK_IPV4].at + GRACE)
		return (NEXT);
	if (!answered[0] || !answered[1])
		return (OPEN);
	if (is_negative(model, step, 0) && is_negative(model, step, 1))
		return (NEXT);
	/* Nor does it matter then when a silent AAAA is given up. */
	if (model->answers[step][WALK_IPV4].outcome == GAI_NO_NAME &&
	    model->answers[step][WALK_IPV6].outcome == GAI_FAILED &&
	    model->answers[step][WALK_IPV6].silent)
		return (NEXT);
	for (size_t f = 0; f < 2; f++)
		if (model->answers[step][f].outcome == GAI_ERROR ||
		    (model->answers[step][f].outcome == GAI_FAILED &&
			model->answers[step][f].silent))
			return (FAIL);
	return (AS_TYPED);
}

static void
compare(const struct walk *walk, const struct model *model)
{
	static const enum walk_state states[] = {
		[OPEN] = WALK_SEARCHING,
		[FOUND] = WALK_FOUND,
		[NEXT] = WALK_NOT_FOUND,
		[AS_TYPED] = WALK_AS_TYPED,
		[FAIL] = WALK_NOT_FOUND,
	};
	size_t step = 0;

	while (step + 1 < model->steps && ending_of(model, step) == NEXT)
		step++;
	CHECK(walk->step == step);
	CHECK(walk->state == states[ending_of(model, step)]);
	for (enum walk_family f = WALK_IPV6; f <= WALK_IPV4; f++) {
		const struct walk_answer *result = walk_result(walk, f);

		CHECK(walk->state != WALK_NOT_FOUND || result != NULL);
		if (walk->state == WALK_FOUND)
			CHECK((result != NULL) ==
			    model->answers[step][f].answered);
		if (walk->state == WALK_SEARCHING ||
		    walk->state == WALK_AS_TYPED)
			CHECK(result == NULL);
		if (result != NULL)
			CHECK(result->step <= step);
	}
}

/* Asks what is wanted; nothing is wanted twice. */
static void
ask(struct walk *walk, struct model *model)
{
	for (enum walk_family f = WALK_IPV6; f <= WALK_IPV4; f++) {
		if (!walk_wants(walk, f))
			continue;
		CHECK(!model->answers[walk->step][f].asked);
		model->answers[walk->step][f].asked = true;
		walk_asked(walk, f);
		CHECK(!walk_wants(walk, f));
	}
	CHECK(walk_ask_as_typed(walk) ? walk->state == WALK_AS_TYPED : true);
	CHECK(!walk_ask_as_typed(walk));
}

static void
answer(struct choices *choices, struct walk *walk, struct model *model)
{
	size_t step = choose(choices, (unsigned)model->steps);
	enum walk_family family = (enum walk_family)choose(choices, 2);
	struct walk_answer given = {
		.outcome = (enum gai_class)choose(choices, GAI_ERROR + 1),
		.took = choose_one_in(choices, 3) ? PATIENCE : 1,
		.error = (int)choose(choices, 100),
	};
	bool counts = step == walk->step &&
	    model->answers[step][family].asked &&
	    !model->answers[step][family].answered &&
	    (walk->state == WALK_SEARCHING || walk->state == WALK_FOUND);

	/* There is no answer without a query. */
	if (!model->answers[step][family].asked)
		return;
	CHECK(walk_take(walk, family, step, &given, model->now) == counts);
	if (!counts)
		return;
	model->answers[step][family].answered = true;
	model->answers[step][family].outcome = given.outcome;
	model->answers[step][family].silent = given.took >= PATIENCE;
	model->answers[step][family].at = model->now;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	struct model model = { .steps = 1 + choose(&choices, STEPS_MAX) };
	struct walk walk;

	walk_init(&walk, model.steps, GRACE, PATIENCE);
	while (choices.left > 0) {
		ask(&walk, &model);
		if (choose_one_in(&choices, 4)) {
			model.now += choose(&choices, 2 * GRACE);
			CHECK(walk_expires_at(&walk) >= 0);
			walk_expire(&walk, model.now);
		} else {
			answer(&choices, &walk, &model);
		}
		walk_expire(&walk, model.now);
		compare(&walk, &model);
	}
	return (0);
}
