/* SPDX-License-Identifier: ISC */
/*
 * lookup_plan.h: how a name is to be looked up so that the addresses of both
 * families are those of one and the same name.
 *
 * The system has two ways. One lookup for both families stops at the first
 * source that knows the name in any family, but waits for the slower family.
 * Two lookups, one for each family, wait for nothing, but each walks on by
 * itself where its own family is missing: from /etc/hosts to DNS, from one
 * search domain to the next. So where more than one source or name comes into
 * question the plan is one lookup, or the list of names that walk.h goes
 * through with both families side by side.
 */
#ifndef LOOKUP_PLAN_H
#define LOOKUP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "clock.h"
#include "hosts_hint.h"
#include "search_list.h"

enum lookup_plan_kind {
	LOOKUP_PLAN_ONE, /* both families in one lookup, as typed */
	LOOKUP_PLAN_TWO, /* a lookup for each family, as typed */
	LOOKUP_PLAN_WALK /* name by name of the list */
};

struct lookup_plan {
	enum lookup_plan_kind kind;
	struct search_list list; /* with LOOKUP_PLAN_WALK */
	/* A failure that took at least so long is silence. */
	monotime_t patience;
	/*
	 * Whether a negative answer is what DNS says. It may be a failure that
	 * looks like one where another service is asked behind DNS, which has
	 * the last word then, and with the option use-vc, as the system's
	 * resolver takes some failures over TCP for "no such name".
	 */
	bool negative_is_certain;
};

/* What resolv.conf(5) says. */
struct lookup_settings {
	struct search_settings search;
	bool over_tcp; /* the option use-vc */
	/*
	 * The options single-request and single-request-reopen. With them one
	 * lookup does not ask for AAAA when A has failed, but goes on to the
	 * next name.
	 */
	bool one_by_one;
};

/*
 * Begins a plan with the names that may be asked. `settings` is NULL where they
 * are not known. Out of memory makes it one lookup.
 */
void lookup_plan_init(struct lookup_plan *plan, const char *name,
    const struct lookup_settings *settings);

/* Decides by what is known of the name and of those in the list. */
void lookup_plan_decide(
    struct lookup_plan *plan, const char *name, const struct hosts_hint *hint);

/*
 * Returns how many domains `file`, of the form of resolv.conf(5), has in its
 * search list; SIZE_MAX without a line for them.
 */
size_t lookup_plan_count_domains(FILE *file);

/* Decides by the files of this machine; belongs into a thread. */
void lookup_plan_make(struct lookup_plan *plan, const char *name);

void lookup_plan_release(struct lookup_plan *plan);

#endif
