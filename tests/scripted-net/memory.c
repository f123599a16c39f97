/* SPDX-License-Identifier: ISC */
/*
 * Memory that is there or ends the program.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define EXIT_INTERNAL 70

void *
memory_new(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		err(EXIT_INTERNAL, "calloc");
	return (memory);
}

void *
memory_copy(const void *data, size_t length)
{
	char *copy = memory_new(length + 1, 1);

	if (length > 0)
		memcpy(copy, data, length);
	return (copy);
}

/* The room doubles whenever the count is a power of two. */
void *
memory_grow(void *array, size_t count, size_t size)
{
	void *grown;

	if ((count & (count - 1)) != 0)
		return (array);
	grown = reallocarray(array, count == 0 ? 1 : 2 * count, size);
	if (grown == NULL)
		err(EXIT_INTERNAL, "realloc");
	return (grown);
}
