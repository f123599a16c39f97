/* SPDX-License-Identifier: ISC */
/*
 * Comparisons of names of hosts.
 */
#include <string.h>
#include <strings.h>

#include "hostname.h"

size_t
hostname_length(const char *name)
{
	size_t length = strlen(name);

	return (length > 0 && name[length - 1] == '.' ? length - 1 : length);
}

bool
hostname_equal(const char *a, const char *b)
{
	size_t length = hostname_length(a);

	return (length == hostname_length(b) && strncasecmp(a, b, length) == 0);
}

bool
hostname_is_in(const char *name, const char *domain)
{
	size_t length = hostname_length(name), end = strlen(domain);

	return (length >= end &&
	    strncasecmp(name + length - end, domain, end) == 0 &&
	    (length == end || name[length - end - 1] == '.'));
}
