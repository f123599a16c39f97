/* SPDX-License-Identifier: ISC */
/*
 * probe/lookup.h: every address of a host, for the probe.
 *
 * A connector that connects no longer waits for the resolver when it has a
 * connection; a probe wants all answers.
 */
#ifndef PROBE_LOOKUP_H
#define PROBE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "report/trace.h"

struct connect_config;
struct event_base;
struct probe_lookup;
struct probe_observer;

/*
 * Called once, from the event loop: all answers are in, or `timed_out`. Not
 * called after an interrupt.
 */
typedef void (*probe_lookup_cb)(bool timed_out, void *arg);

/*
 * Looks up what `config` would connect to, within its time budget; literals and
 * lists of addresses need no resolver. Both families are asked for side by
 * side, and a list keeps its order. `observer` is called with each event, after
 * it is in the trace. Returns NULL with errno.
 */
struct probe_lookup *probe_lookup_new(struct event_base *base,
    const struct connect_config *config, const struct probe_observer *observer,
    probe_lookup_cb cb, void *arg);
void probe_lookup_free(struct probe_lookup *lookup);

/* Returns how many addresses are known. */
size_t probe_lookup_count(const struct probe_lookup *lookup);

/*
 * Returns these addresses, each once, IPv6 first, in an array for the caller to
 * free; NULL when out of memory.
 */
struct address *probe_lookup_addresses(const struct probe_lookup *lookup);

/* Gives up what is not answered: the callback does not come any more. */
void probe_lookup_interrupt(struct probe_lookup *lookup);

/* Returns the record of the questions and answers. */
const struct trace *probe_lookup_trace(const struct probe_lookup *lookup);

#endif
