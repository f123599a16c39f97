/* SPDX-License-Identifier: ISC */
/*
 * Tries counted, and families judged.
 */
#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/verdict.h"
#include "report/trace_tls.h"

/* A family is called slower when its median is behind by this much. */
#define SLOWER_US 1000

bool
verdict_address_init(struct verdict_address *result,
    const struct address *address, unsigned tries)
{
	*result = (struct verdict_address){
		.address = *address,
		.pending = -1,
		.handshake = -1,
	};
	result->rtts = calloc(tries, sizeof(*result->rtts));
	return (result->rtts != NULL);
}

void
verdict_address_release(struct verdict_address *result)
{
	free(result->rtts);
	result->rtts = NULL;
	trace_tls_free(result->tls);
	result->tls = NULL;
}

void
verdict_add_success(
    struct verdict_address *result, monotime_t rtt, unsigned retransmissions)
{
	unsigned at = result->rtt_count;

	result->tries++;
	result->connected++;
	if (retransmissions > 0)
		result->resent++;
	result->retransmissions += retransmissions;
	if (rtt == -1)
		return;
	/* Sorted by insertion: a probe has a few rounds. */
	for (; at > 0 && result->rtts[at - 1] > rtt; at--)
		result->rtts[at] = result->rtts[at - 1];
	result->rtts[at] = rtt;
	result->rtt_count++;
}

void
verdict_add_failure(struct verdict_address *result, enum fault fault, int error,
    const char *reason, unsigned retransmissions)
{
	if (fault == FAULT_UNAVAILABLE) {
		result->unavailable++;
		snprintf(result->unavailable_reason,
		    sizeof(result->unavailable_reason), "%s", reason);
		return;
	}
	result->tries++;
	result->retransmissions += retransmissions;
	result->fault = fault;
	result->error = error;
	snprintf(result->reason, sizeof(result->reason), "%s", reason);
}

void
verdict_set_tls(struct verdict_address *result, const struct tls_facts *facts,
    monotime_t handshake)
{
	trace_tls_free(result->tls);
	result->tls = trace_tls_copy(facts);
	result->handshake = handshake;
}

bool
verdict_is_tls(const struct verdict_address *results, size_t result_count)
{
	bool is_tls = false;

	for (size_t i = 0; i < result_count; i++) {
		if (results[i].connected > 0 ||
		    results[i].fault == FAULT_CLOSED)
			return (false);
		is_tls = is_tls || results[i].fault == FAULT_TLS;
	}
	return (is_tls);
}

void
verdict_set_pending(struct verdict_address *result, monotime_t pending,
    unsigned retransmissions)
{
	result->retransmissions += retransmissions;
	result->pending = pending;
}

monotime_t
verdict_rtt_min(const struct verdict_address *result)
{
	return (result->rtt_count == 0 ? -1 : result->rtts[0]);
}

monotime_t
verdict_rtt_median(const struct verdict_address *result)
{
	unsigned count = result->rtt_count;

	if (count == 0)
		return (-1);
	return ((result->rtts[(count - 1) / 2] + result->rtts[count / 2]) / 2);
}

monotime_t
verdict_rtt_max(const struct verdict_address *result)
{
	return (
	    result->rtt_count == 0 ? -1 : result->rtts[result->rtt_count - 1]);
}

enum verdict
verdict_of(const struct verdict_address *result)
{
	if (result->tries == 0)
		return (result->unavailable > 0 && result->pending == -1
			? VERDICT_UNAVAILABLE
			: VERDICT_UNKNOWN);
	if (result->connected == 0)
		return (VERDICT_BROKEN);
	if (result->connected < result->tries)
		return (VERDICT_PARTLY);
	return (result->resent > 0 ? VERDICT_LOSSY : VERDICT_HEALTHY);
}

/* What a judgement counts: addresses, by their own verdicts. */
struct tally {
	size_t addresses;
	size_t verdicts[VERDICT_UNAVAILABLE + 1];
};

static void
count(struct tally *tally, const struct verdict_address *result)
{
	tally->addresses++;
	tally->verdicts[verdict_of(result)]++;
}

