/* SPDX-License-Identifier: ISC */
/*
 * What is common to both engines.
 */
#include <errno.h>

#include "relay/engine.h"

/* How soon a terminal is checked again. */
#define FOREGROUND_CHECK_US 250000

bool
engine_start(struct engine *engine)
{
	return (engine->ops->start(engine));
}

void
engine_stop_input(struct engine *engine)
{
	engine->input_stopped = true;
}

uint64_t
engine_waiting(struct engine *engine)
{
	return (engine->ops->waiting(engine));
}

uint64_t
engine_unwritten(struct engine *engine)
{
	return (engine->ops->unwritten(engine));
}

void
engine_write_received(struct engine *engine)
{
	engine->ops->write_received(engine);
}

void
engine_free(struct engine *engine)
{
	if (engine != NULL)
		engine->ops->free(engine);
}

/* Without the event nothing would ever come back. */
void
engine_watch(
    struct engine *engine, struct event *event, const struct timeval *after)
{
	const struct engine_config *config = &engine->config;

	if (event_add(event, after) == -1)
		config->events->failed(
		    errno != 0 ? errno : ENOMEM, config->arg);
}

bool
engine_stream_event(struct engine *engine, const struct stream *stream,
    short what, event_callback_fn cb, void *arg, struct event **event)
{
	if (stream_is_always_ready(stream))
		return (true);
	*event = event_new(
	    engine->config.base, stream_watched(stream), what, cb, arg);
	return (*event != NULL);
}

bool
engine_is_in_background(struct engine *engine, struct event *again)
{
	struct timeval soon = { .tv_usec = FOREGROUND_CHECK_US };

	if (!stream_is_in_background(&engine->config.endpoints->in))
		return (false);
	engine_watch(engine, again, &soon);
	return (true);
}
