/* SPDX-License-Identifier: ISC */
/*
 * An address and a number of bits.
 */
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "prefix.h"

/* The bits in front of IPv4 in the notation of IPv6 (RFC 4291 2.5.5.2). */
#define MAPPED_BITS 96

static unsigned
width(int family)
{
	return (family == AF_INET ? 32 : 128);
}

bool
prefix_from_sockaddr(struct prefix *prefix, const struct sockaddr *sa,
    socklen_t socklen, unsigned length)
{
	struct address address;

	if (!address_from_sockaddr(&address, sa, socklen) ||
	    length > width(sa->sa_family))
		return (false);
	if (address_family(&address) != sa->sa_family) {
		if (length < MAPPED_BITS)
			return (false);
		length -= MAPPED_BITS;
	}
	*prefix = (struct prefix){ .address = address, .length = length };
	return (true);
}

enum prefix_parse_result
prefix_parse(struct prefix *prefix, const char *text)
{
	char host[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t bytes = slash == NULL ? strlen(text) : (size_t)(slash - text);
	struct address address;
	int64_t length;
	bool is_mapped;

	if (bytes >= sizeof(host))
		return (PREFIX_NOT_ADDRESS);
	snprintf(host, sizeof(host), "%.*s", (int)bytes, text);
	switch (address_parse(&address, host, 0)) {
	case ADDRESS_NOT_LITERAL:
		return (PREFIX_NOT_ADDRESS);
	case ADDRESS_UNKNOWN_ZONE:
		return (PREFIX_UNKNOWN_ZONE);
	case ADDRESS_PARSED:
		break;
	}
	if (slash == NULL) {
		length = width(address_family(&address));
	} else {
		is_mapped = address_family(&address) == AF_INET &&
		    strchr(host, ':') != NULL;
		if (!number_parse(&length, slash + 1))
			return (PREFIX_NOT_LENGTH);
		length -= is_mapped ? MAPPED_BITS : 0;
		if (length < 0 || length > width(address_family(&address)))
			return (PREFIX_NOT_LENGTH);
	}
	*prefix = (struct prefix){
		.address = address,
		.length = (unsigned)length,
	};
	return (PREFIX_PARSED);
}

static uint32_t
zone(const struct address *address)
{
	return (address_family(address) == AF_INET6 ? address->in6.sin6_scope_id
						    : 0);
}

bool
prefix_contains(const struct prefix *prefix, const struct address *address)
{
	const struct address *own = &prefix->address;

	return (address_family(own) == address_family(address) &&
	    (zone(own) == 0 || zone(own) == zone(address)) &&
	    address_common_bits(own, address) >= prefix->length);
}

bool
prefix_any_contains(
    const struct prefix *prefixes, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (prefix_contains(&prefixes[i], address))
			return (true);
	return (false);
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return (a->length == b->length &&
	    zone(&a->address) == zone(&b->address) &&
	    prefix_contains(a, &b->address));
}
