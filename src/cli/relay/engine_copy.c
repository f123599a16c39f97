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
#include "relay/engine_copy.h"
#include "container.h"

#define BUFFER_BYTES ((size_t)256 * 1024)
#define READ_BYTES   ((size_t)64 * 1024)

enum copy_upload {
	COPY_UPLOAD_READING,
	COPY_UPLOAD_INPUT_ENDED,  /* what was read is still sent */
	COPY_UPLOAD_INPUT_FAILED, /* likewise, and that is not all there was */
	COPY_UPLOAD_OVER
};

enum copy_download {
	COPY_DOWNLOAD_RECEIVING,
	COPY_DOWNLOAD_PEER_ENDED, /* what was received is still written out */
	COPY_DOWNLOAD_OVER
};

struct engine_copy {
	struct engine engine;
	struct bufferevent *bev;
	struct event *readable; /* standard input; NULL: it is always ready */
	struct event *writable; /* standard output; NULL: it is always ready */
	struct event *foreground; /* when a terminal is to be checked again */
	struct crlf crlf;
	enum copy_upload upload;
	enum copy_download download;
	int peer_error; /* of the end of the peer; 0: a FIN */
};

static struct engine_copy *
copy_of(struct engine *engine)
{
	return (container_of(engine, struct engine_copy, engine));
}

static const struct engine_events *
events_of(const struct engine_copy *copy)
{
	return (copy->engine.config.events);
}

static void *
arg_of(const struct engine_copy *copy)
{
	return (copy->engine.config.arg);
}

/* Returns how many bytes wait to be sent. */
static size_t
queued(const struct engine_copy *copy)
{
	return (evbuffer_get_length(bufferevent_get_output(copy->bev)));
}

/* Queues what was read, with the line ends that are asked for. */
static bool
send_bytes(struct engine_copy *copy, const char *bytes, size_t size)
{
	char expanded[2 * READ_BYTES];

	if (copy->engine.config.crlf) {
		size = crlf_expand(&copy->crlf, bytes, size, expanded);
		bytes = expanded;
	}
	/* Enabling it again reports a failure to wait for the connection. */
	return (bufferevent_write(copy->bev, bytes, size) == 0 &&
	    bufferevent_enable(copy->bev, EV_WRITE) == 0);
}

/* Reads once from standard input into the connection; false: not now. */
static bool
read_input(struct engine_copy *copy)
{
	char bytes[READ_BYTES];
	ssize_t n = stream_read(
	    &copy->engine.config.endpoints->in, bytes, sizeof(bytes));

	if (n > 0) {
		events_of(copy)->input_read(arg_of(copy));
		errno = 0;
		if (send_bytes(copy, bytes, (size_t)n))
			return (true);
		copy->upload = COPY_UPLOAD_INPUT_FAILED;
		events_of(copy)->failed(
		    errno != 0 ? errno : ENOMEM, arg_of(copy));
	} else if (n == 0) {
		copy->upload = COPY_UPLOAD_INPUT_ENDED;
		events_of(copy)->input_ended(arg_of(copy));
	} else if (errno != EAGAIN) {
		copy->upload = COPY_UPLOAD_INPUT_FAILED;
		events_of(copy)->input_failed(errno, arg_of(copy));
	}
	return (false);
}

static bool
wants_input(const struct engine_copy *copy)
{
	return (copy->upload == COPY_UPLOAD_READING &&
	    !copy->engine.input_stopped && queued(copy) < BUFFER_BYTES);
}

static void
watch_input(struct engine_copy *copy, bool wanted)
{
	if (copy->readable == NULL)
		return;
	if (wanted)
		engine_watch(&copy->engine, copy->readable, NULL);
	else
		event_del(copy->readable);
}

