/* SPDX-License-Identifier: ISC */
/*
 * relay/drain.h: waits until the peer has acknowledged everything that was
 * sent.
 *
 * Where the peer ended first, nothing else shows that it received everything;
 * and closing a connection with data unread would cut off what is on its way.
 * An acknowledgement comes without an event, so the count is polled: soon while
 * it falls, ever later while it does not.
 *
 * The life of one: drain_new(); drain_start() has it poll, at once and then by
 * a timer; it reports its result once, by the callback, perhaps from within
 * drain_start(); drain_free(). It neither sends nor closes anything.
 *
 * What it decides is in drain_judge(), which knows no socket and no clock.
 */
#ifndef RELAY_DRAIN_H
#define RELAY_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct event_base;

/* How long a peer may acknowledge nothing when its end is not waited for. */
#define DRAIN_PATIENCE MONOTIME_PER_SECOND

enum drain_result {
	DRAIN_WAITING,
	DRAIN_ACKED, /* everything is acknowledged */
	DRAIN_STUCK, /* nothing was acknowledged for the patience */
	DRAIN_LOST   /* the connection is lost */
};

/* What there is to know each time. */
struct drain_facts {
	uint64_t unacked; /* bytes not acknowledged, whether sent or not yet */
	bool peer_ended;  /* and everything that it sent was received */
	int error;        /* the connection is known to be lost; 0: it is not */
};

/* Since when the count has been what it is. */
struct drain_count {
	uint64_t unacked;
	monotime_t since;
};

/*
 * Returns the result at the time `now`, and remembers the count for the next
 * call. `patience` is a duration, or MONOTIME_NEVER.
 */
enum drain_result drain_judge(struct drain_count *count,
    const struct drain_facts *facts, monotime_t patience, monotime_t now);

/* Returns how long to wait until the next call. */
monotime_t drain_interval(const struct drain_count *count, monotime_t now);

struct drain;

struct drain_events {
	/* Returns the facts; an error of the socket need not be in them. */
	struct drain_facts (*gather)(void *arg);

	/*
	 * Reports the result; `error` is the errno of DRAIN_LOST. The drain may
	 * not be freed inside.
	 */
	void (*result)(enum drain_result result, int error, void *arg);

	/* The timer cannot be set: `error`. There will be no result. */
	void (*failed)(int error, void *arg);
};

/*
 * Makes one for the connected socket `fd`, whose error it reads (SO_ERROR).
 * Returns NULL when out of memory.
 */
struct drain *drain_new(struct event_base *base, int fd,
    const struct drain_events *events, void *arg);

/* Begins to wait; polls at once, also where it waits already. */
void drain_start(struct drain *drain);

/* From now on the peer has `patience`; it has no end before. */
void drain_set_patience(struct drain *drain, monotime_t patience);

/* Frees it, which may be NULL. */
void drain_free(struct drain *drain);

#endif
