/* SPDX-License-Identifier: ISC */
/*
 * stack.h: the stack of the first thread, which grows as it is used. Where it
 * cannot, for RLIMIT_AS or RLIMIT_STACK, the process dies of SIGSEGV in the
 * middle of whatever it does. So a program that may be limited takes what it
 * needs at its start, where a lack of it is an error like any other.
 */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>

/*
 * Makes sure that the stack has room for all that the program does. Costs
 * nothing without limits. Returns false with errno ENOMEM.
 */
bool stack_ensure(void);

#endif
