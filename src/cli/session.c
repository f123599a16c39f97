/* SPDX-License-Identifier: ISC */
/*
 * One run of the program: the winner of the connect, or of one that is tried
 * again, becomes a relay, the end of either an exit status, and what happened a
 * report.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "connect_config.h"
#include "descriptor_wait.h"
#include "event_loop.h"
#include "given_socket.h"
#include "pass_fd.h"
#include "relay/half_close.h"
#include "hecat.h"
#include "proxy_connect.h"
#include "report/messages.h"
#include "report/progress.h"
#include "relay/relay.h"
#include "report/report.h"
#include "report/relay.h"
#include "report/reporter.h"
#include "report/tries.h"
#include "retry.h"
#include "sandbox.h"
#include "session.h"
#include "signals.h"
#include "report/trace.h"
#include "report/waiting.h"

struct session {
	const struct options *options;
	struct report_target target;
	struct connect_config config;
	bool configured;
	struct given_socket given;
	struct event_base *base;
	struct hecat_connector *connector;
	struct proxy_connect *proxy; /* instead of that; NULL: no proxy */
	struct relay *relay;
	struct progress *progress;
	bool is_watched; /* by a person in front of a terminal */
	struct waiting *waiting;
	struct retry retry;
	struct event *retry_timer; /* runs between two tries */
	struct tries tries;
	struct trace trace; /* of the last one */
	struct descriptor_wait descriptor_wait;
	struct reporter reporter;
	struct signals signals;
	bool catches_signals;
	monotime_t relay_start;
	monotime_t relay_end;
	struct relay_result result; /* of the relay */
	struct outcome outcome;
};

/* Ends the event loop; the program leaves with `status`. */
static void
leave(struct session *session, int status)
{
	session->outcome.status = status;
	event_base_loopbreak(session->base);
}

/* Erases the line that shows what the connect waits for. */
static void
stop_waiting(struct session *session)
{
	waiting_free(session->waiting);
	session->waiting = NULL;
}

static void
on_relayed(const struct relay_result *result, void *arg)
{
	static const int statuses[] = {
		[RELAY_DONE] = STATUS_OK,
		[RELAY_TRUNCATED] = STATUS_TRUNCATED,
		[RELAY_LOST] = STATUS_LOST,
		[RELAY_INPUT_FAILED] = STATUS_STREAM,
		[RELAY_OUTPUT_FAILED] = STATUS_STREAM,
		[RELAY_IDLE] = STATUS_IDLE,
		[RELAY_INTERRUPTED] = STATUS_INTERNAL,
		[RELAY_FAILED] = STATUS_INTERNAL,
	};
	struct session *session = arg;

	progress_free(session->progress);
	session->progress = NULL;
	session->result = *result;
	leave(session, statuses[result->end]);
	if (result->end == RELAY_OUTPUT_FAILED && result->error == EPIPE)
		outcome_stdout_closed(&session->outcome);
	else
		report_relay(
		    messages(), result, session->options->idle_timeout);
}

static void
on_notice(enum relay_notice notice, monotime_t shutdown_wait, void *arg)
{
	(void)arg;
	report_relay_notice(messages(), notice, shutdown_wait);
}

static void
on_signal(int number, void *arg)
{
	struct session *session = arg;

	session->outcome.signal = number;
	leave(session, STATUS_INTERNAL);
	stop_waiting(session);
	if (session->relay == NULL)
		return;
	progress_free(session->progress);
	session->progress = NULL;
	session->result = *relay_interrupt(session->relay);
	report_relay(
	    messages(), &session->result, session->options->idle_timeout);
}

static void
catch_signals(struct session *session)
{
	if (!session->catches_signals)
		signals_catch(
		    &session->signals, session->base, on_signal, session);
	session->catches_signals = true;
}

/* Shows progress on a terminal, or wherever it is asked for twice. */
static void
prepare_progress(struct session *session)
{
	const struct options *options = session->options;
	unsigned wanted = options->progress;
	struct writer *out = messages_writer();

	if (out != NULL &&
	    (wanted > 1 || (wanted == 1 && isatty(STDERR_FILENO))))
		session->progress = progress_new(
		    session->base, !options->recv_only, out);
}

/* Gathers what the reports show. */
static struct report
make_report(const struct session *session)
{
	return ((struct report){
	    .trace = &session->trace,
	    .target = session->target,
	    .tries = session->options->retries > 0 ? &session->tries : NULL,
	    .started_at = clock_wall(session->trace.start),
	    .exit_status = outcome_status(&session->outcome),
	    .relayed = session->relay != NULL,
	    .sent = session->result.moved.sent,
	    .received = session->result.moved.received,
	    .acked = session->result.acked,
	    .unacked = session->result.unacked,
	    .unwritten = session->result.unwritten,
	    .suspect_mss = session->result.suspect_mss,
	    .duration = session->relay_end - session->relay_start,
	});
}

