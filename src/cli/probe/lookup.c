/* SPDX-License-Identifier: ISC */
/*
 * A connector that only looks up.
 */
#include <errno.h>
#include <stdlib.h>

#include "connect_config.h"
#include "probe/lookup.h"
#include "probe/try.h"

struct probe_lookup {
	struct hecat_connector *connector;
	struct trace trace; /* of its queries, and of what --exclude has */
	const struct probe_observer *observer;
	probe_lookup_cb cb;
	void *arg;
};

static void
on_found(struct hecat_connector *connector, void *arg)
{
	struct probe_lookup *lookup = arg;

	(void)connector;
	lookup->cb(false, lookup->arg);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct probe_lookup *lookup = arg;

	(void)connector;
	lookup->cb(error == HECAT_ERROR_TIMEOUT, lookup->arg);
}

/* The candidates are read from the connector, but for those left out. */
static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct probe_lookup *lookup = arg;
	enum hecat_event_type type = hecat_event_get_type(event);

	if ((type != HECAT_EVENT_CANDIDATE && type != HECAT_EVENT_SKIPPED) ||
	    hecat_event_is_excluded(event))
		trace_observe(&lookup->trace, event);
	lookup->observer->cb(connector, event, lookup->observer->arg);
}

/* Makes the connector of a lookup, whose order is not the one that is raced. */
static struct hecat_connector *
new_connector(struct probe_lookup *lookup, struct event_base *base,
    const struct connect_config *config)
{
	struct hecat_config *hecat = config->hecat;
	enum hecat_order order = hecat_config_get_order(hecat);
	struct hecat_connector *connector;

	hecat_config_set_observer(hecat, observe, lookup);
	hecat_config_set_order(hecat,
	    config->address_count > 0 ? HECAT_ORDER_RESOLVER
				      : HECAT_ORDER_SORTED);
	connector = hecat_connector_new(
	    base, hecat, on_found, on_failed, lookup);
	hecat_config_set_order(hecat, order);
	return (connector);
}

struct probe_lookup *
probe_lookup_new(struct event_base *base, const struct connect_config *config,
    const struct probe_observer *observer, probe_lookup_cb cb, void *arg)
{
	struct probe_lookup *lookup = calloc(1, sizeof(*lookup));
	int error;

	if (lookup == NULL)
		return (NULL);
	lookup->observer = observer;
	lookup->cb = cb;
	lookup->arg = arg;
	trace_init(&lookup->trace, clock_now());
	lookup->connector = new_connector(lookup, base, config);
	if (lookup->connector != NULL &&
	    connect_config_lookup(config, lookup->connector) == 0)
		return (lookup);
	error = errno;
	probe_lookup_free(lookup);
	errno = error;
	return (NULL);
}

void
probe_lookup_free(struct probe_lookup *lookup)
{
	if (lookup == NULL)
		return;
	hecat_connector_free(lookup->connector);
	trace_release(&lookup->trace);
	free(lookup);
}

size_t
probe_lookup_count(const struct probe_lookup *lookup)
{
	return (hecat_connector_get_candidate_count(lookup->connector));
}

/* Appends the addresses of `family`. Returns how many there are then. */
static size_t
append(const struct probe_lookup *lookup, int family, struct address *addresses,
    size_t used)
{
	size_t count = probe_lookup_count(lookup);

	for (size_t i = 0; i < count; i++) {
		const struct sockaddr *sa = hecat_connector_get_candidate(
		    lookup->connector, i);

		if (sa->sa_family == family &&
		    address_from_sockaddr(
			&addresses[used], sa, sizeof(addresses->in6)))
			used++;
	}
	return (used);
}

struct address *
probe_lookup_addresses(const struct probe_lookup *lookup)
{
	/* One more: none at all is no lack of memory. */
	struct address *addresses = calloc(
	    probe_lookup_count(lookup) + 1, sizeof(*addresses));

	if (addresses != NULL)
		append(lookup, AF_INET, addresses,
		    append(lookup, AF_INET6, addresses, 0));
	return (addresses);
}

void
probe_lookup_interrupt(struct probe_lookup *lookup)
{
	hecat_connector_cancel(lookup->connector);
	trace_interrupt(&lookup->trace, clock_now());
}

const struct trace *
probe_lookup_trace(const struct probe_lookup *lookup)
{
	return (&lookup->trace);
}
