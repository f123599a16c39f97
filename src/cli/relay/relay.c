/* SPDX-License-Identifier: ISC */
/*
 * What follows from the end of one direction, and when the relay is over.
 */
#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "relay/drain.h"
#include "relay/engine.h"
#include "relay/engine_copy.h"
#include "relay/engine_pump.h"
#include "relay/expiry.h"
#include "relay/half_close.h"
#include "relay/hangup.h"
#include "relay/relay.h"
#include "relay/stream.h"
#include "relay/tls_stream.h"
#include "relay/unacked.h"
#include "relay/write_shutdown.h"

/*
 * How long a peer that greets a new connection may take, besides a round trip.
 */
#define GREETING_TIME (50 * MONOTIME_PER_MS)

/*
 * Two times that are no further apart expire together. They begin one after the
 * other, and a busy machine may not let the program run in between.
 */
#define TOGETHER (100 * MONOTIME_PER_MS)

enum relay_phase {
	RELAY_MOVING,
	RELAY_STOPPING, /* no more input is read; what was read is drained */
	RELAY_OVER      /* the result is known, reported or not */
};

/* In this order. */
enum upload_state {
	UPLOAD_READING,
	UPLOAD_INPUT_ENDED,  /* what was read is still sent */
	UPLOAD_INPUT_FAILED, /* likewise, and then the connection is reset */
	UPLOAD_SENT,         /* the kernel has all of the input */
	UPLOAD_SHUT_DOWN,    /* and the FIN */
	UPLOAD_FAILED        /* nothing more can be sent */
};

/* In this order. */
enum download_state {
	DOWNLOAD_WRITING,
	DOWNLOAD_STDOUT_CLOSED, /* what comes now goes to /dev/null */
	DOWNLOAD_ENDED          /* all that the peer sent is written out */
};

struct relay {
	struct relay_config config;
	relay_cb cb;
	void *arg;
	struct event_base *base;
	struct engine_endpoints endpoints;
	struct engine *engine;
	enum relay_phase phase;
	enum upload_state upload;
	enum download_state download;
	int input_error;       /* reading standard input failed; 0: no */
	int connection_error;  /* the connection is lost, or cannot send; 0: no
				*/
	uint64_t undelivered;  /* bytes that were read and can not be sent */
	bool resets;           /* the connection is closed with a reset */
	bool received_written; /* what was received before the end */
	bool truncated;        /* TLS: the peer may have sent more */
	struct hangup hangup;  /* of the stream that nothing is written to */
	struct drain *drain;
	struct write_shutdown *write_shutdown;
	monotime_t shutdown_wait; /* for a quiet peer, before the FIN */
	uint64_t received_before_shutdown;
	struct expiry *quit; /* the time after the end of input */
	monotime_t quit_at;
	struct expiry *idle;
	struct event *finish; /* reports the result, from the loop */
	struct relay_result result;
	struct unacked unacked;
	uint64_t acked;      /* bytes, when that was last checked */
	monotime_t moved_at; /* the last byte, either way */
	monotime_t started_at;
};

struct relay_progress
relay_progress(const struct relay *relay)
{
	return (relay->result.moved);
}

static bool
upload_is_over(const struct relay *relay)
{
	return (relay->upload >= UPLOAD_SENT);
}

/* Returns how many bytes TCP has sent, or has to send, for those sent. */
static uint64_t
sent_by_tcp(const struct relay *relay)
{
	struct tls_stream *tls = relay->endpoints.connection.tls;

	return (
	    tls == NULL ? relay->result.moved.sent : tls->ops->encrypted(tls));
}

/* Returns how many of the bytes sent are not acknowledged. */
static uint64_t
unacked(const struct relay *relay)
{
	struct tls_stream *tls = relay->endpoints.connection.tls;
	uint64_t sent = sent_by_tcp(relay);
	uint64_t rest = unacked_bytes(&relay->unacked, sent);

	if (tls == NULL)
		return (rest);
	return (
	    relay->result.moved.sent - tls->ops->decryptable(tls, sent - rest));
}

/*
 * Returns how many of the bytes received wait to be written out. Of what is not
 * decrypted the records count.
 */
