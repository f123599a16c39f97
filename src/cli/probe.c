/* SPDX-License-Identifier: ISC */
/*
 * Three steps: look the host up, connect to each address by itself a few
 * times, race them once.
 *
 * The addresses of one round are tried side by side, so that a dead one does
 * not hold up the rest; the next round follows after a pause.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "connect_config.h"
#include "event_loop.h"
#include "hecat.h"
#include "probe.h"
#include "probe_lookup.h"
#include "report_probe.h"
#include "reporter.h"

/* A try may take this long, unless --attempt-timeout says otherwise. */
#define TRY_TIMEOUT_US (3 * MONOTIME_PER_SECOND)

/* Between two rounds. */
#define PAUSE_US 200000

/* One address, and its try of this round. */
struct target {
	struct probe *probe;
	struct verdict_address *result; /* of all its tries */
	struct hecat_connector *connector;
	struct trace trace;
};

struct probe {
	const struct options *options;
	struct event_base *base;
	struct connect_config config;
	bool configured;
	struct probe_lookup *lookup;
	monotime_t deadline;
	struct target *targets;
	struct verdict_address *results; /* one for each target */
	size_t target_count;
	size_t pending; /* tries of this round */
	unsigned round; /* from 1 */
	struct event *pause;
	struct hecat_connector *race;
	struct trace race_trace;
	struct reporter reporter;
	int status;
};

static void
leave(struct probe *probe, int status)
{
	probe->status = status;
	event_base_loopbreak(probe->base);
}

static void
fail_memory(struct probe *probe)
{
	fprintf(stderr, "hecat: out of memory\n");
	leave(probe, STATUS_INTERNAL);
}

/* Shows on a terminal how far the probe has come, or erases that. */
static void
show_progress(const struct probe *probe, const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (what != NULL)
		fprintf(stderr, "%s: %s %u of %u", probe->options->host, what,
		    probe->round, probe->options->probe);
	fflush(stderr);
}

/* Returns what is left of the budget for one try. */
static monotime_t
try_timeout(const struct probe *probe)
{
	monotime_t timeout = probe->options->attempt_timeout;
	monotime_t rest = probe->deadline - clock_now();

	if (timeout == OPTIONS_FOREVER)
		timeout = TRY_TIMEOUT_US;
	return (rest < timeout ? rest : timeout);
}

/* Makes a configuration for `count` of the targets from `first` on. */
static bool
configure(const struct probe *probe, struct hecat_config *config, size_t first,
    size_t count, struct sockaddr_storage **addresses)
{
	*config = probe->config.hecat;
	*addresses = calloc(count, sizeof(**addresses));
	if (*addresses == NULL)
		return (false);
	for (size_t i = 0; i < count; i++) {
		const struct address *address =
		    &probe->targets[first + i].result->address;

		memcpy(&(*addresses)[i], &address->sa, address->length);
	}
	config->addresses = *addresses;
	config->address_count = count;
	return (true);
}

static void
on_race_connected(struct hecat_connector *connector, int fd, void *arg)
{
	(void)connector;
	close(fd);
	leave(arg, STATUS_OK);
}

static void
on_race_failed(
    struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	leave(arg, STATUS_OK);
}

/* Races all addresses once, as any client would. */
static void
start_race(struct probe *probe)
{
	struct sockaddr_storage *addresses;
	struct hecat_config config;

	if (!configure(probe, &config, 0, probe->target_count, &addresses)) {
		fail_memory(probe);
		return;
	}
	config.timeout = probe->deadline - clock_now();
	if (config.attempt_timeout == OPTIONS_FOREVER)
		config.attempt_timeout = TRY_TIMEOUT_US;
	config.observer = trace_observe;
	config.observer_arg = &probe->race_trace;
	trace_init(&probe->race_trace, clock_now());
	probe->race = hecat_connector_new(
	    probe->base, &config, on_race_connected, on_race_failed, probe);
	free(addresses);
	if (probe->race == NULL)
		fail_memory(probe);
}

