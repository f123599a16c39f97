/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_discard.h: a pump from a socket to nowhere. The kernel drops what
 * was received without a copy.
 *
 * It is the only pump whose source can be read in batches: a receiver this
 * quick is woken for each packet, at the sender's cost.
 */
#ifndef RELAY_PUMP_DISCARD_H
#define RELAY_PUMP_DISCARD_H

#include "relay/pump.h"

/* Makes one; nothing is written to `null`. NULL: out of memory. */
struct pump *pump_discard_new(
    const struct stream *socket, const struct stream *null);

#endif
