/* SPDX-License-Identifier: ISC */
/*
 * Lookup, race, dialogue, and the next address.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "proxy/step.h"
#include "proxy/tunnel.h"
#include "proxy_connect.h"
#include "relay/tls_stream.h"
#include "report/report.h"
#include "report/trace_tunnel.h"

enum phase {
	PHASE_NEW,
	PHASE_LOOKUP, /* of the destination */
	PHASE_PROXY,  /* the race to the proxy, or the dialogue */
	PHASE_ENDED
};

struct proxy_connect {
	struct event_base *base;
	enum phase phase;
	const struct options *options;
	struct connect_config *config;
	struct connect_config lookup;      /* of the destination */
	struct hecat_connector *connector; /* of the lookup, or to the proxy */
	struct proxy_step step;
	/* The dialogue with a proxy that speaks TLS, and its connection. */
	struct tunnel *tunnel;
	struct tls_stream *tls;
	/* The handshake with the destination inside of that, and what ends it
	   at the deadline. */
	struct tls_inner *inner;
	struct event *limit;
	struct address *addresses; /* of the destination; NULL: as requested */
	size_t address_count;
	size_t next; /* the number of the one to ask for after this one */
	monotime_t deadline; /* of -w */
	bool is_next_wanted; /* the proxy has refused this address */
	struct trace *trace;
	struct trace lookup_trace;
	struct trace_tunnel record;
	const struct proxy_connect_methods *methods;
	void *arg;
};

/* Ends: there is nothing under way any more. */
static void
proxy_connect_fail(struct proxy_connect *connect, enum hecat_error error)
{
	connect->phase = PHASE_ENDED;
	hecat_connector_free(connect->connector);
	connect->connector = NULL;
	connect->methods->failed(error, connect->arg);
}

/* Ends a connection to a proxy that speaks TLS. */
static void
proxy_connect_drop_tls(struct proxy_connect *connect)
{
	tunnel_free(connect->tunnel);
	connect->tunnel = NULL;
	if (connect->inner != NULL)
		connect->config->tls.module->inner_free(connect->inner);
	connect->inner = NULL;
	if (connect->limit != NULL)
		event_free(connect->limit);
	connect->limit = NULL;
	if (connect->tls != NULL)
		connect->tls->ops->free(connect->tls);
	connect->tls = NULL;
}

/* Returns what is left of the budget. */
static monotime_t
rest_of(const struct proxy_connect *connect)
{
	return (connect->deadline == MONOTIME_NEVER
		? OPTIONS_FOREVER
		: connect->deadline - clock_now());
}

static void
proxy_connect_observe(struct hecat_connector *connector,
    const struct hecat_event *event, void *arg)
{
	struct proxy_connect *connect = arg;
	struct trace *trace = connect->phase == PHASE_LOOKUP
	    ? &connect->lookup_trace
	    : connect->trace;

	(void)connector;
	trace_observe(trace, event);
	connect->methods->observe(event, trace, connect->arg);
}

static void
proxy_connect_on_handshake(
    size_t attempt, const struct tls_facts *facts, void *arg)
{
	struct proxy_connect *connect = arg;

	trace_handshake(connect->trace, attempt, facts);
}

/* Keeps what a dialogue has come to. */
static void
proxy_connect_record(
    struct proxy_connect *connect, const struct tunnel_result *result)
{
	static const enum trace_tunnel_state states[] = {
		[TUNNEL_OPEN] = TRACE_TUNNEL_OPEN,
		[TUNNEL_REFUSED] = TRACE_TUNNEL_REFUSED,
		[TUNNEL_FAILED] = TRACE_TUNNEL_FAILED,
	};

	if (result == NULL)
		trace_tunnel_ask(&connect->record, clock_now());
	else
		trace_tunnel_answer(&connect->record, states[result->end],
		    result->text, clock_now());
	connect->record.is_user_refused = result != NULL && result->is_of_user;
	connect->is_next_wanted = result != NULL && result->is_of_address &&
	    connect->next < connect->address_count;
	connect->methods->asked(connect->arg);
}

static void
proxy_connect_on_step(
    size_t attempt, const struct tunnel_result *result, void *arg)
{
	(void)attempt;
	proxy_connect_record(arg, result);
}

static bool proxy_connect_race(struct proxy_connect *connect);

