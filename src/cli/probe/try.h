/* SPDX-License-Identifier: ISC */
/*
 * probe/try.h: one connect of a probe, of which only the trace is kept.
 *
 * Of a configuration with one address it is a try of that address by itself;
 * otherwise it is the race that any client would run. The connection is closed
 * at once.
 */
#ifndef PROBE_TRY_H
#define PROBE_TRY_H

#include <stdbool.h>

#include "hecat.h"
#include "report/trace.h"

struct event_base;

/* Called once, from the event loop, when the connect has ended. */
typedef void (*probe_try_cb)(void *arg);

/* All zero before it is started for the first time. */
struct probe_try {
	struct hecat_connector *connector;
	struct trace trace; /* of the last one that was started */
	hecat_observer_cb observer;
	void *observer_arg;
	probe_try_cb cb;
	void *arg;
};

/*
 * Connects as `config` says, whose observer is called with each event after it
 * is in the trace. The one before has ended and is forgotten. Returns false
 * when out of memory.
 */
bool probe_try_start(struct probe_try *try, struct event_base *base,
    const struct hecat_config *config, probe_try_cb cb, void *arg);

/* Gives up what is under way: its trace ends here, interrupted. */
void probe_try_interrupt(struct probe_try *try);

/* Whether it has been started at all. */
bool probe_try_is_started(const struct probe_try *try);

/* Gives up what is under way, and frees what there is. */
void probe_try_release(struct probe_try *try);

#endif
