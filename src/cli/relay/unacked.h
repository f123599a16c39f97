/* SPDX-License-Identifier: ISC */
/*
 * relay/unacked.h: how much of what was sent over a connection the peer has not
 * acknowledged. The counts outlive a reset. Nothing is to be released.
 */
#ifndef RELAY_UNACKED_H
#define RELAY_UNACKED_H

#include <stdbool.h>
#include <stdint.h>

struct unacked {
	int fd;            /* a connected socket, the caller's */
	bool is_multipath; /* of Multipath TCP (RFC 8684) */
	uint64_t before; /* acknowledged of what was sent before: a handshake */
};

/* Begins to count; what is under way to the peer now does not count. */
void unacked_init(struct unacked *unacked, int fd);

/*
 * Returns how many of the bytes `sent` since the beginning are not
 * acknowledged, as far as is known; our FIN may be one of them. Returns 0 where
 * the system does not report it.
 */
uint64_t unacked_bytes(const struct unacked *unacked, uint64_t sent);

/*
 * Returns how many milliseconds ago the last acknowledgement came, as exactly
 * as the ticks of the system allow; 0 where it does not report it.
 */
uint32_t unacked_age_ms(const struct unacked *unacked);

/*
 * Returns whether the connection is closed: nothing more will be acknowledged,
 * also where the error was reported to another call. False where the system
 * does not report it.
 */
bool unacked_is_closed(const struct unacked *unacked);

/* Returns the round-trip time in microseconds, 0 where it is not known. */
uint32_t unacked_round_trip(const struct unacked *unacked);

/*
 * Returns the MSS in use when large packets seem to be lost on the way, as
 * where the path MTU is smaller and no router reports it: a full segment of the
 * bytes `sent` has been sent again and again, and what was acknowledged before
 * was small. Returns 0 when there is no sign of it, and where the system does
 * not report it.
 */
uint32_t unacked_suspect_mss(const struct unacked *unacked, uint64_t sent);

#endif
