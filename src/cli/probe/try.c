/* SPDX-License-Identifier: ISC */
/*
 * A connector that is observed; its connection is closed with it.
 */
#include "connect_config.h"
#include "probe/try.h"

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct probe_try *try = arg;
	struct tls_stream *tls;
	int fd = tls_config_take(try->tls, connector, &tls);

	if (fd != -1)
		tls_config_close(fd, tls);
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
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct probe_try *try = arg;

	trace_observe(&try->trace, event);
	try->observer->cb(connector, event, try->observer->arg);
}

static void
on_handshake(size_t attempt, const struct tls_facts *facts, void *arg)
{
	struct probe_try *try = arg;

	trace_handshake(&try->trace, attempt, facts);
}

bool
probe_try_start(struct probe_try *try, struct event_base *base,
    const struct connect_config *config, const struct address *address,
    const struct probe_observer *observer, probe_try_cb cb, void *arg)
{
	probe_try_release(try);
	try->cb = cb;
	try->arg = arg;
	try->observer = observer;
	try->tls = &config->tls;
	trace_init(&try->trace, clock_now());
	hecat_config_set_observer(config->hecat, observe, try);
	tls_config_observe(&config->tls, on_handshake);
	try->connector = hecat_connector_new(
	    base, config->hecat, on_connected, on_failed, try);
	if (try->connector == NULL)
		return (false);
	if (address != NULL)
		return (connect_config_connect_address(
			    try->connector, address) == 0);
	return (connect_config_connect(config, try->connector) == 0);
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
