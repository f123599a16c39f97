/* SPDX-License-Identifier: ISC */
/*
 * relay.h: standard input to a connection, the connection to standard output.
 *
 * Two half-pipes that end one by one. It does not know how the connection was
 * made. The relay owns the connected socket from relay_new() on, and reads
 * nothing before it.
 *
 * The ends: at the end of input, what was read is sent and the write side shut
 * down; at the end of the peer, what was received is written out and standard
 * output closed. The relay is over when both have ended, when the peer has
 * ended and input is a terminal, when the connection is lost, when a standard
 * stream fails, or when the time to wait after the end of input is up.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct event_base;
struct relay;

struct relay_config {
	monotime_t quit_after; /* a duration after the end of input;
				  MONOTIME_NEVER: wait for the peer */
	bool no_shutdown;      /* keep the write side open */
};

enum relay_end {
	RELAY_DONE,          /* all that both sides sent was delivered */
	RELAY_LOST,          /* the connection: `error` */
	RELAY_INPUT_FAILED,  /* reading standard input: `error` */
	RELAY_OUTPUT_FAILED, /* writing standard output: `error` */
	RELAY_NO_MEMORY
};

struct relay_result {
	enum relay_end end;
	int error;            /* errno, where the end is not RELAY_DONE */
	uint64_t undelivered; /* bytes read that were not sent, at least */
	uint64_t sent;
	uint64_t received; /* and written out */
};

/* Called from the event loop once; the relay may be freed inside. */
typedef void (*relay_cb)(const struct relay_result *result, void *arg);

/*
 * Starts to relay over `fd`, a connected non-blocking socket. Returns NULL,
 * with `fd` closed, when out of memory.
 */
struct relay *relay_new(struct event_base *base, int fd,
    const struct relay_config *config, relay_cb cb, void *arg);

void relay_free(struct relay *relay);

#endif
