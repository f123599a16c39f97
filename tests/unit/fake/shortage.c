/* SPDX-License-Identifier: ISC */
/*
 * Counts requests, and refuses one or all that follow.
 */
#include <errno.h>

#include "fake/shortage.h"

struct shortage shortage;

bool
shortage_refuses(enum scarce what)
{
	if (shortage.what != what)
		return (false);
	if (shortage.granted > 0) {
		shortage.granted--;
		return (false);
	}
	if (!shortage.lasts && shortage.refused > 0)
		return (false);
	shortage.refused++;
	return (true);
}

#ifdef HAS_OWN_MEMORY
_Thread_local bool shortage_in_loop;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *bytes, size_t size);

static bool
is_own_refused(void)
{
	bool refused = shortage_in_loop && shortage_refuses(OWN_MEMORY);

	if (refused)
		errno = ENOMEM;
	return (refused);
}

void *
malloc(size_t size)
{
	return (is_own_refused() ? NULL : __libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return (is_own_refused() ? NULL : __libc_calloc(count, size));
}

void *
realloc(void *bytes, size_t size)
{
	return (is_own_refused() ? NULL : __libc_realloc(bytes, size));
}

void
shortage_begin(size_t granted, bool lasts)
{
	shortage = (struct shortage){
		.what = OWN_MEMORY,
		.granted = granted,
		.lasts = lasts,
	};
	shortage_in_loop = true;
}

void
shortage_end(void)
{
	shortage_in_loop = false;
	shortage.what = PLENTY;
}

bool
shortage_has_own_memory(void)
{
	/* Called as they are: the compiler knows that malloc(3) succeeds. */
	void *(*volatile allocate)(size_t) = malloc;
	void *(*volatile change)(void *, size_t) = realloc;
	void *kept = allocate(1), *one, *longer;
	bool refused;

	shortage_begin(0, true);
	one = allocate(1);
	longer = change(kept, 2);
	shortage_end();
	shortage.refused = 0;
	refused = one == NULL && longer == NULL;
	free(one);
	free(longer == NULL ? kept : longer);
	return (refused);
}
#endif
