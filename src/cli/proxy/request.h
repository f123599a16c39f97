/* SPDX-License-Identifier: ISC */
/*
 * proxy/request.h: what a proxy is asked for.
 *
 * The protocols are SOCKS 4 and 4A, SOCKS 5 (RFC 1928, RFC 1929) and the
 * CONNECT of HTTP (RFC 9110 section 9.3.6).
 */
#ifndef PROXY_REQUEST_H
#define PROXY_REQUEST_H

#include "address.h"

enum proxy_protocol { PROXY_SOCKS4, PROXY_SOCKS5, PROXY_HTTP };

/* The longest name, user and password: SOCKS has a byte for each length. */
#define PROXY_FIELD_MAX 255

/* The strings are the caller's, for as long. */
struct proxy_request {
	enum proxy_protocol protocol;
	const char *host;       /* a name, of 1 to PROXY_FIELD_MAX bytes, */
	struct address address; /* or, unless its length is 0, an address */
	uint16_t port;
	const char *user;     /* at most PROXY_FIELD_MAX bytes; NULL: none */
	const char *password; /* likewise */
};

#endif
