/* SPDX-License-Identifier: ISC */
/*
 * When it is time to leave: what was sent is acknowledged, or the time after
 * the end of input, or the one without any data, has expired.
 */
#include <sys/socket.h>
#include <errno.h>

#include <event2/event.h>

#include "relay/internal.h"

/* How often the send queue of an ended connection is polled. */
#define DRAIN_CHECK_MIN_US 1000
#define DRAIN_CHECK_MAX_US 100000

/* How long a peer may take none of it when its end is not waited for. */
#define DRAIN_PATIENCE_US MONOTIME_PER_SECOND

/* How long a peer that greets a new connection may take, besides a round trip.
 */
#define GREETING_US (50 * MONOTIME_PER_MS)

/* Two times that are no further apart expire together. */
#define TOGETHER_US (10 * MONOTIME_PER_MS)

/*
 * Polls the send queue again: soon while it gets shorter, and ever later
 * while it does not.
 */
static void
drain_later(struct relay *relay, uint64_t left)
{
	struct timeval again = { .tv_usec = DRAIN_CHECK_MIN_US };
	monotime_t waited;

	if (left != relay->unacked_seen) {
		relay->unacked_seen = left;
		relay->unacked_since = clock_now();
	}
	waited = (clock_now() - relay->unacked_since) / 4;
	if (waited > DRAIN_CHECK_MAX_US)
		waited = DRAIN_CHECK_MAX_US;
	if (waited > again.tv_usec)
		again.tv_usec = (suseconds_t)waited;
	relay_watch(relay, relay->drain, &again);
}

/* Whether a peer that is not waited for has stopped taking what was sent. */
static bool
is_stuck(const struct relay *relay, uint64_t left)
{
	return (relay->stopping && left == relay->unacked_seen &&
	    clock_now() - relay->unacked_since > DRAIN_PATIENCE_US);
}

/*
 * Returns why the connection is lost; 0: it is not. A reset behind the peer's
 * end takes nothing back when everything sent is acknowledged: a moment later
 * there would have been nobody to see it.
 */
static int
loss_of(const struct relay *relay, uint64_t left)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (relay->result.error != 0)
		return (relay->result.error);
	if (relay->download_over && left == 0)
		return (0);
	getsockopt(
	    relay->ends.connection.fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return (error);
}

/*
 * Ends a relay that has no more to do than to wait for what was sent to
 * arrive. Where the peer ended first, nothing else shows that it received
 * everything; and a close with data unread would cut off what is on its way.
 */
void
relay_drain(struct relay *relay)
{
	uint64_t left = relay_unacked(relay) +
	    relay->engine->waiting(relay->state);
	int error = loss_of(relay, left);

	if (error != 0)
		relay_finish(relay, RELAY_LOST, error);
	else if (relay->input_error != 0 &&
	    (left == 0 || is_stuck(relay, left)))
		relay_finish(relay, RELAY_INPUT_FAILED, relay->input_error);
	else if (left == 0)
		relay_finish(relay, RELAY_DONE, 0);
	else if (is_stuck(relay, left))
		relay_finish(relay, RELAY_LOST, ETIMEDOUT);
	else
		drain_later(relay, left);
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	relay_drain(arg);
}

void
relay_stop(struct relay *relay)
{
	if (relay->stopping)
		return;
	relay->stopping = true;
	relay->ends.input_is_cut = true;
	relay->unacked_since = clock_now();
	relay_drain(relay);
}

void
relay_set_timer(struct relay *relay, struct event *timer, monotime_t after)
{
	struct timeval interval = clock_timeval(after);

	if (after != MONOTIME_NEVER)
		relay_watch(relay, timer, &interval);
}

/*
 * A connection from which nothing has come yet is not left before a peer that
 * greets at once can have done so: with -q 0 it would be a matter of luck.
 */
static monotime_t
quit_after(const struct relay *relay)
{
	monotime_t after = relay->config.quit_after;
	monotime_t greeted = relay->started_at + GREETING_US +
	    unacked_round_trip(&relay->unacked) - clock_now();

	if (relay->result.moved.received == 0 && after < greeted)
		return (greeted);
	return (after);
}

void
relay_start_quit(struct relay *relay)
{
	monotime_t after = quit_after(relay);

	relay->quit_at = clock_after(clock_now(), after);
	relay_set_timer(relay, relay->quit, after);
}

/*
 * Returns whether a time that has expired had expired before, and the
 * descriptors have been polled since. After a stop (SIGTSTP) the loop comes to
 * its timers first, whatever the descriptors have.
 */
static bool
has_expired(struct relay *relay, struct event *timer, bool *expired)
{
	if (*expired)
		return (true);
	*expired = true;
	relay_set_timer(relay, timer, 0);
	return (false);
}

static void
on_quit(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	if (has_expired(relay, relay->quit, &relay->quit_expired))
		relay_stop(relay);
}

void
relay_note_acked(struct relay *relay)
{
	uint64_t acked = relay->result.moved.sent - relay_unacked(relay);
	monotime_t taken_at;

	if (acked == relay->acked)
		return;
	relay->acked = acked;
	taken_at = clock_now() -
	    unacked_age_ms(&relay->unacked) * MONOTIME_PER_MS;
	if (taken_at > relay->moved_at)
		relay->moved_at = taken_at;
}

/*
 * Ends an idle relay, or comes back when it may be one. Where the time after
 * the end of input expires together with this one, it is not a matter of luck
 * which is first.
 */
static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;
	monotime_t rest;

	(void)fd;
	(void)what;
	relay_note_acked(relay);
	rest = relay->moved_at + relay->config.idle_timeout - clock_now();
	if (rest > 0) {
		relay->idle_expired = false;
		relay_set_timer(relay, relay->idle, rest);
	} else if (relay->quit_at > clock_now() + TOGETHER_US &&
	    has_expired(relay, relay->idle, &relay->idle_expired)) {
		relay_finish(relay, RELAY_IDLE, 0);
	}
}

bool
relay_timers_init(struct relay *relay)
{
	struct event_base *base = relay->ends.base;

	relay->quit = evtimer_new(base, on_quit, relay);
	relay->drain = evtimer_new(base, on_drain, relay);
	relay->idle = evtimer_new(base, on_idle, relay);
	return (
	    relay->quit != NULL && relay->drain != NULL && relay->idle != NULL);
}

void
relay_timers_release(struct relay *relay)
{
	struct event *timers[] = { relay->quit, relay->drain, relay->idle };

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		if (timers[i] != NULL)
			event_free(timers[i]);
}
