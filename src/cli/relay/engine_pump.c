/* SPDX-License-Identifier: ISC */
/*
 * The engine of pumps: two flows, each from one stream to another, and each
 * with a pump.
 *
 * A flow waits for one of its streams at a time: for its source once that is
 * empty, for its sink once that is full. Nothing is queued beyond what the
 * pump keeps.
 */
#include <sys/types.h>
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay/engine_pump.h"
#include "relay/pump.h"
#include "relay/pump_choice.h"
#include "relay/tls_stream.h"
#include "container.h"

/* A move of less than this has probably emptied the source. */
#define SMALL_BYTES ((size_t)16 * 1024)
/* What one flow may move before the other has its turn. */
#define TURN_BYTES ((size_t)2 * 1024 * 1024)

/* A source that had this much may have more: batches are worth it. */
#define BATCH_WORTH_BYTES ((size_t)64 * 1024)
/* How long a batch is waited for. */
#define BATCH_PATIENCE_US 2000

/*
 * A pipe is enlarged once it has carried PIPE_GROW_AFTER bytes. The pages of
 * one that is spliced to the socket leave for the peer, and the process that
 * fills it never gets one back that is in its cache: it gets no more than
 * IN_PIPE_BYTES. One that leads out may be larger, as its pages are those of
 * the socket.
 */
#define IN_PIPE_BYTES   (256 * 1024)
#define OUT_PIPE_BYTES  (1024 * 1024)
#define PIPE_GROW_AFTER ((uint64_t)64 * 1024)

/* How soon a connection that is held is checked again. */
#define HOLD_CHECK_US 10000

/* As much as TLS may have received that the socket does not have any more. */
#define UNREAD_BYTES ((size_t)256 * 1024)

enum flow_wait { WAIT_NOTHING, WAIT_READABLE, WAIT_WRITABLE, WAIT_ROOM };

struct flow;

/* What one direction does where the other one does something else. */
struct flow_direction {
	void (*moved)(struct flow *flow, size_t count);
	void (*source_ended)(struct flow *flow);
	void (*source_failed)(struct flow *flow, int error);
	void (*sink_failed)(struct flow *flow, int error);
	bool is_input; /* the source is standard input */
};

struct flow {
	struct engine_pump *pumps;
	const struct flow_direction *direction;
	struct pump *pump;
	struct stream *from;
	struct stream *to;
	struct event *readable; /* of the source; NULL: it is always ready */
	struct event *writable; /* of the sink; NULL: it is always ready */
	struct event *room;     /* for what the source has to send; or NULL */
	struct event *again;    /* moves on without either */
	enum flow_wait wait;
	bool over;
	bool stalled;        /* until the other flow has read */
	int error;           /* errno of the last move that failed */
	bool in_batches;     /* the source waits for a batch */
	struct stream *pipe; /* to be enlarged; NULL: none, or it is done */
	int pipe_bytes;      /* to this size */
	uint64_t carried;    /* by it until then */
};

struct engine_pump {
	struct engine engine;
	struct flow upload;
	struct flow download;
};

static struct engine_pump *
pumps_of(struct engine *engine)
{
	return (container_of(engine, struct engine_pump, engine));
}

static const struct engine_events *
events_of(const struct flow *flow)
{
	return (flow->pumps->engine.config.events);
}

static void *
arg_of(const struct flow *flow)
{
	return (flow->pumps->engine.config.arg);
}

static void
watch(struct flow *flow, struct event *event, const struct timeval *after)
{
	engine_watch(&flow->pumps->engine, event, after);
}

/* Watches for an event, if there is one, or does not any more. */
static void
watch_while(struct flow *flow, struct event *event, bool is_awaited)
{
	if (event == NULL)
		return;
	if (is_awaited)
		watch(flow, event, NULL);
	else
		event_del(event);
}

/* Watches for what is waited for, and nothing else. */
static void
wait_for(struct flow *flow, enum flow_wait wait)
{
	if (flow->wait == wait)
		return;
	flow->wait = wait;
	watch_while(flow, flow->readable, wait == WAIT_READABLE);
	watch_while(flow, flow->writable, wait == WAIT_WRITABLE);
	watch_while(flow, flow->room, wait == WAIT_ROOM);
}

