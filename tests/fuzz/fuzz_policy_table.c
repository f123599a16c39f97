/* SPDX-License-Identifier: ISC */
/*
 * gai.conf: whatever it says, every address has a label and a precedence.
 */
#include <stdio.h>

#include "policy_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union {
		const uint8_t *in;
		void *out;
	} bytes = { .in = data };
	struct policy_table table;
	struct address address;
	FILE *in;

	policy_table_init(&table);
	in = size == 0 ? NULL : fmemopen(bytes.out, size, "r");
	if (in == NULL)
		return (0);
	policy_table_read(&table, in);
	fclose(in);
	address_parse(&address, "2001:db8::1", 0);
	policy_table_label(&table, &address);
	policy_table_precedence(&table, &address);
	address_parse(&address, "192.0.2.1", 0);
	policy_table_scope(&table, &address);
	return (0);
}
