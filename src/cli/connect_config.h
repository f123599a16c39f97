/* SPDX-License-Identifier: ISC */
/*
 * connect_config.h: from the options to what the library is asked for: its
 * configuration, and what to connect to.
 *
 * The service becomes a port, --resolve and --address become addresses, and
 * each source has the port of -p. With a proxy that is what is connected to.
 */
#ifndef CONNECT_CONFIG_H
#define CONNECT_CONFIG_H

#include <stdio.h>

#include "address.h"
#include "dns_config.h"
#include "hecat.h"
#include "options/options.h"
#include "proxy_config.h"
#include "socket_options.h"
#include "status.h"
#include "tls_config.h"

struct connect_config {
	struct hecat_config *hecat;
	const char *host; /* to be looked up: of the options, or the proxy */
	char port[sizeof("65535")];
	uint16_t target_port;      /* of the service that was asked for */
	struct address *addresses; /* instead of the host; NULL: none */
	size_t address_count;
	struct evutil_addrinfo *list; /* of these addresses */
	struct socket_options sockets;
	struct tls_config tls;
	struct dns_config dns;
	struct proxy_config proxy;
};

/*
 * Fills in *config, which may not be moved afterwards and needs
 * connect_config_release() only when STATUS_OK is returned. Otherwise prints on
 * `err` what is wrong and returns the exit status.
 */
enum status connect_config_init(
    struct connect_config *config, const struct options *options, FILE *err);

/*
 * The same for the lookup of the destination of `options` itself, which `proxy`
 * is then asked for. It has neither sources nor TLS, and may be released in
 * every case.
 */
enum status connect_config_init_lookup(struct connect_config *config,
    const struct options *options, const struct proxy_config *proxy, FILE *err);

void connect_config_release(struct connect_config *config);

/*
 * Start to connect to what is configured, or to look it up. Return as
 * hecat_connector_connect_hostname() does.
 */
int connect_config_connect(
    const struct connect_config *config, struct hecat_connector *connector);
int connect_config_lookup(
    const struct connect_config *config, struct hecat_connector *connector);

/* Starts to connect to this one address; returns likewise. */
int connect_config_connect_address(
    struct hecat_connector *connector, const struct address *address);

/*
 * Sets a time limit of `config`, in microseconds; OPTIONS_FOREVER: none. One
 * that has expired is one of a microsecond.
 */
void connect_config_set_timeout(struct hecat_config *config, int64_t timeout);
void connect_config_set_attempt_timeout(
    struct hecat_config *config, int64_t timeout);

#endif
