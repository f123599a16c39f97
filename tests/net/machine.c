/* SPDX-License-Identifier: ISC */
/*
 * The machine under test: its name, addresses and routes.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine.h"

#define SCRIPTED_METRIC 1
#define DEFAULT_METRIC  100

/* Writes what the kernel said of an address or route; returns false. */
static bool
refused(char *error, const char *what, const struct ip_prefix *prefix)
{
	char text[IP_TEXT_MAX];

	snprintf(error, MACHINE_ERROR_MAX, "%s %s/%u: %s", what,
	    ip_format(&prefix->address, text), prefix->length, strerror(errno));
	return (false);
}

static bool
add_addresses(const struct scenario *scenario, struct netlink *netlink,
    unsigned index, char *error)
{
	const struct machine_address *address;
	size_t i;

	for (i = 0; i < scenario->address_count; i++) {
		address = &scenario->addresses[i];
		if (!netlink_add_address(
			netlink, index, &address->prefix, address->deprecated))
			return (refused(error, "address", &address->prefix));
	}
	return (true);
}

static bool
add_locals(const struct scenario *scenario, struct netlink *netlink,
    unsigned index, char *error)
{
	struct ip_prefix prefix;
	size_t i;

	for (i = 0; i < scenario->local_count; i++) {
		prefix.address = scenario->locals[i];
		prefix.length = (unsigned)ip_size(&prefix.address) * 8;
		if (!netlink_add_address(netlink, index, &prefix, false))
			return (refused(error, "local", &prefix));
	}
	return (true);
}

/* Routes everything of a family into the device, unless there is none. */
static bool
add_default_route(const struct scenario *scenario, struct netlink *netlink,
    unsigned index, int family, char *error)
{
	struct ip_prefix all = { .address = { .family = family } };

	if (!scenario_has_family(scenario, family) ||
	    netlink_add_route(
		netlink, RTN_UNICAST, &all, index, DEFAULT_METRIC))
		return (true);
	return (refused(error, "default route", &all));
}

static bool
add_scripted_routes(
    const struct scenario *scenario, struct netlink *netlink, char *error)
{
	const struct machine_route *route;
	size_t i;

	for (i = 0; i < scenario->route_count; i++) {
		route = &scenario->routes[i];
		if (!netlink_add_route(netlink, route->type, &route->prefix, 0,
			SCRIPTED_METRIC))
			return (refused(error, "route", &route->prefix));
	}
	return (true);
}

/* A machine without a name of its own keeps that of the system. */
static bool
set_hostname(const struct scenario *scenario, char *error)
{
	const char *name = scenario->hostname;

	if (name[0] == '\0' || sethostname(name, strlen(name)) == 0)
		return (true);
	snprintf(
	    error, MACHINE_ERROR_MAX, "hostname %s: %s", name, strerror(errno));
	return (false);
}

bool
machine_configure(const struct scenario *scenario, struct netlink *netlink,
    const struct device *device, char *error)
{
	unsigned loopback = if_nametoindex("lo");

	if (!netlink_link_up(netlink, loopback)) {
		snprintf(error, MACHINE_ERROR_MAX, "loopback device: %s",
		    strerror(errno));
		return (false);
	}
	return (set_hostname(scenario, error) &&
	    add_addresses(scenario, netlink, device->index, error) &&
	    add_locals(scenario, netlink, loopback, error) &&
	    add_default_route(
		scenario, netlink, device->index, AF_INET, error) &&
	    add_default_route(
		scenario, netlink, device->index, AF_INET6, error) &&
	    add_scripted_routes(scenario, netlink, error));
}
