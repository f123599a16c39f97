/* SPDX-License-Identifier: ISC */
/*
 * candidates.h: the destinations of one connect, in the order of their turn.
 *
 * Answers come in one family at a time. Each candidates_add() puts the
 * complete list, what was tried included, into a new order: RFC 6724 section
 * 6, then the interleaving of RFC 8305 section 4; what is untried follows in
 * that order. So a late answer stands where it would have stood from the
 * start. A destination is kept once however often it is answered. What nothing
 * but its place in the list parts keeps it; an answer may have its place ahead
 * of an earlier one.
 *
 * With source addresses given, each destination is paired with every source
 * of its family, and each pair is a candidate; interleaving counts
 * destinations. A destination without a source of its family is skipped.
 *
 * Knows no socket and no timer: what the host would send from is asked of a
 * function handed in.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "destsort.h"
#include "policy_table.h"

enum candidates_order {
	CANDIDATES_SORTED,  /* RFC 6724, then interleaved */
	CANDIDATES_AS_GIVEN /* as answered or listed */
};

/* How candidates are ordered; everything pointed to outlives them. */
struct candidates_policy {
	enum candidates_order order;
	int preferred_family; /* leads; AF_UNSPEC: that of the best address */
	size_t first_address_family_count;
	const struct address *sources; /* attempts are bound to these */
	size_t source_count;           /* 0: the host's choice */
	const struct policy_table *table;
	destsort_source_fn source_of;
	void *source_arg;
};

/* One destination and what has become of it. */
struct candidate {
	struct address address;
	struct destsort_source source; /* asked once, when first sorted */
	bool source_known;
	bool ahead; /* among equals it stands before those that are not */
	size_t next_source; /* of the policy's, for the next pair */
	bool skipped;       /* no source of its family was given */
	unsigned char rule; /* of RFC 6724 section 6, that put it behind the
				one before it in sorted order; 0 for the first
				and where nothing was sorted */
};

struct candidates {
	struct candidates_policy policy;
	struct candidate *items; /* in the order they came */
	size_t *order;           /* indices into items, by turn */
	size_t count;
	size_t untried; /* pairs that candidates_next() has yet to show */
	size_t cursor;  /* no turn before this one has a pair left */
};

/*
 * Finds what attempts at `destination` are sent from: the first of the sources
 * given that is of its family, or else the host's choice.
 */
void candidates_source_of(const struct candidates_policy *policy,
    const struct address *destination, struct destsort_source *source);

void candidates_init(
    struct candidates *candidates, const struct candidates_policy *policy);
void candidates_release(struct candidates *candidates);

/* Where destinations stand that nothing but their place in the list parts. */
enum candidates_place {
	CANDIDATES_BEHIND, /* the others */
	CANDIDATES_AHEAD   /* of those added behind */
};

/*
 * Adds `count` destinations, without those already there, and orders the list
 * anew. Returns the number added, or -1, with the list as it was, when out of
 * memory.
 */
int candidates_add(struct candidates *candidates,
    const struct address *addresses, size_t count, enum candidates_place place);

/* Returns the number of pairs left to try. */
size_t candidates_untried(const struct candidates *candidates);

/*
 * Looks at the next pair: *destination and *source (NULL: the host's choice)
 * point into the list and the policy and stay valid until the next
 * candidates_add(). Returns false when none is left.
 */
bool candidates_next(struct candidates *candidates,
    const struct address **destination, const struct address **source);

/* Counts the pair that candidates_next() shows as tried. */
void candidates_advance(struct candidates *candidates);

/*
 * Returns the first of all in order, tried or not, with its source; there is
 * one.
 */
const struct candidate *candidates_first(struct candidates *candidates);

/* Returns the destination whose turn is number `turn`, 0 the first. */
const struct candidate *candidates_at(
    const struct candidates *candidates, size_t turn);

#endif
