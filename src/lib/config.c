/* SPDX-License-Identifier: ISC */
/*
 * Defaults, bounds and a deep copy. What is set has been checked here, and is
 * not checked again.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>

#include "config.h"
#include "interfaces.h"
#include "resolver.h"
#include "step.h"

#define BUFFEREVENT_OPTIONS                           \
	(BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE | \
	    BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS)

void
config_init(struct hecat_config *config)
{
	*config = (struct hecat_config){
		.connection_attempt_delay = CONFIG_CONNECTION_ATTEMPT_DELAY,
		.resolution_delay = CONFIG_RESOLUTION_DELAY,
		.first_address_family_count = CONFIG_FIRST_ADDRESS_FAMILY_COUNT,
		.order = HECAT_ORDER_SORTED,
		.family = AF_UNSPEC,
		.preferred_family = AF_UNSPEC,
		.timeout = MONOTIME_NEVER,
		.attempt_timeout = MONOTIME_NEVER,
		.success = HECAT_SUCCESS_TCP,
		.success_open_time = MONOTIME_NEVER,
		.step_in_race = true,
		.bufferevent_options = BEV_OPT_CLOSE_ON_FREE,
	};
}

/* Sets *copy to a copy of `bytes` of memory. Returns false when out of it. */
static bool
copy_array(void *copy, const void *array, size_t bytes)
{
	void *memory = bytes == 0 ? NULL : malloc(bytes);

	if (memory != NULL)
		memcpy(memory, array, bytes);
	memcpy(copy, &memory, sizeof(memory));
	return (bytes == 0 || memory != NULL);
}

bool
config_copy(struct hecat_config *copy, const struct hecat_config *config)
{
	*copy = *config;
	copy->excluded = NULL;
	return (copy_array(&copy->sources, config->sources,
		    config->source_count * sizeof(*config->sources)) &&
	    copy_array(&copy->excluded, config->excluded,
		config->excluded_count * sizeof(*config->excluded)));
}

/* Returns whether `source` is among the first `count`. */
static bool
has_source(const struct hecat_config *config, const struct address *source,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(&config->sources[i], source))
			return (true);
	return (false);
}

void
config_complete_zones(struct hecat_config *config)
{
	size_t kept = 0;

	interfaces_complete_zones(config->sources, config->source_count);
	for (size_t i = 0; i < config->source_count; i++)
		if (!has_source(config, &config->sources[i], kept))
			config->sources[kept++] = config->sources[i];
	config->source_count = kept;
}

void
config_release(struct hecat_config *config)
{
	free(config->sources);
	free(config->excluded);
}

struct hecat_config *
hecat_config_new(void)
{
	struct hecat_config *config = malloc(sizeof(*config));

	if (config == NULL)
		errno = ENOMEM;
	else
		config_init(config);
	return (config);
}

void
hecat_config_free(struct hecat_config *config)
{
	if (config == NULL)
		return;
	config_release(config);
	free(config);
}

/* Returns 0 for something that is `valid`, or else -1 with EINVAL. */
static int
check(bool valid)
{
	if (valid)
		return (0);
	errno = EINVAL;
	return (-1);
}

/*
 * Sets *duration, NULL without a configuration, to `tv` (NULL: it never ends),
 * which has to be `least` or more, or 0 where `or_none`.
 */
static int
set_duration(monotime_t *duration, const struct timeval *tv, monotime_t least,
    bool or_none)
{
	monotime_t value = MONOTIME_NEVER;

	if (check(duration != NULL &&
		(tv == NULL || clock_from_timeval(&value, tv))) == -1 ||
	    check(value >= least || (value == 0 && or_none)) == -1)
		return (-1);
	*duration = value;
	return (0);
}

int
hecat_config_set_connection_attempt_delay(
    struct hecat_config *config, const struct timeval *delay)
{
	return (set_duration(
	    config == NULL ? NULL : &config->connection_attempt_delay, delay,
	    CONFIG_CONNECTION_ATTEMPT_DELAY_MIN, true));
}

int
hecat_config_set_resolution_delay(
    struct hecat_config *config, const struct timeval *delay)
{
	return (set_duration(
	    config == NULL ? NULL : &config->resolution_delay, delay, 0, true));
}

int
hecat_config_set_first_address_family_count(
    struct hecat_config *config, unsigned count)
{
	if (check(config != NULL && count > 0) == -1)
		return (-1);
	config->first_address_family_count = count;
	return (0);
}