/* Asks for the next address, over another connection. */
static void
proxy_connect_go_on(struct proxy_connect *connect)
{
	monotime_t start = connect->trace->start;

	if (!trace_tunnel_keep_refusal(&connect->record)) {
		proxy_connect_fail(connect, HECAT_ERROR_MEMORY);
		return;
	}
	trace_release(connect->trace);
	trace_init(connect->trace, start);
	if (!proxy_connect_race(connect))
		proxy_connect_fail(connect, HECAT_ERROR_MEMORY);
}

/*
 * Takes --attempt-timeout, which has ended a dialogue, for the answer about an
 * address that another one follows.
 */
static void
proxy_connect_end_silence(struct proxy_connect *connect)
{
	monotime_t now = clock_now();
	char text[TRACE_REPLY_MAX], time[REPORT_REASON_MAX];

	if (!connect->step.was_silent ||
	    connect->record.state != TRACE_TUNNEL_ASKED ||
	    connect->next >= connect->address_count)
		return;
	snprintf(text, sizeof(text), "no answer from the proxy in %.40s",
	    report_duration(now - connect->record.start, time));
	trace_tunnel_answer(&connect->record, TRACE_TUNNEL_FAILED, text, now);
	connect->is_next_wanted = true;
}

static void
proxy_connect_on_failed(
    struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct proxy_connect *connect = arg;

	(void)connector;
	if (error == HECAT_ERROR_CONNECT)
		proxy_connect_end_silence(connect);
	if (error == HECAT_ERROR_CONNECT && connect->is_next_wanted)
		proxy_connect_go_on(connect);
	else
		proxy_connect_fail(connect, error);
}

/* Hands the connection over. */
static void
proxy_connect_succeed(
    struct proxy_connect *connect, int fd, struct tls_stream *tls)
{
	connect->phase = PHASE_ENDED;
	hecat_connector_free(connect->connector);
	connect->connector = NULL;
	if (fd == -1)
		connect->methods->failed(HECAT_ERROR_MEMORY, connect->arg);
	else
		connect->methods->connected(fd, tls, connect->arg);
}

/* Hands a connection by TLS over. */
static void
proxy_connect_give(struct proxy_connect *connect, struct tls_stream *tls)
{
	proxy_connect_drop_tls(connect);
	tls->ops->recount(tls);
	proxy_connect_succeed(connect, tls->fd, tls);
}

static void
proxy_connect_on_shown(const struct tls_facts *facts, void *arg)
{
	struct proxy_connect *connect = arg;

	trace_inner_handshake(connect->trace, facts);
}

/* Ends the handshake with the destination without a connection. */
static void
proxy_connect_fail_inner(struct proxy_connect *connect, enum hecat_error error,
    int system_error, const char *reason)
{
	trace_finish(connect->trace, clock_now(), error, system_error, reason);
	proxy_connect_drop_tls(connect);
	proxy_connect_fail(connect, error);
}

static void
proxy_connect_on_inner(
    struct tls_stream *stream, int error, const char *reason, void *arg)
{
	struct proxy_connect *connect = arg;

	if (stream == NULL) {
		proxy_connect_fail_inner(
		    connect, HECAT_ERROR_CONNECT, error, reason);
		return;
	}
	trace_finish(connect->trace, clock_now(), (enum hecat_error)0, 0, "");
	proxy_connect_give(connect, stream);
}

/* Nothing more is waited for. */
static void
proxy_connect_on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	proxy_connect_fail_inner(arg, HECAT_ERROR_TIMEOUT, ETIMEDOUT, "");
}

/* Sets what ends the handshake with -w; false when out of memory. */
static bool
proxy_connect_limit(struct proxy_connect *connect)
{
	monotime_t rest = rest_of(connect);
	struct timeval tv;

	if (connect->deadline == MONOTIME_NEVER)
		return (true);
	connect->limit = evtimer_new(
	    connect->base, proxy_connect_on_limit, connect);
	event_base_update_cache_time(connect->base);
	tv = clock_timeval(rest > 0 ? rest : 0);
	return (connect->limit != NULL && event_add(connect->limit, &tv) == 0);
}

/* Begins the handshake with the destination, inside of that with the proxy. */
static void
proxy_connect_begin_inner(struct proxy_connect *connect, struct tls_stream *tls)
{
	static const struct tls_inner_methods methods = {
		.shown = proxy_connect_on_shown,
		.ended = proxy_connect_on_inner,
	};
	const struct tls_config *config = &connect->config->tls;

	proxy_connect_drop_tls(connect);
	trace_begin_inner(connect->trace);
	connect->inner = config->module->inner_new(
	    config->inner, connect->base, tls, &methods, connect);
	if (connect->inner == NULL || !proxy_connect_limit(connect)) {
		proxy_connect_drop_tls(connect);
		proxy_connect_fail(connect, HECAT_ERROR_MEMORY);
	}
}

