/* SPDX-License-Identifier: ISC */
/*
 * endpoint.h: the processes at both ends of a relay, which cost as little as
 * possible: no byte is made, copied or looked at that need not be.
 *
 * Each runs as a process of its own and notes in shared memory when the
 * connection was there and when the last byte arrived.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow { FLOW_UP, FLOW_DOWN };

/* Shared by the processes; times are of clock_ns(), 0 for not yet. */
struct marks {
	int64_t accepted;
	int64_t ended[2];   /* the last byte of a flow */
	uint64_t bytes[2];  /* that arrived */
	uint64_t amount[2]; /* that are to be sent */
};

/* Returns marks that child processes share; exits without memory. */
struct marks *marks_new(void);

/* Returns CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_ns(void);

/* The following are for the endpoints. */

/* Forks; true in the child, which keeps the descriptors given (or -1). */
bool endpoint_start(pid_t *pid, int a, int b, int c);

/* Accepts the relay's connection, and notes when. */
int endpoint_accept(int listener, struct marks *marks);

/* Notes bytes that have arrived. */
void endpoint_note(struct marks *marks, enum flow flow, size_t count);

/*
 * Each starts a process and returns its id. It keeps no other descriptor than
 * those named here.
 */

/* Writes what is to go up into a pipe, its standard input, and closes it. */
pid_t endpoint_feed_pipe(int fd, struct marks *marks);

/* Takes from a pipe, its standard output, until its end. */
pid_t endpoint_drain_pipe(int fd, struct marks *marks);

/* Accepts; sends what is to go down, and receives until the end. */
pid_t endpoint_serve(int listener, struct marks *marks);

/*
 * Accepts; then so many times one byte in through the standard input and out
 * of the socket, and one byte back.
 */
pid_t endpoint_ping(int listener, int in, int out, struct marks *marks);

#endif
