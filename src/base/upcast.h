/* SPDX-License-Identifier: ISC */
/*
 * upcast.h: from the common part of an object to the object that embeds it.
 */
#ifndef UPCAST_H
#define UPCAST_H

#include <stddef.h>

/* Returns the `type` whose `member` is at `pointer`. */
#define UPCAST(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
