/* SPDX-License-Identifier: ISC */
/*
 * Options in, configuration of the library out.
 */
#include <sys/socket.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "ascii_name.h"
#include "clock.h"
#include "connect_config.h"
#include "service.h"
#include "text.h"

/* Returns `duration` as libevent takes it, in *tv; NULL: it never ends. */
static const struct timeval *
timeval_of(int64_t duration, struct timeval *tv)
{
	if (duration == OPTIONS_FOREVER)
		return (NULL);
	*tv = clock_timeval(duration);
	return (tv);
}

void
connect_config_set_timeout(struct hecat_config *config, int64_t timeout)
{
	struct timeval tv;

	hecat_config_set_timeout(
	    config, timeval_of(timeout > 0 ? timeout : 1, &tv));
}

void
connect_config_set_attempt_timeout(struct hecat_config *config, int64_t timeout)
{
	struct timeval tv;

	hecat_config_set_attempt_timeout(
	    config, timeval_of(timeout > 0 ? timeout : 1, &tv));
}

/* Appends copies of `count` addresses, with `port`. */
static void
append(struct connect_config *config, const struct address *addresses,
    size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++) {
		struct address *next =
		    &config->addresses[config->address_count++];

		*next = addresses[i];
		address_set_port(next, port);
	}
}

/* Makes a list of the addresses, as getaddrinfo(3) would. */
static void
link_addresses(struct connect_config *config)
{
	for (size_t i = 0; i < config->address_count; i++) {
		struct address *address = &config->addresses[i];

		config->list[i] = (struct evutil_addrinfo){
			.ai_family = address_family(address),
			.ai_socktype = SOCK_STREAM,
			.ai_addr = &address->sa,
			.ai_addrlen = address->length,
			.ai_next = i + 1 < config->address_count
			    ? &config->list[i + 1]
			    : NULL,
		};
	}
}

/*
 * Gathers the addresses of --address, which are `count`, or else of every
 * --resolve that fits. Returns false when out of memory.
 */
static bool
gather_addresses(struct connect_config *config, const struct options *options,
    size_t count, uint16_t port)
{
	size_t most = count;

	for (size_t i = 0; i < options->resolve_count; i++)
		most += options->resolves[i].address_count;
	if (most == 0)
		return (true);
	config->addresses = calloc(most, sizeof(*config->addresses));
	config->list = calloc(most, sizeof(*config->list));
	if (config->addresses == NULL || config->list == NULL)
		return (false);
	append(config, options->addresses, count, port);
	for (size_t i = 0; i < options->resolve_count; i++) {
		const struct options_resolve *entry = &options->resolves[i];

		if (options_resolve_applies(entry, config->host, port))
			append(config, entry->addresses, entry->address_count,
			    port);
	}
	link_addresses(config);
	return (true);
}

static bool
add_source(struct hecat_config *hecat, struct address source, uint16_t port)
{
	address_set_port(&source, port);
	return (hecat_config_add_source(
		    hecat, &source.sa, (int)source.length) == 0);
}

/*
 * Adds the sources, each with the port of -p; a port alone is one of the
 * wildcard address, of both families. Returns false when out of memory.
 */
static bool
add_sources(struct hecat_config *hecat, const struct options *options)
{
	static const char *const wildcards[] = { "::", "0.0.0.0" };
	struct address wildcard;

	for (size_t i = 0; i < options->source_count; i++)
		if (!add_source(
			hecat, options->sources[i], options->source_port))
			return (false);
	if (options->source_count > 0 || options->source_port == 0)
		return (true);
	for (size_t i = 0; i < 2; i++) {
		address_parse(&wildcard, wildcards[i], 0);
		if (!add_source(hecat, wildcard, options->source_port))
			return (false);
	}
	return (true);
}

/* Adds what is left out. Returns false when out of memory. */
static bool
add_excluded(struct hecat_config *hecat, const struct options *options)
{
	for (size_t i = 0; i < options->excluded_count; i++) {
		const struct prefix *prefix = &options->excluded[i];

		if (hecat_config_add_excluded(hecat, &prefix->address.sa,
			(int)prefix->address.length, prefix->length) == -1)
			return (false);
	}
	return (true);
}

