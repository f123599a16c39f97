/* SPDX-License-Identifier: ISC */
/*
 * report/trace.h: the record of one connect, made of its events as they come.
 *
 * A trace only observes: call trace_observe() with each event of a connector,
 * and read the record afterwards, or at any time in between. Times are those of
 * the events; nothing is formatted here.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "report/trace_tunnel.h"
#include "tls/tls.h"

#define TRACE_NAME_SIZE 256 /* of a name that was asked */
#define TRACE_TEXT_SIZE 200 /* of the reason of a resolver */

/* One question to the resolver and its answer. */
struct trace_query {
	int family; /* AF_UNSPEC: both at once */
	monotime_t start;
	monotime_t end; /* MONOTIME_NEVER: not answered */
	int error;      /* EAI_* or 0 */
	int system_error;
	bool blocking; /* for lack of a thread it blocked the event loop */
	size_t count;
	char name[TRACE_NAME_SIZE]; /* "": as given */
	char text[TRACE_TEXT_SIZE]; /* why there are none; "": by `error` */
	struct address server;      /* that has answered; length 0: not known */
	long ttl;                   /* seconds; -1: not known */
};

/* One destination in the last order there was. */
struct trace_candidate {
	struct address address;
	unsigned rule;
	bool skipped;
	bool excluded; /* that is why; else there is no source for it */
};

struct trace_attempt {
	struct address address;
	struct address source;   /* length 0: not known */
	bool bound;              /* to a source that was asked for */
	struct address offender; /* length 0: not known */
	enum hecat_cause cause;
	monotime_t start;
	monotime_t end; /* MONOTIME_NEVER: still under way */
	enum hecat_outcome outcome;
	int error;
	monotime_t established; /* TCP; MONOTIME_NEVER: it was not */
	monotime_t rtt;         /* -1: none */
	unsigned retransmissions;
	bool in_step;          /* given up, or timed out, while its step ran */
	char *step_text;       /* why that failed; NULL: not known; owned */
	struct tls_facts *tls; /* of its handshake; NULL: none; owned */
	/* When that handshake began, and ended, with a proxy; MONOTIME_NEVER:
	 * with TCP, and with the attempt. */
	monotime_t tls_start;
	monotime_t tls_end;
	bool is_inner; /* that handshake is inside of the TLS to a proxy */
	struct tls_facts *proxy_tls; /* of the one with it; NULL; owned */
	monotime_t proxy_tls_time;   /* how long that took; -1: not known */
};

struct trace {
	monotime_t start;
	monotime_t end;          /* MONOTIME_NEVER: still under way */
	enum hecat_error result; /* 0: connected */
	struct trace_query queries[2];
	size_t query_count;
	struct trace_candidate *candidates; /* in order */
	size_t candidate_count;
	size_t candidate_capacity;
	struct trace_attempt *attempts; /* by number */
	size_t attempt_count;
	size_t attempt_capacity;
	bool given;            /* there was no connect: somebody else's */
	bool interrupted;      /* cancelled, or ended by trace_interrupt() */
	size_t starts_put_off; /* how often a start was put off */
	int put_off_error;     /* the errno of the last time */
	bool lookup_counted;   /* among those starts */
	bool lookup_put_off;   /* it is not under way for now */
	/* NULL: there is no proxy; the caller's. */
	const struct trace_tunnel *tunnel;
	bool incomplete; /* out of memory: something is missing */
};

/* Begins a trace at `start`. */
void trace_init(struct trace *trace, monotime_t start);
void trace_release(struct trace *trace);

/* Ends a trace where it begins: the connection was there before. */
void trace_given(struct trace *trace);

/* Adds an event to the record. */
void trace_observe(struct trace *trace, const struct hecat_event *event);

/* Adds what the handshake of an attempt has shown. */
void trace_handshake(
    struct trace *trace, size_t attempt, const struct tls_facts *facts);

/* Adds what the handshake inside of the TLS to a proxy has shown. */
void trace_inner_handshake(struct trace *trace, const struct tls_facts *facts);

/*
 * Has the handshake that follows be one with the destination: that before was
 * with the proxy. To be called after trace_resume().
 */
void trace_begin_inner(struct trace *trace);

/*
 * Takes back that an attempt has won, and the connect ended: the dialogue with
 * a proxy follows. trace_finish() ends both; result 0: connected, otherwise the
 * attempt failed with `error`, an errno or 0, and a text.
 */
void trace_resume(struct trace *trace);
void trace_finish(struct trace *trace, monotime_t now, enum hecat_error result,
    int error, const char *text);

/* Returns when an event happened. */
monotime_t trace_time_of(const struct hecat_event *event);

/*
 * Ends a connect for which the caller no longer waits: what was under way at
 * `now` counts as cancelled. Does nothing to one that has ended.
 */
void trace_interrupt(struct trace *trace, monotime_t now);

/* Returns whether a lookup or an attempt is under way, and not put off. */
bool trace_is_pending(const struct trace *trace);

/*
 * Returns the errno of a lookup or an attempt that failed for lack of memory,
 * descriptors or buffers, which is no fault of the host's, or could not start
 * for it, where nothing has won; 0: there is none. Of what came after there may
 * be no record (`incomplete`): ENOMEM.
 */
int trace_shortage(const struct trace *trace);

/*
 * Returns whether the step after TCP, as TLS is one, is what failed: for every
 * attempt that had TCP, and for one at least.
 */
bool trace_failed_in_step(const struct trace *trace);

/*
 * Returns whether a certificate is what failed: that of each attempt whose step
 * failed, where trace_failed_in_step().
 */
bool trace_refused_certificate(const struct trace *trace);

/* Returns the attempt that won; NULL when none has. */
const struct trace_attempt *trace_winner(const struct trace *trace);

/*
 * Returns the lookup that was to bring addresses of `family`, and brought none,
 * with an answer that is final ("no such name", "no address") only where no
 * other has failed or is pending; NULL: there are addresses, or no lookup.
 */
const struct trace_query *trace_fruitless_query(
    const struct trace *trace, int family);

/*
 * Returns whether a query ended in an error that leaves open whether there are
 * addresses, which "no such name" and "no address" do not.
 */
bool trace_query_failed(const struct trace_query *query);

#endif
