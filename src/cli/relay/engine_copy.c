/* SPDX-License-Identifier: ISC */
/*
 * The portable engine: a bufferevent on the connection, plain reads and writes
 * on the standard streams.
 *
 * Memory is bounded both ways: input is read only while less than
 * BUFFER_BYTES wait to be sent, and the bufferevent receives only while less
 * than that waits to be written out.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "relay/crlf.h"
#include "relay/engine.h"

#define BUFFER_BYTES ((size_t)256 * 1024)
#define READ_BYTES   ((size_t)64 * 1024)

struct copy {
	struct relay *relay;
	struct relay_ends *ends;
	struct bufferevent *bev;
	struct event *readable; /* standard input; NULL: it is always ready */
	struct event *writable; /* standard output; NULL: likewise */
	struct event *foreground;
	struct crlf crlf;
	bool input_ended;
	bool upload_over; /* the relay has been told */
	bool peer_ended;
	int peer_error;
	bool download_over; /* the relay has been told */
};

static size_t
waiting(const struct copy *copy)
{
	return (evbuffer_get_length(bufferevent_get_output(copy->bev)));
}

/* Queues what was read, with the line ends that are asked for. */
static bool
send_bytes(struct copy *copy, const char *bytes, size_t size)
{
	char expanded[2 * READ_BYTES];

	if (copy->ends->crlf) {
		size = crlf_expand(&copy->crlf, bytes, size, expanded);
		bytes = expanded;
	}
	/* To enable it again is to know that it waits for the connection. */
	return (bufferevent_write(copy->bev, bytes, size) == 0 &&
	    bufferevent_enable(copy->bev, EV_WRITE) == 0);
}

/* Reads once from standard input into the connection; false: not now. */
static bool
read_input(struct copy *copy)
{
	char bytes[READ_BYTES];
	ssize_t n = stream_read(&copy->ends->in, bytes, sizeof(bytes));

	if (n > 0) {
		relay_input_read(copy->relay);
		errno = 0;
		if (send_bytes(copy, bytes, (size_t)n))
			return (true);
		copy->input_ended = true;
		relay_failed(copy->relay, errno != 0 ? errno : ENOMEM);
	} else if (n == 0) {
		copy->input_ended = true;
		relay_input_ended(copy->relay);
	} else if (errno != EAGAIN) {
		copy->input_ended = true;
		relay_input_failed(copy->relay, errno);
	}
	return (false);
}

/* Looks again soon whether the terminal has come to the foreground. */
static void
wait_for_foreground(struct copy *copy)
{
	struct timeval soon = { .tv_usec = STREAM_FOREGROUND_CHECK_US };

	if (copy->readable != NULL)
		event_del(copy->readable);
	relay_watch(copy->relay, copy->foreground, &soon);
}

static bool
wants_input(const struct copy *copy)
{
	return (!copy->input_ended && !copy->ends->input_is_cut &&
	    waiting(copy) < BUFFER_BYTES);
}

/* Reads while there is room, and tells the relay when all is sent. */
static void
upload(struct copy *copy)
{
	if (copy->upload_over || copy->ends->receive_only)
		return;
	if (stream_is_in_background(&copy->ends->in)) {
		wait_for_foreground(copy);
		return;
	}
	while (wants_input(copy))
		if (!read_input(copy))
			break;
	if (copy->readable != NULL) {
		if (wants_input(copy))
			relay_watch(copy->relay, copy->readable, NULL);
		else
			event_del(copy->readable);
	}
	if (copy->input_ended && waiting(copy) == 0) {
		copy->upload_over = true;
		relay_upload_ended(copy->relay);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	upload(arg);
}

static void
on_sent(struct bufferevent *bev, void *arg)
{
	(void)bev;
	upload(arg);
}

/* Writes the next piece of what came in to standard output; false: not now. */
static bool
write_output(struct copy *copy, struct evbuffer *input)
{
	struct evbuffer_iovec piece;
	ssize_t n;

	if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1)
		return (false);
	n = stream_write(&copy->ends->out, piece.iov_base, piece.iov_len);
	if (n >= 0) {
		relay_received(copy->relay, (size_t)n);
		evbuffer_drain(input, (size_t)n);
		return (true);
	}
	if (errno != EAGAIN) {
		copy->download_over = true;
		relay_output_failed(copy->relay, errno);
	} else if (copy->writable != NULL) {
		relay_watch(copy->relay, copy->writable, NULL);
	}
	return (false);
}

/*
 * Receives only while there is room. A high watermark would do that, too, but
 * libevent 2.1 crashes when it has no memory for one.
 */
static void
regulate(struct copy *copy, size_t waiting_to_go_out)
{
	if (copy->peer_ended)
		return;
	errno = 0;
	if (waiting_to_go_out >= BUFFER_BYTES)
		bufferevent_disable(copy->bev, EV_READ);
	else if (bufferevent_enable(copy->bev, EV_READ) == -1)
		relay_failed(copy->relay, errno != 0 ? errno : ENOMEM);
}

