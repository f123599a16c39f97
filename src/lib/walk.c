/* SPDX-License-Identifier: ISC */
/*
 * The table of walk.h.
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
	return (walk->state <= WALK_FOUND && !walk->sides[family].asked);
}

void
walk_asked(struct walk *walk, enum walk_family family)
{
	walk->sides[family].asked = true;
}

bool
walk_ask_as_typed(struct walk *walk)
{
	bool wanted = walk->state == WALK_AS_TYPED && !walk->as_typed_asked;

	walk->as_typed_asked = walk->as_typed_asked || wanted;
	return (wanted);
}

static bool
has(const struct walk *walk, enum walk_outcome outcome)
{
	for (size_t i = 0; i < 2; i++)
		if (walk->sides[i].answered &&
		    walk->sides[i].answer.outcome == outcome)
			return (true);
	return (false);
}

/* Whether a name server has kept silent about a family. */
static bool
is_silent(const struct walk *walk, enum walk_family family)
{
	const struct walk_side *side = &walk->sides[family];

	return (side->answered && side->answer.outcome == WALK_FAILED &&
	    side->answer.took >= walk->patience);
}

/* Goes on to the next name; the last one was the end. */
static void
next_step(struct walk *walk)
{
	if (walk->step + 1 == walk->steps) {
		walk->state = WALK_OVER;
		return;
	}
	walk->step++;
	for (size_t i = 0; i < 2; i++)
		walk->sides[i].asked = walk->sides[i].answered = false;
}

/* Whether the name does not exist, by the answer to A. */
static bool
is_no_name(const struct walk *walk)
{
	const struct walk_side *ipv4 = &walk->sides[WALK_IPV4];

	return (ipv4->answered && ipv4->answer.outcome == WALK_NO_NAME);
}

/* That A has no such name is the answer for AAAA as well (RFC 8020). */
static void
adopt_no_name(struct walk *walk)
{
	walk->sides[WALK_IPV6].answered = true;
	walk->sides[WALK_IPV6].answer = walk->sides[WALK_IPV4].answer;
	next_step(walk);
}

/* Does what the answers of this step ask for. */
static void
settle(struct walk *walk)
{
	if (walk->state != WALK_SEARCHING)
		return;
	if (has(walk, WALK_ADDRESSES))
		walk->state = WALK_FOUND;
	else if (!walk->sides[0].answered || !walk->sides[1].answered)
		return;
	else if (is_silent(walk, WALK_IPV6) && is_no_name(walk))
		adopt_no_name(walk);
	else if (has(walk, WALK_ERROR) || is_silent(walk, WALK_IPV6) ||
	    is_silent(walk, WALK_IPV4))
		walk->state = WALK_OVER;
	else if (has(walk, WALK_FAILED))
		walk->state = WALK_AS_TYPED;
	else
		next_step(walk);
}

static void
keep(struct walk_side *side, const struct walk_answer *answer, size_t step,
    monotime_t now)
{
	side->answered = true;
	side->answered_at = now;
	side->answer = *answer;
	side->answer.step = step;
	if (answer->outcome != WALK_NO_DATA || side->had_no_data)
		return;
	side->had_no_data = true;
	side->no_data = side->answer;
}

bool
walk_take(struct walk *walk, enum walk_family family, size_t step,
    const struct walk_answer *answer, monotime_t now)
{
	struct walk_side *side = &walk->sides[family];

	if (step != walk->step || side->answered || walk->state > WALK_FOUND)
		return (false);
	keep(side, answer, step, now);
	settle(walk);
	return (true);
}

monotime_t
walk_due(const struct walk *walk)
{
	if (walk->state != WALK_SEARCHING || !is_no_name(walk))
		return (MONOTIME_NEVER);
	return (clock_after(walk->sides[WALK_IPV4].answered_at, walk->grace));
}

void
walk_expire(struct walk *walk, monotime_t now)
{
	if (now < walk_due(walk) || walk_due(walk) == MONOTIME_NEVER)
		return;
	adopt_no_name(walk);
}

const struct walk_answer *
walk_result(const struct walk *walk, enum walk_family family)
{
	const struct walk_side *side = &walk->sides[family];
	bool negative = side->answer.outcome == WALK_NO_NAME ||
	    side->answer.outcome == WALK_NO_DATA;

	if (walk->state == WALK_FOUND)
		return (side->answered ? &side->answer : NULL);
	if (walk->state != WALK_OVER)
		return (NULL);
	/* That a name of the list exists says more than that one does not. */
	return (negative && side->had_no_data ? &side->no_data : &side->answer);
}
