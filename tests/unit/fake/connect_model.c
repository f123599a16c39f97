/* SPDX-License-Identifier: ISC */
/*
 * The rules of the race, of the order and of the Resolution Delay, each in as
 * few lines as it takes to say it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "fake/connect_model.h"
#include "fake/seconds.h"

struct model_attempt {
	const struct model_destination *destination;
	size_t source;
	int start;
	int end; /* MODEL_NEVER */
	bool pending;
	bool succeeds;
};

struct model {
	const struct model_case *given;
	struct model_result *result;
	int time;
	/* Known destinations as they came, and in the order of their turn. */
	struct model_destination known[MODEL_DESTINATIONS_MAX];
	const struct model_destination *order[MODEL_DESTINATIONS_MAX];
	size_t count;
	bool answered[2];
	struct model_attempt attempts[MODEL_PAIRS_MAX];
	size_t attempt_count;
	bool over;
};

const struct model_fate *
connect_model_fate(const struct model_case *given,
    const struct model_destination *destination, size_t source)
{
	return (&given->fates[destination->name[1] - 'a']
			     [destination->family == AF_INET6][source]);
}

static bool
same(const struct model_destination *a, const struct model_destination *b)
{
	return (strcmp(a->name, b->name) == 0);
}

/* The same address is attempted once. */
static void
learn(struct model *model, const struct model_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		bool known = false;

		for (size_t j = 0; j < model->count; j++)
			if (same(&model->known[j], &answer->destinations[i]))
				known = true;
		if (!known)
			model->known[model->count++] = answer->destinations[i];
	}
}

static bool
has_source(const struct model_case *given, int family)
{
	for (size_t i = 0; i < given->source_count; i++)
		if (given->sources[i].family == family)
			return (true);
	return (given->source_count == 0 && family != given->absent_family);
}

/* What can be reached comes first, then IPv6, then the order of answers. */
static size_t
sort(const struct model *model, const struct model_destination **sorted)
{
	static const int families[] = { AF_INET6, AF_INET };
	size_t count = 0;

	for (int usable = 1; usable >= 0; usable--)
		for (int f = 0; f < 2; f++)
			for (size_t i = 0; i < model->count; i++)
				if (model->known[i].family == families[f] &&
				    has_source(model->given, families[f]) ==
					usable)
					sorted[count++] = &model->known[i];
	return (count);
}

/* Takes the next of a family out of the list; NULL when there is none. */
static const struct model_destination *
take(const struct model_destination **list, size_t count, int family,
    bool of_family)
{
	const struct model_destination *found;

	for (size_t i = 0; i < count; i++) {
		if (list[i] == NULL || (list[i]->family == family) != of_family)
			continue;
		found = list[i];
		list[i] = NULL;
		return (found);
	}
	return (NULL);
}

/* First `count` of the leading family, then one of each in turn. */
static void
interleave_sorted(struct model *model)
{
	const struct model_destination *sorted[MODEL_DESTINATIONS_MAX];
	const struct model_destination *next;
	size_t count = sort(model, sorted);
	int leading = model->given->preferred_family;
	size_t placed = 0;
	bool lead;

	if (leading == AF_UNSPEC && count > 0)
		leading = sorted[0]->family;
	while (placed < count &&
	    placed < model->given->first_address_family_count) {
		next = take(sorted, count, leading, true);
		if (next == NULL)
			break;
		model->order[placed++] = next;
	}
	for (lead = false; placed < count; lead = !lead) {
		next = take(sorted, count, leading, lead);
		if (next != NULL)
			model->order[placed++] = next;
	}
}

/* The complete list is put in order again at every answer. */
static void
order(struct model *model)
{
	if (!model->given->as_given) {
		interleave_sorted(model);
		return;
	}
	for (size_t i = 0; i < model->count; i++)
		model->order[i] = &model->known[i];
}

static bool
tried(const struct model *model, const struct model_destination *destination,
    size_t source)
{
	for (size_t i = 0; i < model->attempt_count; i++)
		if (same(model->attempts[i].destination, destination) &&
		    model->attempts[i].source == source)
			return (true);
	return (false);
}

/* Finds the first pair in order that has not been tried. */
static bool
next_pair(const struct model *model,
    const struct model_destination **destination, size_t *source)
{
	const struct model_case *given = model->given;
	size_t sources = given->source_count == 0 ? 1 : given->source_count;

	for (size_t i = 0; i < model->count; i++)
		for (size_t j = 0; j < sources; j++) {
			*destination = model->order[i];
			*source = j;
			if (given->source_count > 0 &&
			    given->sources[j].family != (*destination)->family)
				continue;
			if (!tried(model, *destination, *source))
				return (true);
		}
	return (false);
}

static size_t
pending(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->attempt_count; i++)
		count += model->attempts[i].pending;
	return (count);
}

/* Whether an answer is out: the one of `family`, or with AF_UNSPEC any. */
static bool
out(const struct model *model, int family)
{
	return (model->given->looked_up &&
	    ((family != AF_INET && !model->answered[0]) ||
		(family != AF_INET6 && !model->answered[1])));
}

