/* SPDX-License-Identifier: ISC */
/*
 * One attempt at most has a step, as that is not part of the race. Its data is
 * that of the step that follows.
 */
#include <errno.h>

#include "proxy/step.h"

/* Goes on through the tunnel. */
static void
proxy_step_begin_inner(struct proxy_step *self)
{
	struct hecat_step *step = self->step;
	int error;

	if (self->inner == NULL) {
		hecat_step_succeed(step, hecat_step_get_fd(step));
		return;
	}
	error = self->inner->begin(step, self->inner_arg);
	if (error != 0)
		hecat_step_fail(step, error, NULL);
}

static void
proxy_step_on_end(const struct tunnel_result *result, void *arg)
{
	struct proxy_step *self = arg;
	struct tunnel *tunnel = self->tunnel;

	self->tunnel = NULL;
	self->cb(hecat_step_get_attempt(self->step), result, self->cb_arg);
	if (result->end == TUNNEL_OPEN)
		proxy_step_begin_inner(self);
	else
		hecat_step_fail(self->step, result->error, result->text);
	tunnel_free(tunnel);
}

static int
proxy_step_begin(struct hecat_step *step, void *arg)
{
	struct proxy_step *self = arg;

	self->step = step;
	self->was_silent = false;
	self->tunnel = tunnel_new(hecat_step_get_base(step),
	    hecat_step_get_fd(step), NULL, &self->request,
	    clock_after(clock_now(), TUNNEL_TIMEOUT), proxy_step_on_end, self);
	if (self->tunnel == NULL)
		return (errno);
	self->cb(hecat_step_get_attempt(step), NULL, self->cb_arg);
	return (0);
}

static void
proxy_step_cancel(struct hecat_step *step, void *arg)
{
	struct proxy_step *self = arg;

	if (self->tunnel == NULL) {
		self->inner->cancel(step, self->inner_arg);
		return;
	}
	self->was_silent = tunnel_awaits_reply(self->tunnel);
	tunnel_free(self->tunnel);
	self->tunnel = NULL;
}

static const struct hecat_step_methods proxy_step_methods = {
	.size = sizeof(proxy_step_methods),
	.begin = proxy_step_begin,
	.cancel = proxy_step_cancel,
};

int
proxy_step_use(struct proxy_step *self, struct hecat_config *config,
    proxy_step_cb cb, void *arg)
{
	self->inner = hecat_config_get_step(config, &self->inner_arg);
	self->cb = cb;
	self->cb_arg = arg;
	hecat_config_set_step_in_race(config, 0);
	return (hecat_config_set_step(config, &proxy_step_methods, self));
}

void
proxy_step_release(struct proxy_step *self, struct hecat_config *config)
{
	if (self->cb == NULL)
		return;
	hecat_config_set_step(config, self->inner, self->inner_arg);
	self->cb = NULL;
}
