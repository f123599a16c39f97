/* SPDX-License-Identifier: ISC */
/*
 * When what ends: the half-close both ways, and what is left to wait for.
 */
#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "relay/internal.h"

struct relay_ends *
relay_ends(struct relay *relay)
{
	return (&relay->ends);
}

struct relay_progress
relay_progress(const struct relay *relay)
{
	return (relay->result.moved);
}

void
relay_input_read(struct relay *relay)
{
	relay->moved_at = clock_now();
}

void
relay_sent(struct relay *relay, size_t count)
{
	relay->result.moved.sent += count;
	relay->moved_at = clock_now();
}

void
relay_received(struct relay *relay, size_t count)
{
	relay->result.moved.received += count;
	relay->moved_at = clock_now();
}

uint64_t
relay_unacked(const struct relay *relay)
{
	return (unacked_bytes(&relay->unacked, relay->result.moved.sent));
}

/*
 * Writes out what has been received, before an end that does not wait for more.
 * (The peer's end and a reset come after all that.)
 */
static void
write_received(struct relay *relay)
{
	if (!relay->download_over && !relay->writing_received) {
		relay->writing_received = true;
		relay->engine->write_received(relay->state);
	}
}

/*
 * Whether an error says nothing of the connection or of a stream, but that this
 * machine is short of something, or refuses a system call.
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

void
relay_finish(struct relay *relay, enum relay_end end, int error)
{
	if (relay->over)
		return;
	if (end == RELAY_DONE || end == RELAY_IDLE)
		write_received(relay);
	if (relay->over)
		/* A write failed. */
		return;
	relay->over = true;
	if (is_local(end, error))
		end = RELAY_FAILED;
	/* The kernel makes EPIPE of a reset that comes after the peer's end. */
	if (end == RELAY_LOST && error == EPIPE)
		error = ECONNRESET;
	relay->result.end = end;
	relay->result.error = error;
	event_active(relay->finish, 0, 0);
}

void
relay_watch(
    struct relay *relay, struct event *event, const struct timeval *after)
{
	if (event_add(event, after) == -1)
		relay_finish(relay, RELAY_FAILED, errno != 0 ? errno : ENOMEM);
}

/* Counts what is left when the relay is over. */
static void
count_rest(struct relay *relay)
{
	struct relay_result *result = &relay->result;

	if (result->end == RELAY_DONE)
		result->unacked = 0;
	else
		result->unacked += relay_unacked(relay) +
		    relay->engine->waiting(relay->state);
	if (result->unacked > 0)
		result->suspect_mss = unacked_suspect_mss(
		    &relay->unacked, result->moved.sent);
	relay_note_acked(relay);
	result->stalled = clock_now() - relay->moved_at > MONOTIME_PER_SECOND;
	result->unwritten = relay_unwritten(relay);
}

/* Reports the result, from the loop. */
static void
on_finish(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (relay->aborted)
		write_received(relay);
	count_rest(relay);
	relay->cb(&relay->result, relay->arg);
}

const struct relay_result *
relay_interrupt(struct relay *relay)
{
	write_received(relay);
	if (!relay->over) {
		relay->over = true;
		relay->result.end = RELAY_INTERRUPTED;
	}
	count_rest(relay);
	return (&relay->result);
}

/* Whether nothing is to be sent any more when the peer has ended. */
static bool
leaves_with_peer(const struct relay *relay)
{
	return (relay->config.exit_on_peer_eof || relay->config.receive_only ||
	    (!relay->upload_over && relay->ends.in.kind == STREAM_TERMINAL));
}

/* Looks at what has ended and ends the relay when nothing is left to do. */
static void
update(struct relay *relay)
{
	if (relay->over || !relay->download_over)
		return;
	if (relay->result.error != 0)
		relay_finish(relay, RELAY_LOST, relay->result.error);
	else if (leaves_with_peer(relay))
		relay_stop(relay);
	else if (relay->upload_over)
		relay_drain(relay);
}

/*
 * Passes the end on to the reader of standard output, once. As one socket with
 * standard input it stays open below, so its write side is shut down.
 */
static void
end_output(struct relay *relay)
{
	struct relay_ends *ends = &relay->ends;
	int error;

	if (relay->output_ended)
		return;
	relay->output_ended = true;
	if (stream_is_same_socket(&ends->in, &ends->out))
		shutdown(ends->out.inherited, SHUT_WR);
	error = stream_end(&ends->out);
	if (error != 0)
		relay_finish(relay, RELAY_OUTPUT_FAILED, error);
}

/*
 * Standard output was closed by its reader. If something waits to be written
 * the write fails, and that ends the relay. If not, nobody has lost anything:
 * what was read is sent, and no more is read. What the peer sends meanwhile
 * goes to /dev/null, which stands in the place of standard output from now on.
 */
static void
on_stdout_closed(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	hangup_release(&relay->hangup);
	if (relay_unwritten(relay) > 0)
		return;
	end_output(relay);
	relay_stop(relay);
}

/* The connection is lost, while there is nothing to send. */
static void
on_peer_gone(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;
	int error = 0;
	socklen_t length = sizeof(error);

	(void)fd;
	(void)what;
	getsockopt(
	    relay->ends.connection.fd, SOL_SOCKET, SO_ERROR, &error, &length);
	relay_finish(relay, RELAY_LOST, error != 0 ? error : ECONNRESET);
}

/*
 * Returns whether standard output has a reader that can close it. One socket
 * that is input too has its reader close both: input is read to its end first.
 */
