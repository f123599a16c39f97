/* SPDX-License-Identifier: ISC */
/*
 * The fast engine: two flows, each from one stream to another, and each with a
 * pump that knows the cheapest way.
 *
 * A flow waits for one of its ends at a time: for its source once that is
 * empty, for its sink once that is full. Nothing is queued beyond what the
 * pump keeps.
 */
#ifdef __linux__

#include <sys/types.h>
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay/engine.h"
#include "relay/pump.h"

/* A move of less than this has probably emptied the source. */
#define SMALL_BYTES ((size_t)16 * 1024)
/* What one flow may move before the other has its turn. */
#define TURN_BYTES ((size_t)2 * 1024 * 1024)

/* Who has moved this much may be moving more: batches are worth it. */
#define BATCH_WORTH_BYTES ((size_t)64 * 1024)
/* How long a batch is waited for. */
#define BATCH_PATIENCE_US 2000

enum flow_wait { WAIT_NOTHING, WAIT_READABLE, WAIT_WRITABLE };

struct flow {
	struct splice *engine;
	struct pump pump;
	struct event *readable; /* of the source; NULL: it is always ready */
	struct event *writable; /* of the sink; NULL: likewise */
	struct event *again;    /* moves on without either */
	enum flow_wait waits;
	bool over;
};

struct splice {
	struct relay *relay;
	struct relay_ends *ends;
	struct flow upload;
	struct flow download;
};

static bool
is_upload(const struct flow *flow)
{
	return (flow == &flow->engine->upload);
}

static void
count_moved(struct flow *flow, size_t moved)
{
	if (is_upload(flow))
		relay_sent(flow->engine->relay, moved);
	else
		relay_received(flow->engine->relay, moved);
}

/* Watches the end that is waited for, and not the other one. */
static void
wait_for(struct flow *flow, enum flow_wait waits)
{
	if (flow->waits == waits)
		return;
	flow->waits = waits;
	if (flow->readable != NULL) {
		if (waits == WAIT_READABLE)
			relay_watch(flow->engine->relay, flow->readable, NULL);
		else
			event_del(flow->readable);
	}
	if (flow->writable != NULL) {
		if (waits == WAIT_WRITABLE)
			relay_watch(flow->engine->relay, flow->writable, NULL);
		else
			event_del(flow->writable);
	}
}

static void
end_flow(struct flow *flow)
{
	flow->over = true;
	pump_end(&flow->pump);
	wait_for(flow, WAIT_NOTHING);
}

/* A source that is always ready is asked again when the sink has room. */
static void
wait_for_source(struct flow *flow)
{
	struct timeval patience = { .tv_usec = BATCH_PATIENCE_US };

	wait_for(flow, flow->readable != NULL ? WAIT_READABLE : WAIT_WRITABLE);
	if (flow->pump.in_batches)
		relay_watch(flow->engine->relay, flow->again, &patience);
}

/*
 * Gives the other flow its turn, and whatever else the loop has to do. An end
 * that has taken all so far is asked again without a look at it: a socket is
 * not said to be writable before a third of its buffer is free, and to wait for
 * that costs a quarter of the rate.
 */
static void
end_turn(struct flow *flow)
{
	struct timeval now = { 0 };

	wait_for(flow, WAIT_NOTHING);
	pump_set_batches(&flow->pump, true);
	relay_watch(flow->engine->relay, flow->again, &now);
}

/* A sink that is always ready was disturbed, and is asked again. */
static void
wait_for_sink(struct flow *flow)
{
	if (flow->writable != NULL)
		wait_for(flow, WAIT_WRITABLE);
	else
		end_turn(flow);
}

