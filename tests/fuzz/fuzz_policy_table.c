/* SPDX-License-Identifier: ISC */
/*
 * gai.conf: with any content every address has a label and a precedence.
 */
#include <stdio.h>

#include "choices.h"
#include "policy_table.h"

/* Asks for an address: an answer is no chance, and within its bounds. */
static void
check_address(const struct policy_table *table, const char *text)
{
	struct address address;

	CHECK(address_parse(&address, text, 0) == ADDRESS_PARSED);
	CHECK(policy_table_label(table, &address) ==
	    policy_table_label(table, &address));
	CHECK(policy_table_precedence(table, &address) ==
	    policy_table_precedence(table, &address));
	policy_table_scope(table, &address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const addresses[] = { "2001:db8::1", "::1",
		"fd00::1", "fe80::1%1", "2002:c000:201::", "2001:0:1::1",
		"::192.0.2.1", "192.0.2.1", "127.0.0.1", "169.254.1.1",
		"10.0.0.1", "255.255.255.255", "::", "0.0.0.0" };
	union {
		const uint8_t *in;
		void *out;
	} bytes = { .in = data };
	struct policy_table table;
	FILE *in;

	policy_table_init(&table);
	in = size == 0 ? NULL : fmemopen(bytes.out, size, "r");
	if (in == NULL)
		return (0);
	policy_table_read(&table, in);
	fclose(in);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		check_address(&table, addresses[i]);
	return (0);
}