static bool
can_be_closed(const struct relay *relay)
{
	const struct stream *out = &relay->ends.out;

	if (out->kind != STREAM_PIPE && out->kind != STREAM_SOCKET)
		return (false);
	return (
	    relay->upload_over || !stream_is_same_socket(&relay->ends.in, out));
}

/*
 * Watches the endpoint that may close while nothing is written to it: standard
 * output, and after the peer's end the connection.
 */
static void
watch_for_hangup(struct relay *relay)
{
	hangup_release(&relay->hangup);
	if (relay->over)
		return;
	if (!relay->download_over) {
		if (can_be_closed(relay))
			hangup_watch(&relay->hangup, relay->ends.base,
			    relay->ends.out.fd, on_stdout_closed, relay);
	} else if (!relay->upload_over) {
		hangup_watch(&relay->hangup, relay->ends.base,
		    relay->ends.connection.fd, on_peer_gone, relay);
	}
}

void
relay_input_ended(struct relay *relay)
{
	if (relay->input_ended)
		return;
	relay->input_ended = true;
	relay_start_quit(relay);
}

void
relay_upload_ended(struct relay *relay)
{
	relay->upload_over = true;
	watch_for_hangup(relay);
	relay_input_ended(relay);
	relay_input_sent(relay);
	update(relay);
}

/* Whether a connection is not lost: neither reset nor shut down. */
static bool
is_alive(int fd)
{
	struct pollfd entry = { .fd = fd };

	return (poll(&entry, 1, 0) == 0);
}

bool
relay_abort(struct relay *relay, int error)
{
	const struct linger reset = { .l_onoff = 1 };
	int fd = relay->ends.connection.fd;

	if (!is_alive(fd))
		return (false);
	relay->aborted = true;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	relay_finish(relay, RELAY_LOST, error);
	return (true);
}

void
relay_upload_failed(struct relay *relay, int error, uint64_t undelivered)
{
	relay->upload_over = true;
	if (relay->result.error == 0)
		relay->result.error = error;
	relay->result.unacked += undelivered;
	if (!relay_abort(relay, error))
		update(relay);
}

void
relay_failed(struct relay *relay, int error)
{
	relay_finish(relay, RELAY_FAILED, error);
}

void
relay_download_ended(struct relay *relay, int error)
{
	relay->download_over = true;
	if (relay->result.error == 0)
		relay->result.error = error;
	/* It is not to be watched once it is closed. */
	hangup_release(&relay->hangup);
	end_output(relay);
	relay_check_reply(relay);
	relay_half_close(relay);
	update(relay);
	watch_for_hangup(relay);
}

void
relay_input_failed(struct relay *relay, int error)
{
	/* What was read before that is sent; the engine may not have begun. */
	relay->input_error = error;
	relay_set_timer(relay, relay->quit, 0);
}

void
relay_output_failed(struct relay *relay, int error)
{
	relay_finish(relay, RELAY_OUTPUT_FAILED, error);
}

static bool
start(struct relay *relay)
{
	struct event_base *base = relay->ends.base;

	relay->finish = event_new(base, -1, 0, on_finish, relay);
	if (relay->finish == NULL || !relay_timers_init(relay) ||
	    !relay_half_close_init(relay))
		return (false);
	unacked_init(&relay->unacked, relay->ends.connection.fd);
	relay->started_at = clock_now();
	relay->moved_at = relay->started_at;
	relay->quit_at = MONOTIME_NEVER;
	relay_set_timer(relay, relay->idle, relay->config.idle_timeout);
	relay->state = relay->engine->start(relay);
	if (relay->state == NULL)
		return (false);
	watch_for_hangup(relay);
	return (true);
}

static const struct relay_engine *
choose_engine(const struct relay_config *config)
{
#ifdef __linux__
	if (!config->no_splice)
		return (&relay_engine_splice);
#else
	(void)config;
#endif
	return (&relay_engine_copy);
}

/* Opens the three ends; false when that is impossible. */
static bool
open_ends(struct relay *relay, struct event_base *base, int fd)
{
	struct relay_ends *ends = &relay->ends;

	ends->base = base;
	ends->receive_only = relay->config.receive_only;
	ends->crlf = relay->config.crlf;
	ends->zero_copy = relay->config.zero_copy;
	stream_of_socket(&ends->connection, fd);
	stream_open(&ends->in, STDIN_FILENO, STREAM_IN);
	if (relay->config.send_only)
		return (stream_open_sink(&ends->out));
	stream_open(&ends->out, STDOUT_FILENO, STREAM_OUT);
	return (true);
}

struct relay *
relay_new(struct event_base *base, int fd, const struct relay_config *config,
    relay_cb cb, void *arg)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL) {
		close(fd);
		return (NULL);
	}
	relay->config = *config;
	relay->cb = cb;
	relay->arg = arg;
	relay->engine = choose_engine(config);
	relay->hangup = HANGUP_NONE;
	if (open_ends(relay, base, fd) && start(relay))
		return (relay);
	relay_free(relay);
	return (NULL);
}

void
relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	if (relay->state != NULL)
		relay->engine->release(relay->state);
	if (relay->finish != NULL)
		event_free(relay->finish);
	relay_timers_release(relay);
	relay_half_close_release(relay);
	hangup_release(&relay->hangup);
	stream_release(&relay->ends.in);
	stream_release(&relay->ends.out);
	close(relay->ends.connection.fd);
	free(relay);
}
