/* SPDX-License-Identifier: ISC */
/*
 * arrival.h: how much of what was sent over a connection the peer has. Its
 * acknowledgements tell, and they outlive a reset.
 */
#ifndef ARRIVAL_H
#define ARRIVAL_H

#include <stdint.h>

struct arrival {
	int fd;          /* the caller's socket */
	uint64_t before; /* acknowledged when sending began: the handshake */
};

void arrival_begin(struct arrival *arrival, int fd);

/*
 * Returns how many of the bytes `sent` since the beginning have not arrived, as
 * far as is known; our FIN may be in it. 0 where the system does not tell.
 */
uint64_t arrival_missing(const struct arrival *arrival, uint64_t sent);

/*
 * Returns for how many milliseconds the peer has acknowledged nothing, as
 * exactly as the ticks of the system. 0 where it does not tell.
 */
uint32_t arrival_age_ms(const struct arrival *arrival);

#endif
