/* SPDX-License-Identifier: ISC */
/*
 * probe/try.h: one connect of a probe, of which only the trace is kept.
 *
 * It is a try of one address by itself, or else the race that any client would
 * run. The connection is closed at once.
 */
#ifndef PROBE_TRY_H
#define PROBE_TRY_H

#include <stdbool.h>

#include "address.h"
#include "hecat.h"
#include "report/trace.h"

struct connect_config;
struct event_base;
struct tls_config;

/* Called once, from the event loop, when the connect has ended. */
typedef void (*probe_try_cb)(void *arg);

/* The observer of all that a probe does; the traces come first. */
struct probe_observer {
	hecat_observer_cb cb;
	void *arg;
};

/* All zero before it is started for the first time. */
struct probe_try {
	struct hecat_connector *connector;
	struct trace trace; /* of the last one that was started */
	const struct probe_observer *observer;
	const struct tls_config *tls;
	probe_try_cb cb;
	void *arg;
};

/*
 * Connects as `config` says, but to `address` alone (NULL: to all that it
 * names). The observer of `config` becomes the try's own, which calls
 * `observer` with each event after it is in the trace. The try before has ended
 * and is forgotten. Returns false when out of memory.
 */
bool probe_try_start(struct probe_try *try, struct event_base *base,
    const struct connect_config *config, const struct address *address,
    const struct probe_observer *observer, probe_try_cb cb, void *arg);

/* Gives up what is under way: its trace ends here, interrupted. */
void probe_try_interrupt(struct probe_try *try);

/* Returns whether it has been started at all. */
bool probe_try_is_started(const struct probe_try *try);

/* Gives up what is under way, and frees what there is. */
void probe_try_release(struct probe_try *try);

#endif