static uint64_t
unwritten(const struct relay *relay)
{
	if (relay->download == DOWNLOAD_ENDED)
		return (0);
	return (stream_received(&relay->endpoints.connection) +
	    engine_unwritten(relay->engine));
}

/*
 * Counts as movement what the peer has acknowledged since the last time: a
 * socket may have no room for long. The time is that of the acknowledgement.
 */
static void
note_acked(struct relay *relay)
{
	uint64_t acked = relay->result.moved.sent - unacked(relay);
	monotime_t acked_at;

	if (acked == relay->acked)
		return;
	relay->acked = acked;
	acked_at = clock_now() -
	    unacked_age_ms(&relay->unacked) * MONOTIME_PER_MS;
	if (acked_at > relay->moved_at)
		relay->moved_at = acked_at;
}

/* The end. */

/*
 * Writes out what has been received, before an end that does not wait for more.
 * (The peer's end and a reset come after all that.)
 */
static void
write_received(struct relay *relay)
{
	if (relay->download == DOWNLOAD_ENDED || relay->received_written)
		return;
	relay->received_written = true;
	engine_write_received(relay->engine);
}

/*
 * Whether an error is not one of the connection or of a stream: this machine is
 * short of something, or refuses a system call.
 */
static bool
is_local(enum relay_end end, int error)
{
	switch (error) {
	case ENOMEM:
	case ENOBUFS:
	case EMFILE:
	case ENFILE:
		return (end != RELAY_DONE);
	case EPERM:
	case ENOSYS:
	case EINVAL:
		return (end == RELAY_LOST);
	default:
		return (false);
	}
}

/* Returns why TLS has failed; NULL: there is none. */
static const char *
tls_reason(const struct relay *relay)
{
	struct tls_stream *tls = relay->endpoints.connection.tls;

	return (tls == NULL ? NULL : tls->ops->reason(tls));
}

/*
 * Has the connection be closed with a reset, however this process ends: the
 * peer would wait for an end that does not come, or take the part that it has
 * for the whole.
 */
static void
reset_on_close(struct relay *relay)
{
	const struct linger reset = { .l_onoff = 1 };

	relay->resets = true;
	setsockopt(relay->endpoints.connection.fd, SOL_SOCKET, SO_LINGER,
	    &reset, sizeof(reset));
}

/*
 * Completes a relay that is done: TLS ends with a close_notify, as far as there
 * is room for it. Returns how it has ended.
 */
static enum relay_end
complete(struct relay *relay)
{
	struct tls_stream *tls = relay->endpoints.connection.tls;

	if (tls != NULL && relay->upload != UPLOAD_SHUT_DOWN)
		tls->ops->end(tls);
	return (relay->truncated ? RELAY_TRUNCATED : RELAY_DONE);
}

/* Ends the relay with the first of all reasons. */
static void
finish(struct relay *relay, enum relay_end end, int error)
{
	if (relay->phase == RELAY_OVER)
		return;
	if (end == RELAY_DONE || end == RELAY_IDLE)
		write_received(relay);
	if (relay->phase == RELAY_OVER)
		/* A write failed. */
		return;
	relay->phase = RELAY_OVER;
	write_shutdown_stop(relay->write_shutdown);
	if (is_local(end, error))
		end = RELAY_FAILED;
	if (end == RELAY_FAILED && !upload_is_over(relay))
		reset_on_close(relay);
	if (end == RELAY_DONE)
		end = complete(relay);
	/* The kernel makes EPIPE of a reset that comes after the peer's end. */
	if (end == RELAY_LOST && error == EPIPE)
		error = ECONNRESET;
	if (end == RELAY_LOST && error == EPROTO)
		relay->result.tls_reason = tls_reason(relay);
	relay->result.end = end;
	relay->result.error = error;
	event_active(relay->finish, 0, 0);
}

static void
relay_on_failed(int error, void *arg)
{
	finish(arg, RELAY_FAILED, error);
}

static void
set_expiry(struct relay *relay, struct expiry *expiry, monotime_t after)
{
	if (!expiry_set(expiry, after))
		finish(relay, RELAY_FAILED, errno);
}

/*
 * Returns how many bytes were received and not written out. TLS decrypts them
 * for that.
 */