/* Whether any address has answered: without one a race is lost. */
static bool
is_connected(const struct probe *probe)
{
	for (size_t i = 0; i < probe->target_count; i++)
		if (probe->results[i].connected > 0)
			return (true);
	return (false);
}

static void start_round(struct probe *probe);

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start_round(arg);
}

/* Goes on when the last try of a round has ended. */
static void
end_round(struct probe *probe)
{
	struct timeval pause = { .tv_usec = PAUSE_US };

	if (probe->round < probe->options->probe &&
	    clock_now() + PAUSE_US < probe->deadline)
		event_add(probe->pause, &pause);
	else if (is_connected(probe) && clock_now() < probe->deadline)
		start_race(probe);
	else {
		if (is_connected(probe))
			probe->race_trace.result = HECAT_ERROR_TIMEOUT;
		leave(probe, STATUS_OK);
	}
}

/* Takes down how a try ended. */
static void
keep_result(struct target *target)
{
	const struct trace *trace = &target->trace;
	const struct trace_attempt *winner = trace_winner(trace);
	char reason[REPORT_REASON_MAX];

	if (winner != NULL)
		verdict_add_success(
		    target->result, winner->rtt, winner->retransmissions);
	else if (trace->attempt_count > 0)
		verdict_add_failure(target->result,
		    report_attempt_reason(trace, &trace->attempts[0], reason),
		    trace->attempts[0].retransmissions);
	else
		verdict_add_failure(target->result, "no attempt", 0);
}

static void
end_try(struct target *target)
{
	keep_result(target);
	trace_release(&target->trace);
	trace_init(&target->trace, 0);
	if (--target->probe->pending == 0)
		end_round(target->probe);
}

static void
on_try_connected(struct hecat_connector *connector, int fd, void *arg)
{
	(void)connector;
	close(fd);
	end_try(arg);
}

static void
on_try_failed(
    struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	end_try(arg);
}

/* Connects to one address, on its own. */
static bool
start_try(struct probe *probe, size_t number)
{
	struct target *target = &probe->targets[number];
	struct sockaddr_storage *address;
	struct hecat_config config;

	hecat_connector_free(target->connector);
	target->connector = NULL;
	if (!configure(probe, &config, number, 1, &address))
		return (false);
	config.timeout = try_timeout(probe) > 0 ? try_timeout(probe) : 1;
	config.attempt_timeout = HECAT_FOREVER;
	config.observer = trace_observe;
	config.observer_arg = &target->trace;
	trace_init(&target->trace, clock_now());
	target->connector = hecat_connector_new(
	    probe->base, &config, on_try_connected, on_try_failed, target);
	free(address);
	return (target->connector != NULL);
}

static void
start_round(struct probe *probe)
{
	probe->round++;
	show_progress(probe, "round");
	probe->pending = probe->target_count;
	for (size_t i = 0; i < probe->target_count; i++) {
		if (!start_try(probe, i)) {
			fail_memory(probe);
			return;
		}
	}
}

/* Makes a target of each address. */
static bool
make_targets(struct probe *probe)
{
	size_t count;
	const struct address *addresses = probe_lookup_addresses(
	    probe->lookup, &count);

	probe->targets = calloc(count, sizeof(*probe->targets));
	probe->results = calloc(count, sizeof(*probe->results));
	if (probe->targets == NULL || probe->results == NULL)
		return (false);
	for (size_t i = 0; i < count; i++) {
		probe->targets[i].probe = probe;
		probe->targets[i].result = &probe->results[i];
		if (!verdict_address_init(&probe->results[i], &addresses[i],
			probe->options->probe))
			return (false);
		probe->target_count++;
	}
	return (true);
}

static struct report_target
target_of(const struct probe *probe)
{
	return ((struct report_target){
	    .host = probe->options->host,
	    .service = probe->options->service,
	});
}

