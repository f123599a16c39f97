/* SPDX-License-Identifier: ISC */
/*
 * relay/pump_choice.h: which pump is the cheapest for a pair of streams.
 */
#ifndef RELAY_PUMP_CHOICE_H
#define RELAY_PUMP_CHOICE_H

#include <stdbool.h>

#include "relay/pump.h"

/* What a user may ask for. */
struct pump_config {
	bool crlf;      /* CRLF for LF */
	bool zero_copy; /* send the pages of a file, not copies */
};

/*
 * Makes the pump for two streams, one of which is the connection. The streams
 * outlive the pump. Returns NULL when out of memory.
 */
struct pump *pump_choose(const struct stream *from, const struct stream *to,
    const struct pump_config *config);

#endif