static uint64_t
count_unwritten(struct relay *relay)
{
	struct stream *connection = &relay->endpoints.connection;
	static char bytes[16 * 1024];
	uint64_t count = engine_unwritten(relay->engine);
	size_t rest = stream_received(connection);
	ssize_t n;

	if (connection->tls == NULL || relay->download == DOWNLOAD_ENDED)
		return (unwritten(relay));
	connection->tap = NULL;
	do {
		n = stream_read(connection, bytes, sizeof(bytes));
		count += n > 0 ? (uint64_t)n : 0;
		rest -= n > 0 && (size_t)n < rest ? (size_t)n : rest;
	} while (n > 0 && (rest > 0 || stream_has_unread(connection)));
	return (count);
}

/* Counts what is left when the relay is over. */
static void
count_rest(struct relay *relay)
{
	struct relay_result *result = &relay->result;

	result->acked = result->moved.sent - unacked(relay);
	result->unacked = 0;
	if (result->end != RELAY_DONE && result->end != RELAY_TRUNCATED)
		result->unacked = relay->undelivered + unacked(relay) +
		    engine_waiting(relay->engine);
	if (result->unacked > 0)
		result->suspect_mss = unacked_suspect_mss(
		    &relay->unacked, sent_by_tcp(relay));
	note_acked(relay);
	result->stalled = clock_now() - relay->moved_at > MONOTIME_PER_SECOND;
	result->unwritten = count_unwritten(relay);
}

static void
relay_on_finish(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (relay->resets)
		write_received(relay);
	count_rest(relay);
	relay->cb(&relay->result, relay->arg);
}

const struct relay_result *
relay_interrupt(struct relay *relay)
{
	write_received(relay);
	if (relay->phase != RELAY_OVER) {
		relay->phase = RELAY_OVER;
		write_shutdown_stop(relay->write_shutdown);
		relay->result.end = RELAY_INTERRUPTED;
	}
	count_rest(relay);
	return (&relay->result);
}

/* The drain. */

/*
 * Sends the close_notify, without which the peer takes what it was sent for
 * cut. Where TLS is negotiated anew it has to wait, as a byte that is not
 * acknowledged; where that cannot end the connection is lost.
 */
static void
drain_close_notify(struct relay *relay, struct drain_facts *facts)
{
	struct tls_stream *tls = relay->endpoints.connection.tls;

	if (tls == NULL || relay->upload != UPLOAD_SENT ||
	    relay->result.moved.sent == 0 || facts->error != 0 ||
	    facts->unacked > 0 || tls->ops->end(tls) == 0)
		return;
	if (errno == EAGAIN)
		facts->unacked = 1;
	else if (errno == EPROTO)
		facts->error = errno;
}

/*
 * A connection that is closed with bytes unacknowledged was reset: the kernel
 * reports that once, maybe to a close_notify. The last acknowledgement closes
 * the connection, too, and may come between two questions to the kernel: the
 * bytes are counted after it was asked for the state.
 */
static struct drain_facts
relay_drain_facts(void *arg)
{
	struct relay *relay = arg;
	bool is_closed = unacked_is_closed(&relay->unacked);
	struct drain_facts facts = {
		.unacked = unacked(relay) + engine_waiting(relay->engine),
		.peer_ended = relay->download == DOWNLOAD_ENDED,
		.error = relay->connection_error,
	};

	if (facts.error == 0 && facts.unacked > 0 && is_closed)
		facts.error = ECONNRESET;
	drain_close_notify(relay, &facts);
	return (facts);
}

static void
relay_on_drained(enum drain_result result, int error, void *arg)
{
	struct relay *relay = arg;

	if (result == DRAIN_LOST)
		finish(relay, RELAY_LOST, error);
	else if (relay->input_error != 0)
		finish(relay, RELAY_INPUT_FAILED, relay->input_error);
	else if (result == DRAIN_STUCK)
		finish(relay, RELAY_LOST, ETIMEDOUT);
	else
		finish(relay, RELAY_DONE, 0);
}

static const struct drain_events drain_events = {
	.gather = relay_drain_facts,
	.result = relay_on_drained,
	.failed = relay_on_failed,
};

