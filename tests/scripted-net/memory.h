/* SPDX-License-Identifier: ISC */
/*
 * Memory that is there or ends the program.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Returns `count` zeroed elements; the caller frees them. */
void *memory_new(size_t count, size_t size);

/* Returns a copy of `length` bytes followed by a NUL; the caller frees it. */
void *memory_copy(const void *data, size_t length);

/* Returns `array` of `count` elements with room for one more. */
void *memory_grow(void *array, size_t count, size_t size);

#endif
