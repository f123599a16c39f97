/* SPDX-License-Identifier: ISC */
/*
 * addrinfo.h: lists of struct evutil_addrinfo, read and sorted.
 *
 * What hecat.h offers of lists is in addrinfo.c, too. The nodes that this
 * module makes are one allocation each, so that a list may be taken apart.
 */
#ifndef ADDRINFO_H
#define ADDRINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "hecat.h"
#include "host.h"

/* Returns the number of nodes; 0 for NULL. */
size_t addrinfo_count(const struct evutil_addrinfo *list);

/*
 * Copies the address of `node` to *address, normalised. Returns false, and
 * writes nothing, when the node has none of AF_INET or AF_INET6.
 */
bool addrinfo_address(
    const struct evutil_addrinfo *node, struct address *address);

/* Like hecat_addrinfo_sort(), on `host`. */
int addrinfo_sort(struct evutil_addrinfo **list, struct host *host);

#endif
