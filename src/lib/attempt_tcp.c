/* SPDX-License-Identifier: ISC */
/*
 * A connection attempt: a prepared socket that connects, and an event.
 *
 * A bufferevent is not used: it takes the pending error of a socket that was
 * accepted and reset at once, mistakes the lone POLLERR of an ICMP error for a
 * connection, and closes its socket in a later pass of the loop, while a
 * loser's socket has to be closed before the winner is handed over.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "attempt.h"
#include "container.h"
#include "pollset.h"
#include "step.h"
#include "tcp_socket.h"

struct tcp_provider {
	struct attempt_provider provider;
	struct event_base *base;
	struct pollset pending;
	/* Those with an open_deadline, the earliest first. */
	TAILQ_HEAD(attempt_list, attempt) awaiting_open;
	struct attempt_list steps; /* those whose state is TCP_STEP */
};

enum tcp_state {
	TCP_CONNECTING,
	TCP_CONNECTED, /* and not yet a success */
	TCP_STEP,      /* a success, and its step is to begin or runs */
	TCP_ENDED
};

struct attempt {
	struct pollset_member member; /* while it is pending */
	struct tcp_provider *provider;
	enum tcp_state state;
	enum hecat_success success;
	monotime_t open_time;
	/* In `awaiting_open`, unless the deadline is MONOTIME_NEVER. */
	TAILQ_ENTRY(attempt) open_entry;
	monotime_t open_deadline;
	int family;
	int fd;                   /* -1 once closed or taken */
	bool self_connect_wanted; /* the ports of both endpoints were given */
	struct event *event;      /* NULL once TCP is a success or has failed */
	struct hecat_step *step;  /* NULL: none was asked for */
	TAILQ_ENTRY(attempt) step_entry;
	struct attempt_facts facts;
	attempt_cb cb;
	void *arg;
};

/* Takes the attempt out of the loop, the pollset and the list. */
static void
attempt_stop_polling(struct attempt *attempt)
{
	if (attempt->event == NULL)
		return;
	if (attempt->open_deadline != MONOTIME_NEVER)
		TAILQ_REMOVE(
		    &attempt->provider->awaiting_open, attempt, open_entry);
	attempt->open_deadline = MONOTIME_NEVER;
	pollset_remove(&attempt->provider->pending, &attempt->member);
	event_free(attempt->event);
	attempt->event = NULL;
}

static void attempt_on_event(evutil_socket_t fd, short what, void *arg);

/* Puts the attempt into the loop, for `what`, and the pollset; 0 or an error.
 */
static int
attempt_start_polling(struct attempt *attempt, short what)
{
	struct tcp_provider *provider = attempt->provider;

	attempt->event = event_new(provider->base, attempt->fd,
	    (short)(what | EV_PERSIST), attempt_on_event, attempt);
	if (attempt->event == NULL)
		return (ATTEMPT_OUT_OF_MEMORY);
	pollset_add(&provider->pending, &attempt->member, attempt->fd,
	    what == EV_READ ? POLLIN : POLLOUT);
	errno = 0;
	if (event_add(attempt->event, NULL) == 0)
		return (0);
	return (errno == 0 || errno == ENOMEM ? ATTEMPT_OUT_OF_MEMORY : errno);
}

/* Returns whether the socket is connected to itself by accident. */
static bool
attempt_is_self_connected(const struct attempt *attempt)
{
	return (!attempt->self_connect_wanted &&
	    tcp_socket_is_self_connected(attempt->fd));
}

/* Closes the socket; a port that it holds as a server's is free afterwards. */
static void
attempt_close(struct attempt *attempt)
{
	if (attempt->fd == -1)
		return;
	if (attempt_is_self_connected(attempt))
		tcp_socket_reset(attempt->fd);
	else
		close(attempt->fd);
	attempt->fd = -1;
}

/* Ends the attempt and calls back; the socket of a failed one is closed. */
static void
attempt_end(struct attempt *attempt, int error)
{
	tcp_socket_inspect(attempt->fd, &attempt->facts);
	attempt_stop_polling(attempt);
	attempt->state = TCP_ENDED;
	if (error != 0)
		attempt_close(attempt);
	attempt->cb(error, attempt->arg);
}

/* Sets the event's timer to the open_deadline; 0 or an error. */
static int
attempt_set_timer(struct attempt *attempt)
{
	monotime_t rest = attempt->open_deadline - clock_now();
	struct timeval after = clock_timeval(rest > 0 ? rest : 0);

	/* libevent counts from its cached time, which may be in the past. */
	event_base_update_cache_time(attempt->provider->base);
	return (
	    event_add(attempt->event, &after) == 0 ? 0 : ATTEMPT_OUT_OF_MEMORY);
}