/* Writes out what there is, and tells the relay when that was all. */
static void
download(struct copy *copy)
{
	struct evbuffer *input = bufferevent_get_input(copy->bev);

	if (copy->download_over)
		return;
	while (evbuffer_get_length(input) > 0)
		if (!write_output(copy, input))
			break;
	regulate(copy, evbuffer_get_length(input));
	if (evbuffer_get_length(input) == 0 && copy->peer_ended) {
		copy->download_over = true;
		/* Its descriptor will be another file's. */
		if (copy->writable != NULL)
			event_del(copy->writable);
		relay_download_ended(copy->relay, copy->peer_error);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	download(arg);
}

static void
on_received(struct bufferevent *bev, void *arg)
{
	(void)bev;
	download(arg);
}

/* Gives up sending; what is queued will not arrive. */
static void
fail_upload(struct copy *copy, int error)
{
	if (copy->upload_over)
		return;
	copy->upload_over = true;
	if (copy->readable != NULL)
		event_del(copy->readable);
	relay_upload_failed(copy->relay, error, waiting(copy));
}

static void
on_connection(struct bufferevent *bev, short what, void *arg)
{
	struct copy *copy = arg;
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	if ((what & BEV_EVENT_EOF) != 0)
		error = 0;
	if ((what & BEV_EVENT_WRITING) != 0) {
		fail_upload(copy, error);
		return;
	}
	copy->peer_ended = true;
	copy->peer_error = error;
	if (error != 0)
		fail_upload(copy, error);
	download(copy);
}

/* Counts what the connection has taken. */
static void
on_drained(
    struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct copy *copy = arg;

	(void)buffer;
	if (info->n_deleted > 0)
		relay_sent(copy->relay, info->n_deleted);
}

/* Makes the event of a stream; one that is always ready has none. */
static bool
make_event(struct copy *copy, const struct stream *stream, short what,
    event_callback_fn cb, struct event **event)
{
	if (stream_is_always_ready(stream))
		return (true);
	*event = event_new(
	    copy->ends->base, stream_watched(stream), what, cb, copy);
	return (*event != NULL);
}

static void
copy_release(void *state)
{
	struct copy *copy = state;

	if (copy->readable != NULL)
		event_free(copy->readable);
	if (copy->writable != NULL)
		event_free(copy->writable);
	if (copy->foreground != NULL)
		event_free(copy->foreground);
	if (copy->bev != NULL) {
		bufferevent_setfd(copy->bev, -1);
		bufferevent_free(copy->bev);
	}
	free(copy);
}

static uint64_t
copy_waiting(const void *state)
{
	const struct copy *copy = state;

	return (copy == NULL || copy->upload_over ? 0 : waiting(copy));
}

/*
 * Reads what is there now past the bufferevent, which would do so from the loop
 * only; a peer that goes on sending is not waited for.
 */
static void
copy_write_received(void *state)
{
	struct copy *copy = state;
	struct evbuffer *input = bufferevent_get_input(copy->bev);
	size_t rest = stream_received(&copy->ends->connection);
	int n = 0;

	evbuffer_unfreeze(input, 0);
	do {
		while (evbuffer_get_length(input) > 0 && !copy->download_over)
			if (!write_output(copy, input))
				break;
		if (copy->download_over || evbuffer_get_length(input) > 0 ||
		    rest == 0)
			break;
		n = evbuffer_read(input, copy->ends->connection.fd,
		    (int)(rest < READ_BYTES ? rest : READ_BYTES));
		rest -= n > 0 ? (size_t)n : rest;
	} while (n > 0);
	evbuffer_freeze(input, 0);
}

static uint64_t
copy_unwritten(const void *state)
{
	const struct copy *copy = state;

	return (copy == NULL
		? 0
		: evbuffer_get_length(bufferevent_get_input(copy->bev)));
}

static bool
init(struct copy *copy)
{
	struct relay_ends *ends = copy->ends;

	copy->bev = bufferevent_socket_new(ends->base, ends->connection.fd, 0);
	copy->foreground = evtimer_new(ends->base, on_readable, copy);
	return (copy->bev != NULL && copy->foreground != NULL &&
	    make_event(copy, &ends->in, EV_READ | EV_PERSIST, on_readable,
		&copy->readable) &&
	    make_event(
		copy, &ends->out, EV_WRITE, on_writable, &copy->writable));
}

static void *
copy_start(struct relay *relay)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	int error;

	if (copy == NULL)
		return (NULL);
	copy->relay = relay;
	copy->ends = relay_ends(relay);
	if (!init(copy)) {
		copy_release(copy);
		return (NULL);
	}
	bufferevent_setcb(copy->bev, on_received, on_sent, on_connection, copy);
	bufferevent_setwatermark(copy->bev, EV_WRITE, BUFFER_BYTES / 2, 0);
	errno = 0;
	if (evbuffer_add_cb(
		bufferevent_get_output(copy->bev), on_drained, copy) == NULL ||
	    bufferevent_enable(copy->bev, EV_READ | EV_WRITE) == -1) {
		error = errno != 0 ? errno : ENOMEM;
		copy_release(copy);
		errno = error;
		return (NULL);
	}
	upload(copy);
	return (copy);
}

const struct relay_engine relay_engine_copy = {
	.start = copy_start,
	.release = copy_release,
	.waiting = copy_waiting,
	.write_received = copy_write_received,
	.unwritten = copy_unwritten,
};