/*
 * Returns what TCP has to have done; with TLS the rest follows its handshake,
 * and a proxy waits for us.
 */
static enum hecat_success
success_of(const struct options *options)
{
	if (options->tls || options->proxy.scheme != OPTIONS_PROXY_NONE)
		return (HECAT_SUCCESS_TCP);
	if (options->success == OPTIONS_SUCCESS_OPEN)
		return (HECAT_SUCCESS_OPEN);
	if (options->success == OPTIONS_SUCCESS_DATA)
		return (HECAT_SUCCESS_DATA);
	return (HECAT_SUCCESS_TCP);
}

/* Sets what the options have checked; false when out of memory. */
static bool
set_config(struct hecat_config *hecat, const struct options *options)
{
	struct timeval tv;

	hecat_config_set_family(hecat, options->family);
	hecat_config_set_connection_attempt_delay(
	    hecat, timeval_of(options->connection_attempt_delay, &tv));
	hecat_config_set_resolution_delay(
	    hecat, timeval_of(options->resolution_delay, &tv));
	hecat_config_set_first_address_family_count(
	    hecat, options->first_address_family_count);
	hecat_config_set_order(hecat, options->order);
	hecat_config_set_preferred_family(hecat, options->preferred_family);
	hecat_config_set_success(
	    hecat, success_of(options), timeval_of(options->success_open, &tv));
	connect_config_set_timeout(hecat, options->timeout);
	connect_config_set_attempt_timeout(hecat, options->attempt_timeout);
	hecat_config_set_step_in_race(
	    hecat, options->success != OPTIONS_SUCCESS_TCP);
	return (add_excluded(hecat, options));
}

/* Prints why there is no port for the service. */
static enum status
fail_service(const char *service, int error, FILE *err)
{
	bool is_unknown = error == ENOENT || error == EINVAL;

	fprintf(err, "hecat: port '%s': %s\n", service,
	    is_unknown ? "no such TCP service" : strerror(error));
	return (is_unknown ? STATUS_USAGE : STATUS_INTERNAL);
}

static enum status
fail_memory(FILE *err)
{
	fprintf(err, "hecat: out of memory\n");
	return (STATUS_INTERNAL);
}

/* Checks what is connected to; prints why that is impossible. */
static enum status
check(const struct options *options, const char *host, uint16_t port, FILE *err)
{
	char error[OPTIONS_ERROR_MAX];

	if (options_check_destination(options, host, port, error) !=
	    OPTIONS_RUN)
		fprintf(err, "hecat: %s\n", error);
	else
		return (STATUS_OK);
	return (STATUS_USAGE);
}

/*
 * Checks a name that is not ASCII. One that is not UTF-8 is in the encoding of
 * the locale, which costs too much to load for every other name.
 */
static enum status
check_name(const char *host, FILE *err)
{
	char *ascii = NULL;
	enum idn_result result = idn_to_ascii(host, &ascii);

	free(ascii);
	if (result != IDN_NOT_UTF8)
		return (ascii_name_check(result, host, err));
	setlocale(LC_CTYPE, "");
	return (STATUS_OK);
}

/*
 * Fills in what is needed for a lookup of `host`, with the first `count`
 * addresses of --address.
 */
static enum status
fill_lookup(struct connect_config *config, const struct options *options,
    const char *host, uint16_t port, size_t count, FILE *err)
{
	config->host = host;
	snprintf(config->port, sizeof(config->port), "%u", (unsigned)port);
	config->hecat = hecat_config_new();
	if (config->hecat == NULL || !set_config(config->hecat, options) ||
	    !gather_addresses(config, options, count, port))
		return (fail_memory(err));
	return (STATUS_OK);
}

