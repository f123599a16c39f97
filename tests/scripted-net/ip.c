/* SPDX-License-Identifier: ISC */
/*
 * IP addresses of either family as plain values.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

bool
ip_parse(struct ip *ip, const char *text)
{
	memset(ip, 0, sizeof(*ip));
	ip->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return (inet_pton(ip->family, text, ip->bytes) == 1);
}

/* Reads a prefix length of at most `limit`. */
static bool
parse_length(unsigned *length, const char *text, unsigned limit)
{
	unsigned long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return (false);
	number = strtoul(text, &end, 10);
	if (*end != '\0' || number > limit)
		return (false);
	*length = (unsigned)number;
	return (true);
}

bool
ip_prefix_parse(struct ip_prefix *prefix, const char *text)
{
	char copy[IP_TEXT_MAX];
	char *slash;
	unsigned limit;

	if (strlen(text) >= sizeof(copy))
		return (false);
	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (!ip_parse(&prefix->address, copy))
		return (false);
	limit = (unsigned)ip_size(&prefix->address) * 8;
	prefix->length = limit;
	return (slash == NULL || parse_length(&prefix->length, slash, limit));
}

const char *
ip_format(const struct ip *ip, char *text)
{
	if (inet_ntop(ip->family, ip->bytes, text, IP_TEXT_MAX) == NULL)
		memcpy(text, "?", sizeof("?"));
	return (text);
}

size_t
ip_size(const struct ip *ip)
{
	return (ip->family == AF_INET ? 4 : 16);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return (a->family == b->family &&
	    memcmp(a->bytes, b->bytes, ip_size(a)) == 0);
}

bool
ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix)
{
	unsigned whole = prefix->length / 8, rest = prefix->length % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (ip->family != prefix->address.family ||
	    memcmp(ip->bytes, prefix->address.bytes, whole) != 0)
		return (false);
	if (rest == 0)
		return (true);
	return (
	    ((ip->bytes[whole] ^ prefix->address.bytes[whole]) & mask) == 0);
}

void
ip_increment(struct ip *ip)
{
	size_t i = ip_size(ip);

	while (i > 0 && ++ip->bytes[--i] == 0)
		;
}
