/* SPDX-License-Identifier: ISC */
/*
 * Two prefixes for documentation, and a letter.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fake/fake_address.h"
#include "fake/seconds.h"

struct address
fake_address(const char *name, uint16_t port)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address = { .length = 0 };
	const char *mapped = *name == 'm' ? "::ffff:" : "";

	if (strpbrk(name, ".:") != NULL)
		snprintf(text, sizeof(text), "%s", name);
	else if (strchr(name, '6') != NULL)
		snprintf(text, sizeof(text), "2001:db8::%s:1", name + 1);
	else
		snprintf(text, sizeof(text), "%s192.0.2.%d", mapped,
		    name[strlen(name) - 1]);
	if (address_parse(&address, text, port) != ADDRESS_PARSED)
		fail_msg("no address \"%s\"", name);
	return (address);
}

const char *
fake_address_name(const struct address *address, char *name)
{
	char text[ADDRESS_TEXT_MAX];
	unsigned number;
	char rest;

	address_format_host(address, text);
	if (sscanf(text, "192.0.2.%u%c", &number, &rest) == 1)
		snprintf(name, FAKE_ADDRESS_NAME_MAX, "4%c", (char)number);
	else if (sscanf(text, "2001:db8::%x:1%c", &number, &rest) == 1)
		snprintf(name, FAKE_ADDRESS_NAME_MAX, "6%x", number);
	else
		snprintf(name, FAKE_ADDRESS_NAME_MAX, "%s", text);
	return (name);
}

size_t
fake_addresses(
    const char *names, uint16_t port, struct address *addresses, size_t max)
{
	char copy[512] = "";
	char *rest = copy;
	size_t count = 0;

	text_append(copy, sizeof(copy), "%s", names);
	for (char *name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		assert_true(count < max);
		addresses[count++] = fake_address(name, port);
	}
	return (count);
}

void
fake_address_many(
    struct address *addresses, size_t number, int family, uint16_t port)
{
	for (size_t i = 0; i < number; i++) {
		struct address *address = &addresses[i];

		if (family == AF_INET) {
			*address = fake_address("198.18.0.0", port);
			address->in.sin_addr.s_addr += htonl((uint32_t)i);
		} else {
			*address = fake_address("2001:db8:1::", port);
			address->in6.sin6_addr.s6_addr[14] = i >> 8 & 0xff;
			address->in6.sin6_addr.s6_addr[15] = i & 0xff;
		}
	}
}
