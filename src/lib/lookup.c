/* SPDX-License-Identifier: ISC */
/*
 * Asks a resolver and counts the answers down.
 */
#include <errno.h>
#include <netdb.h>

#include "descriptor.h"
#include "lookup.h"

/* That a name has addresses, but none of a family. */
#ifdef EAI_NODATA
#define NONE_OF_FAMILY EAI_NODATA
#else
#define NONE_OF_FAMILY EAI_NONAME
#endif

void
resolution_init(struct resolution *resolution, struct resolver *resolver,
    const struct announcer *announcer, resolver_cb cb, void *arg)
{
	*resolution = (struct resolution){
		.resolver = resolver,
		.announcer = announcer,
		.retry_at = MONOTIME_NEVER,
		.cb = cb,
		.arg = arg,
	};
}

/* Announces the part of an answer to two questions that is of one family. */
static void
announce_part(const struct resolution *resolution,
    const struct resolver_answer *answer, int family)
{
	struct resolver_answer part = *answer;

	part.family = family;
	part.addresses = NULL;
	part.count = 0;
	for (size_t i = 0; i < answer->count; i++)
		part.count += address_family(&answer->addresses[i]) == family;
	if (part.error == 0 && part.count == 0)
		part.error = NONE_OF_FAMILY;
	announce_answer(resolution->announcer, &part);
}

/* Whether there was no descriptor for a lookup, so that this is no answer. */
static bool
lacks_descriptor(const struct resolver_answer *answer)
{
	return (answer->error == EAI_SYSTEM &&
	    descriptor_is_shortage(answer->system_error));
}

/* Announces that the lookup is put off, once until it is asked again. */
static void
announce_put_off(struct resolution *resolution)
{
	if (resolution->retry_at == MONOTIME_NEVER || resolution->put_off)
		return;
	resolution->put_off = true;
	announce_out_of_descriptors(
	    resolution->announcer, resolution->shortage, true);
}

void
resolution_announce(
    struct resolution *resolution, const struct resolver_answer *answer)
{
	if (lacks_descriptor(answer)) {
		/* It is no answer. */
	} else if (answer->family != AF_UNSPEC ||
	    resolution->question.families == RESOLVER_BOTH_TOGETHER) {
		announce_answer(resolution->announcer, answer);
	} else {
		announce_part(resolution, answer, AF_INET6);
		announce_part(resolution, answer, AF_INET);
	}
	announce_put_off(resolution);
}

/* Notes what became of a question, or of both. */
static void
settle(struct resolution *resolution, const struct resolver_answer *answer)
{
	if (answer->family != AF_INET)
		resolution->awaits_ipv6 = false;
	if (answer->family != AF_INET6)
		resolution->awaits_ipv4 = false;
	if (answer->error == EAI_MEMORY ||
	    (answer->error == EAI_SYSTEM && answer->system_error == ENOMEM))
		resolution->lacked_memory = true;
}

static monotime_t
now(const struct resolution *resolution)
{
	struct timeline *timeline = resolution->announcer->timeline;

	return (timeline->now(timeline));
}

static void
put_off(struct resolution *resolution)
{
	resolution->retry_at = clock_after(now(resolution), RESOLUTION_RETRY);
}

/*
 * A lookup is put off when all of its answers are there: that of the other
 * family may be as good as ever.
 */
static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct resolution *resolution = arg;

	resolution->answers_out--;
	if (answer->family == AF_UNSPEC)
		resolution->answers_out = 0;
	if (lacks_descriptor(answer))
		resolution->shortage = answer->system_error;
	else
		settle(resolution, answer);
	if (resolution->shortage != 0 && resolution->answers_out == 0)
		put_off(resolution);
	resolution->cb(answer, resolution->arg);
}

/* Announces what is asked; one lookup may ask for both. */
static void
announce_queries(const struct resolution *resolution, monotime_t asked)
{
	const struct announcer *announcer = resolution->announcer;
	enum resolver_families families = resolution->question.families;

	if (families == RESOLVER_BOTH_TOGETHER) {
		announce_query(announcer, AF_UNSPEC, asked);
		return;
	}
	if (families != RESOLVER_IPV4)
		announce_query(announcer, AF_INET6, asked);
	if (families != RESOLVER_IPV6)
		announce_query(announcer, AF_INET, asked);
}

/* Counts a question that was not put, for `error`, as a negative answer. */
static void
fail(struct resolution *resolution, int error)
{
	struct resolver_answer answer = {
		.family = AF_UNSPEC,
		.error = EAI_SYSTEM,
		.system_error = error,
	};

	if (resolution->question.families == RESOLVER_IPV6)
		answer.family = AF_INET6;
	else if (resolution->question.families == RESOLVER_IPV4)
		answer.family = AF_INET;
	settle(resolution, &answer);
	resolution_announce(resolution, &answer);
}

/* Puts `question` to the resolver. */
static void
ask(struct resolution *resolution, const struct resolver_question *question)
{
	struct resolver *resolver = resolution->resolver;
	monotime_t asked = now(resolution);
	int error;

	resolution->lookup = resolver->start(
	    resolver, question, on_answer, resolution);
	error = resolution->lookup == NULL ? errno : 0;
	resolution->awaits_ipv6 = question->families != RESOLVER_IPV4;
	resolution->awaits_ipv4 = question->families != RESOLVER_IPV6;
	resolution->answers_out = question->families == RESOLVER_BOTH ? 2 : 1;
	if (descriptor_is_shortage(error)) {
		resolution->shortage = error;
		put_off(resolution);
		announce_put_off(resolution);
		return;
	}
	resolution->put_off = false;
	announce_queries(resolution, asked);
	if (error != 0)
		fail(resolution, error);
}

void
resolution_start(
    struct resolution *resolution, const struct resolver_question *question)
{
	resolution->question = *question;
	ask(resolution, question);
}

monotime_t
resolution_retry_at(const struct resolution *resolution)
{
	return (resolution->retry_at);
}

/*
 * Where there was no descriptor for one of two lookups side by side, one lookup
 * for both gets along with fewer.
 */
void
resolution_retry(struct resolution *resolution)
{
	struct resolver_question question = resolution->question;

	if (resolution->lookup != NULL && question.families == RESOLVER_BOTH)
		question.families = RESOLVER_BOTH_TOGETHER;
	resolution_stop(resolution);
	ask(resolution, &question);
}

void
resolution_stop(struct resolution *resolution)
{
	if (resolution->lookup != NULL)
		resolution->resolver->cancel(resolution->lookup);
	resolution->lookup = NULL;
	resolution->shortage = 0;
	resolution->retry_at = MONOTIME_NEVER;
}

bool
resolution_awaits(const struct resolution *resolution, int family)
{
	return ((family != AF_INET && resolution->awaits_ipv6) ||
	    (family != AF_INET6 && resolution->awaits_ipv4));
}

bool
resolution_lacked_memory(const struct resolution *resolution)
{
	return (resolution->lacked_memory);
}