int
hecat_config_set_order(struct hecat_config *config, enum hecat_order order)
{
	if (check(config != NULL &&
		(order == HECAT_ORDER_SORTED || order == HECAT_ORDER_RESOLVER ||
		    order == HECAT_ORDER_INTERLEAVED)) == -1)
		return (-1);
	config->order = order;
	return (0);
}

static bool
is_family(int family)
{
	return (family == AF_UNSPEC || family == AF_INET || family == AF_INET6);
}

int
hecat_config_set_family(struct hecat_config *config, int family)
{
	if (check(config != NULL && is_family(family)) == -1)
		return (-1);
	config->family = family;
	return (0);
}

int
hecat_config_set_preferred_family(struct hecat_config *config, int family)
{
	if (check(config != NULL && is_family(family)) == -1)
		return (-1);
	config->preferred_family = family;
	return (0);
}

int
hecat_config_set_timeout(
    struct hecat_config *config, const struct timeval *timeout)
{
	return (set_duration(
	    config == NULL ? NULL : &config->timeout, timeout, 1, false));
}

int
hecat_config_set_attempt_timeout(
    struct hecat_config *config, const struct timeval *timeout)
{
	return (set_duration(config == NULL ? NULL : &config->attempt_timeout,
	    timeout, 1, false));
}

int
hecat_config_set_success(struct hecat_config *config,
    enum hecat_success success, const struct timeval *open_time)
{
	if (check(config != NULL &&
		(success == HECAT_SUCCESS_TCP ||
		    success == HECAT_SUCCESS_OPEN ||
		    success == HECAT_SUCCESS_DATA)) == -1)
		return (-1);
	if (success != HECAT_SUCCESS_OPEN)
		open_time = NULL;
	if (set_duration(&config->success_open_time, open_time, 1, false) == -1)
		return (-1);
	config->success = success;
	return (0);
}

int
hecat_config_add_source(
    struct hecat_config *config, const struct sockaddr *source, int socklen)
{
	struct address address, *longer;

