/* SPDX-License-Identifier: ISC */
/*
 * The connector in its real surroundings: libevent, the system's resolver,
 * sockets, and the host's own addresses.
 */
#include <stdlib.h>

#include "connector.h"
#include "source_address.h"

#define GAI_CONF "/etc/gai.conf"

/* The host's view of a destination, opened when it is first asked for. */
struct host {
	struct source_address *sources;
};

static struct source_address *
sources_of(struct host *host)
{
	if (host->sources == NULL)
		host->sources = source_address_new();
	return (host->sources);
}

/* Without memory no destination has a source, and the order is as answered. */
static void
source_of(const struct address *destination, struct destsort_source *source,
    void *arg)
{
	struct source_address *sources = sources_of(arg);

	*source = (struct destsort_source){ .found = false };
	if (sources != NULL)
		source_address_find(sources, destination, source);
}

static const struct destsort_source *
own_address(size_t number, void *arg)
{
	struct source_address *sources = sources_of(arg);

	return (sources == NULL ? NULL : source_address_own(sources, number));
}

static void
host_rest(void *arg)
{
	struct host *host = arg;

	if (host->sources != NULL)
		source_address_close(host->sources);
}

static void
host_release(void *arg)
{
	struct host *host = arg;

	if (host->sources != NULL)
		source_address_free(host->sources);
	free(host);
}

struct hecat_connector *
hecat_connector_new(struct event_base *base, const struct hecat_config *config,
    hecat_connected_cb connected, hecat_failed_cb failed, void *arg)
{
	struct connector_env env = {
		.timer = timer_event_new(base),
		.resolver = resolver_system_new(base),
		.attempts = attempt_provider_new(base),
		.source_of = source_of,
		.own_address = own_address,
		.host_rest = host_rest,
		.host_release = host_release,
		.host = calloc(1, sizeof(struct host)),
		.gai_conf = GAI_CONF,
	};

	return (connector_new(&env, config, connected, failed, arg));
}

const char *
hecat_version(void)
{
	return (HECAT_VERSION);
}
