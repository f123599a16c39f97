/* SPDX-License-Identifier: ISC */
/*
 * Literals: whatever is parsed can be formatted, and parses to itself.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256], formatted[ADDRESS_TEXT_MAX];
	struct address address, again;

	if (size >= sizeof(text))
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	if (address_parse(&address, text, 80) != ADDRESS_PARSED)
		return (0);
	address_format_host(&address, formatted);
	if (address_parse(&again, formatted, 80) != ADDRESS_PARSED ||
	    !address_equal(&address, &again))
		abort();
	return (0);
}
