/* SPDX-License-Identifier: ISC */
/*
 * libevent_after HOST PORT: libevent_before.c by libhecat, which races all
 * addresses of the host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat.h>

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

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct bufferevent *bev = hecat_connector_take_bufferevent(connector);

	if (bev != NULL)
		use(bev, arg);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	fprintf(stderr, "%s: no connection\n", (const char *)arg);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct hecat_connector *connector;

	if (argc != 3) {
		fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
		return (2);
	}
	connector = hecat_connector_new(
	    base, NULL, on_connected, on_failed, argv[1]);
	if (hecat_connector_connect_hostname(connector, argv[1], argv[2]) == -1)
		perror(argv[1]);
	event_base_dispatch(base);
	hecat_connector_free(connector);
	event_base_free(base);
	return (0);
}
