/* SPDX-License-Identifier: ISC */
/*
 * The fast engine: two flows, each from one stream to another.
 *
 * Where one end of a flow is a pipe, splice(2) moves the bytes without copying
 * them. Elsewhere one large buffer is read and written: from a file in pieces
 * of 256 KiB, which beats sendfile(2) and splice(2) on loopback. A flow waits
 * for one of its ends at a time: for its source while the sink takes all, for
 * its sink once that is full. Nothing is queued beyond the one buffer.
 */
#ifdef __linux__

#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include <event2/event.h>

#include "crlf.h"
#include "relay_engine.h"

/* A pipe grows to this once it has carried PIPE_GROW_AFTER bytes. */
#define PIPE_BYTES      (1024 * 1024)
#define PIPE_GROW_AFTER ((size_t)64 * 1024)
/* One splice; the kernel moves what is there. */
#define SPLICE_BYTES ((size_t)1024 * 1024)
/* The buffer of a flow with a regular file, and of any other. */
#define FILE_BUFFER_BYTES ((size_t)256 * 1024)
#define BUFFER_BYTES      ((size_t)64 * 1024)
/* A move of less than this has probably emptied the source. */
#define SMALL_BYTES ((size_t)16 * 1024)
/* What one flow may move before the other has its turn. */
#define TURN_BYTES ((size_t)2 * 1024 * 1024)

/* How soon a terminal is asked again whether it is ours. */
#define FOREGROUND_CHECK_US 250000

enum moved {
	MOVED,
	SOURCE_EMPTY,
	SOURCE_ENDED,
	SOURCE_FAILED,
	SINK_FULL,
	SINK_FAILED
};

enum waits { FOR_NOTHING, FOR_SOURCE, FOR_SINK };

struct flow {
	struct splice *engine;
	const struct stream *from;
	const struct stream *to;
	struct event *readable; /* of the source; NULL: it is always ready */
	struct event *writable; /* of the sink; NULL: likewise */
	enum waits waits;
	bool over;
	bool spliced; /* by splice(2), without the buffer */
	int pipe;     /* to enlarge; -1: none, or done */
	size_t total; /* up to PIPE_GROW_AFTER */
	char *buffer;
	size_t size;    /* of one read */
	char *pending;  /* what has been read */
	size_t count;   /* and not been written */
	char *expanded; /* the read with CRLF for LF; NULL: as it is */
	struct crlf crlf;
};

struct splice {
	struct relay *relay;
	struct relay_ends *ends;
	struct flow upload;
	struct flow download;
	struct event *foreground;
};

static bool
is_upload(const struct flow *flow)
{
	return (flow == &flow->engine->upload);
}

/* Returns whether poll(2) shows one of `events` now. */
static bool
shows(int fd, int events)
{
	struct pollfd entry = { .fd = fd, .events = (short)events };

	return (poll(&entry, 1, 0) == 1 && (entry.revents & events) != 0);
}

/*
 * Says whose fault an error of splice(2) is. A pipe without a reader shows
 * POLLERR; EPIPE may also be a reset that the socket had in store.
 */
static enum moved
splice_error(struct flow *flow)
{
	int error = errno;
	bool full, broken;

	if (error == EAGAIN || error == EINTR) {
		full = !shows(flow->to->fd, POLLOUT);
		return (full ? SINK_FULL : SOURCE_EMPTY);
	}
	if (error == EINVAL) {
		/* Not for this pair (append mode, an odd file system). */
		flow->spliced = false;
		return (MOVED);
	}
	broken = is_upload(flow) ||
	    (error == EPIPE && shows(flow->to->fd, POLLERR));
	errno = error;
	return (broken ? SINK_FAILED : SOURCE_FAILED);
}

static enum moved
move_spliced(struct flow *flow, size_t *moved)
{
	ssize_t n = splice(flow->from->fd, NULL, flow->to->fd, NULL,
	    SPLICE_BYTES, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n == -1)
		return (splice_error(flow));
	*moved = (size_t)n;
	return (n == 0 ? SOURCE_ENDED : MOVED);
}

