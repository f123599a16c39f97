/* SPDX-License-Identifier: ISC */
/*
 * When what ends: the half-close both ways, and what is left to wait for.
 */
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "arrival.h"
#include "relay.h"
#include "relay_engine.h"

/* How often the send queue of an ended connection is looked at. */
#define FLUSH_CHECK_MIN_US 1000
#define FLUSH_CHECK_MAX_US 100000

/* How long a peer may take none of it when its end is not waited for. */
#define FLUSH_PATIENCE_US MONOTIME_PER_SECOND

struct relay {
	struct relay_ends ends;
	struct relay_config config;
	relay_cb cb;
	void *arg;
	const struct relay_engine *engine;
	void *state; /* of the engine */
	bool upload_over;
	bool quitting; /* the time of quit_after is up */
	bool quit_is_due;
	bool idle_is_due;
	bool download_over;
	bool over;
	struct relay_result result;
	struct event *finish; /* tells the result from the loop */
	struct event *quit;   /* the time after the end of input is up */
	struct event *flush;  /* looks at the send queue again */
	struct event *idle;   /* nothing may have moved for a while */
	uint64_t flush_left;  /* when the send queue last changed */
	monotime_t flush_since;
	struct arrival arrival; /* of what was sent */
	uint64_t arrived;       /* of it, when the idle timer last looked */
	monotime_t moved_at;    /* the last time something did */
};

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

/* Returns how many of the bytes sent have not arrived. */
static uint64_t
missing(const struct relay *relay)
{
	return (arrival_missing(&relay->arrival, relay->result.moved.sent));
}

/* Ends the relay with the first of all reasons; told from the loop. */
static void
finish(struct relay *relay, enum relay_end end, int error)
{
	if (relay->over)
		return;
	relay->over = true;
	relay->result.end = end;
	relay->result.error = error;
	event_active(relay->finish, 0, 0);
}

void
relay_watch(
    struct relay *relay, struct event *event, const struct timeval *after)
{
	if (event_add(event, after) == -1)
		finish(relay, RELAY_FAILED, errno != 0 ? errno : ENOMEM);
}

static void
on_finish(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (relay->result.end == RELAY_LOST)
		relay->result.undelivered += missing(relay);
	relay->cb(&relay->result, relay->arg);
}

/*
 * Looks at the send queue again: soon while it gets shorter, and ever later
 * while it does not.
 */
static void
flush_later(struct relay *relay, uint64_t left)
{
	struct timeval again = { .tv_usec = FLUSH_CHECK_MIN_US };
	monotime_t waited;

	if (left != relay->flush_left) {
		relay->flush_left = left;
		relay->flush_since = clock_now();
	}
	waited = (clock_now() - relay->flush_since) / 4;
	if (waited > FLUSH_CHECK_MAX_US)
		waited = FLUSH_CHECK_MAX_US;
	if (waited > again.tv_usec)
		again.tv_usec = (suseconds_t)waited;
	relay_watch(relay, relay->flush, &again);
}

/* Whether a peer that is not waited for has stopped taking what was sent. */
static bool
is_stuck(const struct relay *relay, uint64_t left)
{
	return (relay->quitting && left == relay->flush_left &&
	    clock_now() - relay->flush_since > FLUSH_PATIENCE_US);
}

/* Leaves a peer that is stuck, with all that was read and not delivered. */
static void
give_up(struct relay *relay)
{
	relay->result.undelivered += relay->engine->waiting(relay->state);
	finish(relay, RELAY_LOST, ETIMEDOUT);
}

/*
 * Ends a relay that has no more to do than to wait for what was sent to
 * arrive. When the peer was first to end only this tells that it got
 * everything; and a close with data unread would cut off what is on its way.
 */
static void
flush(struct relay *relay)
{
	uint64_t left = missing(relay) + relay->engine->waiting(relay->state);
	int error = 0;
	socklen_t length = sizeof(error);

	getsockopt(
	    relay->ends.connection.fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error != 0)
		finish(relay, RELAY_LOST, error);
	else if (left == 0)
		finish(relay, RELAY_DONE, 0);
	else if (is_stuck(relay, left))
		give_up(relay);
	else
		flush_later(relay, left);
}

static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

/* Whether nothing is to be sent any more when the peer has ended. */
static bool
leaves_with_peer(const struct relay *relay)
{
	return (relay->config.exit_on_peer_eof || relay->config.receive_only ||
	    (!relay->upload_over && relay->ends.in.kind == STREAM_TERMINAL));
}

/* Leaves when what was sent has arrived, or the peer takes no more of it. */
static void
leave(struct relay *relay)
{
	if (relay->quitting)
		return;
	relay->quitting = true;
	relay->ends.input_is_cut = true;
	relay->flush_since = clock_now();
	flush(relay);
}

