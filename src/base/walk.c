/* SPDX-License-Identifier: ISC */
/*
 * The decisions of the table in walk.h.
 */
#include "walk.h"

void
walk_init(
    struct walk *walk, size_t steps, monotime_t grace, monotime_t patience)
{
	*walk = (struct walk){
		.steps = steps,
		.grace = grace,
		.patience = patience,
		.state = WALK_SEARCHING,
	};
}

bool
walk_wants(const struct walk *walk, enum walk_family family)
{
	return (walk->state <= WALK_FOUND &&
	    walk->families[family].query == WALK_UNASKED);
}

void
walk_asked(struct walk *walk, enum walk_family family)
{
	walk->families[family].query = WALK_ASKED;
}

bool
walk_ask_as_typed(struct walk *walk)
{
	bool wanted = walk->state == WALK_AS_TYPED && !walk->as_typed_asked;

	walk->as_typed_asked = walk->as_typed_asked || wanted;
	return (wanted);
}

static bool
walk_is_answered(const struct walk *walk)
{
	return (walk->families[WALK_IPV6].query == WALK_ANSWERED &&
	    walk->families[WALK_IPV4].query == WALK_ANSWERED);
}

/* Returns whether a family has been answered with `outcome` in this step. */
static bool
walk_has(const struct walk *walk, enum gai_class outcome)
{
	for (size_t i = 0; i < 2; i++)
		if (walk->families[i].query == WALK_ANSWERED &&
		    walk->families[i].answer.outcome == outcome)
			return (true);
	return (false);
}

/* Returns whether the name server did not answer for a family. */
static bool
walk_is_silent(const struct walk *walk, enum walk_family family)
{
	const struct walk_family_state *state = &walk->families[family];

	return (state->query == WALK_ANSWERED &&
	    state->answer.outcome == GAI_FAILED &&
	    state->answer.took >= walk->patience);
}

/* Goes on to the next name; after the last one nothing was found. */
static void
walk_next_step(struct walk *walk)
{
	if (walk->step + 1 == walk->steps) {
		walk->state = WALK_NOT_FOUND;
		return;
	}
	walk->step++;
	for (size_t i = 0; i < 2; i++)
		walk->families[i].query = WALK_UNASKED;
}

/* Returns whether the answer to A is that there is no such name. */
static bool
walk_is_no_name(const struct walk *walk)
{
	const struct walk_family_state *ipv4 = &walk->families[WALK_IPV4];

	return (ipv4->query == WALK_ANSWERED &&
	    ipv4->answer.outcome == GAI_NO_NAME);
}

/* Takes "no such name" for A as the answer to AAAA (RFC 8020). */
static void
walk_adopt_no_name(struct walk *walk)
{
	walk->families[WALK_IPV6].query = WALK_ANSWERED;
	walk->families[WALK_IPV6].answer = walk->families[WALK_IPV4].answer;
	walk_next_step(walk);
}

/* Moves the walk on by the answers of this step. */
static void
walk_settle(struct walk *walk)
{
	if (walk->state != WALK_SEARCHING)
		return;
	if (walk_has(walk, GAI_ADDRESSES))
		walk->state = WALK_FOUND;
	else if (!walk_is_answered(walk))
		return;
	else if (walk_is_silent(walk, WALK_IPV6) && walk_is_no_name(walk))
		walk_adopt_no_name(walk);
	else if (walk_has(walk, GAI_ERROR) || walk_is_silent(walk, WALK_IPV6) ||
	    walk_is_silent(walk, WALK_IPV4))
		walk->state = WALK_NOT_FOUND;
	else if (walk_has(walk, GAI_FAILED))
		walk->state = WALK_AS_TYPED;
	else
		walk_next_step(walk);
}

static void
state_keep(struct walk_family_state *state, const struct walk_answer *answer,
    size_t step, monotime_t now)
{
	state->query = WALK_ANSWERED;
	state->answered_at = now;
	state->answer = *answer;
	state->answer.step = step;
	if (answer->outcome != GAI_NO_DATA || state->had_no_data)
		return;
	state->had_no_data = true;
	state->no_data = state->answer;
}

bool
walk_take(struct walk *walk, enum walk_family family, size_t step,
    const struct walk_answer *answer, monotime_t now)
{
	struct walk_family_state *state = &walk->families[family];

	if (step != walk->step || state->query == WALK_ANSWERED ||
	    walk->state > WALK_FOUND)
		return (false);
	state_keep(state, answer, step, now);
	walk_settle(walk);
	return (true);
}

monotime_t
walk_expires_at(const struct walk *walk)
{
	if (walk->state != WALK_SEARCHING || !walk_is_no_name(walk))
		return (MONOTIME_NEVER);
	return (
	    clock_after(walk->families[WALK_IPV4].answered_at, walk->grace));
}

void
walk_expire(struct walk *walk, monotime_t now)
{
	if (now < walk_expires_at(walk) ||
	    walk_expires_at(walk) == MONOTIME_NEVER)
		return;
	walk_adopt_no_name(walk);
}

const struct walk_answer *
walk_result(const struct walk *walk, enum walk_family family)
{
	const struct walk_family_state *state = &walk->families[family];
	bool negative = state->answer.outcome == GAI_NO_NAME ||
	    state->answer.outcome == GAI_NO_DATA;

	if (walk->state == WALK_FOUND)
		return (state->query == WALK_ANSWERED ? &state->answer : NULL);
	if (walk->state != WALK_NOT_FOUND)
		return (NULL);
	/* "No data" shows that a name of the list exists, and is preferred. */
	return (
	    negative && state->had_no_data ? &state->no_data : &state->answer);
}
