/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_copy.h: a pump that reads into a buffer and writes from it. It
 * works for every pair of streams, and the other pumps fall back on it.
 */
#ifndef RELAY_PUMP_COPY_H
#define RELAY_PUMP_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/file_range.h"
#include "relay/pump.h"

/* Makes one; with `crlf` it writes CRLF for LF. NULL: out of memory. */
struct pump *pump_copy_new(
    const struct stream *from, const struct stream *to, bool crlf);

/* The following are for the pumps that fall back on a copying one. */

/* Returns how many bytes the last read returned. */
size_t pump_copy_read_size(struct pump *pump);

/* Has the pump read `range` of its source before it goes on from the offset. */
void pump_copy_read_first(struct pump *pump, const struct file_range *range);

/*
 * Has the sink, a TCP socket, keep what does not fill a segment until there is
 * more (TCP_CORK; it is sent after 200 ms anyway), or send what it keeps.
 */
void pump_copy_cork(struct pump *pump, bool corked);

#endif
