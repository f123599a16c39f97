/* SPDX-License-Identifier: ISC */
/*
 * Three steps: look the host up, connect to each address by itself a few
 * times, with a pause between the rounds, race them once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "connect_config.h"
#include "descriptor_wait.h"
#include "event_loop.h"
#include "hecat.h"
#include "report/messages.h"
#include "probe/probe.h"
#include "probe/lookup.h"
#include "probe/targets.h"
#include "probe/try.h"
#include "probe/report.h"
#include "probe/screen.h"
#include "report/reporter.h"
#include "signals.h"

/* A try may take this long, unless --attempt-timeout is given. */
#define TRY_TIMEOUT_US (3 * MONOTIME_PER_SECOND)

/* Between two rounds. */
#define PAUSE_US 200000

struct probe {
	const struct options *options;
	struct event_base *base;
	struct connect_config config;
	bool configured;
	struct probe_observer observer;
	struct probe_lookup *lookup;
	monotime_t start;
	monotime_t deadline;
	struct probe_targets *targets;
	unsigned round; /* from 1 */
	struct event *pause;
	struct probe_try race;
	struct descriptor_wait descriptor_wait;
	int put_off_error; /* the errno of the last start that was put off */
	bool out_of_descriptors; /* and nothing else was under way, for too long
				  */
	struct signals signals;
	struct probe_screen *screen; /* NULL: nothing is shown */
	struct reporter reporter;
	enum probe_result result;
	struct outcome outcome;
};

static void
leave(struct probe *probe, int status)
{
	probe->outcome.status = status;
	event_base_loopbreak(probe->base);
}

/* Makes room for a message or a report. */
static void
erase_screen(struct probe *probe)
{
	probe_screen_free(probe->screen);
	probe->screen = NULL;
}

static void
fail_memory(struct probe *probe)
{
	erase_screen(probe);
	fprintf(messages(), "hecat: out of memory\n");
	leave(probe, STATUS_INTERNAL);
}

/* Ends the event loop; what there is is reported. */
static void
end(struct probe *probe, enum probe_result result)
{
	probe->result = result;
	leave(probe, STATUS_OK);
}

/* Ends after the last step, or where the budget allows no other. */
static void
finish(struct probe *probe)
{
	bool late = probe_try_is_started(&probe->race)
	    ? probe->race.trace.result == HECAT_ERROR_TIMEOUT
	    : clock_now() >= probe->deadline;

	if (probe->round < probe->options->probe)
		late = true;
	end(probe, late ? PROBE_TIMEOUT : PROBE_COMPLETE);
}

static void
on_race_ended(void *arg)
{
	finish(arg);
}

/*
 * Returns how long the race may take: each address has answered or not, so that
 * only a shortage takes longer than all of their attempts.
 */
static monotime_t
race_timeout(const struct probe *probe, monotime_t attempt_timeout)
{
	monotime_t step = probe->options->connection_attempt_delay;
	monotime_t count = (monotime_t)probe_lookup_count(probe->lookup);
	monotime_t rest = probe->deadline - clock_now();
	monotime_t longest;

	if (step > attempt_timeout)
		step = attempt_timeout;
	longest = clock_after(attempt_timeout, count * step);
	return (rest < longest ? rest : longest);
}

/* Returns how long one attempt may take. */
static monotime_t
attempt_timeout(const struct probe *probe)
{
	monotime_t timeout = probe->options->attempt_timeout;

	return (timeout == OPTIONS_FOREVER ? TRY_TIMEOUT_US : timeout);
}

/* Races once, as any client would: from the lookup on. */
static void
start_race(struct probe *probe)
{
	monotime_t timeout = attempt_timeout(probe);

	connect_config_set_attempt_timeout(probe->config.hecat, timeout);
	connect_config_set_timeout(
	    probe->config.hecat, race_timeout(probe, timeout));
	if (!probe_try_start(&probe->race, probe->base, &probe->config, NULL,
		&probe->observer, on_race_ended, probe))
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

	if (probe_targets_shortage(probe->targets) != 0) {
		/* Another round would lack the same. */
		end(probe, PROBE_INTERRUPTED);
	} else if (probe->round < probe->options->probe &&
	    clock_now() + PAUSE_US < probe->deadline) {
		if (event_add(probe->pause, &pause) == -1)
			fail_memory(probe);
	} else if (probe_targets_connected(probe->targets) &&
	    clock_now() < probe->deadline)
		start_race(probe);
	else /* without an address that answers the race is lost */
		finish(probe);
}

