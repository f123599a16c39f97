/* SPDX-License-Identifier: ISC */
/*
 * attempts.h: the attempts under way in one race, by number.
 *
 * An item is an attempt with its number and its addresses. Items stand in the
 * order of their start until they are dropped.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "attempt.h"

struct attempts_item {
	TAILQ_ENTRY(attempts_item) entry;
	struct attempts *attempts;
	struct attempt *attempt; /* NULL: it did not get that far */
	size_t number;
	struct address destination;
	struct address source; /* length 0: the host's choice */
};

/*
 * Reports that an attempt ended, with 0 or an error, or ATTEMPT_ESTABLISHED.
 * The item may be dropped.
 */
typedef void (*attempts_cb)(struct attempts_item *item, int error, void *arg);

struct attempts {
	TAILQ_HEAD(attempts_list, attempts_item) list;
	struct attempt_provider *provider;
	attempts_cb cb;
	void *arg;
};

void attempts_init(struct attempts *attempts, struct attempt_provider *provider,
    attempts_cb cb, void *arg);

/*
 * Makes an item, not started, for `destination` from `source` (NULL: the
 * host's choice); NULL when out of memory.
 */
struct attempts_item *attempts_add(struct attempts *attempts, size_t number,
    const struct address *destination, const struct address *source);

/*
 * Starts the attempt of `item` as `request` says, whose destination and
 * source are the item's. Returns 0 or the error of a failure, as the provider
 * does.
 */
int attempts_start(struct attempts_item *item, struct attempt_request request);

/*
 * Polls every attempt that has not ended, and calls `found`, not the callback,
 * for those that have by now.
 */
void attempts_poll(struct attempts *attempts, attempts_cb found);

/* Returns the item with `number`; NULL when it has been dropped. */
struct attempts_item *attempts_find(
    const struct attempts *attempts, size_t number);

void attempts_inspect(
    const struct attempts_item *item, struct attempt_facts *facts);

/*
 * Returns the address that `item` is bound to; NULL: none, or the wildcard
 * address, which leaves it to the host.
 */
const struct address *attempts_source(const struct attempts_item *item);

/* Begins the step of an item; returns as the provider does. */
int attempts_begin_step(struct attempts_item *item);

/* Hand over the socket, or the bufferevent, of an item that has connected. */
int attempts_take(struct attempts_item *item);
struct bufferevent *attempts_take_bufferevent(struct attempts_item *item);

/* Closes the item's socket and frees the item. */
void attempts_drop(struct attempts_item *item);

#endif
