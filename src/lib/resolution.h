/* SPDX-License-Identifier: ISC */
/*
 * resolution.h: which answers about one name are still out.
 *
 * A resolution asks a resolver for the families that are wanted and keeps
 * account of them. It knows nothing of delays and addresses.
 */
#ifndef RESOLUTION_H
#define RESOLUTION_H

#include <stdbool.h>

#include "announce.h"
#include "resolver.h"

struct resolution {
	struct resolver *resolver;
	const struct announcer *announcer;
	struct lookup *lookup; /* NULL when nothing is asked */
	bool awaits_ipv6;      /* an answer with this family is out */
	bool awaits_ipv4;
	bool asked_together; /* in one question, which has one answer */
	bool lacked_memory;  /* an answer failed for want of it */
	resolver_cb cb;
	void *arg;
};

/*
 * `cb` is called with every answer, after it has been accounted for; to
 * announce it, with resolution_announce(), is left to the callee.
 */
void resolution_init(struct resolution *resolution, struct resolver *resolver,
    const struct announcer *announcer, resolver_cb cb, void *arg);

/*
 * Asks. Returns 0, or an errno when there is no descriptor for the lookup: then
 * nothing was asked, and it can be tried again. A question that cannot be put
 * for another reason counts as a negative answer, and then `cb` is not called.
 */
int resolution_start(
    struct resolution *resolution, const struct resolver_question *question);

/* Counts a question that was not put, for `error`, as a negative answer. */
void resolution_fail(struct resolution *resolution,
    const struct resolver_question *question, int error);

/* Announces `answer`: that to two questions as an answer to each. */
void resolution_announce(
    const struct resolution *resolution, const struct resolver_answer *answer);

/* Drops the lookup: no answer comes after this. */
void resolution_stop(struct resolution *resolution);

/* Returns whether an answer with `family` (AF_UNSPEC: any) is out. */
bool resolution_awaits(const struct resolution *resolution, int family);

/*
 * Returns whether it was want of memory that an answer failed for: then
 * nothing is known about the name.
 */
bool resolution_lacked_memory(const struct resolution *resolution);

#endif
