/* SPDX-License-Identifier: ISC */
/*
 * What has been received is looked at (MSG_PEEK), and exactly what belongs to
 * the dialogue is then taken. TLS cannot be looked into: it is read a byte at a
 * time, as it keeps the rest of a record itself.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "proxy/tunnel.h"
#include "relay/tls_stream.h"

/* What is looked at in one call. */
#define PEEK_MAX 4096

struct tunnel {
	int fd;
	struct tls_stream *tls; /* NULL: plain */
	monotime_t start;
	struct event *readable;
	struct event *writable;
	struct event *timer;
	size_t untaken; /* bytes of the socket that the dialogue has used */
	struct dialogue dialogue;
	tunnel_cb cb;
	void *arg;
};

/* Returns whether an errno means that the proxy has closed the connection. */
static bool
is_closed(int error)
{
	return (error == 0 || error == ECONNRESET || error == EPIPE);
}

/* Waits for nothing any more, and calls back; the tunnel may be gone then. */
static void
tunnel_end(
    struct tunnel *tunnel, enum tunnel_end end, int error, const char *text)
{
	const struct tunnel_result result = {
		.end = end,
		.error = error,
		.is_of_address = tunnel->dialogue.is_of_address ||
		    (end == TUNNEL_FAILED &&
			(is_closed(error) || error == ETIMEDOUT) &&
			tunnel_awaits_reply(tunnel)),
		.is_of_user = tunnel->dialogue.is_of_user,
		.text = text,
	};

	event_del(tunnel->readable);
	event_del(tunnel->writable);
	event_del(tunnel->timer);
	tunnel->cb(&result, tunnel->arg);
}

static void
tunnel_fail(struct tunnel *tunnel, int error)
{
	char text[DIALOGUE_TEXT_MAX];

	if (error == 0)
		snprintf(text, sizeof(text),
		    "closed by the proxy before it had answered");
	else if (error == EPROTO && tunnel->tls != NULL)
		snprintf(text, sizeof(text), "%s",
		    tunnel->tls->ops->reason(tunnel->tls));
	else
		snprintf(text, sizeof(text), "%s", strerror(error));
	tunnel_end(tunnel, TUNNEL_FAILED, error, text);
}

/* Ends when the dialogue has. Returns whether it has. */
static bool
tunnel_is_over(struct tunnel *tunnel)
{
	static const enum tunnel_end ends[] = {
		[DIALOGUE_OPEN] = TUNNEL_OPEN,
		[DIALOGUE_REFUSED] = TUNNEL_REFUSED,
		[DIALOGUE_BROKEN] = TUNNEL_FAILED,
	};
	enum dialogue_state state = tunnel->dialogue.state;

	if (state == DIALOGUE_ASKS || tunnel->untaken > 0)
		return (false);
	tunnel_end(tunnel, ends[state], 0, tunnel->dialogue.text);
	return (true);
}

