/* SPDX-License-Identifier: ISC */
/*
 * probe/verdict.h: what a probe has found out, and what that means.
 *
 * Pure: tries go in, one by one, and a judgement on each address and each
 * family comes out.
 */
#ifndef PROBE_VERDICT_H
#define PROBE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "clock.h"
#include "probe/fault.h"
#include "tls/tls.h"

/* Bytes that hold why a try failed, with its NUL. */
#define VERDICT_REASON_MAX 200

/* All tries of one address. */
struct verdict_address {
	struct address address;
	unsigned tries; /* that came to an end and were this host's to answer */
	unsigned connected;
	unsigned resent;  /* of these: after a SYN that was sent again */
	monotime_t *rtts; /* of those that were measured, sorted; owned */
	unsigned rtt_count;
	unsigned retransmissions;
	enum fault fault;                /* of the last failure */
	int error;                       /* its errno; 0: it had none */
	char reason[VERDICT_REASON_MAX]; /* for it; "": none */
	unsigned unavailable; /* tries that this machine could not make, none of
				 `tries` */
	char unavailable_reason[VERDICT_REASON_MAX]; /* of the last one */
	struct tls_facts *tls; /* of its last handshake; NULL: none; owned */
	monotime_t handshake;  /* how long that took; -1: not known */
	monotime_t pending;    /* how long a try had waited that the end of the
				  probe cut short, which is none of `tries`; -1:
				  there is none */
};

/* What became of the lookup of a family. */
enum verdict_lookup {
	VERDICT_LOOKUP_DONE, /* answered, be it in the negative; or not asked */
	VERDICT_LOOKUP_PENDING, /* the end of the probe cut it short */
	VERDICT_LOOKUP_FAILED   /* not known whether there are addresses */
};

enum verdict {
	VERDICT_NONE,          /* there is no address */
	VERDICT_NOT_LOOKED_UP, /* the lookup failed: there may be some */
	VERDICT_HEALTHY,       /* every try of every address connected */
	VERDICT_LOSSY,         /* the same, but a SYN had to be sent again */
	VERDICT_PARTLY,        /* some address, or some try, did not connect */
	VERDICT_BROKEN,        /* nothing connected */
	VERDICT_UNKNOWN,       /* nothing failed, but some address has no try,
				  or the lookup no answer */
	VERDICT_UNAVAILABLE    /* this machine could not try any address */
};

/* The judgement on one family; what is unavailable is not judged. */
struct verdict_family {
	int family;
	enum verdict verdict;
	size_t addresses;
	size_t broken;              /* addresses that never connected */
	size_t faults[FAULT_COUNT]; /* of these, by the last failure; and those
				       that are unavailable */
	unsigned tries;             /* of all addresses */
	unsigned failed;
	unsigned resent;
	monotime_t median;  /* RTT of its best address; -1: none */
	monotime_t slower;  /* than the other family, by median; 0: it is not;
			       -1: there is nothing to compare */
	const char *reason; /* of a failure; points into an address; "" */
	const char *unavailable_reason; /* the same */
	monotime_t pending; /* the longest of an address without a try; -1 */
};

/*
 * Makes room for `tries` tries of `address`. Returns false when out of memory.
 */
bool verdict_address_init(struct verdict_address *result,
    const struct address *address, unsigned tries);
void verdict_address_release(struct verdict_address *result);

/*
 * Counts a try that connected, or one that failed for `reason`; with
 * FAULT_UNAVAILABLE it does not count. The RTT is -1 where it was not measured:
 * after a SYN that was sent again it cannot be.
 */
void verdict_add_success(
    struct verdict_address *result, monotime_t rtt, unsigned retransmissions);
void verdict_add_failure(struct verdict_address *result, enum fault fault,
    int error, const char *reason, unsigned retransmissions);

/*
 * Notes what a handshake has shown, and how long it took (-1: not known); out
 * of memory it is forgotten.
 */
void verdict_set_tls(struct verdict_address *result,
    const struct tls_facts *facts, monotime_t handshake);

/* Notes that a try had waited for `pending` when the probe ended. */
void verdict_set_pending(struct verdict_address *result, monotime_t pending,
    unsigned retransmissions);

/* Return the smallest, the middle and the largest RTT; -1 without any. */
monotime_t verdict_rtt_min(const struct verdict_address *result);
monotime_t verdict_rtt_median(const struct verdict_address *result);
monotime_t verdict_rtt_max(const struct verdict_address *result);

/* Judges one address. */
enum verdict verdict_of(const struct verdict_address *result);

/*
 * Judges both families over the results of all addresses: IPv6, then IPv4.
 * `lookups` has what became of the lookup of each.
 */
void verdict_judge(const struct verdict_address *results, size_t result_count,
    const enum verdict_lookup lookups[2], struct verdict_family families[2]);

/*
 * Returns whether nothing connected, and TLS is why: for one address at least,
 * and for each that had TCP.
 */
bool verdict_is_tls(const struct verdict_address *results, size_t result_count);

/* Judges all together; a failed lookup is a part that is broken. */
enum verdict verdict_sum(const struct verdict_address *results,
    size_t result_count, const enum verdict_lookup lookups[2]);

/*
 * Returns "healthy", "lossy", "partly broken", "broken", "no address",
 * "lookup failed", "unavailable" or "unknown".
 */
const char *verdict_name(enum verdict verdict);

#endif
