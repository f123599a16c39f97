/* SPDX-License-Identifier: ISC */
/*
 * interleave.h: the address family interleaving of RFC 8305 section 4.
 *
 * A pure function over families.
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include <stddef.h>

/*
 * Interleaves `count` destinations; `families` has the family (AF_INET6,
 * AF_INET) of each, in sorted order. The family `leading` (AF_UNSPEC: that of
 * the first destination) begins with `first_address_family_count` addresses;
 * then the families take turns, one address each. The order within a family is
 * kept. When one family is used up the rest of the other follows.
 *
 * order[] receives the `count` indices into `families` in the new order.
 */
void interleave(const int *families, size_t count, int leading,
    size_t first_address_family_count, size_t *order);

#endif
