/* SPDX-License-Identifier: ISC */
/*
 * Collects the answers of both families.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "lib/events.h"
#include "lib/config.h"
#include "probe/lookup.h"
#include "lib/lookup.h"
#include "lib/timer.h"

struct probe_lookup {
	struct config config;
	struct timer *timer;
	struct resolver *resolver;
	struct events events;
	struct lookup lookup;
	struct trace trace;
	monotime_t deadline;
	bool begun;
	struct address *addresses;
	size_t count;
	probe_lookup_cb cb;
	void *arg;
};

static bool
is_known(const struct probe_lookup *lookup, const struct address *address)
{
	for (size_t i = 0; i < lookup->count; i++)
		if (address_equal(&lookup->addresses[i], address))
			return (true);
	return (false);
}

/* Keeps `address`: IPv6 before IPv4, whichever was answered first. */
static void
insert(struct probe_lookup *lookup, const struct address *address)
{
	struct address *place = lookup->addresses + lookup->count++;

	if (address_family(address) == AF_INET6)
		for (; place > lookup->addresses &&
		     address_family(place - 1) == AF_INET;
		     place--)
			*place = place[-1];
	*place = *address;
}

/* Keeps those of `addresses` that are new. */
static bool
add(struct probe_lookup *lookup, const struct address *addresses, size_t count)
{
	struct address *longer = realloc(
	    lookup->addresses, (lookup->count + count + 1) * sizeof(*longer));

	if (longer == NULL)
		return (false);
	lookup->addresses = longer;
	for (size_t i = 0; i < count; i++)
		if (!is_known(lookup, &addresses[i]))
			insert(lookup, &addresses[i]);
	return (true);
}

static void
stop(struct probe_lookup *lookup)
{
	lookup_stop(&lookup->lookup);
	lookup->timer->ops->set(lookup->timer, MONOTIME_NEVER);
}

static void
finish(struct probe_lookup *lookup, bool timed_out)
{
	stop(lookup);
	lookup->trace.end = clock_now();
	lookup->trace.result = timed_out ? HECAT_ERROR_TIMEOUT
					 : HECAT_ERROR_RESOLVE;
	lookup->cb(timed_out, lookup->arg);
}

/* Asks, unless addresses are given. */
static void
begin(struct probe_lookup *lookup)
{
	int family = lookup->config.given.family;
	struct resolver_question question = {
		.name = lookup->config.host,
		.port = lookup->config.given.port,
		.families = RESOLVER_BOTH,
		.grace = lookup->config.given.resolution_delay,
	};

	if (family == AF_INET6)
		question.families = RESOLVER_IPV6;
	else if (family == AF_INET)
		question.families = RESOLVER_IPV4;
	lookup->begun = true;
	if (lookup->config.host != NULL)
		lookup_start(&lookup->lookup, &question);
}

/* Lets the timer expire when there is something to do without an answer. */
static void
set_timer(struct probe_lookup *lookup)
{
	monotime_t at = lookup_retry_at(&lookup->lookup);

	if (lookup->deadline < at)
		at = lookup->deadline;
	if (lookup->timer->ops->set(lookup->timer, at))
		return;
	lookup->trace.incomplete = true;
	finish(lookup, false);
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct probe_lookup *lookup = arg;

	lookup_emit_answer(&lookup->lookup, answer);
	if (!add(lookup, answer->addresses, answer->count))
		lookup->trace.incomplete = true;
	if (lookup_awaits(&lookup->lookup, AF_UNSPEC))
		set_timer(lookup);
	else
		finish(lookup, false);
}

static void
on_timer(void *arg)
{
	struct probe_lookup *lookup = arg;

	if (!lookup->begun)
		begin(lookup);
	else if (lookup_retry_at(&lookup->lookup) <= clock_now())
		lookup_retry(&lookup->lookup);
	if (!lookup_awaits(&lookup->lookup, AF_UNSPEC))
		finish(lookup, false);
	else if (clock_now() >= lookup->deadline)
		finish(lookup, true);
	else
		set_timer(lookup);
}

/* Observes for the trace, and for the caller. */
static void
observe(const struct hecat_event *event, void *arg)
{
	struct probe_lookup *lookup = arg;
	const struct hecat_config *given = &lookup->config.given;

	trace_observe(event, &lookup->trace);
	if (given->observer != NULL)
		given->observer(event, given->observer_arg);
}

static int
init(struct probe_lookup *lookup, struct event_base *base,
    const struct hecat_config *config)
{
	int error = config_init(&lookup->config, config);

	trace_init(&lookup->trace, clock_now());
	lookup->timer = timer_event_new(base);
	lookup->resolver = resolver_system_new(base);
	if (error != 0)
		return (error);
	if (lookup->timer == NULL || lookup->resolver == NULL ||
	    !add(
		lookup, lookup->config.addresses, lookup->config.address_count))
		return (ENOMEM);
	lookup->timer->cb = on_timer;
	lookup->timer->arg = lookup;
	lookup->events.cb = observe;
	lookup->events.arg = lookup;
	lookup->events.timer = lookup->timer;
	lookup_init(&lookup->lookup, lookup->resolver, &lookup->events,
	    on_answer, lookup);
	return (
	    lookup->timer->ops->set(lookup->timer, clock_now()) ? 0 : ENOMEM);
}

struct probe_lookup *
probe_lookup_new(struct event_base *base, const struct hecat_config *config,
    monotime_t deadline, probe_lookup_cb cb, void *arg)
{
	struct probe_lookup *lookup = calloc(1, sizeof(*lookup));
	int error;

	if (lookup == NULL)
		return (NULL);
	lookup->deadline = deadline;
	lookup->cb = cb;
	lookup->arg = arg;
	error = init(lookup, base, config);
	if (error == 0)
		return (lookup);
	probe_lookup_free(lookup);
	errno = error;
	return (NULL);
}

void
probe_lookup_free(struct probe_lookup *lookup)
{
	if (lookup == NULL)
		return;
	if (lookup->lookup.resolver != NULL)
		lookup_stop(&lookup->lookup);
	if (lookup->timer != NULL)
		lookup->timer->ops->release(lookup->timer);
	if (lookup->resolver != NULL)
		lookup->resolver->ops->release(lookup->resolver);
	config_release(&lookup->config);
	trace_release(&lookup->trace);
	free(lookup->addresses);
	free(lookup);
}

const struct address *
probe_lookup_addresses(const struct probe_lookup *lookup, size_t *count)
{
	*count = lookup->count;
	return (lookup->addresses);
}

void
probe_lookup_interrupt(struct probe_lookup *lookup)
{
	stop(lookup);
	trace_interrupt(&lookup->trace, clock_now());
}

const struct trace *
probe_lookup_trace(const struct probe_lookup *lookup)
{
	return (&lookup->trace);
}