/* Whether `other` would lead with a global address, before the known family. */
static bool
would_lead(const struct model_case *given, int other)
{
	int known = other == AF_INET ? AF_INET6 : AF_INET;

	if (given->preferred_family != AF_UNSPEC)
		return (other == given->preferred_family &&
		    has_source(given, other));
	if (has_source(given, other) != has_source(given, known))
		return (has_source(given, other));
	return (other == AF_INET6);
}

/* Returns when the Resolution Delay ends; MODEL_NEVER: there is none. */
static int
hold_end(const struct model *model)
{
	const struct model_case *given = model->given;
	int other = out(model, AF_INET6) ? AF_INET6 : AF_INET;
	const struct model_answer *answer = &given->answers[other == AF_INET6];

	if (!out(model, other) || answer->count == 0 ||
	    !model->answered[other == AF_INET6] || !would_lead(given, other))
		return (MODEL_NEVER);
	return (answer->time + given->resolution_delay);
}

/* Whether the newest attempt lets another one start. */
static bool
due(const struct model *model)
{
	const struct model_attempt *newest;

	if (model->attempt_count == 0)
		return (true);
	newest = &model->attempts[model->attempt_count - 1];
	return (!newest->pending ||
	    (model->given->delay != MODEL_NEVER &&
		model->time >= newest->start + model->given->delay));
}

static bool
may_start(const struct model *model)
{
	size_t room = model->given->descriptors;

	return (due(model) && model->time >= hold_end(model) &&
	    (room == 0 || pending(model) < room));
}

static void
append_name(const struct model *model, const struct model_attempt *attempt)
{
	const struct model_case *given = model->given;

	text_append(model->result->text, MODEL_TEXT_MAX, "%s",
	    attempt->destination->name);
	if (given->source_count > 0)
		text_append(model->result->text, MODEL_TEXT_MAX, "<%s",
		    given->sources[attempt->source].name);
}

static void
start(struct model *model, const struct model_destination *destination,
    size_t source)
{
	const struct model_fate *fate = connect_model_fate(
	    model->given, destination, source);
	struct model_attempt *attempt = &model->attempts[model->attempt_count];

	*attempt = (struct model_attempt){
		.destination = destination,
		.source = source,
		.start = model->time,
		.end = fate->kind == 'H' ? MODEL_NEVER
					 : model->time + fate->after,
		.pending = fate->kind != 'U',
		.succeeds = fate->kind == 'S',
	};
	if (model->attempt_count++ > 0)
		text_append(model->result->text, MODEL_TEXT_MAX, ", ");
	append_name(model, attempt);
	text_append(model->result->text, MODEL_TEXT_MAX, " %d", model->time);
}

static void
finish(
    struct model *model, const struct model_attempt *winner, const char *words)
{
	model->over = true;
	text_append(model->result->text, MODEL_TEXT_MAX, ": ");
	if (winner != NULL)
		append_name(model, winner);
	text_append(model->result->text, MODEL_TEXT_MAX, "%s at %d", words,
	    model->time);
}

/* Ends what ends by now. Returns the first that has succeeded. */
static const struct model_attempt *
end_attempts(struct model *model)
{
	for (size_t i = 0; i < model->attempt_count; i++) {
		struct model_attempt *attempt = &model->attempts[i];

		if (!attempt->pending || attempt->end == MODEL_NEVER ||
		    attempt->end > model->time)
			continue;
		if (attempt->succeeds)
			return (attempt);
		attempt->pending = false;
	}
	return (NULL);
}

static void
time_out_attempts(struct model *model)
{
	int limit = model->given->attempt_timeout;

	for (size_t i = 0; limit != MODEL_NEVER && i < model->attempt_count;
	     i++)
		if (model->time >= model->attempts[i].start + limit)
			model->attempts[i].pending = false;
}

/* Applies the rules to this millisecond. */
static void
act(struct model *model)
{
	const struct model_attempt *winner = end_attempts(model);
	const struct model_destination *destination;
	size_t source;

	if (winner != NULL) {
		finish(model, winner, " wins");
		return;
	}
	if (model->time >= model->given->timeout) {
		finish(model, NULL, "time is up");
		return;
	}
	time_out_attempts(model);
	while (may_start(model) && next_pair(model, &destination, &source))
		start(model, destination, source);
	if (pending(model) == 0 && !next_pair(model, &destination, &source) &&
	    !out(model, AF_UNSPEC))
		finish(model, NULL,
		    model->attempt_count > 0 ? "no connection" : "no address");
}

/* Whether a start may fall due in this instant without the answer in it. */
static bool
is_tied(const struct model *model)
{
	return (model->attempt_count > 0 || hold_end(model) == model->time);
}

static void
tick(struct model *model)
{
	for (size_t i = 0; i < 2 && !model->over; i++) {
		const struct model_answer *answer = &model->given->answers[i];
		size_t before = model->attempt_count;
		bool tied;

		if (answer->time != model->time)
			continue;
		tied = is_tied(model);
		model->answered[i] = true;
		learn(model, answer);
		order(model);
		act(model);
		if (tied && model->attempt_count > before)
			model->result->tied = true;
	}
	if (!model->over)
		act(model);
}

void
connect_model_play(const struct model_case *given, struct model_result *result)
{
	struct model model = { .given = given, .result = result };

	*result = (struct model_result){ .tied = false };
	while (!model.over) {
		tick(&model);
		model.time++;
	}
}