/* Gives up the upload; what is in its buffer will not arrive. */
static void
fail_upload(struct flow *upload, int error)
{
	if (upload->over)
		return;
	end_flow(upload);
	relay_upload_failed(
	    upload->engine->relay, error, pump_waiting(&upload->pump));
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
settle(struct flow *flow, enum pump_result last)
{
	switch (last) {
	case MOVED:
	case SOURCE_EMPTY:
		wait_for_source(flow);
		break;
	case SINK_FULL:
		wait_for_sink(flow);
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
	struct timeval soon = { .tv_usec = STREAM_FOREGROUND_CHECK_US };

	if (!is_upload(flow) || !stream_is_in_background(flow->pump.from))
		return (false);
	wait_for(flow, WAIT_NOTHING);
	relay_watch(flow->engine->relay, flow->again, &soon);
	return (true);
}

/* Whether a flow that has just moved so much has probably more to move. */
static bool
goes_on(const struct flow *flow, size_t moved)
{
	return (moved >= SMALL_BYTES || flow->readable == NULL ||
	    pump_waiting(&flow->pump) > 0);
}

/* Whether a flow may read; one that never will again is over. */
static bool
may_read(struct flow *flow)
{
	if (is_upload(flow) && flow->engine->ends->input_is_cut) {
		end_flow(flow);
		return (false);
	}
	return (!is_in_background(flow));
}

/*
 * Moves until an end has had enough, or it is the other flow's turn. A pipe
 * that gives much is not watched meanwhile: whoever fills it would pay for that
 * at each write. (To watch a socket costs less than to begin and to stop.)
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
		if (pump_waiting(&flow->pump) == 0 && !may_read(flow))
			return;
		last = pump_move(&flow->pump, &moved);
		if (moved > 0)
			count_moved(flow, moved);
		if (moved >= SMALL_BYTES &&
		    flow->pump.from->kind == STREAM_PIPE)
			wait_for(flow, WAIT_NOTHING);
		total += moved;
		if (last == MOVED && total >= TURN_BYTES) {
			end_turn(flow);
			return;
		}
	} while (last == MOVED && goes_on(flow, moved));
	pump_set_batches(&flow->pump, total >= BATCH_WORTH_BYTES);
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
	*event = event_new(flow->engine->ends->base, stream_watched(stream),
	    (short)(what | EV_PERSIST), on_ready, flow);
	return (*event != NULL);
}

static bool
flow_init(struct flow *flow, struct splice *engine, struct stream *from,
    struct stream *to, const struct pump_config *config)
{
	flow->engine = engine;
	flow->again = evtimer_new(engine->ends->base, on_ready, flow);
	return (flow->again != NULL &&
	    pump_init(&flow->pump, from, to, config) &&
	    make_event(flow, from, EV_READ, &flow->readable) &&
	    make_event(flow, to, EV_WRITE, &flow->writable));
}

static void
flow_release(struct flow *flow)
{
	if (flow->readable != NULL)
		event_free(flow->readable);
	if (flow->writable != NULL)
		event_free(flow->writable);
	if (flow->again != NULL)
		event_free(flow->again);
	pump_release(&flow->pump);
}

static void
splice_release(void *state)
{
	struct splice *engine = state;

	flow_release(&engine->upload);
	flow_release(&engine->download);
	free(engine);
}

static uint64_t
splice_waiting(const void *state)
{
	const struct splice *engine = state;

	return (engine == NULL || engine->upload.over
		? 0
		: pump_waiting(&engine->upload.pump));
}

/* No more than is there now: a peer that goes on sending is not waited for. */
static void
splice_write_received(void *state)
{
	struct splice *engine = state;
	struct flow *flow = &engine->download;
	size_t rest, moved;
	enum pump_result last = MOVED;

	if (flow->over)
		return;
	rest = stream_received(flow->pump.from) + pump_waiting(&flow->pump);
	while (rest > 0 && last == MOVED) {
		last = pump_move(&flow->pump, &moved);
		if (moved > 0)
			count_moved(flow, moved);
		rest -= moved < rest ? moved : rest;
	}
	if (last != MOVED && last != SOURCE_EMPTY && last != SINK_FULL)
		settle(flow, last);
}

static uint64_t
splice_unwritten(const void *state)
{
	const struct splice *engine = state;

	return (engine == NULL ? 0 : pump_waiting(&engine->download.pump));
}

static bool
init(struct splice *engine)
{
	struct relay_ends *ends = engine->ends;
	const struct pump_config up = {
		.crlf = ends->crlf,
		.zero_copy = ends->zero_copy,
	};
	const struct pump_config down = { .crlf = false };

	return (flow_init(&engine->upload, engine, &ends->in, &ends->connection,
		    &up) &&
	    flow_init(&engine->download, engine, &ends->connection, &ends->out,
		&down));
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
	.waiting = splice_waiting,
	.write_received = splice_write_received,
	.unwritten = splice_unwritten,
};

#endif
