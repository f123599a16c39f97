/* SPDX-License-Identifier: ISC */
/*
 * Defaults, bounds and a deep copy.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "interfaces.h"

void
hecat_config_init(struct hecat_config *config)
{
	*config = (struct hecat_config){
		.family = AF_UNSPEC,
		.connection_attempt_delay =
		    HECAT_CONNECTION_ATTEMPT_DELAY_DEFAULT,
		.resolution_delay = HECAT_RESOLUTION_DELAY_DEFAULT,
		.first_address_family_count =
		    HECAT_FIRST_ADDRESS_FAMILY_COUNT_DEFAULT,
		.order = HECAT_ORDER_SORTED,
		.preferred_family = AF_UNSPEC,
		.success = HECAT_SUCCESS_TCP,
		.timeout = HECAT_FOREVER,
		.attempt_timeout = HECAT_FOREVER,
	};
}

static bool
is_family(int family)
{
	return (family == AF_UNSPEC || family == AF_INET || family == AF_INET6);
}

static bool
is_connection_attempt_delay(int64_t delay)
{
	return (delay == 0 || delay >= HECAT_CONNECTION_ATTEMPT_DELAY_MIN);
}

static bool
is_success(const struct hecat_config *given)
{
	switch (given->success) {
	case HECAT_SUCCESS_TCP:
	case HECAT_SUCCESS_DATA:
		return (true);
	case HECAT_SUCCESS_OPEN:
		return (given->success_open > 0);
	}
	return (false);
}

static bool
is_valid(const struct hecat_config *given)
{
	return (given->port != 0 && is_family(given->family) &&
	    is_family(given->preferred_family) &&
	    is_connection_attempt_delay(given->connection_attempt_delay) &&
	    is_success(given) && given->resolution_delay >= 0 &&
	    given->first_address_family_count > 0 && given->timeout > 0 &&
	    given->attempt_timeout > 0 &&
	    (given->address_count > 0 ||
		(given->host != NULL && given->host[0] != '\0')));
}

/*
 * Copies those of `count` addresses that are of `family` (AF_UNSPEC: all) to
 * a new array, with `port`. Returns 0, EINVAL or ENOMEM.
 */
static int
copy_addresses(struct address **copy, size_t *copied,
    const struct sockaddr_storage *from, size_t count, int family,
    uint16_t port)
{
	if (count == 0)
		return (0);
	*copy = calloc(count, sizeof(**copy));
	if (*copy == NULL)
		return (ENOMEM);
	for (size_t i = 0; i < count; i++) {
		struct address *next = &(*copy)[*copied];

		if (!address_from_sockaddr(next,
			(const struct sockaddr *)&from[i], sizeof(from[i])))
			return (EINVAL);
		address_set_port(next, port);
		if (family == AF_UNSPEC || address_family(next) == family)
			(*copied)++;
	}
	return (0);
}

/* Leaves out sources that were given before. */
static void
drop_repeated_sources(struct config *config)
{
	size_t kept = 0;

	for (size_t i = 0; i < config->source_count; i++) {
		size_t same = 0;

		while (same < kept &&
		    !address_equal(&config->sources[same], &config->sources[i]))
			same++;
		if (same == kept)
			config->sources[kept++] = config->sources[i];
	}
	config->source_count = kept;
}

/* Keeps the host as an address if it is a literal, or else as a name. */
static int
copy_host(struct config *config, const struct hecat_config *given)
{
	struct sockaddr_storage literal = { .ss_family = AF_UNSPEC };
	struct address address;

	switch (address_parse(&address, given->host, given->port)) {
	case ADDRESS_UNKNOWN_ZONE:
		return (EINVAL);
	case ADDRESS_PARSED:
		memcpy(&literal, &address.sa, address.length);
		return (
		    copy_addresses(&config->addresses, &config->address_count,
			&literal, 1, given->family, given->port));
	case ADDRESS_NOT_LITERAL:
		break;
	}
	config->host = strdup(given->host);
	return (config->host == NULL ? ENOMEM : 0);
}

/* Keeps what is to be connected to, and from. */
static int
copy(struct config *config, const struct hecat_config *given)
{
	int error = copy_addresses(&config->sources, &config->source_count,
	    given->sources, given->source_count, AF_UNSPEC, 0);

	if (error != 0)
		return (error);
	if (given->address_count == 0)
		return (copy_host(config, given));
	return (copy_addresses(&config->addresses, &config->address_count,
	    given->addresses, given->address_count, given->family,
	    given->port));
}

int
config_init(struct config *config, const struct hecat_config *given)
{
	int error;

	*config = (struct config){ .given = *given };
	if (!is_valid(given))
		return (EINVAL);
	error = copy(config, given);
	if (error != 0)
		return (error);
	/* What has no zone even then fails when it is attempted. */
	interfaces_complete_zones(config->addresses, config->address_count);
	interfaces_complete_zones(config->sources, config->source_count);
	drop_repeated_sources(config);
	return (0);
}

void
config_release(struct config *config)
{
	free(config->host);
	free(config->addresses);
	free(config->sources);
}
