/* SPDX-License-Identifier: ISC */
/*
 * libevent, set up for one thread and exact times.
 */
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

#include "event_loop.h"
#include "status.h"

/* Passes on what libevent has to say; its debugging is not ours. */
static void
log_libevent(int severity, const char *message)
{
	if (severity >= EVENT_LOG_ERR)
		fprintf(stderr, "hecat: libevent: %s\n", message);
}

/* libevent gives up: an internal error, as the exit status says. */
static void
on_fatal(int error)
{
	(void)error;
	_exit(STATUS_INTERNAL);
}

struct event_base *
event_loop_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(log_libevent);
	event_set_fatal_callback(on_fatal);
	if (config == NULL)
		return (NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return (base);
}

void
event_loop_free(struct event_base *base)
{
	if (base != NULL)
		event_base_free(base);
	libevent_global_shutdown();
}