/* Sends some of what is to be sent: like send(2), EAGAIN included. */
static ssize_t
tunnel_write(struct tunnel *tunnel, const void *bytes, size_t size)
{
	if (tunnel->tls != NULL)
		return (tunnel->tls->ops->write(tunnel->tls, bytes, size));
	return (send(tunnel->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* Takes what the dialogue has used from the socket; returns as recv(2) does. */
static ssize_t
tunnel_take(struct tunnel *tunnel)
{
	unsigned char bytes[PEEK_MAX];
	ssize_t n = recv(tunnel->fd, bytes, tunnel->untaken, MSG_DONTWAIT);

	if (n > 0)
		tunnel->untaken -= (size_t)n;
	return (n);
}

/*
 * Gives the dialogue bytes that have been received, and takes those that it
 * used. Returns how many were taken; 0: the proxy has ended; -1 with errno.
 */
static ssize_t
tunnel_read(struct tunnel *tunnel)
{
	unsigned char bytes[PEEK_MAX];
	ssize_t n;

	if (tunnel->tls != NULL) {
		n = tunnel->tls->ops->read(tunnel->tls, bytes, 1);
		if (n > 0)
			dialogue_input(&tunnel->dialogue, bytes, (size_t)n);
		return (n);
	}
	/* A call that was cut short, or interrupted, has left some. */
	if (tunnel->untaken > 0)
		return (tunnel_take(tunnel));
	n = recv(tunnel->fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return (n);
	tunnel->untaken = dialogue_input(&tunnel->dialogue, bytes, (size_t)n);
	return (tunnel_take(tunnel));
}

/* Returns whether an errno means that a call has to be made again later. */
static bool
is_temporary(int error)
{
	return (error == EAGAIN || error == EWOULDBLOCK || error == EINTR);
}

/*
 * Sends all that is to be sent. Returns 0; EAGAIN: not all of it; or another
 * errno.
 */
static int
tunnel_send(struct tunnel *tunnel)
{
	const unsigned char *bytes;
	size_t size;
	ssize_t n;

	for (;;) {
		bytes = dialogue_output(&tunnel->dialogue, &size);
		if (size == 0)
			break;
		n = tunnel_write(tunnel, bytes, size);
		if (n == -1)
			return (is_temporary(errno) ? EAGAIN : errno);
		dialogue_sent(&tunnel->dialogue, (size_t)n);
	}
	if (tunnel->tls != NULL && tunnel->tls->ops->flush(tunnel->tls) == -1)
		return (errno);
	return (0);
}

/* Goes on as far as the socket allows it; the tunnel may have ended. */
static void
tunnel_advance(struct tunnel *tunnel)
{
	struct event *awaited = tunnel->readable;
	int error;
	ssize_t n;

	do {
		error = tunnel_send(tunnel);
		if (error == EAGAIN)
			awaited = tunnel->writable;
		else if (!is_closed(error)) {
			tunnel_fail(tunnel, error);
			return;
		}
		/* What it has said before it closed is read even so. */
		n = tunnel_read(tunnel);
		if (n > 0 && tunnel_is_over(tunnel))
			return;
	} while (n > 0);
	if (n == 0 || !is_temporary(errno)) {
		tunnel_fail(tunnel, n == 0 ? 0 : errno);
		return;
	}
	if (error != 0 && error != EAGAIN) {
		tunnel_fail(tunnel, error);
		return;
	}
	/* Something can be received before all is sent: a refusal. */
	errno = 0;
	if (event_add(tunnel->readable, NULL) == -1 ||
	    (awaited == tunnel->writable && event_add(awaited, NULL) == -1))
		tunnel_fail(tunnel, errno != 0 ? errno : ENOMEM);
}

static void
tunnel_on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tunnel_advance(arg);
}

static void
tunnel_on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel *tunnel = arg;
	char text[DIALOGUE_TEXT_MAX];

	(void)fd;
	(void)what;
	snprintf(text, sizeof(text), "no answer from the proxy in %.1f s",
	    (double)(clock_now() - tunnel->start) / MONOTIME_PER_SECOND);
	tunnel_end(tunnel, TUNNEL_FAILED, ETIMEDOUT, text);
}

/* Starts to wait; false when out of memory. */
static bool
tunnel_start(
    struct tunnel *tunnel, struct event_base *base, monotime_t deadline)
{
	struct timeval tv;

	tunnel->readable = event_new(
	    base, tunnel->fd, EV_READ, tunnel_on_ready, tunnel);
	tunnel->writable = event_new(
	    base, tunnel->fd, EV_WRITE, tunnel_on_ready, tunnel);
	tunnel->timer = evtimer_new(base, tunnel_on_timeout, tunnel);
	if (tunnel->readable == NULL || tunnel->writable == NULL ||
	    tunnel->timer == NULL)
		return (false);
	event_base_update_cache_time(base);
	tv = clock_timeval(
	    deadline > tunnel->start ? deadline - tunnel->start : 0);
	return (event_add(tunnel->timer, &tv) == 0 &&
	    event_add(tunnel->writable, NULL) == 0);
}

struct tunnel *
tunnel_new(struct event_base *base, int fd, struct tls_stream *tls,
    const struct proxy_request *request, monotime_t deadline, tunnel_cb cb,
    void *arg)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	int error;

	if (tunnel == NULL)
		return (NULL);
	tunnel->fd = fd;
	tunnel->tls = tls;
	tunnel->start = clock_now();
	tunnel->cb = cb;
	tunnel->arg = arg;
	dialogue_init(&tunnel->dialogue, request);
	errno = 0;
	if (tunnel_start(tunnel, base, deadline))
		return (tunnel);
	error = errno != 0 ? errno : ENOMEM;
	tunnel_free(tunnel);
	errno = error;
	return (NULL);
}

bool
tunnel_awaits_reply(const struct tunnel *tunnel)
{
	return (dialogue_awaits_reply(&tunnel->dialogue));
}

void
tunnel_free(struct tunnel *tunnel)
{
	if (tunnel == NULL)
		return;
	if (tunnel->readable != NULL)
		event_free(tunnel->readable);
	if (tunnel->writable != NULL)
		event_free(tunnel->writable);
	if (tunnel->timer != NULL)
		event_free(tunnel->timer);
	free(tunnel);
}
