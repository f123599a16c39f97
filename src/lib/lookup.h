/* SPDX-License-Identifier: ISC */
/*
 * lookup.h: which answers about one name are still out.
 *
 * A lookup asks a resolver for the families that are wanted and keeps
 * account of them. It knows nothing of the Resolution Delay and of addresses.
 *
 * A lookup that lacks a descriptor, at its start or on its way, has no answer:
 * it is put off, and asked again after LOOKUP_RETRY. What it was to answer
 * stays out until then.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>

#include "events.h"
#include "clock.h"
#include "resolver.h"

/* How long a lookup waits for descriptors of others. */
#define LOOKUP_RETRY (100 * MONOTIME_PER_MS)

struct lookup {
	struct resolver *resolver;
	const struct events *events;
	struct resolver_question question;
	struct resolver_request *request; /* NULL when nothing is asked */
	size_t answers_out;               /* of the lookup */
	bool awaits_ipv6; /* the last answer with this family is out */
	bool awaits_ipv4;
	bool has_ipv6; /* addresses of it have come */
	bool has_ipv4;
	bool lacked_memory;  /* an answer failed for lack of it */
	int shortage;        /* the errno of one without a descriptor; 0 */
	bool put_off;        /* that is reported */
	monotime_t retry_at; /* MONOTIME_NEVER: it is not put off */
	resolver_cb cb;
	void *arg;
};

/*
 * `cb` is called with every answer, after it has been accounted for; to
 * report it, with lookup_emit_answer(), is left to the callee. The lookup
 * may have been put off with it.
 */
void lookup_init(struct lookup *lookup, struct resolver *resolver,
    const struct events *events, resolver_cb cb, void *arg);

/*
 * Asks; `question->name` has to stay. What cannot be asked for lack of a
 * descriptor is put off. For another reason it counts as a negative answer, and
 * then `cb` is not called.
 */
void lookup_start(
    struct lookup *lookup, const struct resolver_question *question);

/* Returns when to call lookup_retry(); MONOTIME_NEVER: not at all. */
monotime_t lookup_retry_at(const struct lookup *lookup);

/* Asks again what is put off, as lookup_start() does. */
void lookup_retry(struct lookup *lookup);

/*
 * Reports `answer`: that to two questions as an answer to each. One without a
 * descriptor is none; what is reported then is that the lookup is put off.
 */
void lookup_emit_answer(
    struct lookup *lookup, const struct resolver_answer *answer);

/* Drops the lookup: no answer comes after this. */
void lookup_stop(struct lookup *lookup);

/*
 * Returns whether an answer with `family` (AF_UNSPEC: any) is out, or to be
 * asked for again.
 */
bool lookup_awaits(const struct lookup *lookup, int family);

/* Returns whether one question asks for both families: one answer comes. */
bool lookup_is_for_both(const struct lookup *lookup);

/* Returns the errno of what a lookup that is put off lacked; 0: it is not. */
int lookup_shortage(const struct lookup *lookup);

/*
 * Returns whether an answer failed for lack of memory: then nothing is known
 * about the name.
 */
bool lookup_lacked_memory(const struct lookup *lookup);

#endif