static void
start_round(struct probe *probe)
{
	probe->round++;
	if (!probe_targets_start(probe->targets, &probe->config,
		&probe->observer, attempt_timeout(probe), probe->deadline))
		fail_memory(probe);
}

static struct report_target
target_of(const struct probe *probe)
{
	return ((struct report_target){
	    .host = probe->options->host,
	    .service = probe->options->service,
	    .port = (uint16_t)strtoul(probe->config.port, NULL, 10),
	});
}

/* Makes targets of all addresses that are known. */
static bool
make_targets(struct probe *probe)
{
	struct address *addresses = probe_lookup_addresses(probe->lookup);

	if (addresses != NULL)
		probe->targets = probe_targets_new(probe->base, addresses,
		    probe_lookup_count(probe->lookup), probe->options->probe,
		    on_round_ended, probe);
	free(addresses);
	return (probe->targets != NULL);
}

/* Begins to probe what was found, or ends where that is nothing. */
static void
on_looked_up(bool timed_out, void *arg)
{
	struct probe *probe = arg;
	struct report_target target = target_of(probe);
	size_t count = probe_lookup_count(probe->lookup);

	if (timed_out || count == 0) {
		erase_screen(probe);
		report_failure(
		    messages(), probe_lookup_trace(probe->lookup), &target);
	}
	if (!make_targets(probe))
		fail_memory(probe);
	else if (timed_out)
		end(probe, PROBE_TIMEOUT);
	else if (count == 0)
		end(probe, PROBE_UNRESOLVED);
	else
		start_round(probe);
}

/* Ends where it is; what was under way is noted as that. */
static void
interrupt(struct probe *probe)
{
	probe_lookup_interrupt(probe->lookup);
	/* Without memory the addresses that are known have to be left out. */
	if (probe->targets == NULL)
		make_targets(probe);
	probe_targets_interrupt(probe->targets);
	probe_try_interrupt(&probe->race);
	end(probe, PROBE_INTERRUPTED);
}

static void
on_signal(int number, void *arg)
{
	struct probe *probe = arg;

	probe->outcome.signal = number;
	interrupt(probe);
}

static void
on_no_descriptor(void *arg)
{
	struct probe *probe = arg;

	probe->out_of_descriptors = true;
	interrupt(probe);
}

/* Follows whether the probe lacks a descriptor and has nothing under way. */
static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct probe *probe = arg;

	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_OUT_OF_DESCRIPTORS)
		probe->put_off_error = hecat_event_get_error(event);
	descriptor_wait_follow(&probe->descriptor_wait, event,
	    trace_is_pending(probe_lookup_trace(probe->lookup)) ||
		probe_targets_are_pending(probe->targets) ||
		trace_is_pending(&probe->race.trace));
}

/* Returns what there is by now. */
static struct probe_report
report_of(const struct probe *probe)
{
	const struct trace *race = &probe->race.trace;
	struct probe_report report = {
		.target = target_of(probe),
		.started_at = clock_wall(probe->start),
		.result = probe->result,
		.rounds = probe->round,
		.rounds_wanted = probe->options->probe,
		.lookup = probe_lookup_trace(probe->lookup),
		.race = probe_try_is_started(&probe->race) ? race : NULL,
	};

	report.addresses = probe_targets_results(
	    probe->targets, &report.address_count);
	return (report);
}

static struct probe_report
on_draw(void *arg)
{
	struct probe *probe = arg;

	probe_targets_note_pending(probe->targets, clock_now());
	return (report_of(probe));
}

/* Checks and opens all that is asked for, before anything is sent. */
static int
prepare(struct probe *probe)
{
	int status = connect_config_init(
	    &probe->config, probe->options, messages());

	if (status != STATUS_OK)
		return (status);
	probe->configured = true;
	return (reporter_open(&probe->reporter, probe->options));
}

