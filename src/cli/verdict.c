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
	*result = (struct verdict_address){ .address = *address };
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

/* Adds one address to the judgement on its family. */
static void
add_address(struct verdict_family *family, const struct verdict_address *result)
{
	monotime_t median = verdict_rtt_median(result);

	family->addresses++;
	if (result->connected == 0)
		family->broken++;
	if (result->connected < result->tries)
		family->reason = result->reason;
	/* The best address speaks for its family: clients will find it. */
	if (median != -1 && (family->median == -1 || median < family->median))
		family->median = median;
}

static enum verdict
judge_family(const struct verdict_family *family)
{
	if (family->addresses == 0)
		return (VERDICT_NONE);
	if (family->broken == family->addresses)
		return (VERDICT_BROKEN);
	return (family->reason[0] != '\0' ? VERDICT_PARTLY : VERDICT_HEALTHY);
}

static void
compare(struct verdict_family *family, const struct verdict_family *other)
{
	if (family->median != -1 && other->median != -1 &&
	    family->median > other->median + SLOWER_US)
		family->slower = family->median - other->median;
}

void
verdict_judge(const struct verdict_address *results, size_t count,
    struct verdict_family families[2])
{
	static const int order[2] = { AF_INET6, AF_INET };

	for (size_t f = 0; f < 2; f++) {
		families[f] = (struct verdict_family){
			.family = order[f],
			.median = -1,
			.reason = "",
		};
		for (size_t i = 0; i < count; i++)
			if (address_family(&results[i].address) == order[f])
				add_address(&families[f], &results[i]);
		families[f].verdict = judge_family(&families[f]);
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
	};

	return (names[verdict]);
}

enum verdict
verdict_sum(const struct verdict_address *results, size_t count)
{
	size_t whole = 0, broken = 0;

	for (size_t i = 0; i < count; i++) {
		whole += results[i].connected == results[i].tries;
		broken += results[i].connected == 0;
	}
	if (count == 0)
		return (VERDICT_NONE);
	if (broken == count)
		return (VERDICT_BROKEN);
	return (whole == count ? VERDICT_HEALTHY : VERDICT_PARTLY);
}