static void
end_flow(struct flow *flow)
{
	flow->over = true;
	pump_end(flow->pump);
	wait_for(flow, WAIT_NOTHING);
}

/* A source that is always ready is read again when the sink has room. */
static void
wait_for_source(struct flow *flow)
{
	struct timeval patience = { .tv_usec = BATCH_PATIENCE_US };

	if (flow->room != NULL && flow->from->tls->read_needs_room)
		wait_for(flow, WAIT_ROOM);
	else if (flow->readable != NULL)
		wait_for(flow, WAIT_READABLE);
	else
		wait_for(flow, WAIT_WRITABLE);
	if (flow->in_batches)
		watch(flow, flow->again, &patience);
}

static void
set_batches(struct flow *flow, bool in_batches)
{
	flow->in_batches = pump_set_batches(flow->pump, in_batches);
}

/*
 * Gives the other flow its turn, and the other events of the loop. A stream
 * that was ready so far is used again without polling it: a socket is not
 * reported as writable before a third of its buffer is free, and to wait for
 * that costs a quarter of the rate.
 */
static void
end_turn(struct flow *flow)
{
	struct timeval now = { 0 };

	wait_for(flow, WAIT_NOTHING);
	set_batches(flow, true);
	watch(flow, flow->again, &now);
}

/* Whether the sink has to wait for what a read finds. */
static bool
sink_awaits_read(const struct flow *flow)
{
	return (flow->to->tls != NULL && flow->to->tls->is_renegotiating);
}

/*
 * Waits for what a read finds. Where the peer has ended nobody reads any more:
 * the sink does, when something comes.
 */
static void
wait_for_read(struct flow *flow)
{
	struct flow *download = &flow->pumps->download;

	wait_for(flow, WAIT_NOTHING);
	if (download->over)
		wait_for(download, WAIT_READABLE);
}

/* A sink that is always ready was interrupted, and is used again. */
static void
wait_for_sink(struct flow *flow)
{
	flow->stalled = sink_awaits_read(flow);
	if (flow->stalled)
		wait_for_read(flow);
	else if (flow->writable != NULL)
		wait_for(flow, WAIT_WRITABLE);
	else
		end_turn(flow);
}

static void
upload_moved(struct flow *flow, size_t count)
{
	events_of(flow)->sent(count, arg_of(flow));
}

static void
upload_ended(struct flow *flow)
{
	events_of(flow)->upload_ended(arg_of(flow));
}

static void
input_failed(struct flow *flow, int error)
{
	events_of(flow)->input_failed(error, arg_of(flow));
}

/* What is in the buffer of the pump is lost. */
static void
upload_failed(struct flow *flow, int error)
{
	events_of(flow)->upload_failed(
	    error, pump_waiting(flow->pump), arg_of(flow));
}

static void
download_moved(struct flow *flow, size_t count)
{
	events_of(flow)->received(count, arg_of(flow));
}

static void
download_ended(struct flow *flow)
{
	events_of(flow)->download_ended(0, arg_of(flow));
}

/* The connection is lost, both ways. */
static void
connection_failed(struct flow *flow, int error)
{
	struct flow *upload = &flow->pumps->upload;

	if (!upload->over) {
		end_flow(upload);
		upload_failed(upload, error);
	}
	events_of(flow)->download_ended(error, arg_of(flow));
}

static void
output_failed(struct flow *flow, int error)
{
	events_of(flow)->output_failed(error, arg_of(flow));
}

static const struct flow_direction upload_direction = {
	.moved = upload_moved,
	.source_ended = upload_ended,
	.source_failed = input_failed,
	.sink_failed = upload_failed,
	.is_input = true,
};

static const struct flow_direction download_direction = {
	.moved = download_moved,
	.source_ended = download_ended,
	.source_failed = connection_failed,
	.sink_failed = output_failed,
	.is_input = false,
};

/* Enlarges the pipe of a flow once it has carried much. */
static void
enlarge_pipe(struct flow *flow, size_t moved)
{
	if (flow->pipe == NULL)
		return;
	flow->carried += moved;
	if (flow->carried < PIPE_GROW_AFTER)
		return;
	stream_enlarge(flow->pipe, flow->pipe_bytes);
	flow->pipe = NULL;
}