	if (check(config != NULL && source != NULL && socklen >= 0 &&
		address_from_sockaddr(&address, source, (socklen_t)socklen)) ==
	    -1)
		return (-1);
	if (has_source(config, &address, config->source_count))
		return (0);
	longer = realloc(config->sources,
	    (config->source_count + 1) * sizeof(*config->sources));
	if (longer == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	config->sources = longer;
	config->sources[config->source_count++] = address;
	return (0);
}

static bool
has_excluded(const struct hecat_config *config, const struct prefix *prefix)
{
	for (size_t i = 0; i < config->excluded_count; i++)
		if (prefix_equal(&config->excluded[i], prefix))
			return (true);
	return (false);
}

int
hecat_config_add_excluded(struct hecat_config *config,
    const struct sockaddr *address, int socklen, unsigned length)
{
	struct prefix prefix, *longer;

	if (check(config != NULL && address != NULL && socklen >= 0 &&
		prefix_from_sockaddr(
		    &prefix, address, (socklen_t)socklen, length)) == -1)
		return (-1);
	if (has_excluded(config, &prefix))
		return (0);
	longer = realloc(config->excluded,
	    (config->excluded_count + 1) * sizeof(*config->excluded));
	if (longer == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	config->excluded = longer;
	config->excluded[config->excluded_count++] = prefix;
	return (0);
}

int
hecat_config_set_bufferevent_options(struct hecat_config *config, int options)
{
	bool unlocks_in_time = (options & BEV_OPT_UNLOCK_CALLBACKS) == 0 ||
	    (options & BEV_OPT_DEFER_CALLBACKS) != 0;

	if (check(config != NULL && unlocks_in_time &&
		(options & ~BUFFEREVENT_OPTIONS) == 0) == -1)
		return (-1);
	config->bufferevent_options = options;
	return (0);
}

int
hecat_config_set_step(struct hecat_config *config,
    const struct hecat_step_methods *methods, void *arg)
{
	if (check(config != NULL &&
		(methods == NULL || step_methods_are_valid(methods))) == -1)
		return (-1);
	config->step = methods;
	config->step_arg = arg;
	return (0);
}

int
hecat_config_set_step_in_race(struct hecat_config *config, int on)
{
	if (check(config != NULL) == -1)
		return (-1);
	config->step_in_race = on != 0;
	return (0);
}

int
hecat_config_set_resolver(struct hecat_config *config,
    const struct hecat_resolver_methods *methods, void *arg)
{
	if (check(config != NULL &&
		(methods == NULL || resolver_methods_are_valid(methods))) == -1)
		return (-1);
	config->resolver = methods;
	config->resolver_arg = arg;
	return (0);
}

int
hecat_config_set_socket_factory(
    struct hecat_config *config, hecat_socket_factory_cb factory, void *arg)
{
	if (check(config != NULL) == -1)
		return (-1);
	config->socket_factory = factory;
	config->socket_factory_arg = arg;
	return (0);
}

int
hecat_config_set_socket_cb(
    struct hecat_config *config, hecat_socket_cb prepare, void *arg)
{
	if (check(config != NULL) == -1)
		return (-1);
	config->socket_cb = prepare;
	config->socket_arg = arg;
	return (0);
}

int
hecat_config_set_observer(
    struct hecat_config *config, hecat_observer_cb observer, void *arg)
{
	if (check(config != NULL) == -1)
		return (-1);
	config->observer = observer;
	config->observer_arg = arg;
	return (0);
}

/* Writes `duration` to *tv; NULL: it never ends. */
static const struct timeval *
get_duration(monotime_t duration, struct timeval *tv)
{
	if (duration == MONOTIME_NEVER)
		return (NULL);
	*tv = clock_timeval(duration);
	return (tv);
}

const struct timeval *
hecat_config_get_connection_attempt_delay(
    const struct hecat_config *config, struct timeval *tv)
{
	return (get_duration(config->connection_attempt_delay, tv));
}

const struct timeval *
hecat_config_get_resolution_delay(
    const struct hecat_config *config, struct timeval *tv)
{
	return (get_duration(config->resolution_delay, tv));
}

unsigned
hecat_config_get_first_address_family_count(const struct hecat_config *config)
{
	return (config->first_address_family_count);
}

enum hecat_order
hecat_config_get_order(const struct hecat_config *config)
{
	return (config->order);
}

int
hecat_config_get_family(const struct hecat_config *config)
{
	return (config->family);
}

int
hecat_config_get_preferred_family(const struct hecat_config *config)
{
	return (config->preferred_family);
}

const struct timeval *
hecat_config_get_timeout(const struct hecat_config *config, struct timeval *tv)
{
	return (get_duration(config->timeout, tv));
}

const struct timeval *
hecat_config_get_attempt_timeout(
    const struct hecat_config *config, struct timeval *tv)
{
	return (get_duration(config->attempt_timeout, tv));
}

int
hecat_config_is_step_in_race(const struct hecat_config *config)
{
	return (config->step_in_race);
}

enum hecat_success
hecat_config_get_success(const struct hecat_config *config)
{
	return (config->success);
}

const struct timeval *
hecat_config_get_success_open_time(
    const struct hecat_config *config, struct timeval *tv)
{
	return (get_duration(config->success_open_time, tv));
}

/* Writes what belongs to a callback, where that is asked for. */
static void
get_arg(void **arg, void *value)
{
	if (arg != NULL)
		*arg = value;
}

const struct hecat_step_methods *
hecat_config_get_step(const struct hecat_config *config, void **arg)
{
	get_arg(arg, config->step_arg);
	return (config->step);
}

const struct hecat_resolver_methods *
hecat_config_get_resolver(const struct hecat_config *config, void **arg)
{
	get_arg(arg, config->resolver_arg);
	return (config->resolver);
}

hecat_socket_factory_cb
hecat_config_get_socket_factory(const struct hecat_config *config, void **arg)
{
	get_arg(arg, config->socket_factory_arg);
	return (config->socket_factory);
}

hecat_socket_cb
hecat_config_get_socket_cb(const struct hecat_config *config, void **arg)
{
	get_arg(arg, config->socket_arg);
	return (config->socket_cb);
}

hecat_observer_cb
hecat_config_get_observer(const struct hecat_config *config, void **arg)
{
	get_arg(arg, config->observer_arg);
	return (config->observer);
}

int
hecat_config_get_bufferevent_options(const struct hecat_config *config)
{
	return (config->bufferevent_options);
}

size_t
hecat_config_get_source_count(const struct hecat_config *config)
{
	return (config->source_count);
}

const struct sockaddr *
hecat_config_get_source(const struct hecat_config *config, size_t number)
{
	return (
	    number < config->source_count ? &config->sources[number].sa : NULL);
}

size_t
hecat_config_get_excluded_count(const struct hecat_config *config)
{
	return (config->excluded_count);
}

const struct sockaddr *
hecat_config_get_excluded(
    const struct hecat_config *config, size_t number, unsigned *length)
{
	if (number >= config->excluded_count)
		return (NULL);
	*length = config->excluded[number].length;
	return (&config->excluded[number].address.sa);
}
