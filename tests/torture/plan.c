/* SPDX-License-Identifier: ISC */
/*
 * The draw of a case, and what follows from it for its end.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* Terminals and small windows are slow. */
#define TERMINAL_BYTES_MAX (UINT64_C(1) << 20)
#define SLOW_BYTES_MAX     (UINT64_C(1) << 20)
#define IDLE_BYTES_MAX     (UINT64_C(1) << 16)

/* One that has to pass, and one that never does. */
#define IDLE_MS      500
#define IDLE_LONG_MS 30000
#define QUIT_LONG_MS 3600000
/* Long enough that bytes move meanwhile, short enough to be waited for. */
#define SHUTDOWN_MS 50

#define HEADER_MAX 5000

/* Long enough for all buffers to be full. */
#define COLLECTOR_DELAY (PACE_SECOND / 30)

/* Draws a size, now and then one beside a round number. */
static uint64_t
draw_size(struct random *random, uint64_t max)
{
	static const uint64_t round[] = { 4096, 65536, 131072, 262144, 1048576,
		2097152 };
	uint64_t size;

	if (random_one_in(random, 8)) {
		size = round[random_below(
			   random, sizeof(round) / sizeof(round[0]))] -
		    1 + random_below(random, 3);
		if (size <= max)
			return (size);
	}
	return (random_size(random, max));
}

static void
draw_stream(struct random *random, struct plan_stream *stream, bool input)
{
	static const enum kind kinds[] = { KIND_FILE, KIND_FILE, KIND_FILE,
		KIND_PIPE, KIND_PIPE, KIND_PIPE, KIND_PIPE, KIND_SOCKET,
		KIND_SOCKET, KIND_TERMINAL, KIND_TERMINAL, KIND_NULL,
		KIND_CLOSED };

	stream->kind =
	    kinds[random_below(random, sizeof(kinds) / sizeof(kinds[0]))];
	if (stream->kind == KIND_FILE && !input && random_one_in(random, 2))
		stream->kind = KIND_APPEND;
	stream->nonblock = random_one_in(random, 4);
	stream->held = input || random_one_in(random, 3);
	stream->header = random_one_in(random, 2)
	    ? 0
	    : (size_t)random_size(random, HEADER_MAX);
}

static void
draw_streams(struct random *random, struct plan *plan)
{
	draw_stream(random, &plan->in, true);
	draw_stream(random, &plan->out, false);
	plan->one_descriptor = random_one_in(random, 8);
	if (plan->one_descriptor) {
		plan->in.kind = random_one_in(random, 3) ? KIND_TERMINAL
							 : KIND_SOCKET;
		plan->out = plan->in;
	}
}

static void
draw_options(struct random *random, struct plan *plan)
{
	plan->no_splice = random_one_in(random, 2);
	plan->crlf = random_one_in(random, 8);
	plan->zero_copy = !plan->no_splice && !plan->crlf &&
	    random_one_in(random, 2) && getenv("PEER_TLS") == NULL;
	plan->recv_only = random_one_in(random, 14);
	plan->send_only = !plan->recv_only && random_one_in(random, 14);
	plan->no_shutdown = random_one_in(random, 15);
	plan->shutdown_ms = random_one_in(random, 4) ? SHUTDOWN_MS : 0;
	plan->exit_on_peer_eof = random_one_in(random, 12);
	plan->quit_ms = -1;
	if (random_one_in(random, 7))
		plan->quit_ms = (int)random_size(random, 100);
	else if (random_one_in(random, 10))
		plan->quit_ms = QUIT_LONG_MS;
	if (random_one_in(random, 6))
		plan->idle_ms = IDLE_LONG_MS;
}

static void
limit(uint64_t *size, uint64_t max)
{
	if (*size > max)
		*size = max;
}

static void
draw_sizes(struct random *random, struct plan *plan, uint64_t max)
{
	plan->upload = draw_size(random, max);
	plan->download = draw_size(random, max);
	if (plan->in.kind == KIND_TERMINAL)
		limit(&plan->upload, TERMINAL_BYTES_MAX);
	if (plan->out.kind == KIND_TERMINAL)
		limit(&plan->download, TERMINAL_BYTES_MAX);
	if (plan->in.kind == KIND_NULL || plan->in.kind == KIND_CLOSED)
		plan->upload = 0;
	if (random_one_in(random, 6)) {
		plan->receive_buffer = 2048 << random_below(random, 6);
		limit(&plan->upload, SLOW_BYTES_MAX);
	}
	if (random_one_in(random, 6))
		plan->send_buffer = 4096 << random_below(random, 6);
	for (int i = 0; i < MOVERS; i++)
		plan->pace[i] = pace_plan_draw(random,
		    i == COLLECTOR || i == SERVER_SOURCE ? plan->download
							 : plan->upload);
}

/* Whether the input can wait for the server. */
static bool
input_waits(const struct plan *plan)
{
	return (plan->in.kind == KIND_PIPE || plan->in.kind == KIND_SOCKET ||
	    plan->in.kind == KIND_TERMINAL);
}