/* Returns how long the peer has to be quiet before it is sent a FIN. */
static monotime_t
shutdown_after(const struct options *options)
{
	if (options->no_shutdown)
		return (MONOTIME_NEVER);
	if (options->shutdown_after == OPTIONS_SHUTDOWN_DEFAULT)
		return (HALF_CLOSE_DEFAULT);
	return (options->shutdown_after);
}

static void
start_relay(struct session *session, int fd, struct tls_stream *tls)
{
	struct relay_config config = {
		.quit_after = session->options->quit_after,
		.idle_timeout = session->options->idle_timeout,
		.shutdown_after = shutdown_after(session->options),
		.tls_shutdown_timeout = session->options->tls_shutdown_timeout,
		.notice = session->options->verbose > 0 ? on_notice : NULL,
		.send_only = session->options->send_only,
		.receive_only = session->options->recv_only,
		.exit_on_peer_eof = session->options->exit_on_peer_eof,
		.crlf = session->options->crlf,
		.zero_copy = session->options->zero_copy,
		.no_splice = session->options->no_splice,
		.may_block = session->given.may_block,
		.tap = hex_dump_tap(session->reporter.dump),
	};

	/* What has been received is written out before a signal ends it. */
	catch_signals(session);
	prepare_progress(session);
	session->relay_start = clock_now();
	if (session->reporter.dump != NULL)
		hex_dump_start(session->reporter.dump, session->trace.start);
	session->relay = relay_new(
	    session->base, fd, tls, &config, on_relayed, session);
	if (session->relay == NULL) {
		fprintf(
		    messages(), "hecat: cannot relay: %s\n", strerror(errno));
		leave(session, STATUS_INTERNAL);
		return;
	}
	progress_start(session->progress, session->relay);
	if (!session->options->no_sandbox)
		sandbox_enter(reporter_folder(&session->reporter));
}

/* Hands the connection over; the program leaves. */
static void
hand_over(struct session *session, int fd)
{
	/* As nothing else is to be done, a signal may end the program. */
	signals_release(&session->signals);
	leave(session, STATUS_OK);
	if (pass_fd(fd) == -1) {
		session->outcome.status = STATUS_STREAM;
		if (errno == EPIPE || errno == ECONNRESET)
			outcome_stdout_closed(&session->outcome);
		else
			fprintf(messages(), "hecat: -F: %s\n", strerror(errno));
	}
	close(fd);
}

static void
drop_connector(struct session *session)
{
	hecat_connector_free(session->connector);
	session->connector = NULL;
}

/* Reports who has won, and after how many tries. */
static void
report_made(const struct session *session)
{
	report_connection(messages(), &session->trace, &session->target,
	    clock_wall(session->trace.start));
	tries_report_connected(messages(), &session->tries, session->trace.end);
}

/* Goes on with the connection, which is ours. */
static void
use_connection(int fd, struct tls_stream *tls, void *arg)
{
	struct session *session = arg;

	if (socket_options_finish(&session->config.sockets, fd) == -1) {
		socket_options_report(&session->config.sockets, messages());
		tls_config_close(fd, tls);
		leave(session, STATUS_INTERNAL);
		return;
	}
	if (session->options->verbose > 0)
		report_made(session);
	if (session->options->zero_io) {
		tls_config_close(fd, tls);
		leave(session, STATUS_OK);
	} else if (session->options->pass_fd) {
		hand_over(session, fd);
	} else {
		start_relay(session, fd, tls);
	}
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct session *session = arg;
	struct tls_stream *tls = NULL;
	int fd = tls_config_take(&session->config.tls, connector, &tls);

	stop_waiting(session);
	drop_connector(session);
	if (fd == -1) {
		fprintf(messages(), "hecat: out of memory\n");
		leave(session, STATUS_INTERNAL);
		return;
	}
	use_connection(fd, tls, session);
}

/* Returns whether there is a connection to the proxy, and no tunnel. */
static bool
failed_at_proxy(const struct trace *trace)
{
	const struct trace_tunnel *tunnel = trace->tunnel;

	if (tunnel == NULL || tunnel->state == TRACE_TUNNEL_OPEN)
		return (false);
	/* With TLS the step is the handshake. */
	return (tunnel->state != TRACE_TUNNEL_UNASKED ||
	    (!tunnel->is_tls && trace_failed_in_step(trace)));
}

