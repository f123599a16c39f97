/* SPDX-License-Identifier: ISC */
/*
 * child.h: one run of the program.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

struct child {
	pid_t pid;
	int err_fd; /* its standard error; the end of that is its own */
	char err[2048];
	size_t err_size; /* not counting the 0 at the end */
	bool ended;
	int status; /* of waitpid(2) */
};

/* Starts `program` with these as descriptors 0 and 1; -1: closed. */
void child_start(struct child *child, const char *program, char *const argv[],
    int in, int out);

/* Reads its output to the end, then waits for it. */
void child_read(struct child *child);

/* Kills it. */
void child_kill(struct child *child);

#endif
