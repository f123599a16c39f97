/* SPDX-License-Identifier: ISC */
/*
 * The few rtnetlink requests that set up a network device.
 *
 * Every function sends one request and waits for its answer; it returns false
 * with errno set when the kernel refuses.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>

#include "ip.h"

struct netlink {
	int fd;
	unsigned sequence;
};

bool netlink_open(struct netlink *netlink);
void netlink_close(struct netlink *netlink);

/* Brings a link up, without a link-local IPv6 address. */
bool netlink_link_up(struct netlink *netlink, unsigned index);

/* Keeps the kernel from resolving neighbours on this link. */
bool netlink_link_no_arp(struct netlink *netlink, unsigned index);

/* Lets this many packets wait in the link. */
bool netlink_link_queue(
    struct netlink *netlink, unsigned index, unsigned length);

/* Creates a pair of virtual Ethernet devices. */
bool netlink_add_veth(
    struct netlink *netlink, const char *near, const char *far);

enum netlink_address {
	NETLINK_PREFERRED,
	NETLINK_DEPRECATED,
	NETLINK_BASE_OF_TEMPORARY /* the kernel makes temporary ones of it */
};

/* Adds an address that is usable at once. */
bool netlink_add_address(struct netlink *netlink, unsigned index,
    const struct ip_prefix *address, enum netlink_address kind);

/* Waits until the kernel takes packets for an IPv6 address. */
bool netlink_wait_until_local(struct netlink *netlink, const struct ip *ip);

/*
 * Adds a route of an RTN_ type, into the link `index` or, with 0, into none.
 * The lowest metric is preferred.
 */
bool netlink_add_route(struct netlink *netlink, int type,
    const struct ip_prefix *prefix, unsigned index, unsigned metric);

#endif
