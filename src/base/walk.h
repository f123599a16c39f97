/* SPDX-License-Identifier: ISC */
/*
 * walk.h: both families of one name, searched for in a list of names.
 *
 * A step of the walk is one name, whose AAAA and A records are queried side by
 * side. The walk ends at the first name that has an address of either family:
 * the answer of the other family for this name counts, whatever it is. After
 * two negative answers the next name is queried.
 *
 *	AAAA \ A   addresses  no data  no name  failed at once  silent
 *	addresses  end        end      end      end             end
 *	no data    end        next     next     as typed        fail
 *	no name    end        next     next     as typed        fail
 *	failed     end        as typed as typed as typed        fail
 *	silent     end        fail     next     fail            fail
 *
 * "As typed" is one lookup for both families that follows the system's own
 * rules: they decide what follows a name server that fails. "No name" for A
 * holds for AAAA as well (RFC 8020), so AAAA is waited for no longer than the
 * grace period. Some name servers answer AAAA with "no name" where there is A
 * (RFC 4074 section 4.2), so A is always waited for.
 *
 * A walk is pure: it knows no names, threads or clock; the time is handed in.
 * The caller makes the queries that the walk wants and hands in the answers;
 * answers of earlier steps are ignored.
 *
 * The life of a walk: walk_init(); then, after each change, walk_wants() and
 * walk_asked() for each family, walk_ask_as_typed(), walk_take() for each
 * answer and walk_expire() at walk_expires_at(), until walk_result() returns an
 * answer for each family. A walk owns nothing and needs no release.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"
#include "gai_error.h"

enum walk_family { WALK_IPV6, WALK_IPV4 };

struct walk_answer {
	enum gai_class outcome;
	monotime_t took;  /* from the query to the answer */
	int error;        /* the caller's; the walk does not read it */
	int system_error; /* likewise */
	size_t step;      /* filled in by the walk */
};

enum walk_state {
	WALK_SEARCHING, /* nothing is known yet */
	WALK_FOUND,     /* the step has addresses; a family may be pending */
	WALK_AS_TYPED,  /* one lookup as typed settles both families */
	WALK_NOT_FOUND  /* no name has addresses, or one could not be queried */
};

enum walk_query { WALK_UNASKED, WALK_ASKED, WALK_ANSWERED };

/* One family: its query in this step, and what is kept of earlier ones. */
struct walk_family_state {
	enum walk_query query;
	monotime_t answered_at;
	struct walk_answer answer; /* of this step */
	bool had_no_data;
	struct walk_answer no_data; /* the first such answer */
};

struct walk {
	size_t steps;
	monotime_t grace;
	monotime_t patience;
	enum walk_state state;
	size_t step;
	struct walk_family_state families[2]; /* by enum walk_family */
	bool as_typed_asked;
};

/*
 * Begins a walk of `steps` names, at least one. `grace` is how long AAAA is
 * waited for after "no name" for A; a failure that took `patience` or longer
 * means that the name server did not answer.
 */
void walk_init(
    struct walk *walk, size_t steps, monotime_t grace, monotime_t patience);

/* Returns whether to query `family` of the name of walk->step. */
bool walk_wants(const struct walk *walk, enum walk_family family);

/* Notes that the query is made. */
void walk_asked(struct walk *walk, enum walk_family family);

/* Returns whether to look the name up as typed, and notes that it is done. */
bool walk_ask_as_typed(struct walk *walk);

/*
 * Takes the answer to the query of `step`. Returns whether it counts: that of
 * an earlier step, or after the end, does not.
 */
bool walk_take(struct walk *walk, enum walk_family family, size_t step,
    const struct walk_answer *answer, monotime_t now);

/* Returns when to call walk_expire(); MONOTIME_NEVER: not at all. */
monotime_t walk_expires_at(const struct walk *walk);

/* Ends the grace period when it has expired at `now`. */
void walk_expire(struct walk *walk, monotime_t now);

/*
 * Returns the answer for `family` in which the walk ends; NULL as long as
 * there is none, and where a lookup as typed decides.
 */
const struct walk_answer *walk_result(
    const struct walk *walk, enum walk_family family);

#endif
