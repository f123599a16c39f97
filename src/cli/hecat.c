/* SPDX-License-Identifier: ISC */
/*
 * hecat: connect by Happy Eyeballs, relay standard input and output.
 *
 * main() reads as the data flows: the arguments become a connect, its winner a
 * relay, and the end of either the exit status.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "connect_config.h"
#include "hecat.h"
#include "options.h"
#include "progress.h"
#include "relay.h"
#include "report.h"
#include "report_relay.h"
#include "status.h"
#include "stream.h"
#include "trace.h"

struct session {
	struct options options;
	struct report_target target;
	struct event_base *base;
	struct hecat_connector *connector;
	struct relay *relay;
	struct progress *progress;
	struct trace trace;
	int status;
	bool broken_pipe; /* die of SIGPIPE, as if it had not been ignored */
};

/* Ends the event loop; main() leaves with `status`. */
static void
leave(struct session *session, int status)
{
	session->status = status;
	event_base_loopbreak(session->base);
}

static void
on_relayed(const struct relay_result *result, void *arg)
{
	static const int statuses[] = {
		[RELAY_DONE] = STATUS_OK,
		[RELAY_LOST] = STATUS_LOST,
		[RELAY_INPUT_FAILED] = STATUS_STREAM,
		[RELAY_OUTPUT_FAILED] = STATUS_STREAM,
		[RELAY_IDLE] = STATUS_IDLE,
	};
	struct session *session = arg;

	progress_free(session->progress);
	session->progress = NULL;
	if (result->end == RELAY_OUTPUT_FAILED && result->error == EPIPE) {
		session->broken_pipe = true;
		leave(session, STATUS_BROKEN_PIPE);
		return;
	}
	report_relay(stderr, result);
	leave(session, statuses[result->end]);
}

/* Shows progress on a terminal, or wherever it is asked for twice. */
static void
start_progress(struct session *session)
{
	unsigned wanted = session->options.progress;

	if (wanted > 1 || (wanted == 1 && isatty(STDERR_FILENO)))
		session->progress = progress_new(
		    session->base, session->relay, stderr);
}

static void
start_relay(struct session *session, int fd)
{
	struct relay_config config = {
		.quit_after = session->options.quit_after,
		.idle_timeout = session->options.idle_timeout,
		.no_shutdown = session->options.no_shutdown,
		.send_only = session->options.send_only,
		.receive_only = session->options.recv_only,
		.exit_on_peer_eof = session->options.exit_on_peer_eof,
		.crlf = session->options.crlf,
		.no_splice = session->options.no_splice,
	};

	session->relay = relay_new(
	    session->base, fd, &config, on_relayed, session);
	if (session->relay == NULL) {
		fprintf(stderr, "hecat: cannot relay: %s\n", strerror(errno));
		leave(session, STATUS_INTERNAL);
	} else {
		start_progress(session);
	}
}

static void
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	struct session *session = arg;

	(void)connector;
	if (session->options.verbose > 0)
		report_winner(stderr, &session->trace, &session->target);
	if (session->options.zero_io) {
		close(fd);
		leave(session, STATUS_OK);
	} else {
		start_relay(session, fd);
	}
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	static const int statuses[] = {
		[HECAT_ERROR_CONNECT] = STATUS_UNCONNECTED,
		[HECAT_ERROR_RESOLVE] = STATUS_UNRESOLVED,
		[HECAT_ERROR_TIMEOUT] = STATUS_TIMEOUT,
		[HECAT_ERROR_MEMORY] = STATUS_INTERNAL,
	};
	struct session *session = arg;

	(void)connector;
	if (error == HECAT_ERROR_MEMORY)
		fprintf(stderr, "hecat: out of memory\n");
	else if (!session->options.zero_io || session->options.verbose > 0)
		report_failure(stderr, &session->trace, &session->target);
	leave(session, statuses[error]);
}

static void
observe(const struct hecat_event *event, void *arg)
{
	struct session *session = arg;

	trace_observe(event, &session->trace);
	if (session->options.verbose > 1)
		report_event(stderr, event, session->trace.start);
}

/*
 * Lets the resolver read a name that is not ASCII: it is in the encoding of
 * the locale, which costs too much to load for every other name.
 */
