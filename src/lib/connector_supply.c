/* SPDX-License-Identifier: ISC */
/*
 * What a connector has to attempt: what it asks, what becomes of the answers,
 * and when they may be used.
 */
#include "connector_internal.h"

/* Returns what to ask the resolver. */
static enum resolver_families
question_families(const struct hecat_config *config)
{
	if (config->family == AF_INET6)
		return (RESOLVER_IPV6);
	if (config->family == AF_INET)
		return (RESOLVER_IPV4);
	return (config->order == HECAT_ORDER_RESOLVER ? RESOLVER_BOTH_TOGETHER
						      : RESOLVER_BOTH);
}

void
connector_ask(struct hecat_connector *connector)
{
	const struct hecat_config *given = &connector->config.given;

	lookup_start(&connector->lookup,
	    &(struct resolver_question){
		.name = connector->config.host,
		.port = given->port,
		.families = question_families(given),
		.grace = given->resolution_delay,
	    });

	/* That takes a descriptor, too. */
	if (lookup_retry_at(&connector->lookup) == MONOTIME_NEVER &&
	    lookup_awaits(&connector->lookup, AF_INET6) &&
	    lookup_awaits(&connector->lookup, AF_INET))
		ordering_read_ahead(&connector->ordering);
}

/*
 * Adds addresses to the candidates. Among equals those of an A answer stand
 * first, whichever answer came first: so the system's resolver lists them.
 */
static bool
add(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count)
{
	struct candidates *candidates = &connector->candidates;
	bool was_empty = candidates_untried(candidates) == 0;
	int added;

	ordering_prepare(&connector->ordering, candidates->count + count);
	added = candidates_add(candidates, addresses, count,
	    family == AF_INET ? CANDIDATES_AHEAD : CANDIDATES_BEHIND);
	if (added == -1)
		return (false);
	if (added > 0 && was_empty)
		race_candidates_added(
		    &connector->race, connector_now(connector));
	events_candidates(&connector->events, candidates);
	return (true);
}

/* Whether the answer with `family` is out, and worth waiting for. */
static bool
is_worth_waiting(struct hecat_connector *connector, int family)
{
	return (lookup_awaits(&connector->lookup, family) &&
	    ordering_may_lead(
		&connector->ordering, &connector->candidates, family));
}

/*
 * Applies the Resolution Delay (RFC 8305 section 3), which counts from the
 * answer that has just come: it is waited for a family that could still lead.
 */
static void
delay(struct hecat_connector *connector)
{
	monotime_t resolution_delay = connector->config.given.resolution_delay;
	bool waits = resolution_delay > 0 &&
	    candidates_untried(&connector->candidates) > 0 &&
	    (is_worth_waiting(connector, AF_INET6) ||
		is_worth_waiting(connector, AF_INET));

	race_resolution_delay(&connector->race,
	    waits ? clock_after(connector_now(connector), resolution_delay)
		  : INT64_MIN);
}

bool
connector_add(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count)
{
	bool added = count == 0 || add(connector, family, addresses, count);

	if (added)
		delay(connector);
	connector->env.host_rest(connector->env.host);
	return (added);
}

struct race_supply
connector_supply(const struct hecat_connector *connector)
{
	return ((struct race_supply){
	    .untried = candidates_untried(&connector->candidates),
	    .expected = lookup_awaits(&connector->lookup, AF_UNSPEC),
	});
}