/* Returns the exit status of a connect that failed for `error`. */
static int
status_of(const struct session *session, enum hecat_error error)
{
	static const int statuses[] = {
		[HECAT_ERROR_CONNECT] = STATUS_UNCONNECTED,
		[HECAT_ERROR_RESOLVE] = STATUS_UNRESOLVED,
		[HECAT_ERROR_TIMEOUT] = STATUS_TIMEOUT,
		[HECAT_ERROR_MEMORY] = STATUS_INTERNAL,
	};

	if (error == HECAT_ERROR_CONNECT && failed_at_proxy(&session->trace))
		return (STATUS_PROXY);
	if (error == HECAT_ERROR_CONNECT &&
	    trace_failed_in_step(&session->trace))
		return (STATUS_TLS);
	return (statuses[error]);
}

/* Reports why there is no connection, after one try or several. */
static void
report_end(struct session *session, enum tries_end end)
{
	if (session->options->retries > 0)
		tries_report_end(messages(), &session->tries, &session->trace,
		    &session->target, end, clock_now());
	else
		report_failure(messages(), &session->trace, &session->target);
}

/*
 * Ends the connect with `status`. With -z a refusal is silent, and all but what
 * was waited for in vain, a name that does not resolve and a shortage.
 */
static void
fail(struct session *session, enum hecat_error error, int status)
{
	const struct options *options = session->options;

	stop_waiting(session);
	socket_options_report(&session->config.sockets, messages());
	if (error == HECAT_ERROR_MEMORY)
		fprintf(messages(), "hecat: out of memory\n");
	else if (!options->zero_io || options->verbose > 0 ||
	    status == STATUS_INTERNAL ||
	    ((error == HECAT_ERROR_RESOLVE || options->retries > 0) &&
		!reporter_is_wanted(&session->reporter)))
		report_end(session,
		    status == STATUS_TIMEOUT ? TRIES_OUT_OF_TIME
					     : TRIES_FAILED);
	if (options->verbose > 0)
		report_notes(messages(), &session->trace);
	leave(session, status);
}

/*
 * Returns whether a connect that failed so may succeed later, although nothing
 * is changed here: not where all addresses that were given are left out, nor
 * with a certificate, a user of the proxy, or an option of a socket, that was
 * refused, which somebody has to see to.
 */
static bool
may_get_better(const struct session *session, enum hecat_error error)
{
	const struct trace *trace = &session->trace;

	if (session->config.sockets.refused != NULL)
		return (false);
	if (trace->tunnel != NULL && trace->tunnel->is_user_refused)
		return (false);
	if (error == HECAT_ERROR_RESOLVE)
		return (trace->query_count > 0 || trace->candidate_count == 0);
	return (
	    error == HECAT_ERROR_CONNECT && !trace_refused_certificate(trace));
}

/* Waits for the next try; false: there is none. */
static bool
wait_for_retry(struct session *session, enum hecat_error error)
{
	monotime_t now = clock_now(), next = now;
	struct timeval after;

	if (!may_get_better(session, error) ||
	    retry_failed(&session->retry, now, &next) == RETRY_USED_UP)
		return (false);
	after = clock_timeval(next - now);
	if (event_add(session->retry_timer, &after) == -1)
		return (false);
	tries_failed(&session->tries, &session->trace, next);
	if (session->options->verbose > 0) {
		waiting_hide(session->waiting);
		tries_report_failed(messages(), &session->tries, now);
	}
	return (true);
}

/* Ends a try without a connection. */
static void
use_failure(enum hecat_error error, void *arg)
{
	struct session *session = arg;
	/* The budget is asked first: it is what the user has set. */
	int shortage = error == HECAT_ERROR_TIMEOUT
	    ? 0
	    : trace_shortage(&session->trace);

	if (shortage != 0)
		fail(session, error, STATUS_INTERNAL);
	else if (!wait_for_retry(session, error))
		fail(session, error, status_of(session, error));
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct session *session = arg;

	(void)connector;
	drop_connector(session);
	use_failure(error, session);
}

static void
on_no_descriptor(void *arg)
{
	struct session *session = arg;

	stop_waiting(session);
	report_no_descriptor(messages(), &session->trace, &session->target);
	leave(session, STATUS_INTERNAL);
}

