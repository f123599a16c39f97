/* SPDX-License-Identifier: ISC */
/*
 * fake_address.h: addresses by short names, as the tables of tests have them.
 *
 * "6a" is 2001:db8::a:1, "4a" is 192.0.2.97 (its last number is the letter),
 * "m4a" the same, IPv4-mapped. A name that holds a dot or a colon is a literal.
 */
#ifndef FAKE_ADDRESS_H
#define FAKE_ADDRESS_H

#include <stddef.h>

#include "address.h"

#define FAKE_ADDRESS_NAME_MAX ADDRESS_TEXT_MAX

struct address fake_address(const char *name, uint16_t port);

/* Returns the name of `address`, written to `name`. */
const char *fake_address_name(const struct address *address, char *name);

/*
 * Fills `addresses`, of `max`, with those that `names`, parted by blanks, are
 * the names of. Returns their number.
 */
size_t fake_addresses(
    const char *names, uint16_t port, struct address *addresses, size_t max);

/* Writes `number` addresses of a family, all different. */
void fake_address_many(
    struct address *addresses, size_t number, int family, uint16_t port);

#endif
