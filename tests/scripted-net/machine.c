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

/* Writes the kernel's error about an address or route; returns false. */
static bool
refused(char *error, const char *what, const struct ip_prefix *prefix)
{
	char text[IP_TEXT_MAX];

	snprintf(error, MACHINE_ERROR_MAX, "%s %s/%u: %s", what,
	    ip_format(&prefix->address, text), prefix->length, strerror(errno));
	return (false);
}

/* Asks the kernel to make temporary addresses, and to prefer them. */
static bool
prefer_temporary(void)
{
	FILE *file = fopen(
	    "/proc/sys/net/ipv6/conf/" DEVICE_NAME "/use_tempaddr", "we");

	if (file == NULL)
		return (false);
	fputs("2\n", file);
	return (fclose(file) == 0);
}

/* Finds the temporary address that the kernel has made in a subnet. */
static bool
find_temporary(const struct ip_prefix *prefix, struct ip *ip)
{
	FILE *file = fopen("/proc/net/if_inet6", "re");
	char line[128], digits[33];
	unsigned flags, byte;
	bool found = false;

	if (file == NULL)
		return (false);
	*ip = (struct ip){ .family = AF_INET6 };
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%32s %*x %*x %*x %x", digits, &flags) != 2)
			continue;
		for (size_t i = 0; i < 16; i++) {
			sscanf(digits + 2 * i, "%2x", &byte);
			ip->bytes[i] = (uint8_t)byte;
		}
		found = (flags & IFA_F_TEMPORARY) != 0 &&
		    ip_in_prefix(ip, prefix);
	}
	fclose(file);
	if (!found)
		errno = EADDRNOTAVAIL;
	return (found);
}

static bool
add_address(struct netlink *netlink, unsigned index,
    const struct machine_address *address)
{
	struct ip temporary;

	if (!address->temporary)
		return (netlink_add_address(netlink, index, &address->prefix,
		    address->deprecated ? NETLINK_DEPRECATED
					: NETLINK_PREFERRED));
	return (prefer_temporary() &&
	    netlink_add_address(
		netlink, index, &address->prefix, NETLINK_BASE_OF_TEMPORARY) &&
	    find_temporary(&address->prefix, &temporary) &&
	    netlink_wait_until_local(netlink, &temporary));
}

static bool
add_addresses(const struct scenario *scenario, struct netlink *netlink,
    unsigned index, char *error)
{
	const struct machine_address *address;
	size_t i;

	for (i = 0; i < scenario->address_count; i++) {
		address = &scenario->addresses[i];
		if (!add_address(netlink, index, address))
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
		if (!netlink_add_address(
			netlink, index, &prefix, NETLINK_PREFERRED))
			return (refused(error, "local", &prefix));
	}
	return (true);
}

/* Routes a family into the device, unless the scenario has another route. */
static bool
add_default_route(const struct scenario *scenario, struct netlink *netlink,
    unsigned index, int family, char *error)
{
	struct ip_prefix all = { .address = { .family = family } };

	if (!scenario_has_default_route(scenario, family) ||
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
