/* SPDX-License-Identifier: ISC */
/*
 * A list of attempts in the order of their start.
 */
#include <stdlib.h>

#include "attempts.h"

void
runners_init(struct runners *runners, struct attempt_provider *provider,
    runners_cb cb, void *arg)
{
	TAILQ_INIT(&runners->list);
	runners->provider = provider;
	runners->cb = cb;
	runners->arg = arg;
}

struct runner *
runners_add(struct runners *runners, size_t number,
    const struct address *destination, const struct address *source)
{
	struct runner *runner = calloc(1, sizeof(*runner));

	if (runner == NULL)
		return (NULL);
	runner->runners = runners;
	runner->number = number;
	runner->destination = *destination;
	if (source != NULL)
		runner->source = *source;
	TAILQ_INSERT_TAIL(&runners->list, runner, entry);
	return (runner);
}

static void
on_attempt(int error, void *arg)
{
	struct runner *runner = arg;

	runner->runners->cb(runner, error, runner->runners->arg);
}

int
runner_start(struct runner *runner, struct attempt_request request)
{
	struct attempt_provider *provider = runner->runners->provider;

	request.destination = &runner->destination;
	request.source = runner->source.length == 0 ? NULL : &runner->source;
	return (provider->start(
	    provider, &request, on_attempt, runner, &runner->attempt));
}

void
runners_poll(struct runners *runners, runners_cb found)
{
	runners_cb cb = runners->cb;

	runners->cb = found;
	runners->provider->poll(runners->provider);
	runners->cb = cb;
}

struct runner *
runners_find(const struct runners *runners, size_t number)
{
	struct runner *runner;

	TAILQ_FOREACH(runner, &runners->list, entry)
	if (runner->number == number)
		break;
	return (runner);
}

void
runner_inspect(const struct runner *runner, struct attempt_facts *facts)
{
	*facts = (struct attempt_facts){
		.established = MONOTIME_NEVER,
		.rtt = -1,
	};
	if (runner->attempt != NULL)
		runner->runners->provider->inspect(runner->attempt, facts);
	if (facts->source.length == 0)
		facts->source = runner->source;
}

int
runner_take(struct runner *runner)
{
	return (runner->runners->provider->take(runner->attempt));
}

void
runner_drop(struct runner *runner)
{
	TAILQ_REMOVE(&runner->runners->list, runner, entry);
	if (runner->attempt != NULL)
		runner->runners->provider->release(runner->attempt);
	free(runner);
}
