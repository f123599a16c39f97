/* SPDX-License-Identifier: ISC */
/*
 * refusal.h: system calls that the kernel refuses to this process and to all
 * that it becomes, by seccomp(2), as profiles of containers do.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#define REFUSAL_CALLS_MAX 32

struct refusal {
	int numbers[REFUSAL_CALLS_MAX];
	size_t count;
	int error; /* errno */
};

/* Adds the calls of a list, "splice,sendfile"; false: one is not known. */
bool refusal_add(struct refusal *refusal, const char *names);

/* Finds an errno by its name; 0: there is none. */
int refusal_error(const char *name);

/* Refuses them from now on. Returns -1 with errno. */
int refusal_apply(const struct refusal *refusal);

#endif
