/* SPDX-License-Identifier: ISC */
/*
 * connector.h: the connector of hecat.h, with its surroundings handed in.
 *
 * The connector brings the parts together: answers of the resolver become
 * candidates, the race says when the next is attempted, and the first attempt
 * that succeeds is handed over. It alone knows the Resolution Delay (RFC 8305
 * section 3). It knows nothing of stdin, stdout and messages.
 *
 * hecat_connector_new() uses the real surroundings; tests bring their own and
 * run whole scenarios in virtual time.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include "attempt.h"
#include "hecat.h"
#include "host.h"
#include "resolver.h"
#include "timer.h"

/* What a connector touches the world with. */
struct connector_env {
	struct event_base *base; /* of hecat_connector_get_base() */
	struct timer *timer;
	struct resolver *resolver;
	struct attempt_provider *attempts;
	struct host *host;
};

/*
 * Like hecat_connector_new(), in `env`, of which the connector takes over all
 * but the base, also when it fails. Members that are NULL mean out of memory.
 */
struct hecat_connector *connector_new(const struct connector_env *env,
    const struct hecat_config *config, hecat_connected_cb connected,
    hecat_failed_cb failed, void *arg);

/*
 * Hands over the bufferevent that the winner's step ended with; NULL: there is
 * none, or the connect has not ended.
 */
struct bufferevent *connector_take_step_bufferevent(
    struct hecat_connector *connector);

#endif
