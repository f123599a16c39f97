/* SPDX-License-Identifier: ISC */
/*
 * The connector in its real surroundings: libevent, the system's resolver,
 * sockets, and the host's own addresses.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/bufferevent.h>

#include "connector.h"
#include "container.h"
#include "source_address.h"

#define GAI_CONF "/etc/gai.conf"

#define VERSION_TEXT(number)    VERSION_TEXT_OF(number)
#define VERSION_TEXT_OF(number) #number

/* What the kernel knows, asked for the first time when it is needed. */
struct system_host {
	struct host host;
	struct source_address *sources;
};

static struct source_address *
sources_of(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources == NULL)
		self->sources = source_address_new();
	return (self->sources);
}

/* Out of memory no destination has a source, and the order is as answered. */
static void
system_source_of(struct host *host, const struct address *destination,
    struct destsort_source *source)
{
	struct source_address *sources = sources_of(host);

	*source = (struct destsort_source){ .found = false };
	if (sources != NULL)
		source_address_find(sources, destination, source);
}

static const struct destsort_source *
system_own_address(struct host *host, size_t number)
{
	struct source_address *sources = sources_of(host);

	return (sources == NULL ? NULL : source_address_own(sources, number));
}

static void
system_rest(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources != NULL)
		source_address_close(self->sources);
}

static void
system_forget(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources != NULL)
		source_address_free(self->sources);
	self->sources = NULL;
}

static void
system_release(struct host *host)
{
	system_forget(host);
	free(container_of(host, struct system_host, host));
}

static const struct host_ops system_ops = {
	.source_of = system_source_of,
	.own_address = system_own_address,
	.rest = system_rest,
	.forget = system_forget,
	.release = system_release,
};

/* Returns NULL when out of memory. */
static struct host *
system_host_new(void)
{
	struct system_host *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->host = (struct host){ .ops = &system_ops, .gai_conf = GAI_CONF };
	return (&self->host);
}

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
		.host = system_host_new(),
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
