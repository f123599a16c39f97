/* SPDX-License-Identifier: ISC */
/*
 * config.h: struct hecat_config: what its setters have checked, and what a
 * connector copies.
 *
 * Durations are microseconds; MONOTIME_NEVER is one that never ends.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "prefix.h"

/* RFC 8305 section 8: recommended 250 ms, never under 10 ms. */
#define CONFIG_CONNECTION_ATTEMPT_DELAY     (250 * MONOTIME_PER_MS)
#define CONFIG_CONNECTION_ATTEMPT_DELAY_MIN (10 * MONOTIME_PER_MS)
/* RFC 8305 section 8: 50 ms. */
#define CONFIG_RESOLUTION_DELAY (50 * MONOTIME_PER_MS)
/* RFC 8305 section 8: 1, or 2 to favour a family. */
#define CONFIG_FIRST_ADDRESS_FAMILY_COUNT 1

struct hecat_config {
	monotime_t connection_attempt_delay;
	monotime_t resolution_delay;
	unsigned first_address_family_count;
	enum hecat_order order;
	int family;
	int preferred_family;
	monotime_t timeout;
	monotime_t attempt_timeout;
	enum hecat_success success;
	monotime_t success_open_time;
	struct address *sources; /* each once */
	size_t source_count;
	struct prefix *excluded; /* each once */
	size_t excluded_count;
	int bufferevent_options;
	const struct hecat_step_methods *step; /* the caller's; NULL: none */
	void *step_arg;
	bool step_in_race;
	const struct hecat_resolver_methods *resolver; /* likewise; NULL: the
							  system's */
	void *resolver_arg;
	hecat_socket_factory_cb socket_factory; /* NULL: socket(2) */
	void *socket_factory_arg;
	hecat_socket_cb socket_cb; /* NULL: none */
	void *socket_arg;
	hecat_observer_cb observer; /* NULL: none */
	void *observer_arg;
};

/* Fills in the defaults. */
void config_init(struct hecat_config *config);

/*
 * Makes *copy of *config. Returns false when out of memory; *copy needs
 * config_release() in every case.
 */
bool config_copy(struct hecat_config *copy, const struct hecat_config *config);

/*
 * Gives the sources that lack a zone the one link of this host, if it has one;
 * those that are equal then count once. What has no zone even then fails when
 * it is attempted.
 */
void config_complete_zones(struct hecat_config *config);

void config_release(struct hecat_config *config);

#endif
