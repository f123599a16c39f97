/* SPDX-License-Identifier: ISC */
/*
 * Names are compared as names, addresses as addresses.
 */
#include <stdio.h>
#include <string.h>

#include "hostname.h"
#include "prefix.h"
#include "proxy/no_proxy.h"

#define SEPARATORS ", \t"

/* Returns whether a word names the host, which `address` is if it is one. */
static bool
names_host(const char *word, const char *host, const struct address *address)
{
	char plain[HOSTNAME_LENGTH_MAX + 1];
	struct prefix prefix;

	if (strcmp(word, "*") == 0)
		return (true);
	if (address->length != 0)
		return (prefix_parse(&prefix, word) == PREFIX_PARSED &&
		    prefix_contains(&prefix, address));
	word += *word == '.';
	snprintf(
	    plain, sizeof(plain), "%.*s", (int)hostname_length(word), word);
	return (*plain != '\0' && hostname_is_in(host, plain));
}

bool
no_proxy_has(const char *list, const char *host)
{
	char word[HOSTNAME_LENGTH_MAX + 3];
	struct address address;
	size_t length;

	if (address_parse(&address, host, 0) != ADDRESS_PARSED)
		address.length = 0;
	for (list += strspn(list, SEPARATORS); *list != '\0';
	     list += length + strspn(list + length, SEPARATORS)) {
		length = strcspn(list, SEPARATORS);
		/* A longer one is no name. */
		if (length >= sizeof(word))
			continue;
		memcpy(word, list, length);
		word[length] = '\0';
		if (names_host(word, host, &address))
			return (true);
	}
	return (false);
}
