/* SPDX-License-Identifier: ISC */
/*
 * The kinds of ICMP errors a scenario can name.
 */
#ifndef ICMP_KIND_H
#define ICMP_KIND_H

#include <stdbool.h>
#include <stdint.h>

#define ICMP_KIND_NONE (-1)

/* Type and code in each family; a type of ICMP_KIND_NONE does not exist. */
struct icmp_kind {
	const char *name;
	int type4, code4;
	int type6, code6;
	uint32_t word;    /* the four bytes after the checksum */
	bool from_target; /* sent by the target itself, not by a router */
};

/* Returns the kind with this name, or NULL. */
const struct icmp_kind *icmp_kind_find(const char *name);

/* Returns the name of kind number `i`, or NULL past the last. */
const char *icmp_kind_name(unsigned i);

/* Tells whether the kind exists in this address family. */
bool icmp_kind_exists(const struct icmp_kind *kind, int family);

#endif
