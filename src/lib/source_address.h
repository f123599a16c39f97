/* SPDX-License-Identifier: ISC */
/*
 * source_address.h: what the host would send from, destination by destination.
 *
 * The host's side of destsort.h. The kernel is asked for the source address of
 * a destination through a datagram socket, which sends nothing, and what it
 * answers is looked up in a snapshot of the addresses of all interfaces. The
 * snapshot is taken when it is first needed; a struct source_address is meant
 * for one connect, not to be kept for the next.
 *
 *	sources = source_address_new();
 *	for (i = 0; i < count; i++)
 *		source_address_find(sources, &destinations[i], &found[i]);
 *	source_address_free(sources);
 *
 * Nothing here blocks. Up to two descriptors stay open from one question to the
 * next, both close-on-exec; source_address_rest() closes them.
 * A struct source_address belongs to one thread at a time.
 */
#ifndef SOURCE_ADDRESS_H
#define SOURCE_ADDRESS_H

#include <stdbool.h>

#include "address.h"
#include "destsort.h"

struct source_address;

/* Returns one for the caller to free, or NULL when out of memory. */
struct source_address *source_address_new(void);
void source_address_free(struct source_address *sources);

/*
 * Fills *source for `destination` and returns source->found: whether the host
 * has a route to it, and an address to use on it. Out of descriptors counts as
 * no route. source->address has port 0. Where the host does not tell more than
 * the address, the prefix length is 0 and the flags are false; outside Linux
 * the flags always are.
 */
bool source_address_find(struct source_address *sources,
    const struct address *destination, struct destsort_source *source);

/*
 * Returns address number `number` of the host, as it is when sent from; NULL
 * when there are no more, or where the host does not tell. Valid until
 * source_address_free().
 */
const struct destsort_source *source_address_own(
    struct source_address *sources, size_t number);

/* Closes the descriptors; they are opened again when needed. */
void source_address_rest(struct source_address *sources);

#endif