/* Reads while there is room, and reports when everything is sent. */
static void
upload(struct engine_copy *copy)
{
	if (copy->upload == COPY_UPLOAD_OVER ||
	    copy->engine.config.receive_only)
		return;
	if (engine_is_in_background(&copy->engine, copy->foreground)) {
		watch_input(copy, false);
		return;
	}
	while (wants_input(copy))
		if (!read_input(copy))
			break;
	watch_input(copy, wants_input(copy));
	if (copy->upload == COPY_UPLOAD_INPUT_ENDED && queued(copy) == 0) {
		copy->upload = COPY_UPLOAD_OVER;
		events_of(copy)->upload_ended(arg_of(copy));
	}
}

static void
engine_copy_on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	upload(arg);
}

static void
engine_copy_on_sent(struct bufferevent *bev, void *arg)
{
	(void)bev;
	upload(arg);
}

/* Writes the next piece of what was received; false: not now. */
static bool
write_output(struct engine_copy *copy, struct evbuffer *input)
{
	struct evbuffer_iovec piece;
	ssize_t n;

	if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1)
		return (false);
	n = stream_write(
	    &copy->engine.config.endpoints->out, piece.iov_base, piece.iov_len);
	if (n >= 0) {
		events_of(copy)->received((size_t)n, arg_of(copy));
		evbuffer_drain(input, (size_t)n);
		return (true);
	}
	if (errno != EAGAIN) {
		copy->download = COPY_DOWNLOAD_OVER;
		events_of(copy)->output_failed(errno, arg_of(copy));
	} else if (copy->writable != NULL) {
		engine_watch(&copy->engine, copy->writable, NULL);
	}
	return (false);
}

/*
 * Receives only while there is room. A high watermark would do that, too, but
 * libevent 2.1 crashes when it has no memory for one.
 */
static void
limit_receiving(struct engine_copy *copy, size_t unwritten)
{
	if (copy->download != COPY_DOWNLOAD_RECEIVING)
		return;
	errno = 0;
	if (unwritten >= BUFFER_BYTES)
		bufferevent_disable(copy->bev, EV_READ);
	else if (bufferevent_enable(copy->bev, EV_READ) == -1)
		events_of(copy)->failed(
		    errno != 0 ? errno : ENOMEM, arg_of(copy));
}

/* Writes out what there is, and reports when that was all. */
static void
download(struct engine_copy *copy)
{
	struct evbuffer *input = bufferevent_get_input(copy->bev);

	if (copy->download == COPY_DOWNLOAD_OVER)
		return;
	while (evbuffer_get_length(input) > 0)
		if (!write_output(copy, input))
			break;
	limit_receiving(copy, evbuffer_get_length(input));
	if (evbuffer_get_length(input) == 0 &&
	    copy->download == COPY_DOWNLOAD_PEER_ENDED) {
		copy->download = COPY_DOWNLOAD_OVER;
		/* The number will be that of another file. */
		if (copy->writable != NULL)
			event_del(copy->writable);
		events_of(copy)->download_ended(copy->peer_error, arg_of(copy));
	}
}

static void
engine_copy_on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	download(arg);
}

static void
engine_copy_on_received(struct bufferevent *bev, void *arg)
{
	(void)bev;
	download(arg);
}

/* Gives up sending; what is queued is lost. */
static void
fail_upload(struct engine_copy *copy, int error)
{
	if (copy->upload == COPY_UPLOAD_OVER)
		return;
	copy->upload = COPY_UPLOAD_OVER;
	watch_input(copy, false);
	events_of(copy)->upload_failed(error, queued(copy), arg_of(copy));
}

static void
engine_copy_on_connection(struct bufferevent *bev, short what, void *arg)
{
	struct engine_copy *copy = arg;
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	if ((what & BEV_EVENT_EOF) != 0)
		error = 0;
	if ((what & BEV_EVENT_WRITING) != 0) {
		fail_upload(copy, error);
		return;
	}
	if (copy->download == COPY_DOWNLOAD_RECEIVING)
		copy->download = COPY_DOWNLOAD_PEER_ENDED;
	copy->peer_error = error;
	if (error != 0)
		fail_upload(copy, error);
	download(copy);
}

