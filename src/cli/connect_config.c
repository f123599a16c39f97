/* SPDX-License-Identifier: ISC */
/*
 * Options in, configuration of the connector out.
 */
#include <sys/socket.h>
#include <locale.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

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
		if (options_resolve_applies(
			options, &options->resolves[i], hecat->port))
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

static void
copy_scalars(struct hecat_config *hecat, const struct options *options)
{
	static const enum hecat_success successes[] = {
		[OPTIONS_SUCCESS_TCP] = HECAT_SUCCESS_TCP,
		[OPTIONS_SUCCESS_OPEN] = HECAT_SUCCESS_OPEN,
		[OPTIONS_SUCCESS_DATA] = HECAT_SUCCESS_DATA,
	};

	hecat->host = options->host;
	hecat->family = options->family;
	hecat->connection_attempt_delay = options->connection_attempt_delay;
	hecat->resolution_delay = options->resolution_delay;
	hecat->first_address_family_count = options->first_address_family_count;
	hecat->order = options->order == OPTIONS_ORDER_RESOLVER
	    ? HECAT_ORDER_RESOLVER
	    : HECAT_ORDER_SORTED;
	hecat->preferred_family = options->preferred_family;
	hecat->success = successes[options->success];
	hecat->success_open = options->success_open;
	hecat->timeout = options->timeout;
	hecat->attempt_timeout = options->attempt_timeout;
	hecat->source_port = options->source_port;
}

/* Says what cannot be connected to. */
static enum status
check(const struct connect_config *config, const struct options *options,
    FILE *err)
{
	char error[OPTIONS_ERROR_MAX];

	if (config->hecat.port == 0)
		fprintf(err, "hecat: port '%s': no such TCP service\n",
		    options->service);
	else if (options_check_destination(
		     options, config->hecat.port, error) != OPTIONS_RUN)
		fprintf(err, "hecat: %s\n", error);
	else
		return (STATUS_OK);
	return (STATUS_USAGE);
}

/*
 * Lets the resolver read a name that is not ASCII: it is in the encoding of
 * the locale, which costs too much to load for every other name.
 */
static void
prepare_for_name(const char *host)
{
	for (; *host != '\0'; host++) {
		if ((unsigned char)*host > 0x7f) {
			setlocale(LC_CTYPE, "");
			return;
		}
	}
}

enum status
connect_config_init(
    struct connect_config *config, const struct options *options, FILE *err)
{
	enum status status;

	*config = (struct connect_config){ .addresses = NULL };
	hecat_config_init(&config->hecat);
	copy_scalars(&config->hecat, options);
	config->hecat.port = find_port(options->service);
	if (gather_addresses(config, options) &&
	    gather_sources(config, options)) {
		status = check(config, options, err);
	} else {
		fprintf(err, "hecat: out of memory\n");
		status = STATUS_INTERNAL;
	}
	if (status == STATUS_OK)
		prepare_for_name(options->host);
	else
		connect_config_release(config);
	return (status);
}

void
connect_config_release(struct connect_config *config)
{
	free(config->addresses);
	free(config->sources);
}
