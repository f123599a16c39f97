/* SPDX-License-Identifier: ISC */
/*
 * The connector in its real surroundings: libevent, the system's resolver,
 * sockets, and the host that it runs on.
 */
#include <errno.h>

#include <event2/bufferevent.h>

#include "connector.h"

#define VERSION_TEXT(number)    VERSION_TEXT_OF(number)
#define VERSION_TEXT_OF(number) #number

/* Returns the resolver that `config` asks for; NULL when out of memory. */
static struct resolver *
new_resolver(struct event_base *base, const struct hecat_config *config)
{
	const struct hecat_resolver_methods *methods;
	void *arg;

	if (config == NULL)
		return (resolver_system_new(base));
	methods = hecat_config_get_resolver(config, &arg);
	return (methods == NULL ? resolver_system_new(base)
				: resolver_custom_new(base, methods, arg));
}

struct hecat_connector *
hecat_connector_new(struct event_base *base, const struct hecat_config *config,
    hecat_connected_cb connected, hecat_failed_cb failed, void *arg)
{
	struct connector_env env;

	if (base == NULL) {
		errno = EINVAL;
		return (NULL);
	}
	env = (struct connector_env){
		.base = base,
		.timer = timer_event_new(base),
		.resolver = new_resolver(base, config),
		.attempts = attempt_provider_new(base),
		.host = host_system_new(),
	};
	return (connector_new(&env, config, connected, failed, arg));
}

/* Returns a new bufferevent over the socket; NULL with errno. */
static struct bufferevent *
wrap_socket(struct hecat_connector *connector)
{
	struct bufferevent *bufferevent = bufferevent_socket_new(
	    hecat_connector_get_base(connector),
	    hecat_connector_get_fd(connector),
	    hecat_config_get_bufferevent_options(
		hecat_connector_get_config(connector)));

	if (bufferevent == NULL)
		errno = ENOMEM;
	else
		hecat_connector_take_fd(connector);
	return (bufferevent);
}

struct bufferevent *
hecat_connector_take_bufferevent(struct hecat_connector *connector)
{
	struct bufferevent *bufferevent = NULL;

	if (connector != NULL) {
		bufferevent = connector_take_step_bufferevent(connector);
		if (bufferevent == NULL &&
		    hecat_connector_get_fd(connector) != -1)
			return (wrap_socket(connector));
	}
	if (bufferevent == NULL)
		errno = ENOTCONN;
	return (bufferevent);
}

const char *
hecat_get_version(void)
{
	return (VERSION_TEXT(HECAT_VERSION_MAJOR) "." VERSION_TEXT(
	    HECAT_VERSION_MINOR) "." VERSION_TEXT(HECAT_VERSION_PATCH));
}

unsigned
hecat_get_version_number(void)
{
	return (HECAT_VERSION_NUMBER);
}
