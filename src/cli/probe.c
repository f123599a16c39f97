/* SPDX-License-Identifier: ISC */
/*
 * Three steps: look the host up, connect to each address by itself a few
 * times, with a pause between the rounds, race them once.
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
#include "probe_targets.h"
#include "probe_try.h"
#include "report_probe.h"
#include "reporter.h"

/* A try may take this long, unless --attempt-timeout says otherwise. */
#define TRY_TIMEOUT_US (3 * MONOTIME_PER_SECOND)

/* Between two rounds. */
#define PAUSE_US 200000

struct probe {
	const struct options *options;
	struct event_base *base;
	struct connect_config config;
	bool configured;
	struct probe_lookup *lookup;
	monotime_t deadline;
	struct probe_targets *targets;
	unsigned round; /* from 1 */
	struct event *pause;
	struct probe_try race;
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

static void
on_race_ended(void *arg)
{
	leave(arg, STATUS_OK);
}

/* Races all addresses once, as any client would. */
static void
start_race(struct probe *probe)
{
	struct hecat_config config = probe->config.hecat;
	size_t count;
	const struct address *addresses = probe_lookup_addresses(
	    probe->lookup, &count);

	config.timeout = probe->deadline - clock_now();
	if (config.attempt_timeout == OPTIONS_FOREVER)
		config.attempt_timeout = TRY_TIMEOUT_US;
	if (!probe_try_start(&probe->race, probe->base, &config, addresses,
		count, on_race_ended, probe))
		fail_memory(probe);
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
on_round_ended(void *arg)
{
	struct probe *probe = arg;
	struct timeval pause = { .tv_usec = PAUSE_US };
	bool connected = probe_targets_connected(probe->targets);

	if (probe->round < probe->options->probe &&
	    clock_now() + PAUSE_US < probe->deadline)
		event_add(probe->pause, &pause);
	else if (connected && clock_now() < probe->deadline)
		start_race(probe);
	else {
		/* Without an address that answers the race is lost. */
		if (connected)
			probe->race.trace.result = HECAT_ERROR_TIMEOUT;
		leave(probe, STATUS_OK);
	}
}

static void
start_round(struct probe *probe)
{
	monotime_t timeout = try_timeout(probe);

	probe->round++;
	show_progress(probe, "round");
	if (!probe_targets_start(probe->targets, &probe->config.hecat,
		timeout > 0 ? timeout : 1))
		fail_memory(probe);
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
	const struct address *addresses = probe_lookup_addresses(
	    probe->lookup, &count);

	if (timed_out || count == 0) {
		report_failure(
		    stderr, probe_lookup_trace(probe->lookup), &target);
		leave(probe, timed_out ? STATUS_TIMEOUT : STATUS_UNRESOLVED);
		return;
	}
	probe->targets = probe_targets_new(probe->base, addresses, count,
	    probe->options->probe, on_round_ended, probe);
	if (probe->targets == NULL)
		fail_memory(probe);
	else
		start_round(probe);
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
	size_t count;
	const struct verdict_address *results = probe_targets_results(
	    probe->targets, &count);

	switch (verdict_sum(results, count)) {
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
		.race = &probe->race.trace,
	};
	int status = sum_up(probe);
	int error;

	report.addresses = probe_targets_results(
	    probe->targets, &report.address_count);
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
	probe_targets_free(probe->targets);
	probe_try_release(&probe->race);
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
