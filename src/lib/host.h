/* SPDX-License-Identifier: ISC */
/*
 * host.h: what a connector asks of the host it runs on.
 *
 * Which source address a destination would be reached from, and which addresses
 * the host has. host_system.c asks the kernel; a test answers itself.
 */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

#include "address.h"
#include "destsort.h"

struct host;

/* What a host answers. */
struct host_ops {
	/*
	 * Fills in *source for `destination`. What is not known for lack of
	 * memory or descriptors is left out, with errno ENOMEM, or as
	 * descriptor_is_shortage() has it.
	 */
	void (*source_of)(struct host *host, const struct address *destination,
	    struct destsort_source *source);
	/*
	 * Returns address number `number` of the host, of whichever family;
	 * NULL when there are no more.
	 */
	const struct destsort_source *(*own_address)(
	    struct host *host, size_t number);
	/* Closes descriptors: nothing is asked before the next answer. */
	void (*rest)(struct host *host);
	/* Forgets what was answered: another connect begins. */
	void (*forget)(struct host *host);
	void (*release)(struct host *host);
};

/* An implementation has it as a member (container.h). */
struct host {
	const struct host_ops *ops;
	const char *gai_conf; /* path of the policy table; NULL: RFC 6724's */
};

/* Returns the host that the process runs on; NULL when out of memory. */
struct host *host_system_new(void);

#endif