/* Fills the empty buffer with one read. */
static enum moved
fill(struct flow *flow)
{
	ssize_t n = stream_read(flow->from, flow->buffer, flow->size);

	if (n == -1)
		return (errno == EAGAIN ? SOURCE_EMPTY : SOURCE_FAILED);
	if (n == 0)
		return (SOURCE_ENDED);
	flow->pending = flow->buffer;
	flow->count = (size_t)n;
	if (flow->expanded != NULL) {
		flow->count = crlf_expand(
		    &flow->crlf, flow->buffer, flow->count, flow->expanded);
		flow->pending = flow->expanded;
	}
	return (MOVED);
}

static enum moved
move_buffered(struct flow *flow, size_t *moved)
{
	enum moved filled = flow->count > 0 ? MOVED : fill(flow);
	ssize_t n;

	if (filled != MOVED)
		return (filled);
	n = stream_write(flow->to, flow->pending, flow->count);
	if (n == -1)
		return (errno == EAGAIN ? SINK_FULL : SINK_FAILED);
	flow->pending += n;
	flow->count -= (size_t)n;
	*moved = (size_t)n;
	return (MOVED);
}

/* Enlarges the pipe of a flow that has shown to carry much. */
static void
grow_pipe(struct flow *flow, size_t moved)
{
	if (flow->pipe == -1)
		return;
	flow->total += moved;
	if (flow->total < PIPE_GROW_AFTER)
		return;
	/* Without permission it stays as it is. */
	fcntl(flow->pipe, F_SETPIPE_SZ, PIPE_BYTES);
	flow->pipe = -1;
}

static void
count_moved(struct flow *flow, size_t moved)
{
	if (is_upload(flow))
		relay_sent(flow->engine->relay, moved);
	else
		relay_received(flow->engine->relay, moved);
	grow_pipe(flow, moved);
}

/* Watches the end that is waited for, and not the other one. */
static void
wait_for(struct flow *flow, enum waits waits)
{
	if (flow->waits == waits)
		return;
	flow->waits = waits;
	if (flow->readable != NULL) {
		if (waits == FOR_SOURCE)
			event_add(flow->readable, NULL);
		else
			event_del(flow->readable);
	}
	if (flow->writable != NULL) {
		if (waits == FOR_SINK)
			event_add(flow->writable, NULL);
		else
			event_del(flow->writable);
	}
}

static void
end_flow(struct flow *flow)
{
	flow->over = true;
	wait_for(flow, FOR_NOTHING);
}

/* A source that is always ready is asked again when the sink has room. */
static void
wait_for_source(struct flow *flow)
{
	wait_for(flow, flow->readable != NULL ? FOR_SOURCE : FOR_SINK);
}

/* Gives up the upload; what is in its buffer will not arrive. */
static void
fail_upload(struct flow *upload, int error)
{
	if (upload->over)
		return;
	end_flow(upload);
	relay_upload_failed(upload->engine->relay, error, upload->count);
}

static void
fail_source(struct flow *flow, int error)
{
	struct splice *engine = flow->engine;

	end_flow(flow);
	if (is_upload(flow)) {
		relay_input_failed(engine->relay, error);
	} else {
		fail_upload(&engine->upload, error);
		relay_download_ended(engine->relay, error);
	}
}

static void
fail_sink(struct flow *flow, int error)
{
	if (is_upload(flow)) {
		fail_upload(flow, error);
	} else {
		end_flow(flow);
		relay_output_failed(flow->engine->relay, error);
	}
}

static void
end_source(struct flow *flow)
{
	end_flow(flow);
	if (is_upload(flow))
		relay_upload_ended(flow->engine->relay);
	else
		relay_download_ended(flow->engine->relay, 0);
}

/* Deals with what ended a series of moves; errno is that of a failure. */
static void
settle(struct flow *flow, enum moved last)
{
	switch (last) {
	case MOVED:
	case SOURCE_EMPTY:
		wait_for_source(flow);
		break;
	case SINK_FULL:
		wait_for(flow, FOR_SINK);
		break;
	case SOURCE_ENDED:
		end_source(flow);
		break;
	case SOURCE_FAILED:
		fail_source(flow, errno);
		break;
	case SINK_FAILED:
		fail_sink(flow, errno);
		break;
	}
}

