/* SPDX-License-Identifier: ISC */
/*
 * Tries counted, and families judged.
 */
#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

/* A family is called slower when its median is behind by this much. */
#define SLOWER_US 1000

bool
verdict_address_init(struct verdict_address *result,
    const struct address *address, unsigned tries)
{
	*result = (struct verdict_address){
		.address = *address,
		.pending = -1,
	};
	result->rtts = calloc(tries, sizeof(*result->rtts));
	return (result->rtts != NULL);
}

void
verdict_address_release(struct verdict_address *result)
{
	free(result->rtts);
	result->rtts = NULL;
}

void
verdict_add_success(
    struct verdict_address *result, monotime_t rtt, unsigned retransmissions)
{
	unsigned at = result->rtt_count;

	result->tries++;
	result->connected++;
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
verdict_add_failure(struct verdict_address *result, const char *reason,
    unsigned retransmissions)
{
	result->tries++;
	result->retransmissions += retransmissions;
	snprintf(result->reason, sizeof(result->reason), "%s", reason);
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

/* What a judgement counts. */
struct tally {
	size_t addresses;
	size_t untried;
	size_t whole;  /* every try connected */
	size_t broken; /* no try did */
};

static void
count(struct tally *tally, const struct verdict_address *result)
{
	tally->addresses++;
	if (result->tries == 0)
		tally->untried++;
	else if (result->connected == result->tries)
		tally->whole++;
	else if (result->connected == 0)
		tally->broken++;
}

/* Says nothing about an address that has not been tried. */
static enum verdict
judge(const struct tally *tally)
{
	if (tally->addresses == 0)
		return (VERDICT_NONE);
	if (tally->broken == tally->addresses)
		return (VERDICT_BROKEN);
	if (tally->whole + tally->untried < tally->addresses)
		return (VERDICT_PARTLY);
	return (tally->untried > 0 ? VERDICT_UNKNOWN : VERDICT_HEALTHY);
}

/* Adds one address to what a family is like. */
static void
add_address(struct verdict_family *family, const struct verdict_address *result)
{
	monotime_t median = verdict_rtt_median(result);

	if (result->connected < result->tries)
		family->reason = result->reason;
	if (result->tries == 0 && result->pending > family->pending)
		family->pending = result->pending;
	/* The best address speaks for its family: clients will find it. */
	if (median != -1 && (family->median == -1 || median < family->median))
		family->median = median;
}

static void
judge_family(struct verdict_family *family,
    const struct verdict_address *results, size_t result_count)
{
	struct tally tally = { .addresses = 0 };

	for (size_t i = 0; i < result_count; i++) {
		if (address_family(&results[i].address) != family->family)
			continue;
		count(&tally, &results[i]);
		add_address(family, &results[i]);
	}
	family->addresses = tally.addresses;
	family->broken = tally.broken;
	family->verdict = judge(&tally);
}

static void
compare(struct verdict_family *family, const struct verdict_family *other)
{
	if (family->median != -1 && other->median != -1 &&
	    family->median > other->median + SLOWER_US)
		family->slower = family->median - other->median;
}

void
verdict_judge(const struct verdict_address *results, size_t result_count,
    struct verdict_family families[2])
{
	static const int order[2] = { AF_INET6, AF_INET };

	for (size_t f = 0; f < 2; f++) {
		families[f] = (struct verdict_family){
			.family = order[f],
			.median = -1,
			.reason = "",
			.pending = -1,
		};
		judge_family(&families[f], results, result_count);
	}
	compare(&families[0], &families[1]);
	compare(&families[1], &families[0]);
}

const char *
verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "no address",
		[VERDICT_HEALTHY] = "healthy",
		[VERDICT_PARTLY] = "partly broken",
		[VERDICT_BROKEN] = "broken",
		[VERDICT_UNKNOWN] = "unknown",
	};

	return (names[verdict]);
}

enum verdict
verdict_sum(const struct verdict_address *results, size_t result_count)
{
	struct tally tally = { .addresses = 0 };

	for (size_t i = 0; i < result_count; i++)
		count(&tally, &results[i]);
	return (judge(&tally));
}
