/* SPDX-License-Identifier: ISC */
/*
 * The loop of a case, and what waits for what in it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "../tools/peer_tls.h"
#include "transfer.h"

/* A case that takes longer hangs. */
#define DEADLINE (60 * PACE_SECOND)

/*
 * The kernel may pass on what was written to a terminal a little later, and
 * what is missing much later where it is busy.
 */
#define TERMINAL_LAG     (PACE_SECOND / 20)
#define TERMINAL_LAG_MAX (5 * PACE_SECOND)

enum { LISTENER, ERROR, FEED, COLLECT, SEND, RECEIVE, ENTRIES };

/* Returns whether the server has all that the program has to send. */
static bool
upload_has_arrived(const struct transfer *transfer)
{
	return (transfer->server.sink.ended ||
	    (transfer->server.fd != -1 && !transfer->plan->recv_only &&
		data_check_is_complete(&transfer->server.sink.check)));
}

/* Returns whether the client can know that the server has ended. */
static bool
server_end_is_seen(const struct transfer *transfer)
{
	return (transfer->server.source.at_end &&
	    (!plan_end_is_visible(transfer->plan) ||
		transfer->collector.ended));
}

/* Returns whether the feeder may send its last bytes and end. */
static bool
feeder_may_end(const struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;

	if (plan->reset != RESET_NONE)
		return (plan->input_ends && plan->in.kind != KIND_TERMINAL);
	if (plan->order == ORDER_NOBODY)
		return (false);
	if (plan->in.kind == KIND_TERMINAL)
		/* To hang up loses what has not been read. */
		return (plan->order == ORDER_CLIENT &&
		    upload_has_arrived(transfer));
	if (plan->order == ORDER_SERVER)
		return (!plan_leaves_with_peer(plan) &&
		    server_end_is_seen(transfer));
	return (true);
}

/* Returns whether the server may send its last bytes and end. */
static bool
server_may_end(const struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;

	if (plan->reset != RESET_NONE)
		return (plan->reset == RESET_END_ABORT);
	if (plan->order == ORDER_NOBODY)
		return (false);
	if (plan->order == ORDER_CLIENT)
		return (transfer->server.sink.ended ||
		    (plan->no_shutdown && upload_has_arrived(transfer)));
	if (plan->order == ORDER_SERVER && plan_leaves_with_peer(plan))
		return (upload_has_arrived(transfer));
	return (true);
}

/* Returns how much may be sent before the last bytes may. */
static uint64_t
limit(const struct plan *plan, enum order waits, uint64_t size, bool may_end)
{
	if (may_end || plan->order != waits)
		return (size);
	return (size > plan->held_back ? size - plan->held_back : 0);
}

/* Returns whether the program has its connection, where that has to be seen. */
static bool
program_is_ready(const struct transfer *transfer)
{
	return (!transfer->plan->verbose || transfer->child.ended ||
	    strstr(transfer->child.err, "connected to") != NULL);
}

static bool
is_time_to_break_off(const struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;
	const struct server *server = &transfer->server;

	if (plan->reset == RESET_NONE || server->fd == -1 ||
	    !program_is_ready(transfer))
		return (false);
	if (plan->reset == RESET_END_ABORT && !server->source.at_end)
		return (false);
	return (server->sink.ended ||
	    (plan->reset_on_upload ? server->sink.check.count
				   : server->source.sent) >= plan->reset_at);
}

/* Continues transfers that waited for the other side, and ends finished ones.
 */
static void
open_gates(struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;
	struct server *server = &transfer->server;
	struct source *feeder = &transfer->feeder;
	bool may_end;

	if (server->fd != -1) {
		may_end = server_may_end(transfer);
		server->source.limit = limit(
		    plan, ORDER_CLIENT, plan->download, may_end);
		if (plan->reset != RESET_NONE && !plan->reset_on_upload)
			server->source.limit = plan->reset_at;
		if (!program_is_ready(transfer))
			server->source.limit = 0;
		if (may_end && !server->source.at_end &&
		    source_is_done(&server->source))
			server_end(server);
	}
	may_end = feeder_may_end(transfer);
	/* Who leaves with the server does not wait for its end. */
	feeder->limit = limit(plan,
	    plan_leaves_with_peer(plan) ? ORDER_NOBODY : ORDER_SERVER,
	    plan->upload, may_end || plan->order == ORDER_NOBODY);
	if (feeder->fd != -1 && may_end && source_is_done(feeder)) {
		standard_end_input(&transfer->standard);
		feeder->fd = -1;
		feeder->at_end = true;
	}
	if (is_time_to_break_off(transfer))
		server_break_off(server);
}

/* Returns how long after the program's end something may come out. */
static int64_t
output_lag(const struct transfer *transfer)
{
	if (!transfer->standard.out.is_terminal)
		return (0);
	if (transfer->plan->reset == RESET_NONE &&
	    !data_check_is_complete(&transfer->collector.check))
		return (TERMINAL_LAG_MAX);
	return (TERMINAL_LAG);
}

/* Returns whether nothing more can come out of standard output. */
static bool
is_collected(const struct transfer *transfer, int64_t now)
{
	const struct sink *collector = &transfer->collector;
	int64_t lag = output_lag(transfer);

	return (collector->fd == -1 || collector->ended ||
	    (transfer->plan->out.held && collector->empty &&
		now - transfer->child_end >= lag));
}

