/* SPDX-License-Identifier: ISC */
/*
 * source_lookup.h: what the host would send from, destination by destination.
 *
 * The host's side of destsort.h. The kernel is asked for the source address of
 * a destination through a datagram socket, which sends nothing, and what it
 * answers is looked up in a snapshot of the addresses of all interfaces. The
 * snapshot is taken when it is first needed; a lookup is meant for one connect,
 * not to be kept for the next.
 *
 *	lookup = source_lookup_open();
 *	for (i = 0; i < count; i++)
 *		source_lookup_find(lookup, &destinations[i], &sources[i]);
 *	source_lookup_close(lookup);
 *
 * Nothing here blocks. A lookup keeps up to two descriptors open, both
 * close-on-exec. It belongs to one thread at a time.
 */
#ifndef SOURCE_LOOKUP_H
#define SOURCE_LOOKUP_H

#include <stdbool.h>

#include "address.h"
#include "destsort.h"

struct source_lookup;

/* Returns a lookup to be closed by the caller, or NULL when out of memory. */
struct source_lookup *source_lookup_open(void);
void source_lookup_close(struct source_lookup *lookup);

/*
 * Fills *source for `destination` and returns source->found: whether the host
 * has a route to it, and an address to use on it. Out of descriptors counts as
 * no route. source->address has port 0. Where the host does not tell more than
 * the address, the prefix length is 0 and the flags are false; outside Linux
 * the flags always are.
 */
bool source_lookup_find(struct source_lookup *lookup,
    const struct address *destination, struct destsort_source *source);

/*
 * Returns whether any interface has an address of `family` beyond loopback and
 * link-local ones; without one there is no use in waiting for answers of that
 * family. True where the host does not tell.
 */
bool source_lookup_has_family(struct source_lookup *lookup, int family);

#endif