/* Says nothing about an address that has not been tried. */
static enum verdict
judge(const struct tally *tally)
{
	const size_t *verdicts = tally->verdicts;
	size_t judged = tally->addresses - verdicts[VERDICT_UNAVAILABLE];

	if (tally->addresses == 0)
		return (VERDICT_NONE);
	if (judged == 0)
		return (VERDICT_UNAVAILABLE);
	if (verdicts[VERDICT_BROKEN] == judged)
		return (VERDICT_BROKEN);
	if (verdicts[VERDICT_BROKEN] + verdicts[VERDICT_PARTLY] > 0)
		return (VERDICT_PARTLY);
	if (verdicts[VERDICT_LOSSY] > 0)
		return (VERDICT_LOSSY);
	return (
	    verdicts[VERDICT_UNKNOWN] > 0 ? VERDICT_UNKNOWN : VERDICT_HEALTHY);
}

/* Adds one address to what a family is like. */
static void
add_address(struct verdict_family *family, const struct verdict_address *result)
{
	monotime_t median = verdict_rtt_median(result);
	enum verdict verdict = verdict_of(result);

	family->addresses++;
	family->tries += result->tries;
	family->failed += result->tries - result->connected;
	family->resent += result->resent;
	if (result->connected < result->tries)
		family->reason = result->reason;
	if (result->unavailable > 0)
		family->unavailable_reason = result->unavailable_reason;
	if (verdict == VERDICT_UNAVAILABLE) {
		family->faults[FAULT_UNAVAILABLE]++;
	} else if (verdict == VERDICT_BROKEN) {
		family->broken++;
		family->faults[result->fault]++;
	}
	if (result->tries == 0 && result->pending > family->pending)
		family->pending = result->pending;
	/* The best address speaks for its family: clients will find it. */
	if (median != -1 && (family->median == -1 || median < family->median))
		family->median = median;
}

static void
judge_family(struct verdict_family *family,
    const struct verdict_address *results, size_t result_count,
    enum verdict_lookup lookup)
{
	struct tally tally = { .addresses = 0 };

	for (size_t i = 0; i < result_count; i++) {
		if (address_family(&results[i].address) != family->family)
			continue;
		count(&tally, &results[i]);
		add_address(family, &results[i]);
	}
	family->verdict = judge(&tally);
	if (tally.addresses == 0 && lookup == VERDICT_LOOKUP_FAILED)
		family->verdict = VERDICT_NOT_LOOKED_UP;
	else if (tally.addresses == 0 && lookup == VERDICT_LOOKUP_PENDING)
		family->verdict = VERDICT_UNKNOWN;
}

static void
compare(struct verdict_family *family, const struct verdict_family *other)
{
	if (family->median == -1 || other->median == -1)
		return;
	family->slower = family->median > other->median + SLOWER_US
	    ? family->median - other->median
	    : 0;
}

void
verdict_judge(const struct verdict_address *results, size_t result_count,
    const enum verdict_lookup lookups[2], struct verdict_family families[2])
{
	static const int order[2] = { AF_INET6, AF_INET };

	for (size_t f = 0; f < 2; f++) {
		families[f] = (struct verdict_family){
			.family = order[f],
			.median = -1,
			.reason = "",
			.unavailable_reason = "",
			.slower = -1,
			.pending = -1,
		};
		judge_family(&families[f], results, result_count, lookups[f]);
	}
	compare(&families[0], &families[1]);
	compare(&families[1], &families[0]);
}

const char *
verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "no address",
		[VERDICT_NOT_LOOKED_UP] = "lookup failed",
		[VERDICT_HEALTHY] = "healthy",
		[VERDICT_LOSSY] = "lossy",
		[VERDICT_PARTLY] = "partly broken",
		[VERDICT_BROKEN] = "broken",
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_UNAVAILABLE] = "unavailable",
	};

	return (names[verdict]);
}

enum verdict
verdict_sum(const struct verdict_address *results, size_t result_count,
    const enum verdict_lookup lookups[2])
{
	struct tally tally = { .addresses = 0 };
	enum verdict verdict;

	for (size_t i = 0; i < result_count; i++)
		count(&tally, &results[i]);
	verdict = judge(&tally);
	if (verdict != VERDICT_HEALTHY)
		return (verdict);
	for (size_t f = 0; f < 2; f++) {
		if (lookups[f] == VERDICT_LOOKUP_FAILED)
			return (VERDICT_PARTLY);
		if (lookups[f] == VERDICT_LOOKUP_PENDING)
			verdict = VERDICT_UNKNOWN;
	}
	return (verdict);
}
