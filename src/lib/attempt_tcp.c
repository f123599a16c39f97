/* SPDX-License-Identifier: ISC */
/*
 * A connection attempt: a prepared socket that connects, and an event.
 *
 * A bufferevent is not used: it would take the error of a socket that was
 * accepted and reset at once, takes the lone POLLERR of an ICMP error for a
 * connection, and closes its socket in a later pass of the loop, while a
 * loser's socket has to be closed before the winner is handed over.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "attempt.h"
#include "pollset.h"
#include "tcp_socket.h"

struct event_provider {
	struct attempt_provider provider;
	struct event_base *base;
	struct pollset pending;
	/* Those that wait for the end of their time, in the order of it. */
	TAILQ_HEAD(attempt_list, attempt) open;
};

enum attempt_state {
	ATTEMPT_CONNECTING,
	ATTEMPT_WAITING, /* connected, not yet a success */
	ATTEMPT_ENDED
};

struct attempt {
	struct pollset_member member; /* first: a pending one is its attempt */
	struct event_provider *provider;
	enum attempt_state state;
	enum attempt_success success;
	monotime_t open_time;
	TAILQ_ENTRY(attempt) open; /* while it waits for `open_until` */
	monotime_t open_until;     /* MONOTIME_NEVER: it is not in that list */
	int family;
	int fd;              /* -1 once closed or taken */
	bool may_be_own;     /* a connection to itself was asked for */
	struct event *event; /* NULL once the attempt has ended */
	struct attempt_facts facts;
	attempt_cb cb;
	void *arg;
};

/* Takes the socket away from libevent. */
static void
detach(struct attempt *attempt)
{
	if (attempt->event == NULL)
		return;
	if (attempt->open_until != MONOTIME_NEVER)
		TAILQ_REMOVE(&attempt->provider->open, attempt, open);
	attempt->open_until = MONOTIME_NEVER;
	pollset_remove(&attempt->provider->pending, &attempt->member);
	event_free(attempt->event);
	attempt->event = NULL;
}

static void on_event(evutil_socket_t fd, short what, void *arg);

/* Waits for `what` of libevent's, and so does the poll; 0 or an error. */
static int
attach(struct attempt *attempt, short what)
{
	struct event_provider *provider = attempt->provider;

	attempt->event = event_new(provider->base, attempt->fd,
	    (short)(what | EV_PERSIST), on_event, attempt);
	if (attempt->event == NULL)
		return (ATTEMPT_OUT_OF_MEMORY);
	pollset_add(&provider->pending, &attempt->member, attempt->fd,
	    what == EV_READ ? POLLIN : POLLOUT);
	errno = 0;
	if (event_add(attempt->event, NULL) == 0)
		return (0);
	return (errno == 0 || errno == ENOMEM ? ATTEMPT_OUT_OF_MEMORY : errno);
}

/* Whether the socket is connected to itself, and nobody asked for that. */
static bool
is_unwanted(const struct attempt *attempt)
{
	return (!attempt->may_be_own && tcp_socket_is_own(attempt->fd));
}

/* A port that the socket holds itself must be free for its server afterwards.
 */
static void
close_socket(struct attempt *attempt)
{
	if (attempt->fd == -1)
		return;
	if (is_unwanted(attempt))
		tcp_socket_reset(attempt->fd);
	else
		close(attempt->fd);
	attempt->fd = -1;
}

/*
 * Settles the outcome and reports it; the socket of a failed attempt is closed
 * with it.
 */
static void
end(struct attempt *attempt, int error)
{
	tcp_socket_inspect(attempt->fd, &attempt->facts);
	detach(attempt);
	attempt->state = ATTEMPT_ENDED;
	if (error != 0)
		close_socket(attempt);
	attempt->cb(error, attempt->arg);
}

/* Waits for the end of the time, too; 0 or an error. */
static int
set_timer(struct attempt *attempt)
{
	monotime_t rest = attempt->open_until - clock_now();
	struct timeval after = clock_timeval(rest > 0 ? rest : 0);

	/* libevent counts from its cached time, which may be in the past. */
	event_base_update_cache_time(attempt->provider->base);
	return (
	    event_add(attempt->event, &after) == 0 ? 0 : ATTEMPT_OUT_OF_MEMORY);
}

/* Waits for what the peer does, and for the end of the time; 0 or an error. */
static int
wait_for_success(struct attempt *attempt)
{
	int error;

	attempt->state = ATTEMPT_WAITING;
	detach(attempt);
	error = attach(attempt, EV_READ);
	if (error != 0 || attempt->success != ATTEMPT_OPEN ||
	    attempt->open_time == MONOTIME_NEVER)
		return (error);
	/* All wait as long, so they stand in the order of their ends. */
	attempt->open_until = clock_after(
	    attempt->facts.established, attempt->open_time);
	TAILQ_INSERT_TAIL(&attempt->provider->open, attempt, open);
	return (set_timer(attempt));
}

