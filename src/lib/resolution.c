/* SPDX-License-Identifier: ISC */
/*
 * Asks a resolver and counts the answers down.
 */
#include <errno.h>
#include <netdb.h>

#include "resolution.h"

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

void
resolution_announce(
    const struct resolution *resolution, const struct resolver_answer *answer)
{
	if (answer->family != AF_UNSPEC || resolution->asked_together) {
		announce_answer(resolution->announcer, answer);
		return;
	}
	announce_part(resolution, answer, AF_INET6);
	announce_part(resolution, answer, AF_INET);
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

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct resolution *resolution = arg;

	settle(resolution, answer);
	resolution->cb(answer, resolution->arg);
}

static monotime_t
now(const struct resolution *resolution)
{
	struct timeline *timeline = resolution->announcer->timeline;

	return (timeline->now(timeline));
}

/* Notes and announces what is asked; one lookup may ask for both. */
static void
await(struct resolution *resolution, enum resolver_families families,
    monotime_t asked)
{
	resolution->awaits_ipv6 = families != RESOLVER_IPV4;
	resolution->awaits_ipv4 = families != RESOLVER_IPV6;
	resolution->asked_together = families == RESOLVER_BOTH_TOGETHER;
	if (resolution->asked_together) {
		announce_query(resolution->announcer, AF_UNSPEC, asked);
		return;
	}
	if (resolution->awaits_ipv6)
		announce_query(resolution->announcer, AF_INET6, asked);
	if (resolution->awaits_ipv4)
		announce_query(resolution->announcer, AF_INET, asked);
}

void
resolution_fail(struct resolution *resolution,
    const struct resolver_question *question, int error)
{
	struct resolver_answer answer = {
		.family = AF_UNSPEC,
		.error = EAI_SYSTEM,
		.system_error = error,
	};

	await(resolution, question->families, now(resolution));
	if (!resolution->awaits_ipv4)
		answer.family = AF_INET6;
	else if (!resolution->awaits_ipv6)
		answer.family = AF_INET;
	settle(resolution, &answer);
	resolution_announce(resolution, &answer);
}

/* Whether it may be otherwise when somebody closes a descriptor. */
static bool
is_shortage(int error)
{
	return (error == EMFILE || error == ENFILE || error == ENOBUFS);
}

int
resolution_start(
    struct resolution *resolution, const struct resolver_question *question)
{
	struct resolver *resolver = resolution->resolver;
	monotime_t asked = now(resolution);

	resolution->lookup = resolver->start(
	    resolver, question, on_answer, resolution);
	if (resolution->lookup != NULL)
		await(resolution, question->families, asked);
	else if (is_shortage(errno))
		return (errno);
	else
		resolution_fail(resolution, question, errno);
	return (0);
}

void
resolution_stop(struct resolution *resolution)
{
	if (resolution->lookup != NULL)
		resolution->resolver->cancel(resolution->lookup);
	resolution->lookup = NULL;
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