/* Follows an event that was added to `trace`. */
static void
follow(const struct hecat_event *event, const struct trace *trace, void *arg)
{
	struct session *session = arg;

	bool has_looked_up = trace != &session->trace &&
	    hecat_event_get_type(event) == HECAT_EVENT_ENDED &&
	    hecat_event_get_result(event) == 0;

	descriptor_wait_follow(
	    &session->descriptor_wait, event, trace_is_pending(trace));
	/* A lookup alone has connected to nothing. */
	if (session->options->verbose > 1 && !has_looked_up)
		report_event(messages(), event, trace->start);
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct session *session = arg;

	(void)connector;
	trace_observe(&session->trace, event);
	follow(event, &session->trace, session);
}

static void
on_asked(void *arg)
{
	struct session *session = arg;

	if (session->options->verbose > 1)
		report_tunnel_event(
		    messages(), &session->trace, &session->target);
}

static void
on_tunnel_connected(int fd, struct tls_stream *tls, void *arg)
{
	stop_waiting(arg);
	use_connection(fd, tls, arg);
}

static void
on_handshake(size_t attempt, const struct tls_facts *facts, void *arg)
{
	struct session *session = arg;

	trace_handshake(&session->trace, attempt, facts);
}

/* Starts to connect through a proxy. */
static int
start_proxy(struct session *session)
{
	static const struct proxy_connect_methods methods = {
		.observe = follow,
		.asked = on_asked,
		.connected = on_tunnel_connected,
		.failed = use_failure,
	};

	session->proxy = proxy_connect_new(session->base, session->options,
	    &session->config, session->retry.deadline, &session->trace,
	    &methods, session);
	if (session->proxy != NULL)
		return (proxy_connect_start(session->proxy, messages()));
	fprintf(messages(), "hecat: out of memory\n");
	return (STATUS_INTERNAL);
}

/* Starts to connect; the rest happens in the event loop. */
static int
start_connect(struct session *session)
{
	struct hecat_config *config = session->config.hecat;
	monotime_t now = clock_now();

	if (session->tries.count > 0 &&
	    session->retry.deadline != MONOTIME_NEVER)
		connect_config_set_timeout(
		    config, session->retry.deadline - now);
	proxy_connect_free(session->proxy);
	session->proxy = NULL;
	tries_start(&session->tries, now);
	trace_release(&session->trace);
	trace_init(&session->trace, now);
	if (proxy_config_is_used(&session->config.proxy))
		return (start_proxy(session));
	session->connector = hecat_connector_new(
	    session->base, config, on_connected, on_failed, session);
	if (session->connector != NULL &&
	    connect_config_connect(&session->config, session->connector) == 0)
		return (STATUS_OK);
	fprintf(messages(), "hecat: %s\n", strerror(errno));
	return (errno == EINVAL ? STATUS_USAGE : STATUS_INTERNAL);
}

/* Relays over the connection that there is. */
static void
start_given(struct session *session)
{
	trace_init(&session->trace, clock_now());
	trace_given(&session->trace);
	if (session->options->verbose > 0) {
		fprintf(messages(), "hecat: relaying over descriptor %d",
		    session->given.fd);
		if (session->given.service != NULL) {
			fputs(", connected to ", messages());
			report_heading(messages(), &session->target);
		}
		fputc('\n', messages());
	}
	start_relay(session, session->given.fd, NULL);
}

/* Starts the next try; when it is too late for that, the budget has expired. */
static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct session *session = arg;
	int status;

	(void)fd;
	(void)what;
	if (session->tries.next == session->retry.deadline) {
		fail(session, HECAT_ERROR_TIMEOUT, STATUS_TIMEOUT);
		return;
	}
	status = start_connect(session);
	if (status != STATUS_OK) {
		stop_waiting(session);
		leave(session, status);
	}
}

/* Makes ready what all tries share, and starts the first one. */
static int
start_tries(struct session *session)
{
	const struct options *options = session->options;

	hecat_config_set_observer(session->config.hecat, observe, session);
	tls_config_observe(&session->config.tls, on_handshake);
	descriptor_wait_init(&session->descriptor_wait, session->base,
	    on_no_descriptor, session);
	session->retry = retry_make(options->retries, options->retry_delay,
	    clock_after(clock_now(), options->timeout));
	if (options->retries > 0)
		session->retry_timer = evtimer_new(
		    session->base, on_retry, session);
	if (options->retries == 0 || session->retry_timer != NULL)
		return (start_connect(session));
	fprintf(messages(), "hecat: out of memory\n");
	return (STATUS_INTERNAL);
}

