/* SPDX-License-Identifier: ISC */
/*
 * relay/internal.h: what the parts of the relay share: relay.c knows when what
 * ends, relay_drain.c when to leave, relay_half_close.c when the write side is
 * shut down.
 */
#ifndef RELAY_INTERNAL_H
#define RELAY_INTERNAL_H

#include "relay/unacked.h"
#include "relay/half_close.h"
#include "relay/hangup.h"
#include "relay/relay.h"
#include "relay/engine.h"

struct relay {
	struct relay_ends ends;
	struct relay_config config;
	relay_cb cb;
	void *arg;
	const struct relay_engine *engine;
	void *state; /* of the engine */
	bool input_ended;
	int input_error; /* reading standard input failed */
	bool input_sent; /* input has ended, and the kernel has all of it */
	bool upload_over;
	bool write_shut; /* the FIN is sent, or queued */
	bool stopping;   /* the time of quit_after is up */
	bool quit_expired;
	bool idle_expired;
	bool download_over;
	bool output_ended; /* standard output is closed, /dev/null in its place
			    */
	bool over;
	bool aborted;          /* by us, over a connection that lived */
	bool writing_received; /* what was received before an end */
	struct hangup hangup;  /* of the endpoint that nothing is written to */
	struct relay_result result;
	struct event *finish;     /* tells the result from the loop */
	struct event *quit;       /* the time after the end of input is up */
	monotime_t quit_at;       /* when it is */
	struct event *drain;      /* looks at the send queue again */
	struct event *half_close; /* the peer may be quiet by now */
	struct event *shutdown_notice; /* the FIN has waited for long */
	monotime_t shutdown_wait;      /* for a quiet peer */
	monotime_t leave_wait;         /* likewise, with send_only */
	uint64_t received_before_shutdown;
	struct event *idle;    /* nothing may have moved for a while */
	uint64_t unacked_seen; /* when the send queue last changed */
	monotime_t unacked_since;
	struct unacked unacked; /* of what was sent */
	uint64_t acked;         /* of it, when the idle timer last looked */
	monotime_t started_at;
	monotime_t moved_at; /* the last time something did */
};

/*
 * Counts as movement what the peer has acknowledged since the last time: a
 * socket may have no room for long. The time is that of the acknowledgement.
 */
void relay_note_acked(struct relay *relay);

/* Returns how many of the bytes received wait to be written out. */
uint64_t relay_unwritten(const struct relay *relay);

bool relay_half_close_init(struct relay *relay);
void relay_half_close_release(struct relay *relay);

/* Input has ended and is sent: begins to wait for the half-close. */
void relay_input_sent(struct relay *relay);

/* Shuts the write side down if that is due, or comes back when it may be. */
void relay_half_close(struct relay *relay);

/* The peer has ended: notifies of a peer that did so at our FIN. */
void relay_check_reply(struct relay *relay);

/* Ends the relay with the first of all reasons. */
void relay_finish(struct relay *relay, enum relay_end end, int error);

/*
 * Ends a relay that can send no more, or no end, over a connection that still
 * lives: with a reset. The peer would wait for ever for an end that does not
 * come, or take the part that it has for all there is. Returns false, and does
 * nothing, where the connection is lost already.
 */
bool relay_abort(struct relay *relay, int error);

/* Returns how many of the bytes sent have not arrived. */
uint64_t relay_unacked(const struct relay *relay);

/* Make and free the timers. */
bool relay_timers_init(struct relay *relay);
void relay_timers_release(struct relay *relay);

/* Input has ended: sets the time to leave, if there is one. */
void relay_start_quit(struct relay *relay);

/* Sets a timer `after` a duration, or not for one that never ends. */
void relay_set_timer(
    struct relay *relay, struct event *timer, monotime_t after);

/* Ends a relay that only waits for what was sent to arrive. */
void relay_drain(struct relay *relay);

/* Leaves when what was sent has arrived, or the peer takes no more of it. */
void relay_stop(struct relay *relay);

#endif
