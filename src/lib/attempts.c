/* SPDX-License-Identifier: ISC */
/*
 * A list of attempts in the order of their start.
 */
#include <stdlib.h>

#include "attempts.h"

void
attempts_init(struct attempts *attempts, struct attempt_provider *provider,
    attempts_cb cb, void *arg)
{
	TAILQ_INIT(&attempts->list);
	attempts->provider = provider;
	attempts->cb = cb;
	attempts->arg = arg;
}

struct attempts_item *
attempts_add(struct attempts *attempts, size_t number,
    const struct address *destination, const struct address *source)
{
	struct attempts_item *item = calloc(1, sizeof(*item));

	if (item == NULL)
		return (NULL);
	item->attempts = attempts;
	item->number = number;
	item->destination = *destination;
	if (source != NULL)
		item->source = *source;
	TAILQ_INSERT_TAIL(&attempts->list, item, entry);
	return (item);
}

static void
on_attempt(int error, void *arg)
{
	struct attempts_item *item = arg;

	item->attempts->cb(item, error, item->attempts->arg);
}

int
attempts_start(struct attempts_item *item, struct attempt_request request)
{
	struct attempt_provider *provider = item->attempts->provider;

	request.destination = &item->destination;
	request.source = item->source.length == 0 ? NULL : &item->source;
	return (provider->ops->start(
	    provider, &request, on_attempt, item, &item->attempt));
}

void
attempts_poll(struct attempts *attempts, attempts_cb found)
{
	attempts_cb cb = attempts->cb;

	attempts->cb = found;
	attempts->provider->ops->poll(attempts->provider);
	attempts->cb = cb;
}

struct attempts_item *
attempts_find(const struct attempts *attempts, size_t number)
{
	struct attempts_item *item;

	TAILQ_FOREACH(item, &attempts->list, entry)
	if (item->number == number)
		break;
	return (item);
}

const struct address *
attempts_source(const struct attempts_item *item)
{
	if (item->source.length == 0 || address_is_wildcard(&item->source))
		return (NULL);
	return (&item->source);
}

void
attempts_inspect(const struct attempts_item *item, struct attempt_facts *facts)
{
	const struct address *source = attempts_source(item);

	*facts = (struct attempt_facts){
		.established = MONOTIME_NEVER,
		.rtt = -1,
	};
	if (item->attempt != NULL)
		item->attempts->provider->ops->inspect(item->attempt, facts);
	if (facts->source.length == 0 && source != NULL)
		facts->source = *source;
}

int
attempts_begin_step(struct attempts_item *item)
{
	return (item->attempts->provider->ops->begin_step(item->attempt));
}

struct bufferevent *
attempts_take_bufferevent(struct attempts_item *item)
{
	return (item->attempts->provider->ops->take_bufferevent(item->attempt));
}

int
attempts_take(struct attempts_item *item)
{
	return (item->attempts->provider->ops->take(item->attempt));
}

void
attempts_drop(struct attempts_item *item)
{
	TAILQ_REMOVE(&item->attempts->list, item, entry);
	if (item->attempt != NULL)
		item->attempts->provider->ops->release(item->attempt);
	free(item);
}
