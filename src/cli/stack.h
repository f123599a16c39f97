/* SPDX-License-Identifier: ISC */
/*
 * stack.h: the stack of the first thread, which grows as it is used.
 *
 * When it cannot grow, because of RLIMIT_AS or RLIMIT_STACK, the process dies
 * of SIGSEGV. So the program reserves the stack that it needs at its start,
 * where out of memory is an ordinary error.
 */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>

/*
 * Reserves the stack that the program needs at most. Costs nothing without
 * limits. Returns false with errno ENOMEM.
 */
bool stack_ensure(void);

#endif
