/* SPDX-License-Identifier: ISC */
/*
 * probe/fault.h: whose fault a connection attempt that failed is.
 *
 * Pure: what a trace holds of an attempt goes in. A fault of this machine says
 * nothing about the host.
 */
#ifndef PROBE_FAULT_H
#define PROBE_FAULT_H

#include <stdbool.h>

struct trace_attempt;

enum fault {
	FAULT_NONE,
	FAULT_REFUSED,    /* the host answered that no process listens */
	FAULT_REJECTED,   /* a router, or the host, rejected it by ICMP */
	FAULT_CLOSED,     /* connected, then closed or reset before it was a
			     success (--success) */
	FAULT_TLS,        /* connected, and the handshake failed, or did not
			     end */
	FAULT_NO_ANSWER,  /* nothing was answered, or no data came */
	FAULT_UNAVAILABLE /* this machine could not even ask */
};

/* The number of them. */
#define FAULT_COUNT 7

/* Returns whose fault it is that `attempt` did not win; FAULT_NONE: it did. */
enum fault fault_of(const struct trace_attempt *attempt);

/*
 * Writes why this machine could not ask, for FAULT_UNAVAILABLE, to `text`, a
 * buffer of FAULT_TEXT_MAX bytes, and returns `text`. `has_address`: an
 * interface has an address of that family that leads beyond its link.
 */
#define FAULT_TEXT_MAX 160
const char *fault_here(
    const struct trace_attempt *attempt, bool has_address, char *text);

/*
 * Returns "refused", "rejected", "closed", "tls", "no_answer" or "unavailable".
 */
const char *fault_name(enum fault fault);

/* Returns what such an address did: "refused", "did not answer". */
const char *fault_verb(enum fault fault);

#endif
