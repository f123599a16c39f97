/* SPDX-License-Identifier: ISC */
/*
 * verdict.h: what a probe has found out, and what that means.
 *
 * Pure: tries go in, one by one, and a judgement on each address and each
 * family comes out.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "clock.h"

/* Bytes that hold why a try failed, with its NUL. */
#define VERDICT_REASON_MAX 200

/* All tries of one address. */
struct verdict_address {
	struct address address;
	unsigned tries;
	unsigned connected;
	monotime_t *rtts; /* of those that were measured, sorted; owned */
	unsigned rtt_count;
	unsigned retransmissions;
	char reason[VERDICT_REASON_MAX]; /* of the last failure; "": none */
	monotime_t pending; /* how long a try had waited that the end of the
			       probe cut short, which is none of `tries`; -1:
			       there is none */
};

enum verdict {
	VERDICT_NONE,    /* there is no address */
	VERDICT_HEALTHY, /* every try of every address connected */
	VERDICT_PARTLY,  /* some address, or some try, did not connect */
	VERDICT_BROKEN,  /* nothing connected */
	VERDICT_UNKNOWN  /* nothing failed, but some address has no try */
};

/* The judgement on one family. */
struct verdict_family {
	int family;
	enum verdict verdict;
	size_t addresses;
	size_t broken;      /* addresses that never connected */
	monotime_t median;  /* RTT of its best address; -1: none */
	monotime_t slower;  /* than the other family, by median; 0: it is not */
	const char *reason; /* of a failure; points into an address; "" */
	monotime_t pending; /* the longest of an address without a try; -1 */
};

/*
 * Makes room for `tries` tries of `address`. Returns false when out of memory.
 */
bool verdict_address_init(struct verdict_address *result,
    const struct address *address, unsigned tries);
void verdict_address_release(struct verdict_address *result);

/*
 * Counts a try that connected, or one that failed for `reason`. The RTT is -1
 * where it was not measured: after a SYN that was sent again it cannot be.
 */
void verdict_add_success(
    struct verdict_address *result, monotime_t rtt, unsigned retransmissions);
void verdict_add_failure(struct verdict_address *result, const char *reason,
    unsigned retransmissions);

/* Notes that a try had waited for `pending` when the probe ended. */
void verdict_set_pending(struct verdict_address *result, monotime_t pending,
    unsigned retransmissions);

/* Return the smallest, the middle and the largest RTT; -1 without any. */
monotime_t verdict_rtt_min(const struct verdict_address *result);
monotime_t verdict_rtt_median(const struct verdict_address *result);
monotime_t verdict_rtt_max(const struct verdict_address *result);

/* Judges both families over the results of all addresses: IPv6, then IPv4. */
void verdict_judge(const struct verdict_address *results, size_t result_count,
    struct verdict_family families[2]);

/* Judges all addresses together. */
enum verdict verdict_sum(
    const struct verdict_address *results, size_t result_count);

/* Returns "healthy", "partly broken", "broken", "no address" or "unknown". */
const char *verdict_name(enum verdict verdict);

#endif
