/* SPDX-License-Identifier: ISC */
/*
 * relay/engine_splice.h: the fast engine of Linux. Each direction has the
 * cheapest pump for its two streams (pump_choice.h).
 */
#ifndef RELAY_ENGINE_SPLICE_H
#define RELAY_ENGINE_SPLICE_H

#include "relay/engine.h"

/* Makes one. Returns NULL, with errno, when that is impossible. */
struct engine *engine_splice_new(const struct engine_config *config);

#endif
