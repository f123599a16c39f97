/* SPDX-License-Identifier: ISC */
/*
 * Options in, configuration of the connector out.
 */
#include <sys/socket.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "connect_config.h"

/* Returns the port of a number or a TCP service; 0 when there is none. */
static uint16_t
find_port(const char *service)
{
	const struct servent *entry;
	char *end;
	unsigned long number = strtoul(service, &end, 10);

	if (*end == '\0')
		return ((uint16_t)number);
	entry = getservbyname(service, "tcp");
	return (entry == NULL ? 0 : ntohs((uint16_t)entry->s_port));
}

/* Appends `count` addresses to `storage`. */
static size_t
append(struct sockaddr_storage *storage, size_t used,
    const struct address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		memcpy(&storage[used++], &addresses[i].sa, addresses[i].length);
	return (used);
}

/* Whether --resolve has an answer for what is to be connected. */
static bool
applies(const struct options_resolve *resolve, const struct options *options,
    uint16_t port)
{
	return (resolve->port == port &&
	    strcasecmp(resolve->host, options->host) == 0);
}

/* Gathers the addresses of --address, or else of every --resolve that fits. */
static bool
gather_addresses(struct connect_config *config, const struct options *options)
{
	struct hecat_config *hecat = &config->hecat;
	size_t most = options->address_count;

	for (size_t i = 0; i < options->resolve_count; i++)
		most += options->resolves[i].address_count;
	if (most == 0)
		return (true);
	config->addresses = calloc(most, sizeof(*config->addresses));
	if (config->addresses == NULL)
		return (false);
	hecat->addresses = config->addresses;
	hecat->address_count = append(
	    config->addresses, 0, options->addresses, options->address_count);
	for (size_t i = 0; i < options->resolve_count; i++)
		if (applies(&options->resolves[i], options, hecat->port))
			hecat->address_count = append(config->addresses,
			    hecat->address_count,
			    options->resolves[i].addresses,
			    options->resolves[i].address_count);
	return (true);
}

static bool
gather_sources(struct connect_config *config, const struct options *options)
{
	if (options->source_count == 0)
		return (true);
	config->sources = calloc(
	    options->source_count, sizeof(*config->sources));
	if (config->sources == NULL)
		return (false);
	config->hecat.sources = config->sources;
	config->hecat.source_count = append(
	    config->sources, 0, options->sources, options->source_count);
	return (true);
}

/* Whether a resolver is needed; a --resolve of another port does not help. */
static bool
needs_lookup(const struct hecat_config *hecat)
{
	struct address literal;

	return (hecat->address_count == 0 &&
	    address_parse(&literal, hecat->host, hecat->port) ==
		ADDRESS_NOT_LITERAL);
}

static void
copy_scalars(struct hecat_config *hecat, const struct options *options)
{
	hecat->host = options->host;
	hecat->family = options->family;
	hecat->connection_attempt_delay = options->connection_attempt_delay;
	hecat->resolution_delay = options->resolution_delay;
	hecat->first_address_family_count = options->first_address_family_count;
	hecat->order = options->order == OPTIONS_ORDER_RESOLVER
	    ? HECAT_ORDER_RESOLVER
	    : HECAT_ORDER_SORTED;
	hecat->preferred_family = options->preferred_family;
	hecat->timeout = options->timeout;
	hecat->attempt_timeout = options->attempt_timeout;
	hecat->source_port = options->source_port;
}

enum connect_config_result
connect_config_init(
    struct connect_config *config, const struct options *options)
{
	*config = (struct connect_config){ .addresses = NULL };
	hecat_config_init(&config->hecat);
	copy_scalars(&config->hecat, options);
	config->hecat.port = find_port(options->service);
	if (config->hecat.port == 0)
		return (CONNECT_CONFIG_UNKNOWN_SERVICE);
	if (!gather_addresses(config, options) ||
	    !gather_sources(config, options)) {
		connect_config_release(config);
		return (CONNECT_CONFIG_NO_MEMORY);
	}
	if (options->numeric && needs_lookup(&config->hecat)) {
		connect_config_release(config);
		return (CONNECT_CONFIG_NOT_NUMERIC);
	}
	return (CONNECT_CONFIG_OK);
}

void
connect_config_release(struct connect_config *config)
{
	free(config->addresses);
	free(config->sources);
}