/* Leaves a terminal alone that is not ours now, and looks again soon. */
static bool
is_in_background(struct flow *flow)
{
	struct timeval soon = { .tv_usec = FOREGROUND_CHECK_US };

	if (!is_upload(flow) || !stream_is_in_background(flow->from))
		return (false);
	wait_for(flow, FOR_NOTHING);
	event_add(flow->engine->foreground, &soon);
	return (true);
}

/* Moves until an end has had enough, or it is the other flow's turn. */
static void
run(struct flow *flow)
{
	enum moved last;
	size_t total = 0;
	size_t moved;

	if (flow->over || is_in_background(flow))
		return;
	do {
		moved = 0;
		last = flow->spliced ? move_spliced(flow, &moved)
				     : move_buffered(flow, &moved);
		if (moved > 0)
			count_moved(flow, moved);
		total += moved;
	} while (last == MOVED && total < TURN_BYTES &&
	    (moved >= SMALL_BYTES || flow->count > 0 ||
		flow->readable == NULL));
	settle(flow, last);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

static bool
make_event(struct flow *flow, const struct stream *stream, short what,
    struct event **event)
{
	if (stream_is_always_ready(stream))
		return (true);
	*event = event_new(flow->engine->ends->base, stream->fd,
	    (short)(what | EV_PERSIST), on_ready, flow);
	return (*event != NULL);
}

/* Makes the buffer of a flow, and one for its line ends if asked for. */
static bool
make_buffer(struct flow *flow, bool crlf)
{
	bool file = flow->from->kind == STREAM_FILE ||
	    flow->to->kind == STREAM_FILE;

	flow->size = file ? FILE_BUFFER_BYTES : BUFFER_BYTES;
	flow->buffer = malloc(flow->size);
	if (flow->buffer == NULL || !crlf)
		return (flow->buffer != NULL);
	flow->expanded = malloc(2 * flow->size);
	return (flow->expanded != NULL);
}

static bool
flow_init(struct flow *flow, struct splice *engine, const struct stream *from,
    const struct stream *to, bool crlf)
{
	flow->engine = engine;
	flow->from = from;
	flow->to = to;
	flow->pipe = -1;
	if (from->kind == STREAM_PIPE)
		flow->pipe = from->fd;
	else if (to->kind == STREAM_PIPE)
		flow->pipe = to->fd;
	flow->spliced = flow->pipe != -1 && !crlf;
	return (make_event(flow, from, EV_READ, &flow->readable) &&
	    make_event(flow, to, EV_WRITE, &flow->writable) &&
	    make_buffer(flow, crlf));
}

static void
flow_release(struct flow *flow)
{
	if (flow->readable != NULL)
		event_free(flow->readable);
	if (flow->writable != NULL)
		event_free(flow->writable);
	free(flow->buffer);
	free(flow->expanded);
}

static void
splice_release(void *state)
{
	struct splice *engine = state;

	flow_release(&engine->upload);
	flow_release(&engine->download);
	if (engine->foreground != NULL)
		event_free(engine->foreground);
	free(engine);
}

static bool
init(struct splice *engine)
{
	struct relay_ends *ends = engine->ends;

	engine->foreground = evtimer_new(ends->base, on_ready, &engine->upload);
	return (engine->foreground != NULL &&
	    flow_init(&engine->upload, engine, &ends->in, &ends->connection,
		ends->crlf) &&
	    flow_init(&engine->download, engine, &ends->connection, &ends->out,
		false));
}

static void *
splice_start(struct relay *relay)
{
	struct splice *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return (NULL);
	engine->relay = relay;
	engine->ends = relay_ends(relay);
	if (!init(engine)) {
		splice_release(engine);
		return (NULL);
	}
	if (engine->ends->receive_only)
		engine->upload.over = true;
	else
		wait_for_source(&engine->upload);
	wait_for_source(&engine->download);
	return (engine);
}

const struct relay_engine relay_engine_splice = {
	.start = splice_start,
	.release = splice_release,
};

#endif
