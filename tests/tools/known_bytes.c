/* SPDX-License-Identifier: ISC */
/*
 * Bytes that are known beforehand, eight at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "known_bytes.h"

/* Mixes the bits of `number` (the finalizer of splitmix64). */
static uint64_t
mix(uint64_t number)
{
	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (number ^ (number >> 31));
}

void
pattern_fill(
    enum pattern pattern, uint64_t offset, unsigned char *bytes, size_t size)
{
	while (size > 0) {
		uint64_t word = mix(
		    ((uint64_t)pattern << 56) + offset / sizeof(word) + 1);
		size_t skip = offset % sizeof(word);
		size_t n = sizeof(word) - skip;

		if (n > size)
			n = size;
		memcpy(bytes, (unsigned char *)&word + skip, n);
		bytes += n;
		offset += n;
		size -= n;
	}
}

bool
pattern_matches(enum pattern pattern, uint64_t offset,
    const unsigned char *bytes, size_t size)
{
	unsigned char wanted[4096];

	while (size > 0) {
		size_t n = size < sizeof(wanted) ? size : sizeof(wanted);

		pattern_fill(pattern, offset, wanted, n);
		if (memcmp(bytes, wanted, n) != 0)
			return (false);
		bytes += n;
		offset += n;
		size -= n;
	}
	return (true);
}

bool
pattern_parse_size(uint64_t *size, const char *text)
{
	char *end;

	if (*text < '0' || *text > '9')
		return (false);
	*size = strtoull(text, &end, 10);
	if (*end == 'k')
		*size <<= 10;
	else if (*end == 'M')
		*size <<= 20;
	else
		return (*end == '\0');
	return (end[1] == '\0');
}