/* Starts to look the host up; prints what is wrong. */
static int
start(struct probe *probe)
{
	probe->start = clock_now();
	probe->deadline = clock_after(probe->start, probe->options->timeout);
	probe->base = event_loop_new();
	if (probe->base != NULL) {
		signals_catch(&probe->signals, probe->base, on_signal, probe);
		descriptor_wait_init(&probe->descriptor_wait, probe->base,
		    on_no_descriptor, probe);
		probe->observer = (struct probe_observer){ observe, probe };
		probe->pause = evtimer_new(probe->base, on_pause, probe);
	}
	if (probe->pause != NULL)
		probe->lookup = probe_lookup_new(probe->base, &probe->config,
		    &probe->observer, on_looked_up, probe);
	if (probe->lookup != NULL) {
		/* It is not missed, and its errno would be another one's. */
		probe->screen = probe_screen_new(
		    probe->base, messages_writer(), on_draw, probe);
		return (STATUS_OK);
	}
	fprintf(messages(), "hecat: %s\n", strerror(errno));
	return (errno == EINVAL ? STATUS_USAGE : STATUS_INTERNAL);
}

/* Returns the status that sums up all addresses. */
static int
sum_up(const struct probe_report *report)
{
	switch (report_probe_sum(report)) {
	case VERDICT_HEALTHY:
		return (STATUS_OK);
	case VERDICT_LOSSY:
	case VERDICT_PARTLY:
		return (STATUS_PROBE_BROKEN);
	default:
		break;
	}
	switch (report->result) {
	case PROBE_UNRESOLVED:
		return (STATUS_UNRESOLVED);
	case PROBE_TIMEOUT:
		return (STATUS_TIMEOUT);
	default:
		return (verdict_is_tls(report->addresses, report->address_count)
			? STATUS_TLS
			: STATUS_UNCONNECTED);
	}
}

/* Returns why the results are not to be relied upon; 0: nothing was short. */
static int
shortage_of(const struct probe *probe)
{
	int error = probe->out_of_descriptors ? probe->put_off_error : 0;

	if (error == 0)
		error = trace_shortage(probe_lookup_trace(probe->lookup));
	if (error == 0)
		error = probe_targets_shortage(probe->targets);
	if (error == 0 && probe_try_is_started(&probe->race))
		error = trace_shortage(&probe->race.trace);
	return (error);
}

/* Prints the results; sets the outcome. */
static void
conclude(struct probe *probe)
{
	struct probe_report report = report_of(probe);
	int error = shortage_of(probe);

	erase_screen(probe);
	if (error == 0)
		probe->outcome.status = sum_up(&report);
	else if (clock_now() >= probe->deadline)
		probe->outcome.status = STATUS_TIMEOUT;
	else
		probe->outcome.status = STATUS_INTERNAL;
	if (error != 0)
		fprintf(messages(), "hecat: the probe is not complete: %s%s\n",
		    strerror(error), report_way_out(error));
	report.exit_status = outcome_status(&probe->outcome);
	error = report_probe_write(
	    &probe->reporter, &report, probe->outcome.signal != 0);
	if (error != 0)
		outcome_report_failed(&probe->outcome,
		    probe->reporter.is_stdout, error, messages());
}

/* Goes through the steps; sets the outcome. */
static void
run(struct probe *probe)
{
	int *status = &probe->outcome.status;

	*status = prepare(probe);
	if (*status == STATUS_OK)
		*status = start(probe);
	if (*status != STATUS_OK)
		return;
	*status = STATUS_INTERNAL;
	if (!event_loop_run(probe->base))
		*status = STATUS_INTERNAL;
	signals_release(&probe->signals);
	if (*status == STATUS_OK)
		conclude(probe);
}

static void
release(struct probe *probe)
{
	signals_release(&probe->signals);
	descriptor_wait_release(&probe->descriptor_wait);
	erase_screen(probe);
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
	static struct probe probe; /* as a session: large, and mostly unused */

	probe.options = options;
	probe.outcome.status = STATUS_INTERNAL;
	run(&probe);
	release(&probe);
	return (probe.outcome);
}
