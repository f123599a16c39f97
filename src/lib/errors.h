/* SPDX-License-Identifier: ISC */
/*
 * errors.h: what failed in one connect, as hecat_connector_get_error() has it.
 *
 * Entries are added as they come, and put into the order of their start in the
 * end. All zero is an empty list.
 */
#ifndef ERRORS_H
#define ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "events.h"

struct errors {
	struct hecat_error_entry *entries;
	size_t count;
	size_t capacity;
	bool incomplete; /* out of memory: entries are missing */
	bool complete;   /* and in their order */
};

/*
 * Adds what `event` reports: an answer, or an attempt that did not win. An
 * answer takes the place of one before with its family; a positive one leaves
 * the place empty.
 */
void errors_add(struct errors *errors, const struct hecat_event *event);

/*
 * Adds a lookup with `family` (AF_UNSPEC: one for both) that was not answered;
 * `shortage` is the errno of what it lacked, 0: nothing.
 */
void errors_add_unanswered(struct errors *errors, int family, int shortage);

/*
 * Adds attempt number `number`, which could not start; `source` may be NULL,
 * `shortage` is the errno of what it lacked.
 */
void errors_add_put_off(struct errors *errors, size_t number,
    const struct address *destination, const struct address *source,
    int shortage);

/*
 * Completes the list when the connect has ended. One that is `connected` leaves
 * out attempts that were only given up.
 */
void errors_complete(struct errors *errors, bool connected);

/* Return how many there are, and number `number`; none before the end. */
size_t errors_count(const struct errors *errors);
const struct hecat_error_entry *errors_at(
    const struct errors *errors, size_t number);

/*
 * Writes all of it in one sentence, like snprintf(3): what was connected to
 * (NULL: a list of addresses), what `error` of hecat.h means, and each reason,
 * with those it goes for.
 */
int errors_format(const struct errors *errors, const char *host,
    const char *service, enum hecat_error error, char *text, size_t size);

void errors_release(struct errors *errors);

#endif