/* Begins to probe what was found, or ends where that is nothing. */
static void
on_looked_up(bool timed_out, void *arg)
{
	struct probe *probe = arg;
	struct report_target target = target_of(probe);
	size_t count;

	probe_lookup_addresses(probe->lookup, &count);
	if (!timed_out && count > 0 && make_targets(probe)) {
		start_round(probe);
	} else if (!timed_out && count > 0) {
		fail_memory(probe);
	} else {
		report_failure(
		    stderr, probe_lookup_trace(probe->lookup), &target);
		leave(probe, timed_out ? STATUS_TIMEOUT : STATUS_UNRESOLVED);
	}
}

/* Checks and opens all that is asked for, before anything is sent. */
static int
prepare(struct probe *probe)
{
	int status = connect_config_init(
	    &probe->config, probe->options, stderr);

	if (status != STATUS_OK)
		return (status);
	probe->configured = true;
	return (reporter_open(&probe->reporter, probe->options, stderr));
}

/* Starts to look the host up; says what is wrong. */
static int
start(struct probe *probe)
{
	probe->deadline = clock_after(clock_now(), probe->options->timeout);
	probe->base = event_loop_new();
	if (probe->base != NULL) {
		probe->pause = evtimer_new(probe->base, on_pause, probe);
		probe->lookup = probe_lookup_new(probe->base,
		    &probe->config.hecat, probe->deadline, on_looked_up, probe);
	}
	if (probe->lookup != NULL && probe->pause != NULL)
		return (STATUS_OK);
	fprintf(stderr, "hecat: %s\n", strerror(errno));
	return (errno == EINVAL ? STATUS_USAGE : STATUS_INTERNAL);
}

/* Returns the status that sums up all addresses. */
static int
sum_up(const struct probe *probe)
{
	switch (verdict_sum(probe->results, probe->target_count)) {
	case VERDICT_HEALTHY:
		return (STATUS_OK);
	case VERDICT_PARTLY:
		return (STATUS_PROBE_BROKEN);
	default:
		return (clock_now() >= probe->deadline ? STATUS_TIMEOUT
						       : STATUS_UNCONNECTED);
	}
}

/* Prints the results; returns the exit status. */
static int
conclude(const struct probe *probe)
{
	struct probe_report report = {
		.target = target_of(probe),
		.rounds = probe->round,
		.lookup = probe_lookup_trace(probe->lookup),
		.addresses = probe->results,
		.address_count = probe->target_count,
		.race = &probe->race_trace,
	};
	int status = sum_up(probe);
	int error;

	show_progress(probe, NULL);
	error = reporter_write_probe(&probe->reporter, &report);
	if (error == 0)
		return (status);
	if (error == EPIPE && probe->reporter.out == stdout)
		return (STATUS_BROKEN_PIPE);
	fprintf(stderr, "hecat: report: %s\n", strerror(error));
	return (STATUS_STREAM);
}

/* Goes through the steps; returns the exit status. */
static int
run(struct probe *probe)
{
	int status = prepare(probe);

	if (status == STATUS_OK)
		status = start(probe);
	if (status != STATUS_OK)
		return (status);
	event_base_dispatch(probe->base);
	return (probe->status == STATUS_OK ? conclude(probe) : probe->status);
}

static void
release(struct probe *probe)
{
	for (size_t i = 0; i < probe->target_count; i++) {
		hecat_connector_free(probe->targets[i].connector);
		trace_release(&probe->targets[i].trace);
		verdict_address_release(&probe->results[i]);
	}
	free(probe->targets);
	free(probe->results);
	hecat_connector_free(probe->race);
	trace_release(&probe->race_trace);
	probe_lookup_free(probe->lookup);
	if (probe->pause != NULL)
		event_free(probe->pause);
	if (probe->configured)
		connect_config_release(&probe->config);
	reporter_close(&probe->reporter);
	event_loop_free(probe->base);
}

struct outcome
probe_run(const struct options *options)
{
	struct probe probe = { .options = options };
	struct outcome outcome = { .status = run(&probe) };

	if (outcome.status == STATUS_BROKEN_PIPE)
		outcome.signal = SIGPIPE;
	release(&probe);
	return (outcome);
}