static void
prepare_for_name(const char *host)
{
	for (; *host != '\0'; host++) {
		if ((unsigned char)*host > 0x7f) {
			setlocale(LC_CTYPE, "");
			return;
		}
	}
}

/* Turns the options into a configuration, or says what is wrong. */
static int
configure(struct session *session, struct connect_config *config)
{
	switch (connect_config_init(config, &session->options)) {
	case CONNECT_CONFIG_OK:
		break;
	case CONNECT_CONFIG_UNKNOWN_SERVICE:
		fprintf(stderr, "hecat: port '%s': no such TCP service\n",
		    session->options.service);
		return (STATUS_USAGE);
	case CONNECT_CONFIG_NOT_NUMERIC:
		fprintf(stderr, "hecat: -n: '%s' is no address\n",
		    session->options.host);
		return (STATUS_USAGE);
	case CONNECT_CONFIG_NO_MEMORY:
		fprintf(stderr, "hecat: out of memory\n");
		return (STATUS_INTERNAL);
	}
	config->hecat.observer = observe;
	config->hecat.observer_arg = session;
	return (STATUS_OK);
}

/* Starts to connect; the rest happens in the event loop. */
static int
start_connect(struct session *session)
{
	struct connect_config config;
	int status = configure(session, &config);

	if (status != STATUS_OK)
		return (status);
	prepare_for_name(session->options.host);
	trace_init(&session->trace, clock_now());
	session->connector = hecat_connector_new(
	    session->base, &config.hecat, on_connected, on_failed, session);
	if (session->connector == NULL) {
		fprintf(stderr, "hecat: %s\n", strerror(errno));
		status = errno == EINVAL ? STATUS_USAGE : STATUS_INTERNAL;
	}
	connect_config_release(&config);
	return (status);
}

/* Passes on what libevent has to say; its debugging is not ours. */
static void
log_libevent(int severity, const char *message)
{
	if (severity >= EVENT_LOG_ERR)
		fprintf(stderr, "hecat: libevent: %s\n", message);
}

static struct event_base *
make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(log_libevent);
	if (config == NULL)
		return (NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return (base);
}

/* Connects and relays; returns the exit status. */
static int
run(struct session *session)
{
	session->target.host = session->options.host;
	session->target.service = session->options.service;
	session->base = make_base();
	if (session->base == NULL) {
		fprintf(stderr, "hecat: cannot start the event loop: %s\n",
		    strerror(errno));
		return (STATUS_INTERNAL);
	}
	session->status = start_connect(session);
	if (session->status == STATUS_OK)
		event_base_dispatch(session->base);
	return (session->status);
}

static void
session_release(struct session *session)
{
	progress_free(session->progress);
	relay_free(session->relay);
	hecat_connector_free(session->connector);
	trace_release(&session->trace);
	if (session->base != NULL)
		event_base_free(session->base);
	options_release(&session->options);
	libevent_global_shutdown();
}

/* Ends as a program that SIGPIPE kills. */
static void
die_of_broken_pipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGPIPE);
}

static int
print_version(void)
{
	printf("hecat %s\nlibevent %s\nfeatures: %s\n", hecat_version(),
	    event_get_version(), "happy-eyeballs");
	return (fflush(stdout) == 0 ? STATUS_OK : STATUS_STREAM);
}

static int
print_usage(void)
{
	options_usage(stdout);
	return (fflush(stdout) == 0 ? STATUS_OK : STATUS_STREAM);
}

int
main(int argc, char *argv[])
{
	struct session session = { .status = STATUS_INTERNAL };
	char error[OPTIONS_ERROR_MAX];

	if (stream_open_missing() == -1)
		return (STATUS_INTERNAL);
	signal(SIGPIPE, SIG_IGN);
	switch (options_parse(&session.options, argc, argv, error)) {
	case OPTIONS_RUN:
		session.status = run(&session);
		break;
	case OPTIONS_HELP:
		session.status = print_usage();
		break;
	case OPTIONS_VERSION:
		session.status = print_version();
		break;
	case OPTIONS_INVALID:
		fprintf(stderr, "hecat: %s\n", error);
		session.status = STATUS_USAGE;
		break;
	case OPTIONS_NO_MEMORY:
		fprintf(stderr, "hecat: out of memory\n");
		break;
	}
	session_release(&session);
	if (session.broken_pipe)
		die_of_broken_pipe();
	return (session.status);
}