static enum status
fill(struct connect_config *config, const struct options *options, FILE *err)
{
	const struct options_proxy *proxy = &config->proxy.proxy;
	const char *host = options->host;
	uint16_t port = 0;
	int error = service_port(&port, options->service);
	enum status status;

	if (error != 0)
		return (fail_service(options->service, error, err));
	config->target_port = port;
	status = proxy_config_init(&config->proxy, options, port, err);
	if (status != STATUS_OK)
		return (status);
	if (proxy_config_is_used(&config->proxy)) {
		host = proxy->host;
		port = proxy->port;
	}
	status = fill_lookup(
	    config, options, host, port, options->address_count, err);
	if (status != STATUS_OK)
		return (status);
	if (!add_sources(config->hecat, options))
		return (fail_memory(err));
	status = check(options, host, port, err);
	if (status == STATUS_OK && config->address_count == 0)
		status = check_name(host, err);
	return (status);
}

enum status
connect_config_init(
    struct connect_config *config, const struct options *options, FILE *err)
{
	enum status status;

	*config = (struct connect_config){ .hecat = NULL };
	status = fill(config, options, err);
	if (status == STATUS_OK)
		status = socket_options_init(
		    &config->sockets, options, config->hecat, err);
	if (status == STATUS_OK)
		status = tls_config_init(&config->tls, options,
		    proxy_config_is_tls(&config->proxy)
			? config->proxy.proxy.host
			: NULL,
		    err);
	if (status == STATUS_OK && config->tls.module != NULL &&
	    config->tls.module->use(config->tls.tls, config->hecat) == -1)
		status = fail_memory(err);
	if (status == STATUS_OK)
		status = dns_config_init(
		    &config->dns, options, config->hecat, err);
	if (status != STATUS_OK)
		connect_config_release(config);
	return (status);
}

enum status
connect_config_init_lookup(struct connect_config *config,
    const struct options *options, const struct proxy_config *proxy, FILE *err)
{
	const char *host = options->host;
	enum status status;

	*config = (struct connect_config){ .hecat = NULL };
	status = fill_lookup(
	    config, options, host, proxy->request.port, 0, err);
	if (status == STATUS_OK && options->numeric &&
	    config->address_count == 0 && proxy->request.address.length == 0) {
		char quoted[TEXT_QUOTE_MAX];

		fprintf(err, "hecat: -n: %s is no address\n",
		    text_quote(quoted, host));
		status = STATUS_USAGE;
	}
	if (status == STATUS_OK && config->address_count == 0)
		status = check_name(host, err);
	if (status == STATUS_OK)
		status = dns_config_init(
		    &config->dns, options, config->hecat, err);
	if (status != STATUS_OK) {
		connect_config_release(config);
		*config = (struct connect_config){ .hecat = NULL };
		return (status);
	}
	/* -4 and -6 are about the way to the proxy. */
	hecat_config_set_family(config->hecat, proxy->lookup_family);
	return (STATUS_OK);
}

void
connect_config_release(struct connect_config *config)
{
	hecat_config_free(config->hecat);
	proxy_config_release(&config->proxy);
	tls_config_release(&config->tls);
	dns_config_release(&config->dns);
	free(config->addresses);
	free(config->list);
}

int
connect_config_connect(
    const struct connect_config *config, struct hecat_connector *connector)
{
	if (config->address_count > 0)
		return (
		    hecat_connector_connect_addrinfo(connector, config->list));
	return (hecat_connector_connect_hostname(
	    connector, config->host, config->port));
}

int
connect_config_lookup(
    const struct connect_config *config, struct hecat_connector *connector)
{
	if (config->address_count > 0)
		return (
		    hecat_connector_lookup_addrinfo(connector, config->list));
	return (hecat_connector_lookup_hostname(
	    connector, config->host, config->port));
}

int
connect_config_connect_address(
    struct hecat_connector *connector, const struct address *address)
{
	struct address copy = *address;
	struct evutil_addrinfo node = {
		.ai_family = address_family(address),
		.ai_addr = &copy.sa,
		.ai_addrlen = copy.length,
	};

	return (hecat_connector_connect_addrinfo(connector, &node));
}
