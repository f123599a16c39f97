/* SPDX-License-Identifier: ISC */
/*
 * A connector that is observed and whose connection nobody wants.
 */
#include <unistd.h>

#include "probe/try.h"

static void
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	struct probe_try *try = arg;

	(void)connector;
	close(fd);
	try->cb(try->arg);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct probe_try *try = arg;

	(void)connector;
	(void)error;
	try->cb(try->arg);
}

static void
observe(const struct hecat_event *event, void *arg)
{
	struct probe_try *try = arg;

	trace_observe(event, &try->trace);
	if (try->observer != NULL)
		try->observer(event, try->observer_arg);
}

bool
probe_try_start(struct probe_try *try, struct event_base *base,
    const struct hecat_config *config, probe_try_cb cb, void *arg)
{
	struct hecat_config own = *config;

	probe_try_release(try);
	try->cb = cb;
	try->arg = arg;
	try->observer = config->observer;
	try->observer_arg = config->observer_arg;
	own.observer = observe;
	own.observer_arg = try;
	trace_init(&try->trace, clock_now());
	try->connector = hecat_connector_new(
	    base, &own, on_connected, on_failed, try);
	return (try->connector != NULL);
}

void
probe_try_interrupt(struct probe_try *try)
{
	if (!probe_try_is_started(try))
		return;
	hecat_connector_cancel(try->connector);
	trace_interrupt(&try->trace, clock_now());
}

bool
probe_try_is_started(const struct probe_try *try)
{
	return (try->connector != NULL);
}

void
probe_try_release(struct probe_try *try)
{
	hecat_connector_free(try->connector);
	trace_release(&try->trace);
	*try = (struct probe_try){ .connector = NULL };
}
