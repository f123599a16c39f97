/* SPDX-License-Identifier: ISC */
/*
 * relay/engine_pump.h: the fast engine. Each direction has the cheapest pump
 * for its two streams (pump_choice.h).
 */
#ifndef RELAY_ENGINE_PUMP_H
#define RELAY_ENGINE_PUMP_H

#include "relay/engine.h"

/* Makes one. Returns NULL, with errno, when that is impossible. */
struct engine *engine_pump_new(const struct engine_config *config);

#endif
