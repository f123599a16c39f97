/* SPDX-License-Identifier: ISC */
/*
 * A round of tries, and the results of all rounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_config.h"
#include "interfaces.h"
#include "probe/fault.h"
#include "probe/targets.h"
#include "probe/try.h"
#include "report/report.h"

/* One address, and its try of this round. */
struct target {
	struct probe_targets *targets;
	struct verdict_address *result; /* of all its tries */
	struct probe_try try;
};

struct probe_targets {
	struct event_base *base;
	struct target *items;
	struct verdict_address *results; /* one for each target */
	size_t count;
	size_t pending; /* tries of this round */
	bool is_cut;    /* this round, by the deadline */
	int shortage;   /* the first errno of one; 0: none */
	probe_targets_cb cb;
	void *arg;
};

/* Takes down that a try did not come to its end. */
static void
keep_pending(struct target *target)
{
	const struct trace *trace = &target->try.trace;
	const struct trace_attempt *attempt = trace->attempts;

	if (trace->attempt_count == 0)
		verdict_set_pending(
		    target->result, trace->end - trace->start, 0);
	else
		verdict_set_pending(target->result,
		    attempt->end - attempt->start, attempt->retransmissions);
}

/* A try of an address that has answered before may take this long. */
#define SLOW_US MONOTIME_PER_SECOND

void
probe_targets_note_pending(struct probe_targets *targets, monotime_t now)
{
	for (size_t i = 0; targets != NULL && i < targets->count; i++) {
		const struct trace *trace = &targets->items[i].try.trace;
		struct verdict_address *result = targets->items[i].result;
		monotime_t waited = now - trace->start;

		if (trace_is_pending(trace) &&
		    (result->tries == 0 || waited >= SLOW_US))
			result->pending = waited;
	}
}

/* Notes a try of which this machine began no attempt. */
static void
keep_unstarted(struct target *target)
{
	const struct trace *trace = &target->try.trace;
	char reason[REPORT_REASON_MAX];

	if (trace->starts_put_off > 0)
		snprintf(reason, sizeof(reason), "%s",
		    strerror(trace->put_off_error));
	else if (trace->candidate_count > 0 && trace->candidates[0].skipped)
		report_skip_reason(&trace->candidates[0], reason);
	else
		snprintf(reason, sizeof(reason), "%s", strerror(ENOMEM));
	verdict_add_failure(target->result, FAULT_UNAVAILABLE, 0, reason, 0);
}

/* Whether a try waited for a descriptor in time that it then lacked. */
static bool
began_late(const struct trace *trace)
{
	return (
	    trace->starts_put_off > 0 && trace->result == HECAT_ERROR_TIMEOUT);
}

/*
 * Returns the attempt that stands for a try. There are several where several
 * sources are given: one that got as far as the network is preferred.
 */
static const struct trace_attempt *
representative_attempt(const struct trace *trace)
{
	for (size_t i = 0; i < trace->attempt_count; i++)
		if (fault_of(&trace->attempts[i]) != FAULT_UNAVAILABLE)
			return (&trace->attempts[i]);
	return (&trace->attempts[0]);
}

static void
keep_failure(struct target *target, const struct trace_attempt *attempt)
{
	const struct trace *trace = &target->try.trace;
	enum fault fault = fault_of(attempt);
	char reason[REPORT_REASON_MAX];

	if (fault == FAULT_UNAVAILABLE)
		fault_here(attempt,
		    interfaces_have_family(address_family(&attempt->address)),
		    reason);
	else
		report_attempt_reason(trace, attempt, reason);
	verdict_add_failure(target->result, fault, attempt->error, reason,
	    attempt->retransmissions);
}

/* Keeps what the handshake of a try has shown, if there was one. */
static void
keep_handshake(struct target *target)
{
	const struct trace *trace = &target->try.trace;

	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->tls != NULL)
			verdict_set_tls(target->result, attempt->tls,
			    report_handshake_time(attempt));
	}
}

/*
 * Takes down how a try ended. What the deadline cut short is not held against
 * an address that has been given its full time before.
 */
