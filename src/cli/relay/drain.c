/* SPDX-License-Identifier: ISC */
/*
 * Polls the count of unacknowledged bytes.
 */
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay/drain.h"

/* How often the count is polled. */
#define INTERVAL_MIN MONOTIME_PER_MS
#define INTERVAL_MAX (100 * MONOTIME_PER_MS)

struct drain {
	int fd;
	const struct drain_events *events;
	void *arg;
	struct event *timer;
	monotime_t patience;
	struct drain_count count;
	bool reported;
};

enum drain_result
drain_judge(struct drain_count *count, const struct drain_facts *facts,
    monotime_t patience, monotime_t now)
{
	bool changed = facts->unacked != count->unacked;

	if (changed)
		*count = (struct drain_count){ facts->unacked, now };
	if (facts->error != 0)
		return (DRAIN_LOST);
	if (facts->unacked == 0)
		return (DRAIN_ACKED);
	if (!changed && patience != MONOTIME_NEVER &&
	    now - count->since > patience)
		return (DRAIN_STUCK);
	return (DRAIN_WAITING);
}

monotime_t
drain_interval(const struct drain_count *count, monotime_t now)
{
	monotime_t interval = (now - count->since) / 4;

	if (interval < INTERVAL_MIN)
		return (INTERVAL_MIN);
	return (interval < INTERVAL_MAX ? interval : INTERVAL_MAX);
}

static int
socket_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return (error);
}

/*
 * Gathers the facts. A reset after the peer's end takes nothing back when
 * everything sent is acknowledged: a moment later no process would have been
 * there to see it. The count is newer than the error, so that an
 * acknowledgement and a reset that come between the two are not taken for a
 * reset alone.
 */
static struct drain_facts
gather(const struct drain *drain)
{
	int error = socket_error(drain->fd);
	struct drain_facts facts = drain->events->gather(drain->arg);

	if (facts.error == 0 && (!facts.peer_ended || facts.unacked > 0))
		facts.error = error;
	return (facts);
}

static void
poll_later(struct drain *drain, monotime_t now)
{
	struct timeval interval = clock_timeval(
	    drain_interval(&drain->count, now));

	if (event_add(drain->timer, &interval) == -1)
		drain->events->failed(errno != 0 ? errno : ENOMEM, drain->arg);
}

void
drain_start(struct drain *drain)
{
	struct drain_facts facts;
	monotime_t now = clock_now();
	enum drain_result result;

	if (drain->reported)
		return;
	facts = gather(drain);
	result = drain_judge(&drain->count, &facts, drain->patience, now);
	if (result == DRAIN_WAITING) {
		poll_later(drain, now);
		return;
	}
	drain->reported = true;
	event_del(drain->timer);
	drain->events->result(result, facts.error, drain->arg);
}

static void
drain_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drain_start(arg);
}

void
drain_set_patience(struct drain *drain, monotime_t patience)
{
	drain->patience = patience;
	drain->count.since = clock_now();
}

struct drain *
drain_new(struct event_base *base, int fd, const struct drain_events *events,
    void *arg)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	if (drain == NULL)
		return (NULL);
	drain->fd = fd;
	drain->events = events;
	drain->arg = arg;
	drain->patience = MONOTIME_NEVER;
	drain->timer = evtimer_new(base, drain_on_timer, drain);
	if (drain->timer != NULL)
		return (drain);
	free(drain);
	return (NULL);
}

void
drain_free(struct drain *drain)
{
	if (drain == NULL)
		return;
	event_free(drain->timer);
	free(drain);
}
