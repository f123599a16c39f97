/* SPDX-License-Identifier: ISC */
/*
 * walk.h: both families of one name, searched for in a list of names.
 *
 * A step of the walk is one name, of which AAAA and A are asked side by side.
 * The first name that has an address of either family is the one that was
 * meant, and the walk ends there: what the other family is answered with for
 * this name is its answer. Where both are negative the next name is asked.
 *
 *	AAAA \ A   addresses  no data  no name  failed at once  silent
 *	addresses  end        end      end      end             end
 *	no data    end        next     next     as typed        fail
 *	no name    end        next     next     as typed        fail
 *	failed     end        as typed as typed as typed        fail
 *	silent     end        fail     next     fail            fail
 *
 * "As typed" is one lookup for both families that follows the system's own
 * rules: a name server that fails in one step may be no reason to give up, and
 * what happens then the system decides. "No name" for A holds for AAAA as well
 * (RFC 8020), which is waited for no longer than the grace period; but some
 * name servers answer AAAA with "no name" where there is A (RFC 4074 section
 * 4.2), so A is waited for.
 *
 * A walk is pure: it knows no names, threads or clock; the time is handed in.
 * The caller asks what it wants asked, and reports answers; those of steps that
 * are over are ignored.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"

enum walk_family { WALK_IPV6, WALK_IPV4 };

enum walk_outcome {
	WALK_ADDRESSES,
	WALK_NO_NAME, /* NXDOMAIN */
	WALK_NO_DATA,
	WALK_FAILED, /* the name server did, at once or by its silence */
	WALK_ERROR   /* this machine could not ask */
};

struct walk_answer {
	enum walk_outcome outcome;
	monotime_t took; /* how long it was asked for */
	int error;       /* the caller's, as the next one */
	int system_error;
	size_t step; /* filled in by the walk */
};

enum walk_state {
	WALK_SEARCHING, /* nothing is known yet */
	WALK_FOUND,     /* the step has addresses; a family may be out */
	WALK_AS_TYPED,  /* one lookup as typed settles both families */
	WALK_OVER       /* no addresses */
};

struct walk_side {
	bool asked;
	bool answered;
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
	struct walk_side sides[2]; /* by enum walk_family */
	bool as_typed_asked;
};

/*
 * Begins a walk of `steps`, at least one. `grace` is how long AAAA is waited
 * for after "no name" for A; a failure that took `patience` is silence.
 */
void walk_init(
    struct walk *walk, size_t steps, monotime_t grace, monotime_t patience);

/* Returns whether `family` is to be asked for, of the name of walk->step. */
bool walk_wants(const struct walk *walk, enum walk_family family);

/* Notes that it is asked. */
void walk_asked(struct walk *walk, enum walk_family family);

/* Returns whether to ask as typed, and notes that it is asked. */
bool walk_ask_as_typed(struct walk *walk);

/*
 * Takes the answer to what was asked in `step`. Returns whether it counts: a
 * late one does not.
 */
bool walk_take(struct walk *walk, enum walk_family family, size_t step,
    const struct walk_answer *answer, monotime_t now);

/* Returns when walk_expire() is due; MONOTIME_NEVER. */
monotime_t walk_due(const struct walk *walk);

/* Ends the grace period when it has expired at `now`. */
void walk_expire(struct walk *walk, monotime_t now);

/*
 * Returns the answer for `family` that is the end of the walk; NULL as long as
 * there is none, and where a lookup as typed has it.
 */
const struct walk_answer *walk_result(
    const struct walk *walk, enum walk_family family);

#endif
