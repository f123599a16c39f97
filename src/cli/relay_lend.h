/* SPDX-License-Identifier: ISC */
/*
 * relay_lend.h: sends the pages of a file or a pipe as they are, not copies.
 * Only the movers include this.
 *
 * Until the peer has them, what is sent is the page, not what was in it: who
 * changes a file, or a buffer that was given to a pipe with vmsplice(2),
 * changes what arrives.
 */
#ifndef RELAY_LEND_H
#define RELAY_LEND_H

#include <stdbool.h>
#include <stddef.h>

#include "relay_move.h"

/* What has to come at once for a loan to be worth it. */
#define LEND_WORTH_BYTES ((size_t)64 * 1024)

/* Gives the mover a way to lend to the socket, if its source has one. */
void lend_init(struct mover *mover);

/* Sends what is held back, and gives back what is claimed of a file. */
void lend_end(struct mover *mover);

/*
 * Says that the sink has failed. After a loan EPIPE is a reset: sendfile(2) and
 * splice(2) swallow the first error of a socket when it comes midway.
 */
enum moved lend_failed(const struct mover *mover);

/* What relay_move.c has for it: the way to move without a loan, */
mover_fn mover_copy;

/* and whether poll(2) shows one of `events` now. */
bool mover_shows(int fd, int events);

#endif
