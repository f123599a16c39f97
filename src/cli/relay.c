/* SPDX-License-Identifier: ISC */
/*
 * When what ends: the half-close both ways, and what is left to wait for.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "relay.h"
#include "relay_engine.h"

/* How often the send queue of an ended connection is looked at. */
#define FLUSH_CHECK_US 1000

struct relay {
	struct relay_ends ends;
	struct relay_config config;
	relay_cb cb;
	void *arg;
	const struct relay_engine *engine;
	void *state; /* of the engine */
	bool upload_over;
	bool write_shut; /* our FIN is on its way */
	bool download_over;
	bool over;
	struct relay_result result;
	struct event *finish; /* tells the result from the loop */
	struct event *quit;   /* the time after the end of input is up */
	struct event *flush;  /* looks at the send queue again */
};

struct relay_ends *
relay_ends(struct relay *relay)
{
	return (&relay->ends);
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

static void
on_finish(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	relay->result.sent = relay->ends.sent;
	relay->result.received = relay->ends.received;
	relay->cb(&relay->result, relay->arg);
}

/*
 * Returns how many bytes the peer has not acknowledged, our FIN apart. When
 * the peer was first to end, only this tells that it got everything.
 */
static int
unacknowledged(const struct relay *relay)
{
	int queued = 0;

#ifdef SIOCOUTQ
	if (ioctl(relay->ends.fd, SIOCOUTQ, &queued) == -1)
		return (0);
	if (relay->write_shut && queued > 0)
		queued--;
#endif
	return (queued);
}

/* Ends a relay both of whose sides have ended, once all has arrived. */
static void
flush(struct relay *relay)
{
	struct timeval again = { .tv_usec = FLUSH_CHECK_US };
	int queued = unacknowledged(relay);
	int error = 0;
	socklen_t length = sizeof(error);

	getsockopt(relay->ends.fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error != 0) {
		relay->result.undelivered += (uint64_t)queued;
		finish(relay, RELAY_LOST, error);
	} else if (queued == 0) {
		finish(relay, RELAY_DONE, 0);
	} else {
		event_add(relay->flush, &again);
	}
}

static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

static void
on_quit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, RELAY_DONE, 0);
}

/* Looks at what has ended and ends the relay when nothing is left to do. */
static void
update(struct relay *relay)
{
	if (relay->over || !relay->download_over)
		return;
	if (relay->result.error != 0)
		finish(relay, RELAY_LOST, relay->result.error);
	else if (relay->upload_over)
		flush(relay);
	else if (relay->ends.in.kind == STREAM_TERMINAL)
		finish(relay, RELAY_DONE, 0);
}

/* Leaves a while after the end of input, if asked to. */
static void
start_quit_timer(struct relay *relay)
{
	monotime_t after = relay->config.quit_after;
	struct timeval interval = {
		.tv_sec = (time_t)(after / MONOTIME_PER_SECOND),
		.tv_usec = (suseconds_t)(after % MONOTIME_PER_SECOND),
	};

	if (after != MONOTIME_NEVER)
		event_add(relay->quit, &interval);
}

void
relay_upload_ended(struct relay *relay)
{
	relay->upload_over = true;
	if (!relay->config.no_shutdown)
		relay->write_shut = shutdown(relay->ends.fd, SHUT_WR) == 0;
	start_quit_timer(relay);
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
	if (relay->finish == NULL || relay->quit == NULL ||
	    relay->flush == NULL)
		return (false);
	relay->state = relay->engine->start(relay);
	return (relay->state != NULL);
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
	relay->engine = &relay_engine_copy;
	relay->ends.base = base;
	relay->ends.fd = fd;
	stream_open(&relay->ends.in, STDIN_FILENO, STREAM_IN);
	stream_open(&relay->ends.out, STDOUT_FILENO, STREAM_OUT);
	if (start(relay))
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
	stream_release(&relay->ends.in);
	stream_release(&relay->ends.out);
	close(relay->ends.fd);
	free(relay);
}
