/* SPDX-License-Identifier: ISC */
/*
 * direction.h: what is measured. Each is a way that bytes take through a
 * relay, and the table says how its standard streams are set up for it.
 */
#ifndef DIRECTION_H
#define DIRECTION_H

#include <stdbool.h>
#include <stddef.h>

/* What a standard stream is. */
enum side { SIDE_NULL, SIDE_PIPE, SIDE_FILE };

enum task {
	TASK_UP,       /* standard input to the socket, then its end */
	TASK_DOWN,     /* the socket to standard output, until its end */
	TASK_BOTH,     /* the same amount both ways at once */
	TASK_PING,     /* one byte up, one byte down, and again */
	TASK_START_UP, /* connect, close and exit */
	TASK_GREETING  /* connect, receive a byte, and exit */
};

struct direction {
	const char *name;  /* on the command line and in files */
	const char *title; /* in print */
	enum task task;
	enum side in;
	enum side out;
	bool tls;
	/* Techniques of bench/bare, separated by spaces: those that promise
	 * what hecat does, and those that promise less (README). */
	const char *bare;
	const char *weaker;
};

extern const struct direction directions[];
extern const size_t direction_count;

/* Returns NULL for a name that there is not. */
const struct direction *direction_find(const char *name);

/* Returns whether the amount is one of bytes, and not of turns. */
bool direction_is_bulk(const struct direction *direction);

#endif
