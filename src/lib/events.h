/* SPDX-License-Identifier: ISC */
/*
 * events.h: what a connector does, as the events of hecat.h.
 *
 * Each function reports one thing that happened to the callback, from inside;
 * what the event points to is valid for that long.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>

#include "attempts.h"
#include "candidates.h"
#include "clock.h"
#include "hecat.h"
#include "resolver.h"
#include "timer.h"

/* hecat.h lists, with the getters, which types have which members. */
struct hecat_event {
	enum hecat_event_type type;
	monotime_t time;
	int family;
	int error;
	int system_error;
	bool lookup;
	bool blocking;
	bool more;
	bool excluded;
	size_t count;
	const char *name;              /* NULL: as given */
	const struct sockaddr *server; /* NULL: not known */
	long ttl;                      /* of an answer; -1: not known */
	size_t turn;
	unsigned rule;
	size_t attempt;
	enum hecat_cause cause;
	enum hecat_outcome outcome;
	const struct sockaddr *address;
	const struct sockaddr *source;
	const struct sockaddr *icmp_sender;
	monotime_t established; /* MONOTIME_NEVER: it was not */
	monotime_t rtt;         /* -1: none */
	unsigned retransmissions;
	bool in_step;     /* it ended while its step ran */
	const char *text; /* of a step that failed, or an answer; NULL: none */
	int result;       /* 0, or enum hecat_error */
};

typedef void (*events_cb)(const struct hecat_event *event, void *arg);

struct events {
	events_cb cb;
	void *arg;
	struct timer *timer;
};

/* A question was put at `at`. */
void events_query(const struct events *events, int family, monotime_t at);
void events_answer(
    const struct events *events, const struct resolver_answer *answer);

/* The whole list in its new order, and what is left out of it. */
void events_candidates(
    const struct events *events, const struct candidates *candidates);

/*
 * An attempt or, with `lookup`, the lookup is put off: `error` is the errno of
 * what is lacking.
 */
void events_out_of_descriptors(
    const struct events *events, int error, bool lookup);

/* `item` started at `at`. */
void events_attempt_started(const struct events *events,
    const struct attempts_item *item, enum hecat_cause cause, monotime_t at);

/* `item` ended; all that is known about it is reported. */
void events_attempt_ended(const struct events *events,
    const struct attempts_item *item, enum hecat_outcome outcome, int error);

/* The connect ended, with 0 or an enum hecat_error; `winner` may be NULL. */
void events_ended(
    const struct events *events, int result, const struct address *winner);

#endif