/* Ends when what was read is acknowledged, or the peer acknowledges no more. */
static void
stop(struct relay *relay)
{
	if (relay->phase != RELAY_MOVING)
		return;
	relay->phase = RELAY_STOPPING;
	write_shutdown_stop(relay->write_shutdown);
	engine_stop_input(relay->engine);
	drain_set_patience(relay->drain, DRAIN_PATIENCE);
	drain_start(relay->drain);
}

/* The times. */

/*
 * A connection from which nothing has come yet is not left before a peer that
 * greets at once can have done so: with -q 0 it would be a matter of luck.
 */
static monotime_t
quit_after(const struct relay *relay)
{
	monotime_t after = relay->config.quit_after;
	monotime_t greeted = relay->started_at + GREETING_TIME +
	    unacked_round_trip(&relay->unacked) - clock_now();

	if (relay->result.moved.received == 0 && after < greeted)
		return (greeted);
	return (after);
}

static void
start_quit(struct relay *relay)
{
	monotime_t after = quit_after(relay);

	relay->quit_at = clock_after(clock_now(), after);
	set_expiry(relay, relay->quit, after);
}

static void
relay_on_quit(void *arg)
{
	stop(arg);
}

/*
 * Ends an idle relay, or sets the time when it may be one. Where the time after
 * the end of input expires together with this one, it comes first, so that it
 * is not a matter of luck.
 */
static void
relay_on_idle(void *arg)
{
	struct relay *relay = arg;
	monotime_t rest;

	note_acked(relay);
	rest = relay->moved_at + relay->config.idle_timeout - clock_now();
	if (rest > 0)
		set_expiry(relay, relay->idle, rest);
	else if (relay->quit_at > clock_now() + TOGETHER)
		finish(relay, RELAY_IDLE, 0);
}

/* The half-close. */

static void
notify(struct relay *relay, enum relay_notice notice)
{
	if (relay->config.notice != NULL)
		relay->config.notice(notice, relay->shutdown_wait, relay->arg);
}

static struct half_close_facts
relay_half_close_facts(void *arg)
{
	struct relay *relay = arg;

	note_acked(relay);
	return ((struct half_close_facts){
	    .input_sent = true,
	    .peer_ended = relay->download == DOWNLOAD_ENDED,
	    .unacked = unacked(relay),
	    .unwritten = unwritten(relay),
	    .moved_at = relay->moved_at,
	});
}

/* Resets a connection that still lives, over which no FIN can be sent; false:
 * it is lost already. */
static bool
abort_connection(struct relay *relay, int error)
{
	struct pollfd entry = { .fd = relay->endpoints.connection.fd };

	if (poll(&entry, 1, 0) != 0)
		return (false);
	reset_on_close(relay);
	finish(relay, RELAY_LOST, error);
	return (true);
}

/* Sends the FIN, or what TLS has in its place; returns 0 or an errno. */
static int
relay_shut_down(void *arg)
{
	const struct stream *connection =
	    &((struct relay *)arg)->endpoints.connection;
	struct tls_stream *tls = connection->tls;
	int result = tls != NULL ? tls->ops->end(tls)
				 : shutdown(connection->fd, SHUT_WR);

	return (result == -1 ? errno : 0);
}

static void
relay_on_shut_down(int error, void *arg)
{
	struct relay *relay = arg;

	relay->upload = UPLOAD_SHUT_DOWN;
	relay->received_before_shutdown = relay->result.moved.received;
	/* The idle timeout starts anew: the peer may have waited for this. */
	relay->moved_at = clock_now();
	if (error != 0)
		abort_connection(relay, error);
}

static void
relay_on_shutdown_waits(void *arg)
{
	notify(arg, RELAY_SHUTDOWN_WAITS);
}

/*
 * A peer that has all and is quiet is left: with --send-only its end is not
 * waited for, and with TLS not for ever. Not from here, which may be within the
 * engine.
 */
static void
relay_on_quiet(void *arg)
{
	struct relay *relay = arg;

	if (!relay->config.send_only) {
		/* What is left is to be acknowledged. */
		if (relay->download == DOWNLOAD_ENDED)
			return;
		relay->truncated = true;
		relay->result.tls_waited = relay->config.tls_shutdown_timeout;
	}
	set_expiry(relay, relay->quit, 0);
}

