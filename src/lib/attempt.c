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
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "attempt.h"
#include "ready_set.h"
#include "tcp_socket.h"

struct event_provider {
	struct attempt_provider provider;
	struct event_base *base;
	struct ready_set pending;
};

struct attempt {
	struct ready_member member; /* first: a pending one is its attempt */
	struct event_provider *provider;
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
	ready_set_remove(&attempt->provider->pending, &attempt->member);
	event_free(attempt->event);
	attempt->event = NULL;
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
 * Settles the outcome and tells it; the socket of a failed attempt is closed
 * with it.
 */
static void
end(struct attempt *attempt, int error)
{
	tcp_socket_inspect(attempt->fd, &attempt->facts);
	detach(attempt);
	if (error == 0)
		tcp_socket_finish(attempt->fd, attempt->family);
	else
		close_socket(attempt);
	attempt->cb(error, attempt->arg);
}

/* Polls the socket, and ends the attempt when that has ended. */
static void
poll_attempt(struct attempt *attempt)
{
	int error;

	if (!tcp_socket_ended(attempt->fd, &attempt->facts, &error))
		return;
	if (error == 0 && is_unwanted(attempt))
		error = ECONNREFUSED;
	end(attempt, error);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	poll_attempt(arg);
}

static void
event_release(struct attempt *attempt)
{
	detach(attempt);
	close_socket(attempt);
	free(attempt);
}

/* Begins to connect the prepared socket; 0 or an errno. */
static int
begin(struct attempt *attempt, const struct address *destination)
{
	struct event_provider *provider = attempt->provider;

	attempt->event = event_new(provider->base, attempt->fd,
	    EV_WRITE | EV_PERSIST, on_event, attempt);
	if (attempt->event == NULL)
		return (ENOMEM);
	ready_set_add(&provider->pending, &attempt->member, attempt->fd);
	errno = 0;
	if (event_add(attempt->event, NULL) == -1)
		return (errno != 0 ? errno : ENOMEM);
	return (tcp_socket_connect(attempt->fd, destination));
}

static int
event_start(struct attempt_provider *provider,
    const struct attempt_request *request, attempt_cb cb, void *arg,
    struct attempt **out)
{
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	int error;

	if (attempt == NULL)
		return (ENOMEM);
	attempt->provider = (struct event_provider *)provider;
	attempt->cb = cb;
	attempt->arg = arg;
	attempt->family = address_family(request->destination);
	attempt->may_be_own = request->source_port != 0 &&
	    request->source_port == address_port(request->destination);
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
	struct ready_member *member;

	ready_set_look(&self->pending);
	while ((member = ready_set_next(&self->pending)) != NULL)
		poll_attempt((struct attempt *)member);
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

	ready_set_release(&self->pending);
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
	ready_set_init(&self->pending);
	return (&self->provider);
}