/* The end of a dialogue by TLS. */
static void
proxy_connect_on_tunnel(const struct tunnel_result *result, void *arg)
{
	struct proxy_connect *connect = arg;
	bool is_late = result->end == TUNNEL_FAILED &&
	    result->error == ETIMEDOUT && rest_of(connect) <= 0;
	enum hecat_error error = is_late ? HECAT_ERROR_TIMEOUT
	    : result->end == TUNNEL_OPEN ? (enum hecat_error)0
					 : HECAT_ERROR_CONNECT;
	struct tls_stream *tls = connect->tls;

	if (!is_late)
		proxy_connect_record(connect, result);
	if (error == 0 && connect->config->tls.inner != NULL) {
		connect->tls = NULL;
		proxy_connect_begin_inner(connect, tls);
		return;
	}
	trace_finish(
	    connect->trace, clock_now(), error, result->error, result->text);
	if (error != 0) {
		proxy_connect_drop_tls(connect);
		proxy_connect_on_failed(connect->connector, error, connect);
		return;
	}
	connect->tls = NULL;
	proxy_connect_give(connect, tls);
}

/* Begins a dialogue by TLS, outside of the connect to the proxy. */
static bool
proxy_connect_ask(struct proxy_connect *connect)
{
	monotime_t deadline = clock_after(clock_now(), TUNNEL_TIMEOUT);

	if (connect->deadline < deadline)
		deadline = connect->deadline;
	connect->tunnel = tunnel_new(connect->base, connect->tls->fd,
	    connect->tls, &connect->step.request, deadline,
	    proxy_connect_on_tunnel, connect);
	if (connect->tunnel == NULL)
		return (false);
	trace_resume(connect->trace);
	proxy_connect_record(connect, NULL);
	return (true);
}

static void
proxy_connect_on_connected(struct hecat_connector *connector, void *arg)
{
	struct proxy_connect *connect = arg;
	struct tls_stream *tls;
	int fd = tls_config_take(&connect->config->tls, connector, &tls);

	if (!proxy_config_is_tls(&connect->config->proxy)) {
		proxy_connect_succeed(connect, fd, tls);
		return;
	}
	connect->tls = tls;
	hecat_connector_free(connect->connector);
	connect->connector = NULL;
	if (tls == NULL || !proxy_connect_ask(connect)) {
		proxy_connect_drop_tls(connect);
		proxy_connect_fail(connect, HECAT_ERROR_MEMORY);
	}
}

/* Makes a connector of a configuration in the place of the one before. */
static bool
proxy_connect_prepare(struct proxy_connect *connect,
    struct hecat_config *config, hecat_connected_cb connected)
{
	hecat_connector_free(connect->connector);
	hecat_config_set_observer(config, proxy_connect_observe, connect);
	connect_config_set_timeout(config, rest_of(connect));
	connect->connector = hecat_connector_new(
	    connect->base, config, connected, proxy_connect_on_failed, connect);
	return (connect->connector != NULL);
}

/* Runs a race to the proxy; false with errno. */
static bool
proxy_connect_race(struct proxy_connect *connect)
{
	struct proxy_request *request = &connect->step.request;

	if (connect->addresses != NULL)
		request->address = connect->addresses[connect->next++];
	connect->phase = PHASE_PROXY;
	connect->is_next_wanted = false;
	trace_tunnel_begin(&connect->record, &request->address);
	connect->trace->tunnel = &connect->record;
	return (proxy_connect_prepare(connect, connect->config->hecat,
		    proxy_connect_on_connected) &&
	    connect_config_connect(connect->config, connect->connector) == 0);
}

/*
 * Keeps the addresses of the destination that are not left out; false when out
 * of memory.
 */
static bool
keep_addresses(struct proxy_connect *connect)
{
	const struct trace *trace = &connect->lookup_trace;

	connect->addresses = calloc(
	    trace->candidate_count + 1, sizeof(*connect->addresses));
	if (connect->addresses == NULL || trace->incomplete)
		return (false);
	for (size_t i = 0; i < trace->candidate_count; i++)
		if (!trace->candidates[i].skipped)
			connect->addresses[connect->address_count++] =
			    trace->candidates[i].address;
	return (true);
}

/* The lookup of the destination becomes what is reported. */
static void
proxy_connect_on_not_found(
    struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct proxy_connect *connect = arg;

	(void)connector;
	*connect->trace = connect->lookup_trace;
	trace_init(&connect->lookup_trace, connect->trace->start);
	proxy_connect_fail(connect, error);
}

