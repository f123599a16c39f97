/* SPDX-License-Identifier: ISC */
/*
 * A connection attempt: a prepared socket and a bufferevent that connects it.
 *
 * The bufferevent never owns the socket: libevent closes what it owns in a
 * later pass of the loop, and a loser's socket has to be closed before the
 * winner is handed over.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>

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
	int fd;                  /* -1 once closed or taken */
	struct bufferevent *bev; /* NULL once the attempt has ended */
	struct attempt_facts facts;
	attempt_cb cb;
	void *arg;
};

/* Takes the socket away from libevent, which lets go of it at once. */
static void
detach(struct attempt *attempt)
{
	if (attempt->bev == NULL)
		return;
	ready_set_remove(&attempt->provider->pending, &attempt->member);
	bufferevent_setfd(attempt->bev, -1);
	bufferevent_free(attempt->bev);
	attempt->bev = NULL;
}

static void
close_socket(struct attempt *attempt)
{
	if (attempt->fd != -1)
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

/*
 * Tells the owner of the end. The socket has the last word: libevent takes the
 * lone POLLERR of an ICMP error for a connection, and the end of a socket that
 * has told its error before; and it has no error for what was refused inside
 * connect(2).
 */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct attempt *attempt = arg;
	bool connected = (what & BEV_EVENT_CONNECTED) != 0;
	int error = connected ? 0 : EVUTIL_SOCKET_ERROR();

	(void)bev;
	end(attempt, tcp_socket_outcome(attempt->fd, error, &attempt->facts));
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
	struct address copy = *destination;

	attempt->bev = bufferevent_socket_new(provider->base, attempt->fd, 0);
	if (attempt->bev == NULL)
		return (ENOMEM);
	ready_set_add(&provider->pending, &attempt->member, attempt->fd);
	bufferevent_setcb(attempt->bev, NULL, NULL, on_event, attempt);
	errno = 0;
	if (bufferevent_socket_connect(
		attempt->bev, &copy.sa, (int)copy.length) == 0)
		return (0);
	return (errno != 0 ? errno : EIO);
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
	while ((member = ready_set_next(&self->pending)) != NULL) {
		struct attempt *attempt = (struct attempt *)member;
		int error;

		if (tcp_socket_ended(attempt->fd, &attempt->facts, &error))
			end(attempt, error);
	}
}

static void
event_inspect(struct attempt *attempt, struct attempt_facts *facts)
{
	if (attempt->bev != NULL)
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