/* Waits for input and, if the request says so, for a time; 0 or an error. */
static int
attempt_await_success(struct attempt *attempt)
{
	int error;

	attempt->state = TCP_CONNECTED;
	attempt_stop_polling(attempt);
	error = attempt_start_polling(attempt, EV_READ);
	if (error != 0 || attempt->success != HECAT_SUCCESS_OPEN ||
	    attempt->open_time == MONOTIME_NEVER)
		return (error);
	/* All attempts wait for the same time, so the new one is the last. */
	attempt->open_deadline = clock_after(
	    attempt->facts.established, attempt->open_time);
	TAILQ_INSERT_TAIL(
	    &attempt->provider->awaiting_open, attempt, open_entry);
	return (attempt_set_timer(attempt));
}

/*
 * Goes on with an attempt that has connected. Returns whether it has ended,
 * with *error.
 */
static bool
attempt_established(struct attempt *attempt, int *error)
{
	attempt->facts.established = clock_now();
	*error = attempt_is_self_connected(attempt) ? ECONNREFUSED : 0;
	if (*error != 0)
		return (true);
	tcp_socket_finish(attempt->fd, attempt->family);
	if (attempt->success == HECAT_SUCCESS_TCP)
		return (true);
	*error = attempt_await_success(attempt);
	return (*error != 0);
}

/* Reports that TCP is a success: the step is to begin. */
static void
attempt_await_step(struct attempt *attempt)
{
	tcp_socket_inspect(attempt->fd, &attempt->facts);
	attempt_stop_polling(attempt);
	attempt->state = TCP_STEP;
	TAILQ_INSERT_TAIL(&attempt->provider->steps, attempt, step_entry);
	attempt->cb(ATTEMPT_ESTABLISHED, attempt->arg);
}

/* Takes over what the step ended with; returns 0 or ATTEMPT_STEP_FAILED. */
static int
attempt_end_step(struct attempt *attempt)
{
	struct hecat_step *step = attempt->step;

	TAILQ_REMOVE(&attempt->provider->steps, attempt, step_entry);
	attempt->state = TCP_ENDED;
	if (step->state == STEP_FAILED) {
		attempt->facts.step_error = step->error;
		attempt->facts.step_text = step->text[0] == '\0' ? NULL
								 : step->text;
		attempt_close(attempt);
		return (ATTEMPT_STEP_FAILED);
	}
	/* The bufferevent has the descriptor. */
	if (step->bufferevent == NULL && step->fd != attempt->fd)
		attempt_close(attempt);
	attempt->fd = step->bufferevent == NULL ? step->fd : -1;
	return (0);
}

static void
attempt_on_step(void *arg)
{
	struct attempt *attempt = arg;

	attempt->cb(attempt_end_step(attempt), attempt->arg);
}

static int
tcp_begin_step(struct attempt *attempt)
{
	return (step_begin(attempt->step, attempt->fd)
		? attempt_end_step(attempt)
		: ATTEMPT_ESTABLISHED);
}

/*
 * Polls the socket, and ends the attempt, or its part before the step, when the
 * socket has failed, the success has come or the open_deadline has expired.
 * Returns whether it has ended; the callback may have released it then.
 */
static bool
attempt_poll(struct attempt *attempt)
{
	int error = 0;
	bool ended = false;

	if (attempt->state == TCP_CONNECTING) {
		switch (tcp_socket_poll(attempt->fd, &attempt->facts, &error)) {
		case TCP_SOCKET_CONNECTING:
			return (false);
		case TCP_SOCKET_CONNECTED:
			ended = attempt_established(attempt, &error);
			break;
		case TCP_SOCKET_FAILED:
			ended = true;
			break;
		}
	}
	if (!ended)
		ended = tcp_socket_has_input(attempt->fd, &error) ||
		    attempt->open_deadline <= clock_now();
	if (ended && error == 0 && attempt->step != NULL)
		attempt_await_step(attempt);
	else if (ended)
		attempt_end(attempt, error);
	return (ended);
}

static void
attempt_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	int error;

	(void)fd;
	if (attempt_poll(attempt) || (what & EV_TIMEOUT) == 0)
		return;
	/* The timer was early. */
	error = attempt_set_timer(attempt);
	if (error != 0)
		attempt_end(attempt, error);
}

