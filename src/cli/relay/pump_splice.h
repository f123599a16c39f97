/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_splice.h: a pump from a socket to a pipe that hands the pages of
 * the one to the other (splice(2)).
 */
#ifndef RELAY_PUMP_SPLICE_H
#define RELAY_PUMP_SPLICE_H

#include "relay/pump.h"

/* Makes one; where the kernel refuses to splice, it copies. NULL: out of
 * memory. */
struct pump *pump_splice_new(
    const struct stream *socket, const struct stream *pipe);

#endif
