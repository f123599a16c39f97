/* SPDX-License-Identifier: ISC */
/*
 * source_address.h: the source address that the host uses for a destination.
 *
 * It is found for destsort.h. connect(2) on a datagram socket, which sends
 * nothing, makes the kernel choose the source address of a destination; what
 * else is known of that address is in a snapshot of the addresses of all
 * interfaces. The snapshot is taken when it is first needed. A struct
 * source_address is for one connect: the next one needs a new snapshot.
 *
 *	sources = source_address_new();
 *	for (i = 0; i < count; i++)
 *		source_address_find(sources, &destinations[i], &found[i]);
 *	source_address_free(sources);
 *
 * Nothing here blocks. Up to two descriptors, both close-on-exec, stay open
 * between two calls; source_address_close() closes them. A struct
 * source_address belongs to one thread at a time.
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
 * Fills in *source for `destination` and returns source->found: whether the
 * host has a route to it and an address for that route. Out of descriptors
 * counts as no route. source->address has port 0. Where only the address is
 * known the prefix length is 0 and the flags are false; outside Linux the flags
 * always are.
 */
bool source_address_find(struct source_address *sources,
    const struct address *destination, struct destsort_source *source);

/*
 * Returns address number `number` of the host as a source; NULL when there are
 * no more, or when the snapshot is not complete. Valid until
 * source_address_free().
 */
const struct destsort_source *source_address_own(
    struct source_address *sources, size_t number);

/* Closes the descriptors; a later call opens them again. */
void source_address_close(struct source_address *sources);

#endif
