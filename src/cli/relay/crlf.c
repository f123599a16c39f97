/* SPDX-License-Identifier: ISC */
/*
 * Line ends for protocols that insist on CRLF.
 */
#include "relay/crlf.h"

size_t
crlf_expand(struct crlf *crlf, const char *in, size_t size, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (in[i] == '\n' && !crlf->after_cr)
			out[used++] = '\r';
		out[used++] = in[i];
		crlf->after_cr = in[i] == '\r';
	}
	return (used);
}
