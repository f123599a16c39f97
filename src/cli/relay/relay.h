/* SPDX-License-Identifier: ISC */
/*
 * relay/relay.h: standard input to a connection, the connection to standard
 * output.
 *
 * The relay does not know how the connection was made. It reads nothing before
 * relay_new(), owns the connection from then on, and closes it in relay_free().
 *
 * Each direction ends by itself. At the end of input, what was read is sent,
 * and the write side is shut down once the peer has been quiet for a while
 * (half_close.h). At the end of the peer, what was received is written out and
 * standard output closed. With TLS a close_notify takes the place of the FIN.
 *
 * The relay is over when both directions have ended; when the peer has ended
 * and input is a terminal, or is not read, or config.exit_on_peer_eof is set;
 * when the connection is lost; when a standard stream fails; or when the time
 * to wait after the end of input, or without any data, has expired. What has
 * been received by then is written out first, as far as that goes without
 * waiting.
 *
 * When reading standard input fails, what was read before is sent, and the
 * connection is reset once the peer has acknowledged it, or acknowledges
 * nothing for a second: the peer must not take it for the whole. For the same
 * reason the connection is reset when the relay itself fails before all of the
 * input is sent.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct event_base;
struct relay;
struct stream_tap;
struct tls_stream;

/* What may explain a reply that is late or missing. */
enum relay_notice {
	RELAY_SHUTDOWN_WAITS, /* input has ended; the FIN waits for more than a
				 second */
	RELAY_NO_REPLY /* the peer ended, having sent nothing after our FIN */
};

/*
 * Called from the event loop with the wait for a quiet peer and the `arg` of
 * relay_new(). The relay may not be freed inside.
 */
typedef void (*relay_notice_cb)(
    enum relay_notice notice, monotime_t shutdown_wait, void *arg);

struct relay_config {
	monotime_t quit_after;     /* a duration after the end of input;
				      MONOTIME_NEVER: wait for the peer */
	monotime_t idle_timeout;   /* a duration; MONOTIME_NEVER: none */
	monotime_t shutdown_after; /* a duration, or HALF_CLOSE_DEFAULT:
				      half_close.h has its meaning */
	/* How long a peer may be quiet after our close_notify: a duration, or
	 * MONOTIME_NEVER. Counts with TLS alone. */
	monotime_t tls_shutdown_timeout;
	relay_notice_cb notice; /* NULL: not wanted */
	bool send_only;         /* discard what the peer sends */
	bool receive_only;      /* do not read standard input */
	bool exit_on_peer_eof;  /* the peer's end ends the relay */
	bool crlf;              /* CRLF for LF on the way out */
	bool zero_copy;         /* send the pages of a file, not copies */
	bool no_splice;         /* use the portable engine */
	bool may_block;         /* the connection is not O_NONBLOCK */
	/* Sees what passes the connection; NULL: none. It outlives the relay,
	 * which makes copies for it. */
	struct stream_tap *tap;
};

enum relay_end {
	RELAY_DONE,          /* all that both sides sent was delivered */
	RELAY_TRUNCATED,     /* likewise, but TLS ended without the peer's
				close_notify: it may have sent more */
	RELAY_LOST,          /* the connection: `error` */
	RELAY_INPUT_FAILED,  /* reading standard input: `error` */
	RELAY_OUTPUT_FAILED, /* writing standard output: `error` */
	RELAY_IDLE,          /* nothing moved for the idle timeout */
	RELAY_INTERRUPTED,   /* by relay_interrupt() */
	RELAY_FAILED         /* the event loop: `error` */
};

/* Bytes so far. */
struct relay_progress {
	uint64_t sent;
	uint64_t received; /* and written out, or discarded */
};

struct relay_result {
	enum relay_end end;
	int error; /* errno, where there is one */
	/* Why TLS has failed; NULL: it has not. Valid until relay_free(). */
	const char *tls_reason;
	/* RELAY_TRUNCATED: the shutdown timeout, which has expired; or 0. */
	monotime_t tls_waited;
	/* Bytes of standard input that were read, and that the peer has not
	 * acknowledged: sent or not. 0 with RELAY_DONE, RELAY_TRUNCATED. */
	uint64_t unacked;
	/* Bytes that the peer has acknowledged. */
	uint64_t acked;
	/* Nothing has moved for a second: they are not just in flight. */
	bool stalled;
	/* Bytes that were received and not written out. */
	uint64_t unwritten;
	/* The MSS in use, when large packets seem to be lost on the way; or 0.
	 */
	uint32_t suspect_mss;
	struct relay_progress moved;
};

/* Called from the event loop once; the relay may be freed inside. */
typedef void (*relay_cb)(const struct relay_result *result, void *arg);

/*
 * Starts to relay over `fd`, a connected socket, non-blocking unless the
 * configuration says otherwise, or over `tls`, unless that is NULL; `fd` is
 * then that of TLS. Returns NULL, with errno and with the connection closed,
 * when that is impossible.
 */
struct relay *relay_new(struct event_base *base, int fd, struct tls_stream *tls,
    const struct relay_config *config, relay_cb cb, void *arg);

/* Frees the relay, which may be NULL, and closes the connection. */
void relay_free(struct relay *relay);

/*
 * Ends the relay from outside: nothing moves after it, and there is no
 * callback. Returns the result, which is valid until relay_free().
 */
const struct relay_result *relay_interrupt(struct relay *relay);

/* Returns what has been moved up to now. */
struct relay_progress relay_progress(const struct relay *relay);

#endif
