/* SPDX-License-Identifier: ISC */
/*
 * container.h: from a member to the struct that holds it.
 *
 * An interface is a struct with a const table of operations; an implementation
 * has it as a member, and finds itself again by this.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stddef.h>

/*
 * Returns the `type` whose `member` is at `pointer`. The comparison is not
 * evaluated: it makes the compiler check the type of `pointer`.
 */
#define container_of(pointer, type, member)                          \
	((type *)(void *)((char *)(pointer)-offsetof(type, member) + \
	    0 * sizeof((pointer) == &((type *)0)->member)))

#endif
