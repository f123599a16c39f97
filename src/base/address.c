/* SPDX-License-Identifier: ISC */
/*
 * Socket addresses as values: literals in, text out, normalised on the way.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

/* Replaces an IPv4-mapped IPv6 address by the IPv4 address in it. */
static void
normalise(struct address *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (address->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
		return;
	in.sin_port = address->in6.sin6_port;
	memcpy(&in.sin_addr, &address->in6.sin6_addr.s6_addr[12],
	    sizeof(in.sin_addr));
	address->in = in;
	address->length = sizeof(in);
}

/*
 * Parses every form of inet_aton(3): one to four numbers, each decimal, octal
 * or hexadecimal. inet_aton(3) itself ignores white space and all that follows
 * it, so every other byte is refused first.
 */
static bool
parse_ipv4(struct address *address, const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (text[strspn(text, "0123456789abcdefABCDEFxX.")] != '\0' ||
	    inet_aton(text, &in.sin_addr) == 0)
		return (false);
	address->in = in;
	address->length = sizeof(in);
	return (true);
}

/* Returns the scope id of a zone, a name or a number; 0: there is none. */
static uint32_t
parse_zone(const char *zone)
{
	unsigned long number;
	char *end;

	if (zone[0] < '0' || zone[0] > '9')
		return (if_nametoindex(zone));
	number = strtoul(zone, &end, 10);
	if (*end != '\0' || number > UINT32_MAX)
		return (if_nametoindex(zone));
	return ((uint32_t)number);
}

/*
 * Returns the scope id of the text after '%'; 0 when there is no such zone. In
 * URIs the '%' itself is written "%25" (RFC 6874). A text that is a zone with
 * its "25", as the number "251" or an interface named "25lo", is that zone.
 */
static uint32_t
parse_scope(const char *text)
{
	uint32_t scope = parse_zone(text);

	if (scope == 0 && strncmp(text, "25", 2) == 0)
		scope = parse_zone(text + 2);
	return (scope);
}

/* Copies `text` to `copy` without brackets; false when one is missing. */
static bool
strip_brackets(const char *text, char *copy, size_t size)
{
	size_t length = strlen(text);

	if (text[0] == '[') {
		if (text[length - 1] != ']')
			return (false);
		text++;
		length -= 2;
	}
	if (length >= size)
		return (false);
	memcpy(copy, text, length);
	copy[length] = '\0';
	return (true);
}

static enum address_parse_result
parse_ipv6(struct address *address, const char *text)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	char copy[ADDRESS_TEXT_MAX];
	char *zone;

	if (!strip_brackets(text, copy, sizeof(copy)))
		return (ADDRESS_NOT_LITERAL);
	zone = strchr(copy, '%');
	if (zone != NULL)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, copy, &in6.sin6_addr) != 1)
		return (ADDRESS_NOT_LITERAL);
	if (zone != NULL) {
		in6.sin6_scope_id = parse_scope(zone);
		if (in6.sin6_scope_id == 0)
			return (ADDRESS_UNKNOWN_ZONE);
	}
	address->in6 = in6;
	address->length = sizeof(in6);
	return (ADDRESS_PARSED);
}

enum address_parse_result
address_parse(struct address *address, const char *text, uint16_t port)
{
	enum address_parse_result result = ADDRESS_PARSED;

	if (!parse_ipv4(address, text))
		result = parse_ipv6(address, text);
	if (result != ADDRESS_PARSED)
		return (result);
	address_set_port(address, port);
	normalise(address);
	return (ADDRESS_PARSED);
}

bool
address_from_sockaddr(
    struct address *address, const struct sockaddr *sa, socklen_t length)
{
	if (sa->sa_family == AF_INET && length >= sizeof(address->in)) {
		address->length = sizeof(address->in);
	} else if (sa->sa_family == AF_INET6 &&
	    length >= sizeof(address->in6)) {
		address->length = sizeof(address->in6);
	} else {
		return (false);
	}
	memcpy(&address->sa, sa, address->length);
	normalise(address);
	return (true);
}