/* Moves once, and reports how much. */
static enum pump_result
move(struct flow *flow, size_t *moved)
{
	enum pump_result result = pump_move(flow->pump, moved);

	flow->error = errno;
	if (*moved > 0) {
		enlarge_pipe(flow, *moved);
		flow->direction->moved(flow, *moved);
	}
	return (result);
}

/* Deals with what ended a series of moves. */
static void
settle(struct flow *flow, enum pump_result last)
{
	switch (last) {
	case PUMP_MOVED:
	case PUMP_SOURCE_EMPTY:
		wait_for_source(flow);
		break;
	case PUMP_SINK_FULL:
		wait_for_sink(flow);
		break;
	case PUMP_SOURCE_ENDED:
		end_flow(flow);
		flow->direction->source_ended(flow);
		break;
	case PUMP_SOURCE_FAILED:
		end_flow(flow);
		flow->direction->source_failed(flow, flow->error);
		break;
	case PUMP_SINK_FAILED:
		end_flow(flow);
		flow->direction->sink_failed(flow, flow->error);
		break;
	}
}

/* Whether something was read and has not left. */
static bool
has_to_send(const struct flow *flow)
{
	return (pump_waiting(flow->pump) > 0 || stream_flush(flow->to) == -1);
}

/* Whether a flow that has just moved so much has probably more to move. */
static bool
goes_on(const struct flow *flow, size_t moved)
{
	return (moved >= SMALL_BYTES || flow->readable == NULL ||
	    has_to_send(flow) || stream_has_unread(flow->from));
}

/* Whether a flow may read now; one that may never read again is over. */
static bool
may_read(struct flow *flow)
{
	struct engine *engine = &flow->pumps->engine;

	if (!flow->direction->is_input)
		return (true);
	if (engine->input_stopped) {
		end_flow(flow);
		return (false);
	}
	if (!engine_is_in_background(engine, flow->again))
		return (true);
	wait_for(flow, WAIT_NOTHING);
	return (false);
}

/* Returns whether nothing may pass now; then it is tried again soon. */
static bool
is_held(struct flow *flow)
{
	struct timeval soon = { .tv_usec = HOLD_CHECK_US };

	if (!stream_is_held(flow->from) && !stream_is_held(flow->to))
		return (false);
	wait_for(flow, WAIT_NOTHING);
	watch(flow, flow->again, &soon);
	return (true);
}

/*
 * Moves until a stream is empty or full, or it is the other flow's turn. A pipe
 * that has much is not watched meanwhile: the process that fills it would pay
 * for that at each write. (To watch a socket costs less than to begin and to
 * stop.)
 */
static void
run(struct flow *flow)
{
	enum pump_result last;
	size_t total = 0;
	size_t moved;

	if (flow->over)
		return;
	do {
		if (is_held(flow) || (!has_to_send(flow) && !may_read(flow)))
			return;
		last = move(flow, &moved);
		if (moved >= SMALL_BYTES && flow->from->kind == STREAM_PIPE)
			wait_for(flow, WAIT_NOTHING);
		total += moved;
		if (last == PUMP_MOVED && total >= TURN_BYTES) {
			end_turn(flow);
			return;
		}
	} while (last == PUMP_MOVED && goes_on(flow, moved));
	set_batches(flow, total >= BATCH_WORTH_BYTES);
	settle(flow, last);
}

static void
flow_on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct flow *flow = arg;
	struct flow *upload = &flow->pumps->upload;
	struct flow *download = &flow->pumps->download;

	(void)fd;
	(void)what;
	run(flow);
	if (upload->stalled && (!sink_awaits_read(upload) || download->over)) {
		upload->stalled = false;
		run(upload);
	}
	if (download->over && !upload->stalled)
		wait_for(download, WAIT_NOTHING);
}

/* Finds the pipe that is worth enlarging. */
static void
find_pipe(struct flow *flow, struct stream *from, struct stream *to)
{
	if (to->kind == STREAM_PIPE) {
		flow->pipe = to;
		flow->pipe_bytes = OUT_PIPE_BYTES;
	} else if (from->kind == STREAM_PIPE) {
		flow->pipe = from;
		flow->pipe_bytes = IN_PIPE_BYTES;
	}
}