static void
proxy_connect_on_found(struct hecat_connector *connector, void *arg)
{
	struct proxy_connect *connect = arg;
	bool is_kept = keep_addresses(connect);

	if (is_kept && connect->address_count == 0) {
		proxy_connect_on_not_found(
		    connector, HECAT_ERROR_RESOLVE, connect);
		return;
	}
	connect->record.lookup = &connect->lookup_trace;
	if (!is_kept || !proxy_connect_race(connect))
		proxy_connect_fail(connect, HECAT_ERROR_MEMORY);
}

/* Returns the exit status where nothing could be started, by errno. */
static enum status
fail_start(FILE *err)
{
	fprintf(err, "hecat: %s\n", strerror(errno));
	return (errno == EINVAL ? STATUS_USAGE : STATUS_INTERNAL);
}

/* Looks the destination up. */
static enum status
proxy_connect_look_up(struct proxy_connect *connect, FILE *err)
{
	enum status status = connect_config_init_lookup(
	    &connect->lookup, connect->options, &connect->config->proxy, err);
	struct hecat_config *config = connect->lookup.hecat;

	if (status != STATUS_OK)
		return (status);
	connect->phase = PHASE_LOOKUP;
	hecat_config_set_observer(config, proxy_connect_observe, connect);
	connect->connector = hecat_connector_new(connect->base, config,
	    proxy_connect_on_found, proxy_connect_on_not_found, connect);
	if (connect->connector == NULL ||
	    connect_config_lookup(&connect->lookup, connect->connector) == -1)
		return (fail_start(err));
	return (STATUS_OK);
}

enum status
proxy_connect_start(struct proxy_connect *connect, FILE *err)
{
	const struct connect_config *config = connect->config;

	if (!proxy_config_is_tls(&config->proxy) &&
	    proxy_step_use(&connect->step, config->hecat, proxy_connect_on_step,
		connect) == -1)
		return (fail_start(err));
	tls_config_observe(&config->tls, proxy_connect_on_handshake);
	if (config->proxy.looks_up)
		return (proxy_connect_look_up(connect, err));
	return (proxy_connect_race(connect) ? STATUS_OK : fail_start(err));
}

struct proxy_connect *
proxy_connect_new(struct event_base *base, const struct options *options,
    struct connect_config *config, monotime_t deadline, struct trace *trace,
    const struct proxy_connect_methods *methods, void *arg)
{
	struct proxy_connect *connect = calloc(1, sizeof(*connect));

	if (connect == NULL)
		return (NULL);
	connect->base = base;
	connect->options = options;
	connect->config = config;
	connect->trace = trace;
	connect->methods = methods;
	connect->arg = arg;
	connect->deadline = deadline;
	connect->step.request = config->proxy.request;
	connect->record = (struct trace_tunnel){
		.scheme = options_proxy_scheme_name(config->proxy.proxy.scheme),
		.host = config->host,
		.service = config->port,
		.is_tls = proxy_config_is_tls(&config->proxy),
		.start = MONOTIME_NEVER,
		.end = MONOTIME_NEVER,
	};
	connect->record.protocol = config->proxy.looks_up &&
		config->proxy.request.protocol == PROXY_SOCKS4
	    ? "SOCKS 4"
	    : dialogue_protocol_name(&config->proxy.request);
	trace_init(&connect->lookup_trace, trace->start);
	return (connect);
}

void
proxy_connect_cancel(struct proxy_connect *connect)
{
	if (connect == NULL)
		return;
	hecat_connector_cancel(connect->connector);
	proxy_connect_drop_tls(connect);
	/* The lookup of the destination is all that there was. */
	if (connect->phase == PHASE_LOOKUP) {
		trace_release(connect->trace);
		*connect->trace = connect->lookup_trace;
		trace_init(&connect->lookup_trace, connect->trace->start);
	}
}

void
proxy_connect_free(struct proxy_connect *connect)
{
	if (connect == NULL)
		return;
	hecat_connector_free(connect->connector);
	proxy_connect_drop_tls(connect);
	proxy_step_release(&connect->step, connect->config->hecat);
	connect_config_release(&connect->lookup);
	trace_release(&connect->lookup_trace);
	trace_tunnel_release(&connect->record);
	free(connect->addresses);
	if (connect->trace->tunnel == &connect->record)
		connect->trace->tunnel = NULL;
	free(connect);
}