static void
tcp_release(struct attempt *attempt)
{
	attempt_stop_polling(attempt);
	if (attempt->state == TCP_STEP)
		TAILQ_REMOVE(&attempt->provider->steps, attempt, step_entry);
	step_free(attempt->step);
	attempt_close(attempt);
	free(attempt);
}

/* Begins to connect the prepared socket; 0 or an error. */
static int
attempt_connect(struct attempt *attempt, const struct address *destination)
{
	int error = attempt_start_polling(attempt, EV_WRITE);

	return (
	    error != 0 ? error : tcp_socket_connect(attempt->fd, destination));
}

static int
tcp_start(struct attempt_provider *provider,
    const struct attempt_request *request, attempt_cb cb, void *arg,
    struct attempt **out)
{
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	int error;

	if (attempt == NULL)
		return (ATTEMPT_OUT_OF_MEMORY);
	attempt->provider = container_of(
	    provider, struct tcp_provider, provider);
	attempt->cb = cb;
	attempt->arg = arg;
	attempt->family = address_family(request->destination);
	attempt->self_connect_wanted = request->source != NULL &&
	    address_port(request->source) == address_port(request->destination);
	attempt->success = request->success;
	attempt->open_time = request->open_time;
	attempt->open_deadline = MONOTIME_NEVER;
	attempt->facts.established = MONOTIME_NEVER;
	attempt->facts.rtt = -1;
	attempt->fd = -1;
	if (request->step != NULL)
		attempt->step = step_new(
		    request->step, attempt_on_step, attempt);
	if (request->step != NULL && attempt->step == NULL) {
		tcp_release(attempt);
		return (ATTEMPT_OUT_OF_MEMORY);
	}
	attempt->fd = tcp_socket_open(request);
	error = attempt->fd == -1
	    ? errno
	    : attempt_connect(attempt, request->destination);
	if (error == 0)
		*out = attempt;
	else
		tcp_release(attempt);
	return (error);
}

static void
tcp_poll(struct attempt_provider *provider)
{
	struct tcp_provider *self = container_of(
	    provider, struct tcp_provider, provider);
	struct pollset_member *member;
	struct attempt *attempt, *next, *first;
	monotime_t now;

	pollset_poll(&self->pending);
	while ((member = pollset_next(&self->pending)) != NULL)
		attempt_poll(container_of(member, struct attempt, member));
	for (attempt = TAILQ_FIRST(&self->steps); attempt != NULL;
	     attempt = next) {
		next = TAILQ_NEXT(attempt, step_entry);
		if (step_poll(attempt->step))
			attempt_on_step(attempt);
	}
	now = clock_now();
	while ((first = TAILQ_FIRST(&self->awaiting_open)) != NULL &&
	    first->open_deadline <= now)
		attempt_poll(first);
}

static void
tcp_inspect(struct attempt *attempt, struct attempt_facts *facts)
{
	if (attempt->event != NULL)
		tcp_socket_inspect(attempt->fd, &attempt->facts);
	*facts = attempt->facts;
	facts->in_step = attempt->state == TCP_STEP &&
	    attempt->step->state != STEP_NEW;
}

static int
tcp_take(struct attempt *attempt)
{
	int fd = attempt->fd;

	attempt->fd = -1;
	return (fd);
}

static struct bufferevent *
tcp_take_bufferevent(struct attempt *attempt)
{
	struct bufferevent *bufferevent;

	if (attempt->step == NULL)
		return (NULL);
	bufferevent = attempt->step->bufferevent;
	attempt->step->bufferevent = NULL;
	return (bufferevent);
}

static void
tcp_dispose(struct attempt_provider *provider)
{
	struct tcp_provider *self = container_of(
	    provider, struct tcp_provider, provider);

	pollset_release(&self->pending);
	free(self);
}

static const struct attempt_provider_ops tcp_ops = {
	.start = tcp_start,
	.poll = tcp_poll,
	.begin_step = tcp_begin_step,
	.inspect = tcp_inspect,
	.take = tcp_take,
	.take_bufferevent = tcp_take_bufferevent,
	.release = tcp_release,
	.dispose = tcp_dispose,
};

struct attempt_provider *
attempt_provider_new(struct event_base *base)
{
	struct tcp_provider *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->provider.ops = &tcp_ops;
	self->base = base;
	pollset_init(&self->pending);
	TAILQ_INIT(&self->awaiting_open);
	TAILQ_INIT(&self->steps);
	return (&self->provider);
}
