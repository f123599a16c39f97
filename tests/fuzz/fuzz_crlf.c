/* SPDX-License-Identifier: ISC */
/*
 * Line ends: any text, in pieces of any sizes, becomes what it becomes as a
 * whole: the plain rule.
 */
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "relay/crlf.h"

#define TEXT_MAX 4096

/* The rule: a LF that no CR precedes gets one. */
static size_t
expand_whole(const char *in, size_t size, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[used++] = '\r';
		out[used++] = in[i];
	}
	return (used);
}

/* The first byte has a seed for the sizes of pieces, the rest is the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char expected[2 * TEXT_MAX];
	struct crlf crlf = { .after_cr = false };
	size_t length, used = 0;
	unsigned seed;

	if (size < 1 || size > TEXT_MAX)
		return (0);
	seed = *data++;
	size--;
	length = expand_whole((const char *)data, size, expected);
	for (size_t at = 0; at < size;) {
		size_t piece = seed % 8 < size - at ? seed % 8 : size - at;
		/* Of the very size that is promised to do. */
		char *out = malloc(piece > 0 ? 2 * piece : 1);
		size_t n;

		CHECK(out != NULL);
		n = crlf_expand(&crlf, (const char *)data + at, piece, out);
		CHECK(n >= piece && n <= 2 * piece && used + n <= length);
		CHECK(memcmp(out, expected + used, n) == 0);
		free(out);
		used += n;
		at += piece;
		seed = seed * 5 + 3 + seed / 8;
	}
	CHECK(used == length);
	return (0);
}
