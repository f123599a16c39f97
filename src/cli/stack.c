/* SPDX-License-Identifier: ISC */
/*
 * The stack is written to, down to its lowest address; mapped pages stay
 * mapped. Whether there is memory for them is checked first, as a write without
 * memory kills the process.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <errno.h>
#include <stddef.h>

#include "stack.h"

/* The program needs a quarter of a MiB, lookups of libc somewhat less. */
#define STACK_SIZE ((size_t)512 * 1024)

/* The environment and the arguments are on the stack, too. */
#define STACK_MARGIN ((size_t)256 * 1024)

/* Raises the limit of the stack where it is too low; false: it cannot. */
static bool
raise_limit(void)
{
	const rlim_t wanted = STACK_SIZE + STACK_MARGIN;
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) == -1 ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
		return (true);
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
		return (false);
	limit.rlim_cur = wanted;
	return (setrlimit(RLIMIT_STACK, &limit) == 0);
}

/* Returns whether the memory of the process has no limit. */
static bool
is_unlimited(void)
{
	struct rlimit limit;

	return (getrlimit(RLIMIT_AS, &limit) == 0 &&
	    limit.rlim_cur == RLIM_INFINITY);
}

static bool
memory_is_left(void)
{
	void *pages = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (pages != MAP_FAILED && munmap(pages, STACK_SIZE) == 0);
}

/* Writes from the top down, as the kernel grows the stack page by page. */
static void __attribute__((noinline)) touch(void)
{
	volatile char stack[STACK_SIZE];

	for (size_t i = sizeof(stack); i >= 1024; i -= 1024)
		stack[i - 1024] = 0;
}

bool
stack_ensure(void)
{
	if (!raise_limit()) {
		errno = ENOMEM;
		return (false);
	}
	if (is_unlimited())
		return (true);
	if (!memory_is_left())
		return (false);
	touch();
	return (true);
}
