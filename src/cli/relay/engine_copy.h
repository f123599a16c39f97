/* SPDX-License-Identifier: ISC */
/*
 * relay/engine_copy.h: the portable engine, a bufferevent and plain reads and
 * writes.
 */
#ifndef RELAY_ENGINE_COPY_H
#define RELAY_ENGINE_COPY_H

#include "relay/engine.h"

/* Makes one. Returns NULL, with errno, when that is impossible. */
struct engine *engine_copy_new(const struct engine_config *config);

#endif
