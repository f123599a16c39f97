/* SPDX-License-Identifier: ISC */
/*
 * lookup.h: which answers about one name are still out.
 *
 * A resolution asks a resolver for the families that are wanted and keeps
 * account of them. It knows nothing of the Resolution Delay and of addresses.
 *
 * A lookup that lacks a descriptor, at its start or on its way, has no answer:
 * it is put off, and asked again after RESOLUTION_RETRY. What it was to answer
 * stays out until then.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>

#include "events.h"
#include "clock.h"
#include "resolver.h"

/* How long a lookup waits for descriptors of others. */
#define RESOLUTION_RETRY (100 * MONOTIME_PER_MS)

struct resolution {
	struct resolver *resolver;
	const struct announcer *announcer;
	struct resolver_question question;
	struct lookup *lookup; /* NULL when nothing is asked */
	size_t answers_out;    /* of the lookup */
	bool awaits_ipv6;      /* an answer with this family is out */
	bool awaits_ipv4;
	bool lacked_memory;  /* an answer failed for lack of it */
	int shortage;        /* the errno of one without a descriptor; 0 */
	bool put_off;        /* that is announced */
	monotime_t retry_at; /* MONOTIME_NEVER: it is not put off */
	resolver_cb cb;
	void *arg;
};

/*
 * `cb` is called with every answer, after it has been accounted for; to
 * announce it, with resolution_announce(), is left to the callee. The lookup
 * may have been put off with it.
 */
void resolution_init(struct resolution *resolution, struct resolver *resolver,
    const struct announcer *announcer, resolver_cb cb, void *arg);

/*
 * Asks; `question->name` has to stay. What cannot be asked for lack of a
 * descriptor is put off. For another reason it counts as a negative answer, and
 * then `cb` is not called.
 */
void resolution_start(
    struct resolution *resolution, const struct resolver_question *question);

/* Returns when to call resolution_retry(); MONOTIME_NEVER: not at all. */
monotime_t resolution_retry_at(const struct resolution *resolution);

/* Asks again what is put off, as resolution_start() does. */
void resolution_retry(struct resolution *resolution);

/*
 * Announces `answer`: that to two questions as an answer to each. One without a
 * descriptor is none; announced is that the lookup is put off.
 */
void resolution_announce(
    struct resolution *resolution, const struct resolver_answer *answer);

/* Drops the lookup: no answer comes after this. */
void resolution_stop(struct resolution *resolution);

/*
 * Returns whether an answer with `family` (AF_UNSPEC: any) is out, or to be
 * asked for again.
 */
bool resolution_awaits(const struct resolution *resolution, int family);

/*
 * Returns whether an answer failed for lack of memory: then nothing is known
 * about the name.
 */
bool resolution_lacked_memory(const struct resolution *resolution);

#endif
