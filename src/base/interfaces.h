/* SPDX-License-Identifier: ISC */
/*
 * interfaces.h: what the addresses of this host's interfaces imply.
 *
 * Every function reads the interfaces anew; nothing is cached, nothing blocks.
 */
#ifndef INTERFACES_H
#define INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

struct ifaddrs;

/*
 * Sets the zone of each of `addresses` that lacks one to the only link of this
 * host: the interface, other than loopback, that is up and has a link-local
 * IPv6 address. Where there is none, or several, those addresses stay
 * unchanged. Returns the index of the first address that still lacks its zone,
 * or `count`.
 */
size_t interfaces_complete_zones(struct address *addresses, size_t count);

/*
 * Returns whether an interface that is up has an address of `family` that is
 * valid beyond its link; true where the system does not list them.
 */
bool interfaces_have_family(int family);

/* The same for the addresses of `list`. */
bool interfaces_list_has_family(const struct ifaddrs *list, int family);

/* Returns the index of the only link in `list`; 0: there is none, or several.
 */
uint32_t interfaces_only_link(const struct ifaddrs *list);

#endif
