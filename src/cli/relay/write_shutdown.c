/* SPDX-License-Identifier: ISC */
/*
 * Shuts the write side down when half_close.h says so.
 */
#include <sys/socket.h>
#include <errno.h>

#include <event2/event.h>

#include "relay/internal.h"

/* A FIN that waits for longer than this is worth a notice. */
#define NOTICE_AFTER MONOTIME_PER_SECOND

uint64_t
relay_unwritten(const struct relay *relay)
{
	if (relay->download_over)
		return (0);
	return (stream_received(&relay->ends.connection) +
	    relay->engine->unwritten(relay->state));
}

static void
notify(struct relay *relay, enum relay_notice notice)
{
	if (relay->config.notice != NULL)
		relay->config.notice(notice, relay->shutdown_wait, relay->arg);
}

static void
shut_down(struct relay *relay)
{
	relay->write_shut = true;
	relay->received_before_shutdown = relay->result.moved.received;
	/* The idle timeout starts anew: the peer may have waited for this. */
	relay->moved_at = clock_now();
	event_del(relay->shutdown_notice);
	if (shutdown(relay->ends.connection.fd, SHUT_WR) == -1)
		relay_abort(relay, errno);
}

/*
 * Asks the kernel, not the events that have been handled: after a stop
 * (SIGTSTP) the loop comes to its timers first, whatever has come meanwhile.
 */
static struct half_close_facts
gather_facts(struct relay *relay)
{
	relay_note_acked(relay);
	return ((struct half_close_facts){
	    .input_sent = relay->input_sent,
	    .peer_ended = relay->download_over,
	    .unacked = relay_unacked(relay),
	    .unwritten = relay_unwritten(relay),
	    .moved_at = relay->moved_at,
	});
}

/*
 * With --send-only nobody waits for the peer's end: a peer that has all and is
 * quiet is left, whether it has a FIN or never gets one. Not from here, which
 * may be within the engine.
 */
static void
on_quiet(struct relay *relay)
{
	if (relay->write_shut || relay->shutdown_wait == MONOTIME_NEVER) {
		relay_set_timer(relay, relay->quit, 0);
		return;
	}
	shut_down(relay);
	relay_half_close(relay);
}

void
relay_half_close(struct relay *relay)
{
	struct half_close_facts facts;
	monotime_t wait = relay->shutdown_wait;
	monotime_t due, rest;

	if (relay->over || relay->stopping || !relay->input_sent)
		return;
	if (relay->write_shut || wait == MONOTIME_NEVER) {
		if (!relay->config.send_only)
			return;
		wait = relay->leave_wait;
	}
	facts = gather_facts(relay);
	due = half_close_due(wait, &facts);
	rest = due == MONOTIME_NEVER ? half_close_interval(wait)
				     : due - clock_now();
	if (rest > 0)
		relay_set_timer(relay, relay->half_close, rest);
	else
		on_quiet(relay);
}

static void
on_half_close(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	relay_half_close(arg);
}

static void
on_notice(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (!relay->over && !relay->write_shut && !relay->download_over)
		notify(relay, RELAY_SHUTDOWN_WAITS);
}

void
relay_input_sent(struct relay *relay)
{
	relay->input_sent = true;
	relay_half_close(relay);
	if (!relay->write_shut && relay->shutdown_wait != MONOTIME_NEVER)
		relay_set_timer(relay, relay->shutdown_notice, NOTICE_AFTER);
}

void
relay_check_reply(struct relay *relay)
{
	if (relay->write_shut && !relay->config.send_only &&
	    relay->result.moved.received == relay->received_before_shutdown)
		notify(relay, RELAY_NO_REPLY);
}

bool
relay_half_close_init(struct relay *relay)
{
	const struct relay_config *config = &relay->config;
	struct event_base *base = relay->ends.base;

	relay->shutdown_wait = half_close_wait(&(struct half_close_config){
	    .asked = config->shutdown_after,
	    .quit_after = config->quit_after,
	    .idle_timeout = config->idle_timeout,
	    .send_only = config->send_only,
	    .receive_only = config->receive_only,
	    .input_is_null = stream_discards(&relay->ends.in),
	});
	relay->leave_wait = half_close_wait(&(struct half_close_config){
	    .asked = HALF_CLOSE_DEFAULT,
	    .quit_after = config->quit_after,
	    .idle_timeout = config->idle_timeout,
	});
	relay->half_close = evtimer_new(base, on_half_close, relay);
	relay->shutdown_notice = evtimer_new(base, on_notice, relay);
	return (relay->half_close != NULL && relay->shutdown_notice != NULL);
}

void
relay_half_close_release(struct relay *relay)
{
	if (relay->half_close != NULL)
		event_free(relay->half_close);
	if (relay->shutdown_notice != NULL)
		event_free(relay->shutdown_notice);
}
