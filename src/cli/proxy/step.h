/* SPDX-License-Identifier: ISC */
/*
 * proxy/step.h: the dialogue as the step of a connect, behind the race, and
 * then, through the tunnel, the step that the configuration had: TLS.
 *
 * The life of one: all zero; proxy_step_use(); the connectors; then
 * proxy_step_release().
 */
#ifndef PROXY_STEP_H
#define PROXY_STEP_H

#include "hecat.h"
#include "proxy/tunnel.h"

/*
 * Reports that a dialogue has begun (NULL), or its end. The connector may not
 * be freed inside.
 */
typedef void (*proxy_step_cb)(
    size_t attempt, const struct tunnel_result *result, void *arg);

struct proxy_step {
	struct proxy_request request;
	struct tunnel *tunnel; /* that is under way; NULL: none */
	struct hecat_step *step;
	bool was_silent; /* the proxy, about this address, until a cancel */
	const struct hecat_step_methods *inner; /* NULL: none */
	void *inner_arg;
	proxy_step_cb cb;
	void *cb_arg;
};

/*
 * Makes *self, whose request is set, the step of `config`; what was its step
 * follows. Returns 0, or -1 with errno.
 */
int proxy_step_use(struct proxy_step *self, struct hecat_config *config,
    proxy_step_cb cb, void *arg);

/*
 * Gives `config` the step back that it had, so that it can be used again; does
 * nothing without proxy_step_use().
 */
void proxy_step_release(struct proxy_step *self, struct hecat_config *config);

#endif
