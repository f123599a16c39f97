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

/*
 * Gives the mover a way to lend to the socket, if its source has one: a pipe,
 * and with `zero_copy` a file.
 */
void lend_init(struct mover *mover, bool zero_copy);

/* Sends what is held back, and gives back what is claimed of a file. */
void lend_end(struct mover *mover);

/*
 * Says that the sink has failed. After a loan EPIPE is a reset: sendfile(2) and
 * splice(2) swallow the first error of a socket when it comes midway.
 */
enum moved lend_failed(const struct mover *mover);

/* What relay_move.c has for it: the way to move without a loan. */
mover_fn mover_copy;

/*
 * Has the socket keep what does not fill a segment for the next bytes of a
 * file, or sends what is kept. (After 200 ms it goes anyway.)
 */
void mover_cork(struct mover *mover, bool corked);

/* Returns whether poll(2) shows one of `events` now. */
bool mover_shows(int fd, int events);

#endif
