/* SPDX-License-Identifier: ISC */
/*
 * The list of candidates, fed and emptied in any order: each pair comes once,
 * in an order that is that of a list which was complete from the start.
 */
#include <stdlib.h>
#include <string.h>

#include "candidates.h"
#include "choices.h"

#define ITEMS_MAX   64
#define SOURCES_MAX 3

struct model {
	struct address known[ITEMS_MAX]; /* in the order they came */
	bool ahead[ITEMS_MAX];
	size_t count;
	struct address sources[SOURCES_MAX];
	size_t source_count;
	struct {
		struct address destination;
		size_t source;
	} tried[ITEMS_MAX * SOURCES_MAX];
	size_t tried_count;
	unsigned seed; /* of what the host would send from */
};

/* A fake host: it always has the same source for a destination. */
static void
source_of(const struct address *destination, struct destsort_source *source,
    void *arg)
{
	const struct model *model = arg;
	char text[ADDRESS_TEXT_MAX];
	unsigned hash = model->seed;

	address_format_host(destination, text);
	for (const char *at = text; *at != '\0'; at++)
		hash = hash * 31 + (unsigned char)*at;
	memset(source, 0, sizeof(*source));
	address_parse(&source->address,
	    address_family(destination) == AF_INET ? "192.0.2.9"
						   : "2001:db8::9",
	    0);
	source->found = hash % 8 != 0;
	source->prefix_length = hash / 8 % 33;
	source->deprecated = hash / 256 % 4 == 0;
	source->tunnel = hash / 1024 % 4 == 0;
}

/* Returns the number of pairs of what is known. */
static size_t
pairs(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->count; i++) {
		if (model->source_count == 0)
			count++;
		for (size_t j = 0; j < model->source_count; j++)
			count += address_family(&model->sources[j]) ==
			    address_family(&model->known[i]);
	}
	return (count);
}

static void
add(struct choices *choices, struct candidates *candidates, struct model *model)
{
	struct address batch[16];
	size_t count = choose(choices, 16), fresh = 0;
	bool ahead = choose_one_in(choices, 3);
	int added;

	for (size_t i = 0; i < count; i++) {
		bool known = false;

		batch[i] = choose_address(choices, 80);
		for (size_t j = 0; j < model->count; j++)
			known = known ||
			    address_equal(&model->known[j], &batch[i]);
		if (known)
			continue;
		if (model->count == ITEMS_MAX) {
			count = i;
			break;
		}
		model->ahead[model->count] = ahead;
		model->known[model->count++] = batch[i];
		fresh++;
	}
	added = candidates_add(candidates, batch, count,
	    ahead ? CANDIDATES_AHEAD : CANDIDATES_BEHIND);
	CHECK(added == (int)fresh);
	CHECK(candidates->count == model->count);
}

/* Tries the next pair: it is known, fits, and was not tried before. */
static void
try_next(struct candidates *candidates, struct model *model)
{
	const struct address *destination, *source;
	size_t which = SOURCES_MAX;
	bool known = false;

	if (!candidates_next(candidates, &destination, &source)) {
		CHECK(model->tried_count == pairs(model));
		return;
	}
	for (size_t i = 0; i < model->count; i++)
		known = known || address_equal(&model->known[i], destination);
	CHECK(known && (source == NULL) == (model->source_count == 0));
	if (source != NULL) {
		CHECK(address_family(source) == address_family(destination));
		which = (size_t)(source - model->sources);
		CHECK(which < model->source_count);
	}
	for (size_t i = 0; i < model->tried_count; i++)
		CHECK(model->tried[i].source != which ||
		    !address_equal(&model->tried[i].destination, destination));
	model->tried[model->tried_count].destination = *destination;
	model->tried[model->tried_count++].source = which;
	candidates_advance(candidates);
}

/* Returns the turns of a list as the addresses themselves. */
static void
turns(const struct candidates *candidates, struct address *order)
{
	for (size_t i = 0; i < candidates->count; i++)
		order[i] = candidates_at(candidates, i)->address;
}

/* RFC 8305 section 4, of the families alone. */
static void
check_interleaved(
    const struct candidates *candidates, const struct address *order)
{
	size_t left[2] = { 0, 0 }, run = 0;
	int leading = candidates->count == 0 ? AF_INET6
					     : address_family(&order[0]);

	for (size_t i = 0; i < candidates->count; i++)
		left[address_family(&order[i]) == AF_INET]++;
	for (size_t i = 0; i < candidates->count; i++) {
		int family = address_family(&order[i]);
		size_t other = left[family != AF_INET];

		run = i > 0 && family == address_family(&order[i - 1]) ? run + 1
								       : 1;
		/* More than one in a row: the first ones, or there is no
		 * other left. */
		if (run > 1 && other > 0)
			CHECK(family == leading &&
			    i < candidates->policy.first_address_family_count);
		left[family == AF_INET]--;
	}
}

/* A list to which all is added at once has the same order. */
static void
check_complete(const struct candidates *candidates, const struct model *model)
{
	struct candidates complete;
	struct address known[ITEMS_MAX], order[ITEMS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < 2 * model->count; i++)
		if (model->ahead[i % model->count] == (i < model->count))
			known[count++] = model->known[i % model->count];
	CHECK(count == model->count);
	candidates_init(&complete, &candidates->policy);
	CHECK(candidates_add(&complete, known, count, CANDIDATES_BEHIND) ==
	    (int)count);
	turns(&complete, order);
	for (size_t i = 0; i < count; i++)
		CHECK(address_equal(
		    &order[i], &candidates_at(candidates, i)->address));
	candidates_release(&complete);
}

static void
check_order(const struct candidates *candidates, const struct model *model)
{
	struct address order[ITEMS_MAX];

	turns(candidates, order);
	if (candidates->policy.order == HECAT_ORDER_SORTED) {
		check_interleaved(candidates, order);
		check_complete(candidates, model);
		return;
	}
	for (size_t i = 0; i < candidates->count; i++)
		CHECK(address_equal(&order[i], &model->known[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { AF_UNSPEC, AF_INET6, AF_INET };
	static struct model model;
	struct choices choices = { data, size };
	struct policy_table table;
	struct candidates candidates;

	model = (struct model){ .seed = choose(&choices, 256) };
	policy_table_init(&table);
	if (choose_one_in(&choices, 4))
		table.precedences.count = 0;
	model.source_count = choose(&choices, SOURCES_MAX + 1);
	for (size_t i = 0; i < model.source_count; i++)
		model.sources[i] = choose_address(&choices, 0);
	candidates_init(&candidates,
	    &(struct candidates_policy){
		.order = choose_one_in(&choices, 4) ? HECAT_ORDER_RESOLVER
						    : HECAT_ORDER_SORTED,
		.preferred_family = families[choose(&choices, 3)],
		.first_address_family_count = 1 + choose(&choices, 3),
		.sources = model.sources,
		.source_count = model.source_count,
		.table = &table,
		.source_of = source_of,
		.source_arg = &model,
	    });
	while (choices.left > 0) {
		if (choose_one_in(&choices, 3)) {
			add(&choices, &candidates, &model);
			check_order(&candidates, &model);
		} else {
			try_next(&candidates, &model);
		}
		CHECK(candidates_untried(&candidates) ==
		    pairs(&model) - model.tried_count);
	}
	while (model.tried_count < pairs(&model))
		try_next(&candidates, &model);
	CHECK(candidates_untried(&candidates) == 0);
	candidates_release(&candidates);
	return (0);
}
