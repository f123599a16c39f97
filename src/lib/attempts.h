/* SPDX-License-Identifier: ISC */
/*
 * attempts.h: the attempts under way in one race, by number.
 *
 * A runner is an attempt with its number and its addresses. Runners stand in
 * the order of their start until they are dropped.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "attempt.h"

struct runner {
	TAILQ_ENTRY(runner) entry;
	struct runners *runners;
	struct attempt *attempt; /* NULL: it did not get that far */
	size_t number;
	struct address destination;
	struct address source; /* length 0: the host's choice */
};

/* Tells that an attempt ended: 0 or an errno. The runner may be dropped. */
typedef void (*runners_cb)(struct runner *runner, int error, void *arg);

struct runners {
	TAILQ_HEAD(runner_list, runner) list;
	struct attempt_provider *provider;
	runners_cb cb;
	void *arg;
};

void runners_init(struct runners *runners, struct attempt_provider *provider,
    runners_cb cb, void *arg);

/*
 * Makes a runner, not started, for `destination` from `source` (NULL: the
 * host's choice); NULL when out of memory.
 */
struct runner *runners_add(struct runners *runners, size_t number,
    const struct address *destination, const struct address *source);

/*
 * Starts the attempt of `runner` as `request` says, whose destination and
 * source are the runner's. Returns 0 or the error of a failure, as the provider
 * does.
 */
int runner_start(struct runner *runner, struct attempt_request request);

/*
 * Looks at every attempt that has not ended, and tells `found`, not the
 * callback, of those that have.
 */
void runners_poll(struct runners *runners, runners_cb found);

/* Returns the runner with `number`; NULL when it has been dropped. */
struct runner *runners_find(const struct runners *runners, size_t number);

void runner_inspect(const struct runner *runner, struct attempt_facts *facts);

/* Hands over the socket of a runner that has connected. */
int runner_take(struct runner *runner);

/* Closes the runner's socket and frees the runner. */
void runner_drop(struct runner *runner);

#endif
