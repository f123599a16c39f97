/* SPDX-License-Identifier: ISC */
/*
 * hostname.h: names of hosts as values. A name counts without regard to its
 * case and to the dot of the root at its end.
 */
#ifndef HOSTNAME_H
#define HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/* The longest name in DNS (RFC 1035 section 2.3.4), without the root's dot. */
#define HOSTNAME_LENGTH_MAX 253

/* Returns the length of `name` without the dot that may end it. */
size_t hostname_length(const char *name);

/* Returns whether both are one name. */
bool hostname_equal(const char *a, const char *b);

/* Returns whether `name` is `domain`, which ends in no dot, or is in it. */
bool hostname_is_in(const char *name, const char *domain);

#endif
