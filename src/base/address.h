/* SPDX-License-Identifier: ISC */
/*
 * address.h: one socket address, IPv4 or IPv6, with port and scope.
 *
 * An address is a plain value: it is copied with `=`, owns nothing and needs no
 * release. It is always normalised: an IPv4-mapped IPv6 address
 * (::ffff:192.0.2.1) becomes the IPv4 address in it, so that equal destinations
 * compare equal (RFC 4291 section 2.5.5.2).
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <sys/socket.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t length; /* of the member of the union that is in use */
};

/* Bytes that hold every text address_format() makes, with its NUL. */
#define ADDRESS_TEXT_MAX 80

enum address_parse_result {
	ADDRESS_PARSED,
	ADDRESS_NOT_LITERAL, /* may be a host name */
	ADDRESS_UNKNOWN_ZONE /* "fe80::1%nosuch": the interface is missing */
};

/*
 * Parses the literal `text` into *address, with `port` in host byte order:
 * IPv4 in every form of inet_aton(3) ("192.0.2.1", "127.1", "0x7f.1",
 * "2130706433"), IPv6, IPv6 in brackets, and either IPv6 form with a zone
 * ("fe80::1%eth0", "%2"; RFC 4007 section 11; "%25eth0": RFC 6874). The whole
 * text has to be the address. *address is written only when ADDRESS_PARSED is
 * returned.
 */
enum address_parse_result address_parse(
    struct address *address, const char *text, uint16_t port);

/*
 * Copies `sa` to *address and normalises it. Returns false, and writes
 * nothing, when the family is neither AF_INET nor AF_INET6 or `length` is too
 * short for it.
 */
bool address_from_sockaddr(
    struct address *address, const struct sockaddr *sa, socklen_t length);

/*
 * Returns a normalised copy of `sa`, which is as long as its family; of length
 * 0 for NULL and for any other family.
 */
struct address address_copy(const struct sockaddr *sa);

/* Returns AF_INET or AF_INET6. */
int address_family(const struct address *address);

/* Returns the port in host byte order. */
uint16_t address_port(const struct address *address);
void address_set_port(struct address *address, uint16_t port);

/* Returns whether both are one endpoint: family, address, port and scope. */
bool address_equal(const struct address *a, const struct address *b);

/* Returns how many leading bits two addresses of one family share. */
unsigned address_common_bits(const struct address *a, const struct address *b);

/* Returns whether it is the wildcard address, 0.0.0.0 or ::, of any port. */
bool address_is_wildcard(const struct address *address);

/*
 * Returns whether it is a link-local IPv6 address without an interface, which
 * cannot be connected to (RFC 4007 section 6).
 */
bool address_lacks_zone(const struct address *address);

/*
 * Writes the address alone ("2001:db8::1", "fe80::1%eth0", "192.0.2.1") to
 * `text`, a buffer of ADDRESS_TEXT_MAX bytes, and returns `text`.
 */
const char *address_format_host(const struct address *address, char *text);

/*
 * Writes address and port ("[2001:db8::1]:80", "192.0.2.1:80") to `text`, a
 * buffer of ADDRESS_TEXT_MAX bytes, and returns `text`.
 */
const char *address_format(const struct address *address, char *text);

/* Returns "IPv4", "IPv6" or, for AF_UNSPEC, "IPv4 and IPv6". */
const char *address_family_name(int family);

#endif