struct address
address_copy(const struct sockaddr *sa)
{
	struct address address = { .length = 0 };

	if (sa != NULL)
		address_from_sockaddr(&address, sa,
		    sa->sa_family == AF_INET ? sizeof(address.in)
					     : sizeof(address.in6));
	return (address);
}

int
address_family(const struct address *address)
{
	return (address->sa.sa_family);
}

uint16_t
address_port(const struct address *address)
{
	return (
	    ntohs(address->sa.sa_family == AF_INET ? address->in.sin_port
						   : address->in6.sin6_port));
}

void
address_set_port(struct address *address, uint16_t port)
{
	if (address->sa.sa_family == AF_INET)
		address->in.sin_port = htons(port);
	else
		address->in6.sin6_port = htons(port);
}

bool
address_equal(const struct address *a, const struct address *b)
{
	if (a->sa.sa_family != b->sa.sa_family ||
	    address_port(a) != address_port(b))
		return (false);
	if (a->sa.sa_family == AF_INET)
		return (a->in.sin_addr.s_addr == b->in.sin_addr.s_addr);
	return (IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr) &&
	    a->in6.sin6_scope_id == b->in6.sin6_scope_id);
}

static const unsigned char *
address_bytes(const struct address *address)
{
	if (address_family(address) == AF_INET)
		return ((const unsigned char *)&address->in.sin_addr);
	return (address->in6.sin6_addr.s6_addr);
}

unsigned
address_common_bits(const struct address *a, const struct address *b)
{
	const unsigned char *left = address_bytes(a);
	const unsigned char *right = address_bytes(b);
	const unsigned width = address_family(a) == AF_INET ? 32 : 128;
	unsigned bits = 0;

	while (bits < width && left[bits / 8] == right[bits / 8])
		bits += 8;
	while (bits < width &&
	    ((left[bits / 8] ^ right[bits / 8]) >> (7 - bits % 8)) == 0)
		bits++;
	return (bits);
}

bool
address_is_wildcard(const struct address *address)
{
	if (address_family(address) == AF_INET)
		return (address->in.sin_addr.s_addr == htonl(INADDR_ANY));
	return (IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr));
}

bool
address_lacks_zone(const struct address *address)
{
	return (address->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&address->in6.sin6_addr) &&
	    address->in6.sin6_scope_id == 0);
}

/*
 * Returns whether the name of an interface is printable ASCII: the kernel
 * refuses only blanks and slashes in it.
 */
static bool
is_readable(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name > '~')
			return (false);
	return (true);
}

/*
 * Appends "%zone": the interface's name where it still has a printable one,
 * else its number.
 */
static void
append_zone(char *text, uint32_t scope)
{
	char name[IF_NAMESIZE];
	size_t used = strlen(text);

	if (if_indextoname(scope, name) != NULL && is_readable(name))
		snprintf(text + used, ADDRESS_TEXT_MAX - used, "%%%s", name);
	else
		snprintf(text + used, ADDRESS_TEXT_MAX - used, "%%%u", scope);
}

const char *
address_format_host(const struct address *address, char *text)
{
	if (address->sa.sa_family == AF_INET) {
		inet_ntop(
		    AF_INET, &address->in.sin_addr, text, ADDRESS_TEXT_MAX);
		return (text);
	}
	inet_ntop(AF_INET6, &address->in6.sin6_addr, text, ADDRESS_TEXT_MAX);
	if (address->in6.sin6_scope_id != 0)
		append_zone(text, address->in6.sin6_scope_id);
	return (text);
}

const char *
address_format(const struct address *address, char *text)
{
	char host[ADDRESS_TEXT_MAX];
	bool bare = address->sa.sa_family == AF_INET;

	address_format_host(address, host);
	snprintf(text, ADDRESS_TEXT_MAX, bare ? "%.70s:%u" : "[%.70s]:%u", host,
	    address_port(address));
	return (text);
}

const char *
address_family_name(int family)
{
	if (family == AF_INET)
		return ("IPv4");
	return (family == AF_INET6 ? "IPv6" : "IPv4 and IPv6");
}
