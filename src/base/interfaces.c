/* SPDX-License-Identifier: ISC */
/*
 * Reads getifaddrs(3).
 */
#include <ifaddrs.h>
#include <net/if.h>

#include "interfaces.h"

/* Returns the address of `entry`; length 0 when its interface is not up. */
static struct address
address_of(const struct ifaddrs *entry)
{
	struct address address = { .length = 0 };

	if ((entry->ifa_flags & IFF_UP) != 0 && entry->ifa_addr != NULL)
		address_from_sockaddr(
		    &address, entry->ifa_addr, sizeof(address.in6));
	return (address);
}

/* Returns the interface of a link-local address; 0: `entry` is another one. */
static uint32_t
link_of(const struct ifaddrs *entry)
{
	struct address address = address_of(entry);

	if (address.length == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0 ||
	    address_family(&address) != AF_INET6 ||
	    !IN6_IS_ADDR_LINKLOCAL(&address.in6.sin6_addr))
		return (0);
	return (address.in6.sin6_scope_id);
}

uint32_t
interfaces_only_link(const struct ifaddrs *list)
{
	uint32_t only = 0;

	for (; list != NULL; list = list->ifa_next) {
		uint32_t link = link_of(list);

		if (link != 0 && only != 0 && link != only)
			return (0);
		if (link != 0)
			only = link;
	}
	return (only);
}

static uint32_t
find_only_link(void)
{
	struct ifaddrs *list;
	uint32_t link;

	if (getifaddrs(&list) == -1)
		return (0);
	link = interfaces_only_link(list);
	freeifaddrs(list);
	return (link);
}

size_t
interfaces_complete_zones(struct address *addresses, size_t count)
{
	uint32_t link = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!address_lacks_zone(&addresses[i]))
			continue;
		if (link == 0)
			link = find_only_link();
		if (link == 0)
			break;
		addresses[i].in6.sin6_scope_id = link;
	}
	return (i);
}

/* Returns whether an address is valid beyond its link. */
static bool
is_beyond_link(const struct address *address)
{
	const struct in6_addr *in6 = &address->in6.sin6_addr;
	uint32_t in = ntohl(address->in.sin_addr.s_addr);

	if (address_family(address) == AF_INET)
		return (in >> 24 != 127 && in >> 16 != 0xa9fe); /* 169.254/16 */
	return (!IN6_IS_ADDR_LOOPBACK(in6) && !IN6_IS_ADDR_LINKLOCAL(in6));
}

bool
interfaces_list_has_family(const struct ifaddrs *list, int family)
{
	for (; list != NULL; list = list->ifa_next) {
		struct address address = address_of(list);

		if (address.length != 0 && address_family(&address) == family &&
		    is_beyond_link(&address))
			return (true);
	}
	return (false);
}

bool
interfaces_have_family(int family)
{
	struct ifaddrs *list;
	bool found;

	if (getifaddrs(&list) == -1)
		return (true);
	found = interfaces_list_has_family(list, family);
	freeifaddrs(list);
	return (found);
}
