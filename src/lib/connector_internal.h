/* SPDX-License-Identifier: ISC */
/*
 * connector_internal.h: what the connector_*.c share; nobody else includes it.
 *
 *   connector.c         events in, and what the race then asks for
 *   connector_supply.c  what there is to attempt: the lookup, the candidates,
 *                       the Resolution Delay
 */
#ifndef CONNECTOR_INTERNAL_H
#define CONNECTOR_INTERNAL_H

#include "events.h"
#include "connector.h"
#include "config.h"
#include "ordering.h"
#include "race.h"
#include "lookup.h"
#include "attempts.h"

enum connector_phase {
	CONNECTOR_NEW, /* the timer of its start has not expired yet */
	CONNECTOR_CONNECTING,
	CONNECTOR_CANCELLING, /* asked for, done when no call is under way */
	CONNECTOR_ENDING, /* the end is announced, then the owner's callback */
	CONNECTOR_ENDED
};

/*
 * A connector may be cancelled and freed inside every callback, so also in the
 * middle of what caused it. `entered` counts the calls into the connector that
 * are under way: a cancel only changes the phase, and what that means is done
 * by the outermost call when it returns, as is the free.
 */
struct hecat_connector {
	enum connector_phase phase;
	unsigned entered;
	bool freed; /* by its owner */
	struct connector_env env;
	struct config config;
	struct events events;
	hecat_connected_cb connected;
	hecat_failed_cb failed;
	void *arg;

	struct ordering ordering;
	struct candidates candidates;
	struct lookup lookup;
	struct race race;
	struct attempts attempts;
	bool out_of_memory; /* an attempt ended with that */
};

monotime_t connector_now(const struct hecat_connector *connector);

/* Asks the resolver for the host. */
void connector_ask(struct hecat_connector *connector);

/*
 * Adds the addresses of an answer with `family` (AF_UNSPEC: both, or given) to
 * the candidates, and applies the Resolution Delay (RFC 8305 section 3) to
 * them: they wait that long for the other family's answer, but only when that
 * is out and could still bring the first address. Returns false when out of
 * memory.
 */
bool connector_add(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count);

/* Returns what the race may draw on. */
struct race_supply connector_supply(const struct hecat_connector *connector);

#endif
