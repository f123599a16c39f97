/* SPDX-License-Identifier: ISC */
/*
 * candidates.h: the destinations of one connect, in the order of their turn.
 *
 * Answers arrive one family at a time. Each candidates_add() sorts the complete
 * list, with the destinations that were tried: by RFC 6724 section 6, then
 * interleaved as RFC 8305 section 4 says. The untried ones follow in that
 * order, so a late answer has the place that it would have had from the start.
 * A destination is in the list once, however often it is answered. Where no
 * rule decides between two destinations their order in the list stays; the
 * caller may place an answer ahead of an earlier one.
 *
 * With source addresses given, each destination is paired with every source of
 * its family, and each pair is a candidate; interleaving counts destinations. A
 * destination without a source of its family is skipped. One that a prefix
 * excludes never comes into the list, and is kept beside it.
 *
 * The life of a list: candidates_init(); candidates_add() for each answer;
 * candidates_next() and candidates_advance() for each attempt;
 * candidates_release(). It knows no socket and no timer; the source address of
 * a destination comes from a function that is handed in.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "destsort.h"
#include "hecat_types.h"
#include "policy_table.h"
#include "prefix.h"

/* How candidates are ordered. All that it points to outlives the list. */
struct candidates_policy {
	enum hecat_order order;
	int preferred_family; /* that leads; AF_UNSPEC: that of the best address
			       */
	size_t first_address_family_count;
	const struct address *sources; /* to bind attempts to */
	size_t source_count;           /* 0: the host chooses */
	const struct prefix *excluded;
	size_t excluded_count;
	const struct policy_table *table;
	destsort_source_fn source_of;
	void *source_arg;
};

/* One destination. */
struct candidate {
	struct address address;
	struct destsort_source source; /* found when it is first sorted */
	bool source_known;
	bool ahead;         /* CANDIDATES_AHEAD */
	size_t next_source; /* index into the policy's, of the next pair */
	bool skipped;       /* no source of its family is given */
	unsigned char rule; /* of RFC 6724 section 6, that put it behind the
				one before it in sorted order; 0 for the first
				and where nothing was sorted */
};

struct candidates {
	struct candidates_policy policy;
	struct candidate *items; /* in the order of their arrival */
	size_t *order;           /* indices into items, by turn */
	size_t count;
	size_t untried; /* pairs that have not been started */
	size_t cursor;  /* turns before this one have no untried pair */
	struct address *excluded; /* in the order of their arrival, each once */
	size_t excluded_count;
};

/*
 * Finds the source of attempts at `destination`: the first given source of its
 * family; without given sources, or where that is the wildcard address, the one
 * that the host chooses.
 */
void candidates_source_of(const struct candidates_policy *policy,
    const struct address *destination, struct destsort_source *source);

void candidates_init(
    struct candidates *candidates, const struct candidates_policy *policy);
void candidates_release(struct candidates *candidates);

/* The place of added destinations among those that no rule distinguishes. */
enum candidates_place {
	CANDIDATES_BEHIND, /* after the earlier ones */
	CANDIDATES_AHEAD   /* before those that were added BEHIND */
};

/*
 * Adds those of `count` destinations that are not in the list yet, and sorts
 * the list. Returns the number added; -1, with the list unchanged, when out of
 * memory.
 */
int candidates_add(struct candidates *candidates,
    const struct address *addresses, size_t count, enum candidates_place place);

/* Returns the number of untried pairs. */
size_t candidates_untried(const struct candidates *candidates);

/*
 * Sets *destination and *source (NULL: the host chooses) to the next untried
 * pair. They point into the list and the policy and stay valid until the next
 * candidates_add(). Returns false when there is none.
 */
bool candidates_next(struct candidates *candidates,
    const struct address **destination, const struct address **source);

/* Marks the pair of candidates_next() as tried. */
void candidates_advance(struct candidates *candidates);

/*
 * Returns the first destination in order, tried or not, with its source. The
 * list must not be empty.
 */
const struct candidate *candidates_first(struct candidates *candidates);

/* Returns destination number `turn` in order, from 0 on. */
const struct candidate *candidates_at(
    const struct candidates *candidates, size_t turn);

#endif