static const struct write_shutdown_events write_shutdown_events = {
	.gather = relay_half_close_facts,
	.send = relay_shut_down,
	.shut_down = relay_on_shut_down,
	.waits = relay_on_shutdown_waits,
	.quiet = relay_on_quiet,
	.failed = relay_on_failed,
};

/* Returns how long a peer may be quiet that was sent the FIN, or all. */
static monotime_t
leave_wait(const struct relay *relay)
{
	const struct relay_config *config = &relay->config;
	const struct half_close_config leave = {
		.asked = HALF_CLOSE_DEFAULT,
		.quit_after = config->quit_after,
		.idle_timeout = config->idle_timeout,
	};

	if (config->send_only)
		return (half_close_wait(&leave));
	if (relay->endpoints.connection.tls != NULL &&
	    relay->shutdown_wait != MONOTIME_NEVER)
		return (config->tls_shutdown_timeout);
	return (MONOTIME_NEVER);
}

static struct write_shutdown *
new_write_shutdown(struct relay *relay)
{
	const struct relay_config *config = &relay->config;

	relay->shutdown_wait = half_close_wait(&(struct half_close_config){
	    .asked = config->shutdown_after,
	    .quit_after = config->quit_after,
	    .idle_timeout = config->idle_timeout,
	    .send_only = config->send_only,
	    .receive_only = config->receive_only,
	    .input_is_null = stream_discards(&relay->endpoints.in),
	});
	return (write_shutdown_new(&(struct write_shutdown_config){
	    .base = relay->base,
	    .wait = relay->shutdown_wait,
	    .leave_wait = leave_wait(relay),
	    .events = &write_shutdown_events,
	    .arg = relay,
	}));
}

/* One direction has ended. */

/* Whether nothing is to be sent any more when the peer has ended. */
static bool
leaves_with_peer(const struct relay *relay)
{
	return (relay->config.exit_on_peer_eof || relay->config.receive_only ||
	    (!upload_is_over(relay) &&
		relay->endpoints.in.kind == STREAM_TERMINAL));
}

/* Ends the relay when nothing is left to do. */
static void
update(struct relay *relay)
{
	if (relay->phase == RELAY_OVER || relay->download != DOWNLOAD_ENDED)
		return;
	if (relay->connection_error != 0)
		finish(relay, RELAY_LOST, relay->connection_error);
	else if (leaves_with_peer(relay))
		stop(relay);
	else if (upload_is_over(relay))
		drain_start(relay->drain);
}

/*
 * Closes standard output, once, so that its reader sees EOF. Where it is one
 * socket with standard input that stays open, and the write side is shut down.
 */
static void
close_stdout(struct relay *relay, enum download_state state)
{
	struct engine_endpoints *endpoints = &relay->endpoints;
	bool is_closed = relay->download != DOWNLOAD_WRITING;
	int error;

	relay->download = state;
	if (is_closed)
		return;
	if (stream_is_same_socket(&endpoints->in, &endpoints->out))
		shutdown(endpoints->out.inherited, SHUT_WR);
	error = stream_end(&endpoints->out);
	if (error != 0)
		finish(relay, RELAY_OUTPUT_FAILED, error);
}

/*
 * Standard output was closed by its reader. If something waits to be written
 * the write fails, and that ends the relay. If not, nothing is lost: what was
 * read is sent, and no more is read. What the peer sends meanwhile goes to
 * /dev/null, which stands in the place of standard output from now on.
 */
static void
relay_on_stdout_closed(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	hangup_release(&relay->hangup);
	/* What TLS has received need not be data. */
	if (relay->endpoints.connection.tls != NULL)
		engine_write_received(relay->engine);
	if (relay->phase == RELAY_OVER || unwritten(relay) > 0)
		return;
	close_stdout(relay, DOWNLOAD_STDOUT_CLOSED);
	stop(relay);
}

/* The connection is lost, while there is nothing to send. */
static void
relay_on_connection_lost(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;
	int error = 0;
	socklen_t length = sizeof(error);

	(void)fd;
	(void)what;
	getsockopt(relay->endpoints.connection.fd, SOL_SOCKET, SO_ERROR, &error,
	    &length);
	finish(relay, RELAY_LOST, error != 0 ? error : ECONNRESET);
}