static bool
flow_init(struct flow *flow, struct engine_pump *pumps, struct stream *from,
    struct stream *to, const struct pump_config *config)
{
	struct engine *engine = &pumps->engine;

	flow->pumps = pumps;
	flow->from = from;
	flow->to = to;
	find_pipe(flow, from, to);
	flow->pump = pump_choose(from, to, config);
	flow->again = evtimer_new(engine->config.base, flow_on_ready, flow);
	return (flow->pump != NULL && flow->again != NULL &&
	    (from->tls == NULL ||
		engine_stream_event(engine, from, EV_WRITE | EV_PERSIST,
		    flow_on_ready, flow, &flow->room)) &&
	    engine_stream_event(engine, from, EV_READ | EV_PERSIST,
		flow_on_ready, flow, &flow->readable) &&
	    engine_stream_event(engine, to, EV_WRITE | EV_PERSIST,
		flow_on_ready, flow, &flow->writable));
}

static void
flow_release(struct flow *flow)
{
	struct event *events[] = { flow->readable, flow->writable, flow->room,
		flow->again };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	pump_free(flow->pump);
}

static void
engine_pump_free(struct engine *engine)
{
	struct engine_pump *pumps = pumps_of(engine);

	flow_release(&pumps->upload);
	flow_release(&pumps->download);
	free(pumps);
}

static uint64_t
engine_pump_waiting(struct engine *engine)
{
	struct flow *flow = &pumps_of(engine)->upload;

	return (flow->over ? 0 : pump_waiting(flow->pump));
}

/* No more than is there now: a peer that goes on sending is not waited for. */
static void
engine_pump_write_received(struct engine *engine)
{
	struct flow *flow = &pumps_of(engine)->download;
	enum pump_result last = PUMP_MOVED;
	size_t rest, moved;

	if (flow->over)
		return;
	rest = stream_received(flow->from) + pump_waiting(flow->pump);
	if (stream_has_unread(flow->from))
		rest += UNREAD_BYTES;
	while (rest > 0 && last == PUMP_MOVED) {
		last = move(flow, &moved);
		rest -= moved < rest ? moved : rest;
	}
	if (last != PUMP_MOVED && last != PUMP_SOURCE_EMPTY &&
	    last != PUMP_SINK_FULL)
		settle(flow, last);
}

static uint64_t
engine_pump_unwritten(struct engine *engine)
{
	return (pump_waiting(pumps_of(engine)->download.pump));
}

static bool
engine_pump_start(struct engine *engine)
{
	struct engine_pump *pumps = pumps_of(engine);

	if (engine->config.receive_only)
		pumps->upload.over = true;
	else
		wait_for_source(&pumps->upload);
	if (stream_has_unread(pumps->download.from))
		end_turn(&pumps->download);
	else
		wait_for_source(&pumps->download);
	return (true);
}

static const struct engine_ops engine_pump_ops = {
	.start = engine_pump_start,
	.waiting = engine_pump_waiting,
	.unwritten = engine_pump_unwritten,
	.write_received = engine_pump_write_received,
	.free = engine_pump_free,
};

struct engine *
engine_pump_new(const struct engine_config *config)
{
	struct engine_pump *pumps = calloc(1, sizeof(*pumps));
	struct engine_endpoints *endpoints = config->endpoints;
	const struct pump_config up = {
		.crlf = config->crlf,
		.zero_copy = config->zero_copy,
	};
	const struct pump_config down = { .crlf = false };

	if (pumps == NULL)
		return (NULL);
	pumps->engine = (struct engine){ &engine_pump_ops, *config, false };
	pumps->upload.direction = &upload_direction;
	pumps->download.direction = &download_direction;
	if (flow_init(&pumps->upload, pumps, &endpoints->in,
		&endpoints->connection, &up) &&
	    flow_init(&pumps->download, pumps, &endpoints->connection,
		&endpoints->out, &down))
		return (&pumps->engine);
	engine_pump_free(&pumps->engine);
	return (NULL);
}
