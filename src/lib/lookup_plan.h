/* SPDX-License-Identifier: ISC */
/*
 * lookup_plan.h: how to look up a name so that the addresses of both families
 * are those of one and the same name.
 *
 * getaddrinfo(3) offers two ways. One lookup for both families stops at the
 * first source that knows the name in any family, but waits for the slower
 * family. Two lookups, one for each family, do not wait for each other, but
 * each goes on by itself when its own family is missing: from /etc/hosts to
 * DNS, from one search domain to the next. So where there is more than one
 * source or name, the plan is one lookup, or a walk through the list of names
 * (walk.h), with both families side by side.
 *
 * The life of a plan: lookup_plan_make(), or lookup_plan_init() and
 * lookup_plan_decide() where the settings are handed in; lookup_plan_release().
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
	LOOKUP_PLAN_UNSPEC,     /* both families in one lookup, as typed */
	LOOKUP_PLAN_PER_FAMILY, /* a lookup for each family, as typed */
	LOOKUP_PLAN_WALK        /* name by name of the list */
};

struct lookup_plan {
	enum lookup_plan_kind kind;
	struct search_list list; /* with LOOKUP_PLAN_WALK */
	/* After a failure that took this long the name server is silent. */
	monotime_t patience;
	/*
	 * Whether a negative answer is always that of DNS. It may be a failure
	 * instead where another service is after DNS in nsswitch.conf, whose
	 * answer is then the last one; and with the option use-vc, as the
	 * system's resolver takes some failures over TCP for "no such name".
	 */
	bool negative_is_certain;
};

/* The settings of resolv.conf(5). */
struct lookup_settings {
	struct search_settings search;
	bool use_vc; /* the option use-vc */
	/*
	 * The options single-request and single-request-reopen. With them one
	 * lookup does not ask for AAAA when A has failed, but goes on to the
	 * next name.
	 */
	bool single_request;
};

/*
 * Begins a plan with the names that may be queried. `settings` is NULL where
 * they are not known. When out of memory the plan is one lookup.
 */
void lookup_plan_init(struct lookup_plan *plan, const char *name,
    const struct lookup_settings *settings);

/* Decides by what this machine knows of the name and of those in the list. */
void lookup_plan_decide(
    struct lookup_plan *plan, const char *name, const struct hosts_hint *hint);

/*
 * Returns the number of domains in the search list of `file`, a resolv.conf(5);
 * SIZE_MAX without a line for them.
 */
size_t lookup_plan_count_domains(FILE *file);

/* Makes a plan by the files of this machine. Blocks: call it in a thread. */
void lookup_plan_make(struct lookup_plan *plan, const char *name);

void lookup_plan_release(struct lookup_plan *plan);

#endif
