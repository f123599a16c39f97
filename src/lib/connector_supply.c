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

	resolution_start(&connector->resolution,
	    &(struct resolver_question){
		.name = connector->config.host,
		.port = given->port,
		.families = question_families(given),
	    });
}

bool
connector_add(struct hecat_connector *connector,
    const struct address *addresses, size_t count)
{
	struct candidates *candidates = &connector->candidates;
	bool was_empty = candidates_untried(candidates) == 0;
	int added;

	ordering_prepare(&connector->ordering, candidates->count + count);
	added = candidates_add(candidates, addresses, count);
	if (added == -1)
		return (false);
	if (added > 0 && was_empty)
		race_candidates_added(
		    &connector->race, connector_now(connector));
	announce_candidates(&connector->announcer, candidates);
	return (true);
}

/* Returns the family whose answer is worth the Resolution Delay. */
static int
favoured_family(const struct hecat_connector *connector)
{
	int preferred = connector->config.given.preferred_family;

	return (preferred == AF_UNSPEC ? AF_INET6 : preferred);
}

void
connector_delay(struct hecat_connector *connector)
{
	int favoured = favoured_family(connector);

	if (!resolution_awaits(&connector->resolution, favoured))
		race_resolution_delay(&connector->race, INT64_MIN);
	else if (candidates_untried(&connector->candidates) > 0 &&
	    connector->env.has_family(favoured, connector->env.host))
		race_resolution_delay(&connector->race,
		    clock_after(connector_now(connector),
			connector->config.given.resolution_delay));
}

struct race_supply
connector_supply(const struct hecat_connector *connector)
{
	return ((struct race_supply){
	    .untried = candidates_untried(&connector->candidates),
	    .expected = resolution_awaits(&connector->resolution, AF_UNSPEC),
	});
}
