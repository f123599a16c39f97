/* SPDX-License-Identifier: ISC */
/*
 * ordering.h: by which policy a connector orders its candidates.
 *
 * Joins what the user configured with what the host knows; the policy table
 * is read when there is something to compare for the first time, or ahead of
 * it.
 */
#ifndef ORDERING_H
#define ORDERING_H

#include "awaited_family.h"
#include "candidates.h"
#include "config.h"
#include "host.h"
#include "policy_table.h"

struct ordering {
	struct candidates_policy policy; /* points to `table` */
	struct policy_table table;
	struct host *host;
	bool table_loaded;
};

/* Everything pointed to outlives *ordering, which must not be moved. */
void ordering_init(struct ordering *ordering, struct host *host,
    const struct hecat_config *config);

/* Gets ready to order `count` candidates. */
void ordering_prepare(struct ordering *ordering, size_t count);

/*
 * Reads what ordering two families takes, the policy table and the addresses of
 * the host: while the answers are out there is nothing else to do.
 */
void ordering_read_ahead(struct ordering *ordering);

/*
 * Returns whether addresses of `family`, of which the answer is out, could
 * still come before all of `candidates`, of which there is one at least.
 */
bool ordering_may_lead(
    struct ordering *ordering, struct candidates *candidates, int family);

#endif
