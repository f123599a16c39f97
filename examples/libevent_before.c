/* SPDX-License-Identifier: ISC */
/*
 * libevent_before HOST PORT: prints what a server says, by
 * bufferevent_socket_connect_hostname(), which tries one address only.
 * libevent_after.c is the same program by libhecat.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)arg;
	while (evbuffer_write(bufferevent_get_input(bev), STDOUT_FILENO) > 0)
		continue;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	if (what & BEV_EVENT_CONNECTED)
		return;
	if (what & BEV_EVENT_ERROR)
		fprintf(stderr, "%s: no connection\n", (const char *)arg);
	bufferevent_free(bev);
}

static void
use(struct bufferevent *bev, void *arg)
{
	bufferevent_setcb(bev, on_read, NULL, on_event, arg);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct bufferevent *bev;

	if (argc != 3) {
		fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
		return (2);
	}
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	use(bev, argv[1]);
	bufferevent_socket_connect_hostname(
	    bev, NULL, AF_UNSPEC, argv[1], atoi(argv[2]));
	event_base_dispatch(base);
	event_base_free(base);
	return (0);
}
