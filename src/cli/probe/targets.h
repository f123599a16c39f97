/* SPDX-License-Identifier: ISC */
/*
 * probe/targets.h: the addresses of a probe, each tried by itself.
 *
 * The addresses of one round are tried side by side, so that a dead one does
 * not hold up the rest; what the rounds bring adds up.
 */
#ifndef PROBE_TARGETS_H
#define PROBE_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "hecat.h"
#include "probe/verdict.h"

struct connect_config;
struct event_base;
struct probe_observer;
struct probe_targets;

/* Called from the event loop when the last try of a round has ended. */
typedef void (*probe_targets_cb)(void *arg);

/*
 * Makes a target of each of `addresses`, for `rounds` rounds at most. Returns
 * NULL when out of memory.
 */
struct probe_targets *probe_targets_new(struct event_base *base,
    const struct address *addresses, size_t count, unsigned rounds,
    probe_targets_cb cb, void *arg);
void probe_targets_free(struct probe_targets *targets);

/*
 * Starts a round, when the one before has ended: a try of each address, as
 * `config` says, for `timeout` at most and not beyond `deadline`, with its
 * events for `observer`. The time limits of `config` become those of a try.
 * Returns false when out of memory.
 */
bool probe_targets_start(struct probe_targets *targets,
    const struct connect_config *config, const struct probe_observer *observer,
    monotime_t timeout, monotime_t deadline);

/* Gives up the tries of this round; how long they had waited is noted. */
void probe_targets_interrupt(struct probe_targets *targets);

/*
 * Notes how long the tries that are under way have waited by now, where that
 * is no shorter than a slow answer.
 */
void probe_targets_note_pending(struct probe_targets *targets, monotime_t now);

/* Returns what has come of each address; NULL and 0 without targets. */
const struct verdict_address *probe_targets_results(
    const struct probe_targets *targets, size_t *count);

/*
 * Returns the errno of a try that failed for lack of memory or descriptors, and
 * so is no fault of its address; 0: there is none.
 */
int probe_targets_shortage(const struct probe_targets *targets);

/* Returns whether an attempt of this round is under way. */
bool probe_targets_are_pending(const struct probe_targets *targets);

/* Returns whether any address has answered. */
bool probe_targets_connected(const struct probe_targets *targets);

#endif
