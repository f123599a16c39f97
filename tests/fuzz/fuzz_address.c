/* SPDX-License-Identifier: ISC */
/*
 * Literals: every parsed address can be formatted, and parses to itself.
 */
#include <string.h>

#include "choices.h"

#define TEXT_BYTES 256

/* What is written is a literal too, of the same address. */
static void
check_same(const struct address *address)
{
	char formatted[ADDRESS_TEXT_MAX], bracketed[ADDRESS_TEXT_MAX + 2];
	struct address again;

	address_format_host(address, formatted);
	CHECK(strlen(formatted) < ADDRESS_TEXT_MAX);
	CHECK(address_parse(&again, formatted, 80) == ADDRESS_PARSED);
	CHECK(address_equal(address, &again));
	if (address_family(address) == AF_INET)
		return;
	bracketed[0] = '[';
	strcpy(bracketed + 1, formatted);
	strcat(bracketed, "]");
	CHECK(address_parse(&again, bracketed, 80) == ADDRESS_PARSED);
	CHECK(address_equal(address, &again));
}

/* A copy by its bytes is the same, and with another port it is not. */
static void
check_copy(const struct address *address)
{
	struct address copy;

	CHECK(address_from_sockaddr(&copy, &address->sa, address->length));
	CHECK(address_equal(address, &copy));
	CHECK(!address_from_sockaddr(&copy, &address->sa, address->length - 1));
	address_set_port(&copy, 81);
	CHECK(address_port(&copy) == 81 && !address_equal(address, &copy));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_BYTES];
	struct address address;

	if (size >= sizeof(text))
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	if (address_parse(&address, text, 80) != ADDRESS_PARSED)
		return (0);
	CHECK(address_port(&address) == 80);
	check_same(&address);
	check_copy(&address);
	return (0);
}
