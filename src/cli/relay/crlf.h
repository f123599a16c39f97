/* SPDX-License-Identifier: ISC */
/*
 * relay/crlf.h: LF becomes CRLF, and a CRLF that is there stays one.
 */
#ifndef RELAY_CRLF_H
#define RELAY_CRLF_H

#include <stdbool.h>
#include <stddef.h>

/* What is remembered from one piece to the next; all zero at the start. */
struct crlf {
	bool after_cr; /* the last byte was CR */
};

/*
 * Converts `size` bytes of `in` to `out`, which has room for twice as many.
 * Returns the number of bytes written.
 */
size_t crlf_expand(struct crlf *crlf, const char *in, size_t size, char *out);

#endif
