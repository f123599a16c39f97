/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_zerocopy.h: a pump that sends the pages of a file or a pipe to a
 * socket, not copies of them.
 *
 * Until the peer has acknowledged them, what is sent is the page itself and not
 * what was in it: a process that changes the file, or a buffer that it passed
 * to a pipe with vmsplice(2), changes what the peer receives.
 */
#ifndef RELAY_PUMP_ZEROCOPY_H
#define RELAY_PUMP_ZEROCOPY_H

#include <stdbool.h>

#include "relay/pump.h"

/* Returns whether pages of `from` can be sent, and are worth it. */
bool pump_zerocopy_suits(const struct stream *from, const struct stream *to);

/*
 * Makes one, for streams that suit. It copies what is too short to be worth
 * more, and everything once the kernel refuses. NULL: out of memory.
 */
struct pump *pump_zerocopy_new(
    const struct stream *from, const struct stream *to);

#endif
