/* SPDX-License-Identifier: ISC */
/*
 * What ends a process without its exit handlers, _exit(2) and a signal that it
 * raises, loses what gcov has counted in it. Linked into a build that counts,
 * with --wrap, these write it first. That, and what is written in the end, is
 * spared from the faults of tests/faults.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Of the library of faults, where that is loaded. */
extern void fault_end(void) __attribute__((weak));

void __gcov_dump(void);
int __real_raise(int number);
_Noreturn void __real__exit(int status);

int __wrap_raise(int number);
_Noreturn void __wrap__exit(int status);

/* Runs before gcov's own, which has a higher priority. */
__attribute__((destructor)) static void
spare_counts(void)
{
	if (fault_end != NULL)
		fault_end();
}

int
__wrap_raise(int number)
{
	spare_counts();
	__gcov_dump();
	return (__real_raise(number));
}

_Noreturn void
__wrap__exit(int status)
{
	spare_counts();
	__gcov_dump();
	__real__exit(status);
}
