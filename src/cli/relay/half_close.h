/* SPDX-License-Identifier: ISC */
/*
 * relay/half_close.h: when the write side of the connection is shut down after
 * the end of input.
 *
 * Many servers take a FIN right behind a request for an abort and drop or cut
 * the reply. Without any FIN, a server that reads to the end never replies. So
 * the FIN is sent once the peer has been quiet for a while. This is the policy
 * alone: facts and times in, a time out. It knows no socket and no clock; see
 * write_shutdown.h for what carries it out.
 */
#ifndef RELAY_HALF_CLOSE_H
#define RELAY_HALF_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* How long the peer has to be quiet unless an option says otherwise. */
#define HALF_CLOSE_WAIT (2 * MONOTIME_PER_SECOND)

/* The user asked for no particular wait. */
#define HALF_CLOSE_DEFAULT ((monotime_t)-1)

/* What the wait depends on. Durations; MONOTIME_NEVER: none. */
struct half_close_config {
	monotime_t asked; /* by option: a wait, 0 for at once, MONOTIME_NEVER
			     for never, or HALF_CLOSE_DEFAULT */
	monotime_t quit_after;
	monotime_t idle_timeout;
	bool send_only;     /* no reply is wanted */
	bool receive_only;  /* input is not read, so it does not end */
	bool input_is_null; /* input is /dev/null: no process has sent EOF */
};

/*
 * Returns for how long the peer has to be quiet: 0 when the FIN is sent at
 * once, MONOTIME_NEVER when it is never sent.
 */
monotime_t half_close_wait(const struct half_close_config *config);

struct half_close_facts {
	bool input_sent;     /* input has ended, and the kernel has all of it */
	bool peer_ended;     /* the peer has sent its own FIN */
	uint64_t unacked;    /* bytes sent that are not acknowledged */
	uint64_t unwritten;  /* bytes received that wait for standard output */
	monotime_t moved_at; /* the last byte was read, acknowledged, received
				or written out; without one: the start */
};

/*
 * Returns when the peer will have been quiet for `wait`, if nothing moves until
 * then: a time in the past means now. Returns MONOTIME_NEVER while something
 * else has to happen first.
 */
monotime_t half_close_due(
    monotime_t wait, const struct half_close_facts *facts);

/*
 * Returns how soon to check again while nothing is due, since acknowledgements
 * come without an event: a duration that is short against `wait`.
 */
monotime_t half_close_interval(monotime_t wait);

#endif