static bool
is_over(struct transfer *transfer, int64_t now)
{
	struct server *server = &transfer->server;

	if (!transfer->child.ended)
		return (false);
	if (transfer->child_end == 0)
		transfer->child_end = now;
	/* It may have come and gone already. */
	if (server->listener != -1)
		server_accept(server);
	return ((server->fd == -1 || server->sink.ended) &&
	    is_collected(transfer, now));
}

/* Returns whether the server has received what poll(2) does not show. */
static bool
has_unread(const struct transfer *transfer)
{
	struct peer_tls *tls = transfer->server.tls;

	return (tls != NULL && peer_tls->has_unread(tls));
}

/* Fills in what is waited for; returns the time until which it is. */
static int64_t
prepare(struct transfer *transfer, struct pollfd entries[ENTRIES], int64_t now)
{
	struct server *server = &transfer->server;
	int64_t wake = transfer->deadline;

	for (int i = 0; i < ENTRIES; i++)
		entries[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	entries[LISTENER].fd = server->listener;
	entries[ERROR].fd = transfer->child.err_fd;
	entries[FEED].events = POLLOUT;
	entries[SEND].events = POLLOUT;
	if (!transfer->child.ended &&
	    source_wants(&transfer->feeder, now, &wake))
		entries[FEED].fd = transfer->feeder.fd;
	if (sink_wants(&transfer->collector, now, &wake))
		entries[COLLECT].fd = transfer->collector.fd;
	if (source_wants(&server->source, now, &wake))
		entries[SEND].fd = server->fd;
	if (sink_wants(&server->sink, now, &wake))
		entries[RECEIVE].fd = server->fd;
	if (entries[RECEIVE].fd != -1 && has_unread(transfer))
		wake = now;
	/* Who has seen the program end does not wait for what is not there. */
	if (transfer->child.ended && wake > now + PACE_SECOND / 1000)
		wake = now + PACE_SECOND / 1000;
	return (wake);
}

static void
dispatch(struct transfer *transfer, const struct pollfd entries[ENTRIES])
{
	if (entries[LISTENER].revents != 0)
		server_accept(&transfer->server);
	if (entries[FEED].revents != 0)
		source_run(&transfer->feeder);
	if (entries[SEND].revents != 0)
		source_run(&transfer->server.source);
	if (entries[RECEIVE].revents != 0 ||
	    (entries[RECEIVE].fd != -1 && has_unread(transfer)))
		sink_run(&transfer->server.sink);
	if (entries[COLLECT].revents != 0 ||
	    (entries[COLLECT].fd != -1 && transfer->child.ended))
		sink_run(&transfer->collector);
	if (entries[ERROR].revents != 0)
		child_read(&transfer->child);
}

static void
loop(struct transfer *transfer)
{
	struct pollfd entries[ENTRIES];
	int64_t now, wait;

	for (;;) {
		open_gates(transfer);
		now = pace_now();
		if (is_over(transfer, now))
			return;
		if (now >= transfer->deadline) {
			transfer->timed_out = true;
			if (!transfer->child.ended)
				child_kill(&transfer->child);
			return;
		}
		wait = prepare(transfer, entries, now) - now;
		if (ppoll(entries, ENTRIES,
			&(struct timespec){
			    .tv_sec = (time_t)(wait / PACE_SECOND),
			    .tv_nsec = (long)(wait % PACE_SECOND),
			},
			NULL) > 0 ||
		    transfer->child.ended || has_unread(transfer))
			dispatch(transfer, entries);
	}
}

void
transfer_run(
    struct transfer *transfer, const struct plan *plan, const char *program)
{
	struct standard *standard = &transfer->standard;
	struct data upload = plan_upload(plan);
	struct data download = plan_download(plan);
	struct plan_command command;

	memset(transfer, 0, sizeof(*transfer));
	transfer->plan = plan;
	transfer->deadline = pace_now() + DEADLINE;
	standard_open(standard, plan);
	server_open(&transfer->server, plan);
	plan_command(plan, transfer->server.port, &command);
	child_start(&transfer->child, program, command.argv, standard->in.child,
	    standard->out.child);
	standard_release(standard);
	source_init(&transfer->feeder, standard->in.other, &upload,
	    &plan->pace[FEEDER], plan->key + FEEDER);
	sink_init(&transfer->collector, standard->out.other, &download, false,
	    &plan->pace[COLLECTOR], plan->key + COLLECTOR);
	transfer->collector.pace.wake = pace_now() + plan->collector_delay;
	loop(transfer);
}

void
transfer_close(struct transfer *transfer)
{
	server_close(&transfer->server);
	standard_close(&transfer->standard);
}

void
transfer_print(FILE *out, const struct transfer *transfer)
{
	const struct server *server = &transfer->server;

	fprintf(out,
	    "#   fed %" PRIu64 "%s; server: received %" PRIu64
	    "%s, sent %" PRIu64 "%s%s; collected %" PRIu64 "%s; %.3f s\n",
	    transfer->feeder.sent, transfer->feeder.at_end ? " and ended" : "",
	    server->sink.check.count, server->sink.ended ? " and the end" : "",
	    server->source.sent, server->source.at_end ? " and ended" : "",
	    server->has_broken_off ? ", broke off" : "",
	    transfer->collector.check.count,
	    transfer->collector.ended ? " and the end" : "",
	    (double)(pace_now() - transfer->deadline + DEADLINE) /
		(double)PACE_SECOND);
}
