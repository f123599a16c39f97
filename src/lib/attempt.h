/* SPDX-License-Identifier: ISC */
/*
 * attempt.h: one connection attempt to one address.
 *
 * An attempt knows nothing of other attempts, of the list it comes from or of
 * any delay. Its life: start; then it ends once, which the callback reports;
 * then take, or nothing; then release, at any time.
 *
 * What makes it a success is part of the request. Until that has come about, or
 * the peer has ended the connection, the attempt is pending. It only peeks at
 * what the peer sends, so nothing is lost.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>

#include "address.h"
#include "clock.h"
#include "hecat_types.h"

struct bufferevent;
struct event_base;
struct socket_request;
struct step_request;

struct attempt_request {
	const struct address *destination;
	const struct address
	    *source; /* with its port; NULL: the host's choice */
	enum hecat_success success;
	monotime_t open_time;            /* a duration, from the connect on */
	const struct step_request *step; /* what follows then; NULL: nothing */
	const struct socket_request *socket; /* NULL: as the system makes it */
};

/* What is known of an attempt besides its outcome. */
struct attempt_facts {
	struct address source;    /* length 0: not known */
	struct address offender;  /* sent the ICMP error; length 0: not known */
	monotime_t established;   /* TCP was found connected, or NEVER */
	monotime_t rtt;           /* of the handshake; -1: none */
	unsigned retransmissions; /* of the SYN */
	bool in_step;             /* its step is to begin or runs */
	int step_error;           /* errno of a step that failed; 0: none */
	const char *step_text;    /* why it failed, as long as the attempt
				     lives; NULL: not given */
};

/* The error of an attempt whose peer has closed before it was a success. */
#define ATTEMPT_CLOSED (-1)

/*
 * The error where this process lacks memory: it is no fault of the peer.
 * That the kernel lacks it is an errno, ENOMEM or ENOBUFS.
 */
#define ATTEMPT_OUT_OF_MEMORY (-2)

/* The error of an attempt whose step has failed. */
#define ATTEMPT_STEP_FAILED (-3)

/* No error, and no end: the attempt has TCP and goes on with its step. */
#define ATTEMPT_ESTABLISHED (-4)

/*
 * Called from the event loop or from inside poll, never from inside start, at
 * most once: the attempt has ended, with 0 (success), an errno or one
 * of the above. With a step it is called with ATTEMPT_ESTABLISHED before that.
 * The attempt may be released inside.
 */
typedef void (*attempt_cb)(int error, void *arg);

struct attempt;

struct attempt_provider;

/* What a provider does. */
struct attempt_provider_ops {
	/*
	 * Starts an attempt and sets *attempt. Returns 0, or the errno of a
	 * failure that needed no packet or ATTEMPT_OUT_OF_MEMORY, and then
	 * *attempt is not set.
	 */
	int (*start)(struct attempt_provider *provider,
	    const struct attempt_request *request, attempt_cb cb, void *arg,
	    struct attempt **attempt);
	/*
	 * Polls every attempt that has not ended, whatever the loop has
	 * reported so far, and calls back for those that have by now.
	 */
	void (*poll)(struct attempt_provider *provider);
	/*
	 * Begins the step of an attempt that has reported ATTEMPT_ESTABLISHED.
	 * Returns that while the step runs, or else how the attempt has ended.
	 */
	int (*begin_step)(struct attempt *attempt);
	/* Fills in *facts of an attempt, pending or ended. */
	void (*inspect)(struct attempt *attempt, struct attempt_facts *facts);
	/*
	 * Hand over the socket of a connected attempt to the caller, or the
	 * bufferevent that its step ended with; -1 and NULL: it has none.
	 */
	int (*take)(struct attempt *attempt);
	struct bufferevent *(*take_bufferevent)(struct attempt *attempt);
	/* Ends and frees the attempt, and closes its socket unless taken. */
	void (*release)(struct attempt *attempt);
	/* Frees the provider; its attempts have been released. */
	void (*dispose)(struct attempt_provider *provider);
};

/* Makes attempts. An implementation has it as a member (container.h). */
struct attempt_provider {
	const struct attempt_provider_ops *ops;
};

/*
 * Returns the provider of real attempts, with events on `base`; NULL when out
 * of memory.
 */
struct attempt_provider *attempt_provider_new(struct event_base *base);

#endif