/*
 * Moves on an attempt that has connected. Returns whether it has ended, with
 * *error.
 */
static bool
establish(struct attempt *attempt, int *error)
{
	attempt->facts.established = clock_now();
	*error = is_unwanted(attempt) ? ECONNREFUSED : 0;
	if (*error != 0)
		return (true);
	tcp_socket_finish(attempt->fd, attempt->family);
	if (attempt->success == ATTEMPT_TCP)
		return (true);
	*error = wait_for_success(attempt);
	return (*error != 0);
}

/*
 * Polls the socket, and ends the attempt when that has ended or its time has
 * passed. Returns whether it has ended; it may be gone then.
 */
static bool
poll_attempt(struct attempt *attempt)
{
	int error = 0;
	bool ended;

	if (attempt->state == ATTEMPT_CONNECTING) {
		if (!tcp_socket_ended(attempt->fd, &attempt->facts, &error))
			return (false);
		ended = error != 0 || establish(attempt, &error);
	} else {
		ended = false;
	}
	if (!ended)
		ended = tcp_socket_has_news(attempt->fd, &error) ||
		    attempt->open_until <= clock_now();
	if (ended)
		end(attempt, error);
	return (ended);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	int error;

	(void)fd;
	if (poll_attempt(attempt) || (what & EV_TIMEOUT) == 0)
		return;
	/* The timer was early. */
	error = set_timer(attempt);
	if (error != 0)
		end(attempt, error);
}

static void
event_release(struct attempt *attempt)
{
	detach(attempt);
	close_socket(attempt);
	free(attempt);
}

/* Begins to connect the prepared socket; 0 or an error. */
static int
begin(struct attempt *attempt, const struct address *destination)
{
	int error = attach(attempt, EV_WRITE);

	return (
	    error != 0 ? error : tcp_socket_connect(attempt->fd, destination));
}

static int
event_start(struct attempt_provider *provider,
    const struct attempt_request *request, attempt_cb cb, void *arg,
    struct attempt **out)
{
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	int error;

	if (attempt == NULL)
		return (ATTEMPT_OUT_OF_MEMORY);
	attempt->provider = (struct event_provider *)provider;
	attempt->cb = cb;
	attempt->arg = arg;
	attempt->family = address_family(request->destination);
	attempt->may_be_own = request->source_port != 0 &&
	    request->source_port == address_port(request->destination);
	attempt->success = request->success;
	attempt->open_time = request->open_time;
	attempt->open_until = MONOTIME_NEVER;
	attempt->facts.established = MONOTIME_NEVER;
	attempt->facts.rtt = -1;
	attempt->fd = tcp_socket_open(request);
	error = attempt->fd == -1 ? errno
				  : begin(attempt, request->destination);
	if (error == 0)
		*out = attempt;
	else
		event_release(attempt);
	return (error);
}

static void
event_poll(struct attempt_provider *provider)
{
	struct event_provider *self = (struct event_provider *)provider;
	struct pollset_member *member;
	struct attempt *first;
	monotime_t now;

	pollset_poll(&self->pending);
	while ((member = pollset_next(&self->pending)) != NULL)
		poll_attempt((struct attempt *)member);
	now = clock_now();
	while ((first = TAILQ_FIRST(&self->open)) != NULL &&
	    first->open_until <= now)
		poll_attempt(first);
}

static void
event_inspect(struct attempt *attempt, struct attempt_facts *facts)
{
	if (attempt->event != NULL)
		tcp_socket_inspect(attempt->fd, &attempt->facts);
	*facts = attempt->facts;
}

static int
event_take(struct attempt *attempt)
{
	int fd = attempt->fd;

	attempt->fd = -1;
	return (fd);
}

static void
event_dispose(struct attempt_provider *provider)
{
	struct event_provider *self = (struct event_provider *)provider;

	pollset_release(&self->pending);
	free(self);
}

struct attempt_provider *
attempt_provider_new(struct event_base *base)
{
	struct event_provider *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->provider = (struct attempt_provider){
		.start = event_start,
		.poll = event_poll,
		.inspect = event_inspect,
		.take = event_take,
		.release = event_release,
		.dispose = event_dispose,
	};
	self->base = base;
	pollset_init(&self->pending);
	TAILQ_INIT(&self->open);
	return (&self->provider);
}