/* Looks at what has ended and ends the relay when nothing is left to do. */
static void
update(struct relay *relay)
{
	if (relay->over || !relay->download_over)
		return;
	if (relay->result.error != 0)
		finish(relay, RELAY_LOST, relay->result.error);
	else if (leaves_with_peer(relay))
		leave(relay);
	else if (relay->upload_over)
		flush(relay);
}

/* Sets a timer `after` a duration, or not for one that never ends. */
static void
set_timer(struct relay *relay, struct event *timer, monotime_t after)
{
	struct timeval interval = {
		.tv_sec = (time_t)(after / MONOTIME_PER_SECOND),
		.tv_usec = (suseconds_t)(after % MONOTIME_PER_SECOND),
	};

	if (after != MONOTIME_NEVER)
		relay_watch(relay, timer, &interval);
}

/*
 * Returns whether a time that is up was up before, and the descriptors have
 * been looked at since. After a stop (SIGTSTP) the loop comes to its timers
 * first, whatever has arrived meanwhile.
 */
static bool
is_really_up(struct relay *relay, struct event *timer, bool *is_due)
{
	if (*is_due)
		return (true);
	*is_due = true;
	set_timer(relay, timer, 0);
	return (false);
}

static void
on_quit(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (is_really_up(relay, relay->quit, &relay->quit_is_due))
		leave(relay);
}

/*
 * Counts as movement what the peer has taken since the last look: it may be
 * long before a socket has room for more.
 */
static void
look_at_arrival(struct relay *relay)
{
	uint64_t arrived = relay->result.moved.sent - missing(relay);

	if (arrived != relay->arrived)
		relay->moved_at = clock_now();
	relay->arrived = arrived;
}

/* Ends an idle relay, or comes back when it may be one. */
static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;
	monotime_t rest;

	(void)fd;
	(void)what;
	look_at_arrival(relay);
	rest = relay->moved_at + relay->config.idle_timeout - clock_now();
	if (rest > 0) {
		relay->idle_is_due = false;
		set_timer(relay, relay->idle, rest);
	} else if (is_really_up(relay, relay->idle, &relay->idle_is_due)) {
		finish(relay, RELAY_IDLE, 0);
	}
}

void
relay_upload_ended(struct relay *relay)
{
	relay->upload_over = true;
	if (!relay->config.no_shutdown)
		shutdown(relay->ends.connection.fd, SHUT_WR);
	set_timer(relay, relay->quit, relay->config.quit_after);
	update(relay);
}

void
relay_upload_failed(struct relay *relay, int error, uint64_t undelivered)
{
	relay->upload_over = true;
	if (relay->result.error == 0)
		relay->result.error = error;
	relay->result.undelivered += undelivered;
	update(relay);
}

/*
 * Passes the end on to the reader of standard output. As one socket with
 * standard input it stays open below, so its write side is shut down.
 */
static void
end_output(struct relay *relay)
{
	struct relay_ends *ends = &relay->ends;
	int error;

	if (stream_is_same_socket(&ends->in, &ends->out))
		shutdown(ends->out.inherited, SHUT_WR);
	error = stream_end(&ends->out);
	if (error != 0)
		finish(relay, RELAY_OUTPUT_FAILED, error);
}

void
relay_download_ended(struct relay *relay, int error)
{
	relay->download_over = true;
	if (relay->result.error == 0)
		relay->result.error = error;
	end_output(relay);
	update(relay);
}

void
relay_input_failed(struct relay *relay, int error)
{
	finish(relay, RELAY_INPUT_FAILED, error);
}

void
relay_output_failed(struct relay *relay, int error)
{
	finish(relay, RELAY_OUTPUT_FAILED, error);
}

static bool
start(struct relay *relay)
{
	struct event_base *base = relay->ends.base;

	relay->finish = event_new(base, -1, 0, on_finish, relay);
	relay->quit = evtimer_new(base, on_quit, relay);
	relay->flush = evtimer_new(base, on_flush, relay);
	relay->idle = evtimer_new(base, on_idle, relay);
	if (relay->finish == NULL || relay->quit == NULL ||
	    relay->flush == NULL || relay->idle == NULL)
		return (false);
	arrival_begin(&relay->arrival, relay->ends.connection.fd);
	relay->moved_at = clock_now();
	set_timer(relay, relay->idle, relay->config.idle_timeout);
	relay->state = relay->engine->start(relay);
	return (relay->state != NULL);
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
	if (open_ends(relay, base, fd) && start(relay))
		return (relay);
	relay_free(relay);
	return (NULL);
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void
relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	if (relay->state != NULL)
		relay->engine->release(relay->state);
	free_event(relay->finish);
	free_event(relay->quit);
	free_event(relay->flush);
	free_event(relay->idle);
	stream_release(&relay->ends.in);
	stream_release(&relay->ends.out);
	close(relay->ends.connection.fd);
	free(relay);
}