/* Writes what is left of the dump. */
static void
finish_dump(struct session *session)
{
	int error;

	if (session->reporter.dump == NULL || session->relay == NULL)
		return;
	error = hex_dump_finish(
	    session->reporter.dump, session->outcome.signal != 0);
	if (error != 0)
		outcome_write_failed(
		    &session->outcome, "--hex-dump", error, messages());
}

/* Writes the reports of what has happened up to now. */
static void
report(struct session *session)
{
	struct report report;
	int error;

	if (session->connector != NULL)
		hecat_connector_cancel(session->connector);
	proxy_connect_cancel(session->proxy);
	trace_interrupt(&session->trace, clock_now());
	if ((session->trace.interrupted || session->tries.next != 0) &&
	    session->outcome.signal != 0 &&
	    (session->is_watched || session->options->verbose > 0))
		report_end(session, TRIES_INTERRUPTED);
	session->relay_end = clock_now();
	finish_dump(session);
	report = make_report(session);
	if (session->options->verbose > 0 && session->relay != NULL)
		report_transfer(messages(), &session->result, report.duration);
	if (!reporter_is_wanted(&session->reporter))
		return;
	error = reporter_write(
	    &session->reporter, &report, session->outcome.signal != 0);
	if (error != 0)
		outcome_report_failed(&session->outcome,
		    session->reporter.is_stdout, error, messages());
}

/* Finds out what the program is to be connected to, or is. */
static int
prepare_target(struct session *session)
{
	const struct options *options = session->options;
	int status;

	if (options->fd != -1) {
		status = given_socket_init(
		    &session->given, options->fd, messages());
		session->target = (struct report_target){
			.host = session->given.host,
			.service = session->given.service,
			.port = session->given.port,
		};
		return (status);
	}
	if (options->pass_fd && pass_fd_check(messages()) != STATUS_OK)
		return (STATUS_USAGE);
	status = connect_config_init(&session->config, options, messages());
	if (status != STATUS_OK)
		return (status);
	session->configured = true;
	session->target.port = session->config.target_port;
	return (STATUS_OK);
}

/* Checks and opens all that is asked for, before anything is sent. */
static int
prepare(struct session *session)
{
	int status = prepare_target(session);

	if (status != STATUS_OK)
		return (status);
	status = reporter_open(&session->reporter, session->options);
	if (status != STATUS_OK)
		return (status);
	session->base = event_loop_new();
	if (session->base != NULL)
		return (STATUS_OK);
	fprintf(messages(), "hecat: cannot start the event loop: %s\n",
	    strerror(errno));
	return (STATUS_INTERNAL);
}

/* Connects and relays; sets the outcome. */
static void
run(struct session *session)
{
	session->outcome.status = prepare(session);
	if (session->outcome.status != STATUS_OK)
		return;
	session->is_watched = waiting_is_watched();
	/* While connecting only where there is something to report. */
	if (reporter_is_wanted(&session->reporter) || session->is_watched ||
	    session->options->verbose > 0 || session->options->progress > 0)
		catch_signals(session);
	if (session->options->fd != -1)
		start_given(session);
	else
		session->outcome.status = start_tries(session);
	if (session->outcome.status != STATUS_OK)
		return;
	if (session->options->fd == -1 && session->is_watched &&
	    session->options->verbose < 2 && messages_writer() != NULL)
		session->waiting = waiting_new(session->base, &session->trace,
		    &session->tries, messages_writer());
	/* Only leave() sets success. */
	session->outcome.status = STATUS_INTERNAL;
	if (!event_loop_run(session->base))
		session->outcome.status = STATUS_INTERNAL;
	/* From here on a signal finds nothing that it had to wait for. */
	signals_release(&session->signals);
	progress_free(session->progress);
	session->progress = NULL;
	report(session);
}

static void
release(struct session *session)
{
	signals_release(&session->signals);
	stop_waiting(session);
	relay_free(session->relay);
	hecat_connector_free(session->connector);
	if (session->retry_timer != NULL)
		event_free(session->retry_timer);
	proxy_connect_free(session->proxy);
	descriptor_wait_release(&session->descriptor_wait);
	trace_release(&session->trace);
	reporter_close(&session->reporter);
	if (session->configured)
		connect_config_release(&session->config);
	event_loop_free(session->base);
}

struct outcome
session_run(const struct options *options)
{
	/* Its large buffers are zero, and are not touched without a report. */
	static struct session session;

	session.options = options;
	session.outcome.status = STATUS_INTERNAL;
	session.target = (struct report_target){
		.host = options->host,
		.service = options->service,
	};
	run(&session);
	release(&session);
	return (session.outcome);
}
