/* SPDX-License-Identifier: ISC */
/*
 * Asks a resolver and counts the answers down.
 */
#include <errno.h>
#include <netdb.h>

#include "descriptor.h"
#include "gai_error.h"
#include "lookup.h"

void
lookup_init(struct lookup *lookup, struct resolver *resolver,
    const struct events *events, resolver_cb cb, void *arg)
{
	*lookup = (struct lookup){
		.resolver = resolver,
		.events = events,
		.retry_at = MONOTIME_NEVER,
		.cb = cb,
		.arg = arg,
	};
}

/* Reports the part of an answer to two questions that is of one family. */
static void
emit_part(const struct lookup *lookup, const struct resolver_answer *answer,
    int family)
{
	struct resolver_answer part = *answer;

	part.family = family;
	part.addresses = NULL;
	part.count = 0;
	for (size_t i = 0; i < answer->count; i++)
		part.count += address_family(&answer->addresses[i]) == family;
	if (part.error == 0 && !part.more &&
	    !(family == AF_INET ? lookup->has_ipv4 : lookup->has_ipv6))
		part.error = GAI_ERROR_NO_DATA;
	events_answer(lookup->events, &part);
}

/* Whether there was no descriptor for a lookup, so that this is no answer. */
static bool
lacks_descriptor(const struct resolver_answer *answer)
{
	return (descriptor_is_shortage(
	    gai_error_errno(answer->error, answer->system_error)));
}

/* Reports that the lookup is put off, once until it is asked again. */
static void
emit_put_off(struct lookup *lookup)
{
	if (lookup->retry_at == MONOTIME_NEVER || lookup->put_off)
		return;
	lookup->put_off = true;
	events_out_of_descriptors(lookup->events, lookup->shortage, true);
}

void
lookup_emit_answer(struct lookup *lookup, const struct resolver_answer *answer)
{
	if (lacks_descriptor(answer)) {
		/* It is no answer. */
	} else if (answer->family != AF_UNSPEC || lookup_is_for_both(lookup)) {
		events_answer(lookup->events, answer);
	} else {
		emit_part(lookup, answer, AF_INET6);
		emit_part(lookup, answer, AF_INET);
	}
	emit_put_off(lookup);
}

/* Notes what became of a question, or of both. */
static void
settle(struct lookup *lookup, const struct resolver_answer *answer)
{
	if (answer->family != AF_INET)
		lookup->awaits_ipv6 = false;
	if (answer->family != AF_INET6)
		lookup->awaits_ipv4 = false;
	if (gai_error_errno(answer->error, answer->system_error) == ENOMEM)
		lookup->lacked_memory = true;
}

static monotime_t
now(const struct lookup *lookup)
{
	struct timer *timer = lookup->events->timer;

	return (timer->ops->now(timer));
}

static void
put_off(struct lookup *lookup)
{
	lookup->retry_at = clock_after(now(lookup), LOOKUP_RETRY);
}

/* Notes of which families addresses have come. */
static void
note_families(struct lookup *lookup, const struct resolver_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		if (address_family(&answer->addresses[i]) == AF_INET)
			lookup->has_ipv4 = true;
		else
			lookup->has_ipv6 = true;
}

/*
 * A lookup is put off when all of its answers are there: that of the other
 * family may be as good as ever.
 */
static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct lookup *lookup = arg;

	note_families(lookup, answer);
	if (answer->more) {
		lookup->cb(answer, lookup->arg);
		return;
	}
	lookup->answers_out--;
	if (answer->family == AF_UNSPEC)
		lookup->answers_out = 0;
	if (lacks_descriptor(answer))
		lookup->shortage = answer->system_error;
	else
		settle(lookup, answer);
	if (lookup->shortage != 0 && lookup->answers_out == 0)
		put_off(lookup);
	lookup->cb(answer, lookup->arg);
}

/* Reports what is asked; one lookup may ask for both. */
static void
emit_queries(const struct lookup *lookup, monotime_t asked)
{
	const struct events *events = lookup->events;
	enum resolver_families families = lookup->question.families;

	if (families == RESOLVER_BOTH_TOGETHER) {
		events_query(events, AF_UNSPEC, asked);
		return;
	}
	if (families != RESOLVER_IPV4)
		events_query(events, AF_INET6, asked);
	if (families != RESOLVER_IPV6)
		events_query(events, AF_INET, asked);
}

/* Counts a question that was not put, for `error`, as a negative answer. */
static void
fail(struct lookup *lookup, int error)
{
	struct resolver_answer answer = {
		.family = AF_UNSPEC,
		.error = EAI_SYSTEM,
		.system_error = error,
	};

	if (lookup->question.families == RESOLVER_IPV6)
		answer.family = AF_INET6;
	else if (lookup->question.families == RESOLVER_IPV4)
		answer.family = AF_INET;
	settle(lookup, &answer);
	lookup_emit_answer(lookup, &answer);
}

/* Puts `question` to the resolver. */
static void
ask(struct lookup *lookup, const struct resolver_question *question)
{
	struct resolver *resolver = lookup->resolver;
	monotime_t asked = now(lookup);
	int error;

	lookup->request = resolver->ops->start(
	    resolver, question, on_answer, lookup);
	error = lookup->request == NULL ? errno : 0;
	lookup->has_ipv6 = lookup->has_ipv4 = false;
	lookup->awaits_ipv6 = question->families != RESOLVER_IPV4;
	lookup->awaits_ipv4 = question->families != RESOLVER_IPV6;
	lookup->answers_out = question->families == RESOLVER_BOTH ? 2 : 1;
	if (descriptor_is_shortage(error)) {
		lookup->shortage = error;
		put_off(lookup);
		emit_put_off(lookup);
		return;
	}
	lookup->put_off = false;
	emit_queries(lookup, asked);
	if (error != 0)
		fail(lookup, error);
}

void
lookup_start(struct lookup *lookup, const struct resolver_question *question)
{
	lookup->question = *question;
	ask(lookup, question);
}

monotime_t
lookup_retry_at(const struct lookup *lookup)
{
	return (lookup->retry_at);
}

/*
 * Where there was no descriptor for one of two lookups side by side, one lookup
 * for both gets along with fewer.
 */
void
lookup_retry(struct lookup *lookup)
{
	struct resolver_question question = lookup->question;

	if (lookup->request != NULL && question.families == RESOLVER_BOTH)
		question.families = RESOLVER_BOTH_TOGETHER;
	lookup_stop(lookup);
	ask(lookup, &question);
}

void
lookup_stop(struct lookup *lookup)
{
	if (lookup->request != NULL)
		lookup->resolver->ops->cancel(lookup->request);
	lookup->request = NULL;
	lookup->shortage = 0;
	lookup->retry_at = MONOTIME_NEVER;
}

bool
lookup_awaits(const struct lookup *lookup, int family)
{
	return ((family != AF_INET && lookup->awaits_ipv6) ||
	    (family != AF_INET6 && lookup->awaits_ipv4));
}

bool
lookup_is_for_both(const struct lookup *lookup)
{
	return (lookup->question.families == RESOLVER_BOTH_TOGETHER);
}

int
lookup_shortage(const struct lookup *lookup)
{
	return (lookup->retry_at == MONOTIME_NEVER ? 0 : lookup->shortage);
}

bool
lookup_lacked_memory(const struct lookup *lookup)
{
	return (lookup->lacked_memory);
}