/*
 * Returns whether standard output has a reader that can close it. Where it is
 * one socket with standard input its reader closes both: input is read to its
 * end first.
 */
static bool
can_be_closed(const struct relay *relay)
{
	const struct stream *out = &relay->endpoints.out;

	if (out->kind != STREAM_PIPE && out->kind != STREAM_SOCKET)
		return (false);
	return (upload_is_over(relay) ||
	    !stream_is_same_socket(&relay->endpoints.in, out));
}

/*
 * Watches the stream that may be closed while nothing is written to it:
 * standard output, and after the peer's end the connection.
 */
static void
watch_for_hangup(struct relay *relay)
{
	hangup_release(&relay->hangup);
	if (relay->phase == RELAY_OVER)
		return;
	if (relay->download != DOWNLOAD_ENDED) {
		if (can_be_closed(relay))
			hangup_watch(&relay->hangup, relay->base,
			    relay->endpoints.out.fd, relay_on_stdout_closed,
			    relay);
	} else if (!upload_is_over(relay)) {
		hangup_watch(&relay->hangup, relay->base,
		    relay->endpoints.connection.fd, relay_on_connection_lost,
		    relay);
	}
}

/* What the engine reports. */

static void
relay_on_input_read(void *arg)
{
	struct relay *relay = arg;

	relay->moved_at = clock_now();
}

static void
relay_on_sent(size_t count, void *arg)
{
	struct relay *relay = arg;

	relay->result.moved.sent += count;
	relay->moved_at = clock_now();
}

static void
relay_on_received(size_t count, void *arg)
{
	struct relay *relay = arg;

	relay->result.moved.received += count;
	relay->moved_at = clock_now();
}

static void
relay_on_input_ended(void *arg)
{
	struct relay *relay = arg;

	if (relay->upload != UPLOAD_READING)
		return;
	relay->upload = UPLOAD_INPUT_ENDED;
	start_quit(relay);
}

static void
relay_on_upload_ended(void *arg)
{
	struct relay *relay = arg;

	relay_on_input_ended(relay);
	relay->upload = UPLOAD_SENT;
	watch_for_hangup(relay);
	write_shutdown_start(relay->write_shutdown);
	update(relay);
}

/* What was read before is sent; the engine may be about to. */
static void
relay_on_input_failed(int error, void *arg)
{
	struct relay *relay = arg;

	relay->upload = UPLOAD_INPUT_FAILED;
	relay->input_error = error;
	reset_on_close(relay);
	set_expiry(relay, relay->quit, 0);
}

static void
relay_on_upload_failed(int error, uint64_t undelivered, void *arg)
{
	struct relay *relay = arg;

	relay->upload = UPLOAD_FAILED;
	if (relay->connection_error == 0)
		relay->connection_error = error;
	relay->undelivered = undelivered;
	if (!abort_connection(relay, error))
		update(relay);
}

/* The peer has ended: notifies of a peer that did so at our FIN. */
static void
check_reply(struct relay *relay)
{
	if (relay->upload == UPLOAD_SHUT_DOWN && !relay->config.send_only &&
	    relay->result.moved.received == relay->received_before_shutdown)
		notify(relay, RELAY_NO_REPLY);
}

static void
relay_on_download_ended(int error, void *arg)
{
	struct relay *relay = arg;

	const struct tls_stream *tls = relay->endpoints.connection.tls;

	if (relay->connection_error == 0)
		relay->connection_error = error;
	/* What is discarded may be cut. */
	if (tls != NULL && relay->download == DOWNLOAD_WRITING &&
	    !relay->config.send_only)
		relay->truncated = tls->is_truncated;
	/* It is not to be watched once it is closed. */
	hangup_release(&relay->hangup);
	close_stdout(relay, DOWNLOAD_ENDED);
	check_reply(relay);
	write_shutdown_poll(relay->write_shutdown);
	update(relay);
	watch_for_hangup(relay);
}

static void
relay_on_output_failed(int error, void *arg)
{
	finish(arg, RELAY_OUTPUT_FAILED, error);
}

