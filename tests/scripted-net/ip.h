/* SPDX-License-Identifier: ISC */
/*
 * IP addresses of either family as plain values, in network byte order.
 */
#ifndef IP_H
#define IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_TEXT_MAX 64

struct ip {
	int family;
	uint8_t bytes[16];
};

struct ip_prefix {
	struct ip address;
	unsigned length;
};

/* Reads an address literal of either family. */
bool ip_parse(struct ip *ip, const char *text);

/* Reads "ADDRESS/LENGTH"; a bare address is a prefix of its full length. */
bool ip_prefix_parse(struct ip_prefix *prefix, const char *text);

/* Writes the address into `text` (IP_TEXT_MAX bytes) and returns `text`. */
const char *ip_format(const struct ip *ip, char *text);

/* Returns the number of bytes of the address: 4 or 16. */
size_t ip_size(const struct ip *ip);

bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix);

/* Replaces the address by its numerical successor. */
void ip_increment(struct ip *ip);

#endif