/* Counts what the connection has taken. */
static void
engine_copy_on_taken(
    struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct engine_copy *copy = arg;

	(void)buffer;
	if (info->n_deleted > 0)
		events_of(copy)->sent(info->n_deleted, arg_of(copy));
}

static void
engine_copy_free(struct engine *engine)
{
	struct engine_copy *copy = copy_of(engine);
	struct event *events[] = { copy->readable, copy->writable,
		copy->foreground };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (copy->bev != NULL) {
		bufferevent_setfd(copy->bev, -1);
		bufferevent_free(copy->bev);
	}
	free(copy);
}

static uint64_t
engine_copy_waiting(struct engine *engine)
{
	struct engine_copy *copy = copy_of(engine);

	return (copy->upload == COPY_UPLOAD_OVER ? 0 : queued(copy));
}

/*
 * Reads what there is now without the bufferevent, which would do so from the
 * loop only; a peer that goes on sending is not waited for.
 */
static void
engine_copy_write_received(struct engine *engine)
{
	struct engine_copy *copy = copy_of(engine);
	const struct stream *connection = &engine->config.endpoints->connection;
	struct evbuffer *input = bufferevent_get_input(copy->bev);
	size_t rest = stream_received(connection);
	int n = 0;

	evbuffer_unfreeze(input, 0);
	do {
		while (evbuffer_get_length(input) > 0 &&
		    copy->download != COPY_DOWNLOAD_OVER)
			if (!write_output(copy, input))
				break;
		if (copy->download == COPY_DOWNLOAD_OVER ||
		    evbuffer_get_length(input) > 0 || rest == 0)
			break;
		n = evbuffer_read(input, connection->fd,
		    (int)(rest < READ_BYTES ? rest : READ_BYTES));
		rest -= n > 0 ? (size_t)n : rest;
	} while (n > 0);
	evbuffer_freeze(input, 0);
}

static uint64_t
engine_copy_unwritten(struct engine *engine)
{
	return (
	    evbuffer_get_length(bufferevent_get_input(copy_of(engine)->bev)));
}

static bool
engine_copy_start(struct engine *engine)
{
	struct engine_copy *copy = copy_of(engine);

	bufferevent_setcb(copy->bev, engine_copy_on_received,
	    engine_copy_on_sent, engine_copy_on_connection, copy);
	bufferevent_setwatermark(copy->bev, EV_WRITE, BUFFER_BYTES / 2, 0);
	errno = 0;
	if (evbuffer_add_cb(bufferevent_get_output(copy->bev),
		engine_copy_on_taken, copy) == NULL ||
	    bufferevent_enable(copy->bev, EV_READ | EV_WRITE) == -1) {
		errno = errno != 0 ? errno : ENOMEM;
		return (false);
	}
	upload(copy);
	return (true);
}

static const struct engine_ops engine_copy_ops = {
	.start = engine_copy_start,
	.waiting = engine_copy_waiting,
	.unwritten = engine_copy_unwritten,
	.write_received = engine_copy_write_received,
	.free = engine_copy_free,
};

struct engine *
engine_copy_new(const struct engine_config *config)
{
	struct engine_copy *copy = calloc(1, sizeof(*copy));
	struct engine_endpoints *endpoints = config->endpoints;
	struct engine *engine;

	if (copy == NULL)
		return (NULL);
	engine = &copy->engine;
	*engine = (struct engine){ &engine_copy_ops, *config, false };
	copy->bev = bufferevent_socket_new(
	    config->base, endpoints->connection.fd, 0);
	copy->foreground = evtimer_new(
	    config->base, engine_copy_on_readable, copy);
	if (copy->bev != NULL && copy->foreground != NULL &&
	    engine_stream_event(engine, &endpoints->in, EV_READ | EV_PERSIST,
		engine_copy_on_readable, copy, &copy->readable) &&
	    engine_stream_event(engine, &endpoints->out, EV_WRITE,
		engine_copy_on_writable, copy, &copy->writable))
		return (engine);
	engine_copy_free(engine);
	return (NULL);
}
