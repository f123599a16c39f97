/* SPDX-License-Identifier: ISC */
/*
 * interleave.h: the address family interleaving of RFC 8305 section 4.
 *
 * A pure function over families; it knows neither time nor who asked.
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include <stddef.h>

/*
 * Interleaves `count` destinations, whose families (AF_INET6, AF_INET) stand
 * in `families` in sorted order. The family `leading` comes first (AF_UNSPEC:
 * that of the first destination), with `first_address_family_count` addresses;
 * then the families take turns, one address each. The order within a family is
 * kept, and when one is used up the rest of the other follows.
 *
 * order[] receives the `count` indices into `families` in their new order.
 */
void interleave(const int *families, size_t count, int leading,
    size_t first_address_family_count, size_t *order);

#endif
