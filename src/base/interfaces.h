/* SPDX-License-Identifier: ISC */
/*
 * interfaces.h: what follows from the addresses of this host's interfaces.
 *
 * Every question is answered by the interfaces as they are now; nothing is
 * kept, and nothing here blocks.
 */
#ifndef INTERFACES_H
#define INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

struct ifaddrs;

/*
 * Gives each of `addresses` that lacks a zone the one link of this host: the
 * interface that is up and has a link-local IPv6 address, loopback left out.
 * Where there is none, or several, those addresses stay as they are. Returns
 * the index of the first one that does, or `count`.
 */
size_t interfaces_complete_zones(struct address *addresses, size_t count);

/*
 * Returns whether an interface that is up has an address of `family` that leads
 * beyond its link; true where the system does not list them.
 */
bool interfaces_have_family(int family);

/* The rules of both: whether the addresses of `list` are enough for that, */
bool interfaces_reach_out(const struct ifaddrs *list, int family);

/* and the index of the one link in `list`; 0: none, or several.
 */
uint32_t interfaces_only_link(const struct ifaddrs *list);

#endif