/* Draws the side that ends first, where these streams allow it. */
static void
draw_order(struct random *random, struct plan *plan)
{
	plan->order = (enum order)random_below(random, ORDER_NOBODY);
	plan->held_back = random_size(random, 300000);
	if (plan->order == ORDER_SERVER && !input_waits(plan))
		plan->order = ORDER_TOGETHER;
	if (plan->one_descriptor && plan->in.kind == KIND_TERMINAL &&
	    plan->order == ORDER_CLIENT)
		plan->order = ORDER_SERVER;
	if (plan->recv_only)
		plan->order = ORDER_TOGETHER;
	if (random_one_in(random, 60) && input_waits(plan)) {
		plan->order = ORDER_NOBODY;
		plan->idle_ms = IDLE_MS;
		limit(&plan->upload, IDLE_BYTES_MAX);
		limit(&plan->download, IDLE_BYTES_MAX);
	}
}

/*
 * Draws how the server breaks off. Where its end alone makes the program
 * leave there is nothing to break off any more.
 */
static void
draw_reset(struct random *random, struct plan *plan)
{
	static const enum reset resets[] = { RESET_ABORT, RESET_ABORT,
		RESET_ABORT, RESET_ABORT, RESET_END_ABORT, RESET_CLOSE };
	uint64_t upload, range;

	plan->order = ORDER_TOGETHER;
	plan->quit_ms = -1;
	plan->reset =
	    resets[random_below(random, sizeof(resets) / sizeof(resets[0]))];
	if (plan_leaves_with_peer(plan))
		plan->reset = RESET_ABORT;
	plan->verbose = !random_one_in(random, 5);
	plan->input_ends = plan->reset != RESET_ABORT ||
	    random_one_in(random, 2);
	plan->reset_on_upload = plan->reset == RESET_END_ABORT ||
	    (!plan->recv_only && random_one_in(random, 2));
	upload = plan->recv_only ? 0 : plan_expanded_upload(plan);
	range = plan->reset_on_upload ? upload : plan->download;
	plan->reset_at = random_one_in(random, 3)
	    ? random_size(random, range)
	    : random_below(random, range + 1);
}

void
plan_draw(struct plan *plan, uint64_t seed, bool resets, unsigned number,
    uint64_t max_bytes)
{
	struct random random = {
		.state = random_mix(seed * 2 + (resets ? 1 : 0)) + number,
	};

	memset(plan, 0, sizeof(*plan));
	random.state = random_mix(random.state);
	plan->key = random_next(&random);
	plan->resets = resets;
	plan->number = number;
	plan->input_ends = true;
	draw_streams(&random, plan);
	draw_options(&random, plan);
	draw_sizes(&random, plan, max_bytes);
	if (random_one_in(&random, resets ? 2 : 10))
		plan->collector_delay = COLLECTOR_DELAY;
	if (resets)
		draw_reset(&random, plan);
	else
		draw_order(&random, plan);
}

bool
plan_leaves_with_peer(const struct plan *plan)
{
	return (plan->exit_on_peer_eof || plan->recv_only ||
	    plan->in.kind == KIND_TERMINAL);
}

bool
plan_end_is_visible(const struct plan *plan)
{
	if (plan->send_only)
		return (false);
	if (plan->one_descriptor)
		return (plan->out.kind == KIND_SOCKET);
	return (!plan->out.held &&
	    (plan->out.kind == KIND_PIPE || plan->out.kind == KIND_SOCKET ||
		plan->out.kind == KIND_TERMINAL));
}

bool
plan_upload_may_be_cut(const struct plan *plan)
{
	return (plan->reset != RESET_NONE ||
	    (plan->order == ORDER_TOGETHER && plan_leaves_with_peer(plan)));
}

bool
plan_download_may_be_cut(const struct plan *plan)
{
	if (plan->reset != RESET_NONE)
		return (true);
	if (plan->quit_ms == -1 || plan->quit_ms == QUIT_LONG_MS)
		return (false);
	/* Input ends after all has been written out. */
	return (plan->order != ORDER_SERVER || !plan_end_is_visible(plan));
}

bool
plan_output_is_kept(const struct plan *plan)
{
	return (!plan->send_only && plan->out.kind != KIND_NULL &&
	    plan->out.kind != KIND_CLOSED);
}

struct data
plan_upload(const struct plan *plan)
{
	return ((struct data){
	    .key = random_mix(plan->key + 1),
	    .size = plan->upload,
	    .text = plan->crlf,
	});
}

struct data
plan_download(const struct plan *plan)
{
	return ((struct data){
	    .key = random_mix(plan->key + 2),
	    .size = plan->download,
	    .text = plan->crlf,
	});
}

uint64_t
plan_expanded_upload(const struct plan *plan)
{
	struct data data = plan_upload(plan);
	unsigned char bytes[DATA_WINDOW];
	uint64_t count = plan->upload;
	bool after_cr = false;

	if (!plan->crlf)
		return (count);
	for (uint64_t offset = 0; offset < data.size; offset++) {
		size_t i = offset % sizeof(bytes);

		if (i == 0)
			data_fill(&data, offset, bytes, sizeof(bytes));
		if (bytes[i] == '\n' && !after_cr)
			count++;
		after_cr = bytes[i] == '\r';
	}
	return (count);
}
