/* SPDX-License-Identifier: ISC */
/*
 * A step calls the methods of its owner, which ends it with the functions of
 * hecat.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "step.h"

static void
step_on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct hecat_step *step = arg;

	(void)fd;
	(void)what;
	step->cb(step->cb_arg);
}

struct hecat_step *
step_new(const struct step_request *request, step_cb cb, void *arg)
{
	struct hecat_step *step = calloc(1, sizeof(*step));

	if (step == NULL)
		return (NULL);
	step->request = *request;
	step->fd = -1;
	step->cb = cb;
	step->cb_arg = arg;
	step->ended = evtimer_new(request->base, step_on_ended, step);
	if (step->ended != NULL)
		return (step);
	free(step);
	return (NULL);
}

/* Returns whether it has; who asks need not be called back. */
static bool
has_ended(struct hecat_step *step)
{
	if (step->state != STEP_SUCCEEDED && step->state != STEP_FAILED)
		return (false);
	event_del(step->ended);
	return (true);
}

bool
step_begin(struct hecat_step *step, int fd)
{
	const struct step_request *request = &step->request;
	int error;

	step->fd = fd;
	if (!request->is_wanted(request->connector))
		return (false);
	step->state = STEP_RUNNING;
	error = request->methods->begin(step, request->arg);
	if (error != 0 && step->state == STEP_RUNNING) {
		step->state = STEP_FAILED;
		step->error = error;
	}
	return (has_ended(step));
}

/* Returns whether the methods, maybe those of an older header, have `poll`. */
static bool
has_poll(const struct hecat_step_methods *methods)
{
	return (methods->size >= offsetof(struct hecat_step_methods, poll) +
		    sizeof(methods->poll) &&
	    methods->poll != NULL);
}

bool
step_poll(struct hecat_step *step)
{
	const struct step_request *request = &step->request;

	if (step->state == STEP_RUNNING && has_poll(request->methods) &&
	    request->is_wanted(request->connector))
		request->methods->poll(step, request->arg);
	return (has_ended(step));
}

bool
step_methods_are_valid(const struct hecat_step_methods *methods)
{
	return (methods->size >= offsetof(struct hecat_step_methods, poll) &&
	    methods->begin != NULL && methods->cancel != NULL);
}

void
step_free_bufferevent(struct bufferevent *bufferevent)
{
	if (bufferevent != NULL)
		bufferevent_free(bufferevent);
}

void
step_free(struct hecat_step *step)
{
	if (step == NULL)
		return;
	/* What cancel() reports is nothing to anybody. */
	if (step->state == STEP_RUNNING) {
		step->state = STEP_CANCELLED;
		step->request.methods->cancel(step, step->request.arg);
	}
	step_free_bufferevent(step->bufferevent);
	event_free(step->ended);
	free(step);
}

/* Ends the step; the callback comes from the loop. */
static void
step_end(struct hecat_step *step, enum step_state state)
{
	step->state = state;
	event_active(step->ended, EV_TIMEOUT, 0);
}

void
hecat_step_succeed(struct hecat_step *step, evutil_socket_t fd)
{
	if (step->state != STEP_RUNNING)
		return;
	if (fd == -1) {
		hecat_step_fail(step, EBADF, NULL);
		return;
	}
	step->fd = fd;
	step_end(step, STEP_SUCCEEDED);
}

void
hecat_step_succeed_bufferevent(
    struct hecat_step *step, struct bufferevent *bufferevent)
{
	if (step->state != STEP_RUNNING)
		return;
	if (bufferevent == NULL) {
		hecat_step_fail(step, ENOMEM, NULL);
		return;
	}
	step->bufferevent = bufferevent;
	step_end(step, STEP_SUCCEEDED);
}

void
hecat_step_fail(struct hecat_step *step, int error, const char *text)
{
	if (step->state != STEP_RUNNING)
		return;
	step->error = error;
	if (text != NULL)
		snprintf(step->text, sizeof(step->text), "%s", text);
	step_end(step, STEP_FAILED);
}

evutil_socket_t
hecat_step_get_fd(const struct hecat_step *step)
{
	return (step->fd);
}

struct event_base *
hecat_step_get_base(const struct hecat_step *step)
{
	return (step->request.base);
}

struct hecat_connector *
hecat_step_get_connector(const struct hecat_step *step)
{
	return (step->request.connector);
}

size_t
hecat_step_get_attempt(const struct hecat_step *step)
{
	return (step->request.attempt);
}

const struct sockaddr *
hecat_step_get_address(const struct hecat_step *step)
{
	return (&step->request.address.sa);
}

void
hecat_step_set_data(struct hecat_step *step, void *data)
{
	step->data = data;
}

void *
hecat_step_get_data(const struct hecat_step *step)
{
	return (step->data);
}