static void
keep_result(struct target *target)
{
	const struct trace *trace = &target->try.trace;
	const struct trace_attempt *winner = trace_winner(trace);

	if (winner != NULL)
		verdict_add_success(
		    target->result, winner->rtt, winner->retransmissions);
	else if (trace->result == HECAT_ERROR_TIMEOUT &&
	    target->targets->is_cut && target->result->tries > 0)
		keep_pending(target);
	else if (trace->attempt_count == 0 || began_late(trace))
		keep_unstarted(target);
	else
		keep_failure(target, representative_attempt(trace));
}

/* Returns the errno of what a try lacked; 0: nothing. */
static int
shortage_of(const struct trace *trace)
{
	return (
	    began_late(trace) ? trace->put_off_error : trace_shortage(trace));
}

static void
on_try_ended(void *arg)
{
	struct target *target = arg;
	struct probe_targets *targets = target->targets;

	target->result->pending = -1;
	keep_handshake(target);
	keep_result(target);
	if (targets->shortage == 0)
		targets->shortage = shortage_of(&target->try.trace);
	if (--targets->pending == 0)
		targets->cb(targets->arg);
}

bool
probe_targets_start(struct probe_targets *targets,
    const struct connect_config *config, const struct probe_observer *observer,
    monotime_t timeout, monotime_t deadline)
{
	monotime_t rest = deadline - clock_now();

	targets->is_cut = rest < timeout;
	connect_config_set_timeout(
	    config->hecat, targets->is_cut ? rest : timeout);
	connect_config_set_attempt_timeout(config->hecat, OPTIONS_FOREVER);
	targets->pending = targets->count;
	for (size_t i = 0; i < targets->count; i++) {
		struct target *target = &targets->items[i];

		if (!probe_try_start(&target->try, targets->base, config,
			&target->result->address, observer, on_try_ended,
			target))
			return (false);
	}
	return (true);
}

void
probe_targets_interrupt(struct probe_targets *targets)
{
	for (size_t i = 0; targets != NULL && i < targets->count; i++) {
		struct target *target = &targets->items[i];

		probe_try_interrupt(&target->try);
		if (target->try.trace.interrupted)
			keep_pending(target);
	}
}

/* Adds one target. Returns false when out of memory. */
static bool
add(struct probe_targets *targets, const struct address *address,
    unsigned rounds)
{
	struct target *target = &targets->items[targets->count];

	target->targets = targets;
	target->result = &targets->results[targets->count];
	if (!verdict_address_init(target->result, address, rounds))
		return (false);
	targets->count++;
	return (true);
}

struct probe_targets *
probe_targets_new(struct event_base *base, const struct address *addresses,
    size_t count, unsigned rounds, probe_targets_cb cb, void *arg)
{
	struct probe_targets *targets = calloc(1, sizeof(*targets));

	if (targets == NULL)
		return (NULL);
	targets->base = base;
	targets->cb = cb;
	targets->arg = arg;
	/* One more: none at all is no lack of memory. */
	targets->items = calloc(count + 1, sizeof(*targets->items));
	targets->results = calloc(count + 1, sizeof(*targets->results));
	if (targets->items == NULL || targets->results == NULL)
		goto fail;
	for (size_t i = 0; i < count; i++)
		if (!add(targets, &addresses[i], rounds))
			goto fail;
	return (targets);
fail:
	probe_targets_free(targets);
	return (NULL);
}

void
probe_targets_free(struct probe_targets *targets)
{
	if (targets == NULL)
		return;
	for (size_t i = 0; i < targets->count; i++) {
		probe_try_release(&targets->items[i].try);
		verdict_address_release(&targets->results[i]);
	}
	free(targets->items);
	free(targets->results);
	free(targets);
}

const struct verdict_address *
probe_targets_results(const struct probe_targets *targets, size_t *count)
{
	*count = targets == NULL ? 0 : targets->count;
	return (targets == NULL ? NULL : targets->results);
}

int
probe_targets_shortage(const struct probe_targets *targets)
{
	return (targets == NULL ? 0 : targets->shortage);
}

bool
probe_targets_are_pending(const struct probe_targets *targets)
{
	for (size_t i = 0; targets != NULL && i < targets->count; i++)
		if (trace_is_pending(&targets->items[i].try.trace))
			return (true);
	return (false);
}

bool
probe_targets_connected(const struct probe_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		if (targets->results[i].connected > 0)
			return (true);
	return (false);
}
