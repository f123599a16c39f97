/* SPDX-License-Identifier: ISC */
/*
 * Decisions, made of as few bytes as do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"

static unsigned
take(struct choices *choices)
{
	if (choices->left == 0)
		return (0);
	choices->left--;
	return (*choices->bytes++);
}

unsigned
choose(struct choices *choices, unsigned below)
{
	unsigned number = take(choices);

	if (below > 256)
		number = number << 8 | take(choices);
	return (number % below);
}

bool
choose_one_in(struct choices *choices, unsigned odds)
{
	return (choose(choices, odds) == odds - 1);
}

int64_t
choose_number(struct choices *choices)
{
	unsigned bits = take(choices);
	uint64_t number = bits % 64 == 0 ? 0 : UINT64_C(1) << (bits % 64 - 1);

	if (bits >= 192)
		return ((int64_t)number - 1);
	for (unsigned i = 0; bits >= 64 && i < bits % 64; i += 8)
		number ^= (uint64_t)take(choices) << i;
	return ((int64_t)number);
}

const char *
choose_text(struct choices *choices, char *text, size_t size)
{
	size_t used = 0;

	while (choices->left > 0 && used + 1 < size) {
		text[used] = (char)take(choices);
		if (text[used] == '\0')
			break;
		used++;
	}
	text[used] = '\0';
	return (text);
}

struct address
choose_address(struct choices *choices, uint16_t port)
{
	static const char *const literals[] = {
		"2001:db8::1",
		"192.0.2.1",
		"2001:db8::2",
		"192.0.2.2",
		"::1",
		"127.0.0.1",
		"fe80::1",
		"fe80::1%1",
		"fd00::1",
		"2002:c000:201::1",
		"2001:0:5::1",
		"ff0e::1",
		"::",
		"0.0.0.0",
		"64:ff9b::192.0.2.1",
		"2001:db8:1111:2222:3333:4444:5555:6666",
	};
	unsigned which = choose(choices, 18);
	struct address address = { .length = 0 };
	uint8_t *bytes;

	if (which < 16) {
		address_parse(&address, literals[which], port);
		return (address);
	}
	address_parse(&address, which == 16 ? "::2" : "1.1.1.1", port);
	bytes = which == 16 ? address.in6.sin6_addr.s6_addr
			    : (uint8_t *)&address.in.sin_addr;
	for (size_t i = 0; i < (which == 16 ? 16 : 4); i++)
		bytes[i] = (uint8_t)take(choices);
	/* An address is never IPv4-mapped (address.h). */
	if (which == 16)
		bytes[10] = 1;
	return (address);
}

void
choices_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}