static const struct engine_events engine_events = {
	.input_read = relay_on_input_read,
	.sent = relay_on_sent,
	.received = relay_on_received,
	.input_ended = relay_on_input_ended,
	.upload_ended = relay_on_upload_ended,
	.input_failed = relay_on_input_failed,
	.upload_failed = relay_on_upload_failed,
	.download_ended = relay_on_download_ended,
	.output_failed = relay_on_output_failed,
	.failed = relay_on_failed,
};

static struct engine *
new_engine(struct relay *relay)
{
	const struct engine_config config = {
		.base = relay->base,
		.endpoints = &relay->endpoints,
		.events = &engine_events,
		.arg = relay,
		.receive_only = relay->config.receive_only,
		.crlf = relay->config.crlf,
		.zero_copy = relay->config.zero_copy,
	};

	if (relay->endpoints.connection.tls != NULL ||
	    relay->endpoints.connection.tap != NULL || relay->config.may_block)
		return (engine_pump_new(&config));
#ifdef __linux__
	if (!relay->config.no_splice)
		return (engine_pump_new(&config));
#endif
	return (engine_copy_new(&config));
}

/* The life of a relay. */

/* Opens the standard streams; false when that is impossible. */
static bool
open_streams(struct relay *relay)
{
	struct engine_endpoints *endpoints = &relay->endpoints;

	stream_open(&endpoints->in, STDIN_FILENO, STREAM_IN);
	if (relay->config.send_only)
		return (stream_open_sink(&endpoints->out));
	stream_open(&endpoints->out, STDOUT_FILENO, STREAM_OUT);
	return (true);
}

/* Makes the parts; false when out of memory. */
static bool
make_parts(struct relay *relay)
{
	struct event_base *base = relay->base;
	int fd = relay->endpoints.connection.fd;

	relay->finish = event_new(base, -1, 0, relay_on_finish, relay);
	relay->quit = expiry_new(base, relay_on_quit, relay);
	relay->idle = expiry_new(base, relay_on_idle, relay);
	relay->drain = drain_new(base, fd, &drain_events, relay);
	relay->write_shutdown = new_write_shutdown(relay);
	if (relay->finish == NULL || relay->quit == NULL ||
	    relay->idle == NULL || relay->drain == NULL ||
	    relay->write_shutdown == NULL)
		return (false);
	relay->engine = new_engine(relay);
	return (relay->engine != NULL);
}

static bool
start(struct relay *relay)
{
	unacked_init(&relay->unacked, relay->endpoints.connection.fd);
	relay->started_at = clock_now();
	relay->moved_at = relay->started_at;
	relay->quit_at = MONOTIME_NEVER;
	set_expiry(relay, relay->idle, relay->config.idle_timeout);
	if (!engine_start(relay->engine))
		return (false);
	watch_for_hangup(relay);
	return (true);
}

static void
close_connection(const struct stream *connection)
{
	if (connection->tls != NULL)
		connection->tls->ops->free(connection->tls);
	else
		close(connection->fd);
}

struct relay *
relay_new(struct event_base *base, int fd, struct tls_stream *tls,
    const struct relay_config *config, relay_cb cb, void *arg)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	struct stream connection;
	int error;

	stream_of_socket(&connection, fd, tls);
	if (relay == NULL) {
		close_connection(&connection);
		errno = ENOMEM;
		return (NULL);
	}
	connection.may_block = config->may_block;
	relay->endpoints.connection = connection;
	relay->endpoints.connection.tap = config->tap;
	relay->config = *config;
	relay->cb = cb;
	relay->arg = arg;
	relay->base = base;
	relay->hangup = HANGUP_NONE;
	if (open_streams(relay) && make_parts(relay) && start(relay))
		return (relay);
	error = errno;
	relay_free(relay);
	errno = error;
	return (NULL);
}

void
relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	/* The event loop has failed, or the relay has never started. */
	if (relay->phase != RELAY_OVER && !upload_is_over(relay))
		reset_on_close(relay);
	engine_free(relay->engine);
	write_shutdown_free(relay->write_shutdown);
	drain_free(relay->drain);
	expiry_free(relay->idle);
	expiry_free(relay->quit);
	if (relay->finish != NULL)
		event_free(relay->finish);
	hangup_release(&relay->hangup);
	stream_release(&relay->endpoints.in);
	stream_release(&relay->endpoints.out);
	close_connection(&relay->endpoints.connection);
	free(relay);
}
