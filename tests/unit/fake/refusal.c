/* SPDX-License-Identifier: ISC */
/*
 * The allocator of glibc, behind one that counts.
 */
#include <errno.h>
#include <stdlib.h>

#include "fake/refusal.h"

struct refusal refusal;

bool
refusal_is_due(void)
{
	if (refusal.number == 0)
		return (false);
	refusal.count++;
	if (refusal.count != refusal.number &&
	    (!refusal.lasts || refusal.count < refusal.number))
		return (false);
	errno = ENOMEM;
	return (true);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *bytes, size_t size);

void *
malloc(size_t size)
{
	return (refusal_is_due() ? NULL : __libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return (refusal_is_due() ? NULL : __libc_calloc(count, size));
}

void *
realloc(void *bytes, size_t size)
{
	return (refusal_is_due() ? NULL : __libc_realloc(bytes, size));
}
#endif

bool
refusal_works(void)
{
	/* Called as it is: the compiler knows that malloc(3) succeeds. */
	void *(*volatile allocate)(size_t) = malloc;
	void *bytes;

	refusal.number = 1;
	refusal.lasts = true;
	refusal.count = 0;
	bytes = allocate(1);
	refusal.number = 0;
	free(bytes);
	return (bytes == NULL);
}
