/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_zerocopy.h: sends the pages of a file or a pipe as they are, not
 * copies. Only the pump includes this.
 *
 * Until the peer has them, what is sent is the page, not what was in it: who
 * changes a file, or a buffer that was given to a pipe with vmsplice(2),
 * changes what arrives.
 */
#ifndef RELAY_ZEROCOPY_H
#define RELAY_ZEROCOPY_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/pump.h"

/* What has to come at once for it to pay. */
#define ZEROCOPY_WORTH_BYTES ((size_t)64 * 1024)

/*
 * Gives the pump a way to do so, if its source has one: a pipe,
 * and with `zero_copy` a file.
 */
void zerocopy_init(struct pump *pump, bool zero_copy);

/* Sends what is held back, and gives back what is claimed of a file. */
void zerocopy_end(struct pump *pump);

/*
 * Returns that the sink has failed. EPIPE is a reset then: sendfile(2) and
 * splice(2) swallow the first error of a socket when it comes midway.
 */
enum pump_result zerocopy_failed(const struct pump *pump);

/* What relay_pump.c has for it: the way to move with copies. */
pump_fn pump_copy;

/*
 * Has the socket keep what does not fill a segment for the next bytes of a
 * file, or sends what is kept. (After 200 ms it goes anyway.)
 */
void pump_cork(struct pump *pump, bool corked);

/* Returns whether poll(2) shows one of `events` now. */
bool pump_shows(int fd, int events);

#endif
