/* SPDX-License-Identifier: ISC */
/*
 * fake_host.h: a host by its addresses and routes, and the source address that
 * its kernel would choose, as RFC 6724 section 5 has it.
 *
 * A host reads like this: "192.0.2.1/24 2001:db8::1/64 to:0.0.0.0/0 to:::/0".
 * An address comes with its subnet, which is routed; "to:" is a route to more
 * than that; the first address of a subnet stands for the subnet, and is no
 * destination. An address may be marked: "2001:db8::1/64,d" is deprecated, ",t"
 * temporary, ",h" a home address, ",T" is sent from through a tunnel.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <stddef.h>

#include "destsort.h"

#define FAKE_HOST_MAX 32

struct fake_host {
	struct destsort_source own[FAKE_HOST_MAX];
	bool temporary[FAKE_HOST_MAX];
	size_t count;
	struct destsort_source routes[FAKE_HOST_MAX]; /* address and length */
	size_t route_count;
	size_t asked; /* for a source */
};

void fake_host_init(struct fake_host *host, const char *words);

/* The two questions of awaited_family.h; `arg` is the host. */
void fake_host_source_of(const struct address *destination,
    struct destsort_source *source, void *arg);
const struct destsort_source *fake_host_own(size_t number, void *arg);

#endif
