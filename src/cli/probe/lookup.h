/* SPDX-License-Identifier: ISC */
/*
 * probe/lookup.h: every address of a host, for the probe.
 *
 * A connector stops listening to the resolver when it has a connection; a
 * probe wants all answers.
 */
#ifndef PROBE_LOOKUP_H
#define PROBE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "report/trace.h"

struct event_base;
struct probe_lookup;

/*
 * Called once, from the event loop: all answers are in, or `timed_out`. Not
 * after probe_lookup_free().
 */
typedef void (*probe_lookup_cb)(bool timed_out, void *arg);

/*
 * Looks up what `config` would connect to; its literals and lists of addresses
 * need no resolver. The observer of `config` is called from the event loop with
 * what comes of the lookup, after that is in the trace. Returns NULL with
 * errno.
 */
struct probe_lookup *probe_lookup_new(struct event_base *base,
    const struct hecat_config *config, monotime_t deadline, probe_lookup_cb cb,
    void *arg);
void probe_lookup_free(struct probe_lookup *lookup);

/*
 * Returns the addresses, each once, IPv6 first; they live as long as the
 * lookup.
 */
const struct address *probe_lookup_addresses(
    const struct probe_lookup *lookup, size_t *count);

/* Gives up what is not answered: the callback does not come any more. */
void probe_lookup_interrupt(struct probe_lookup *lookup);

/* Returns the record of the questions and answers. */
const struct trace *probe_lookup_trace(const struct probe_lookup *lookup);

#endif
