/* SPDX-License-Identifier: ISC */
/*
 * hecat_types.h: the choices and the findings of hecat.h, and its version.
 *
 * Part of hecat.h, which includes it. It includes nothing itself, so that what
 * knows no sockets can name an order, an outcome or an error, too.
 */
#ifndef HECAT_TYPES_H
#define HECAT_TYPES_H

/* The version of this header; hecat_get_version_number() is the library's. */
#define HECAT_VERSION_MAJOR 0
#define HECAT_VERSION_MINOR 1
#define HECAT_VERSION_PATCH 0

/* 0x010203 for version 1.2.3. */
#define HECAT_VERSION_NUMBER                                        \
	((HECAT_VERSION_MAJOR << 16) | (HECAT_VERSION_MINOR << 8) | \
	    HECAT_VERSION_PATCH)

/* In which order addresses are attempted. */
enum hecat_order {
	HECAT_ORDER_SORTED,     /* RFC 6724 section 6, RFC 8305 section 4 */
	HECAT_ORDER_RESOLVER,   /* as answered by one lookup, or as listed */
	HECAT_ORDER_INTERLEAVED /* likewise, then interleaved, the family of the
				   first address leading */
};

/*
 * What makes an attempt a success. Until then it is pending, and others start
 * beside it by the Connection Attempt Delay; a close or a reset before is its
 * failure. A byte that has come together with a close is a success. Nothing is
 * read from the socket: what came is there for its owner.
 */
enum hecat_success {
	HECAT_SUCCESS_TCP,  /* the SYN is answered (default) */
	HECAT_SUCCESS_OPEN, /* the first byte has come, or neither a close nor a
			       reset for some time after the connect */
	HECAT_SUCCESS_DATA  /* the first byte has come */
};

/* Why there is no connection. */
enum hecat_error {
	HECAT_ERROR_CONNECT = 1, /* every attempt failed */
	HECAT_ERROR_RESOLVE,     /* no usable address */
	HECAT_ERROR_TIMEOUT,     /* the time budget expired */
	HECAT_ERROR_MEMORY,      /* out of memory */
	HECAT_ERROR_CANCELLED    /* hecat_connector_cancel(); in the event
				    ENDED alone */
};

enum hecat_event_type {
	HECAT_EVENT_QUERY,     /* a lookup starts, or starts again
				  after it was put off */
	HECAT_EVENT_ANSWER,    /* a lookup is answered */
	HECAT_EVENT_CANDIDATE, /* after an answer: one per address in
				  the new order */
	HECAT_EVENT_SKIPPED,   /* likewise, of an address that is left out:
				  there is no source of its family, or a
				  prefix that is excluded has it */
	HECAT_EVENT_ATTEMPT_STARTED,
	HECAT_EVENT_ATTEMPT_ENDED,
	HECAT_EVENT_OUT_OF_DESCRIPTORS, /* an attempt or the lookup is put
					   off */
	HECAT_EVENT_ENDED               /* the connect, or the lookup */
};

/* How an attempt ended. */
enum hecat_outcome {
	HECAT_OUTCOME_WON,
	HECAT_OUTCOME_FAILED,     /* with an errno */
	HECAT_OUTCOME_TIMED_OUT,  /* the attempt timeout expired */
	HECAT_OUTCOME_CANCELLED,  /* another won, or the time budget expired */
	HECAT_OUTCOME_CLOSED,     /* by the peer, before it was a success */
	HECAT_OUTCOME_STEP_FAILED /* the step after TCP, with an errno, a text,
				     or both */
};

/* What brought an attempt about. */
enum hecat_cause {
	HECAT_CAUSE_FIRST,           /* nothing was started before */
	HECAT_CAUSE_DELAY_PASSED,    /* the Connection Attempt Delay */
	HECAT_CAUSE_PREVIOUS_FAILED, /* the newest attempt */
	HECAT_CAUSE_LATE_ANSWER      /* it was due, but there was no address */
};

/* What an entry of a connector's list of errors is about. */
enum hecat_error_kind { HECAT_ERROR_KIND_LOOKUP, HECAT_ERROR_KIND_ATTEMPT };

/* What a caller of hecat_race_state_next() has to do. */
enum hecat_race_action {
	HECAT_RACE_ERROR = -1, /* an argument is out of its bounds: EINVAL */
	HECAT_RACE_START,      /* start an entry, and ask again */
	HECAT_RACE_WAIT,       /* ask again at a point in time */
	HECAT_RACE_WAIT_EVENT, /* ask again when something has happened */
	HECAT_RACE_DONE        /* the race is decided */
};

/* The state of an entry of a race. */
enum hecat_race_entry {
	HECAT_RACE_ENTRY_UNTRIED, /* not started */
	HECAT_RACE_ENTRY_RUNNING,
	HECAT_RACE_ENTRY_FAILED,
	HECAT_RACE_ENTRY_WON,
	HECAT_RACE_ENTRY_CANCELLED /* it ran when the race was decided */
};

/* The winner of a race that has none. */
#define HECAT_RACE_NOBODY ((size_t)-1)

#endif
