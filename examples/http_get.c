/* SPDX-License-Identifier: ISC */
/* http_get HOST PORT PATH: prints what an HTTP server answers. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat.h>
#include <stdio.h>
#include <unistd.h>

static int status = 1;

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
	on_read(bev, arg);
	status = (what & BEV_EVENT_EOF) == 0;
	bufferevent_free(bev);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct bufferevent *bev = hecat_connector_take_bufferevent(connector);

	if (bev == NULL)
		return;
	bufferevent_setcb(bev, on_read, NULL, on_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(bev),
	    "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", (const char *)arg,
	    hecat_connector_get_host(connector));
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[512];

	(void)error;
	(void)arg;
	hecat_connector_format_errors(connector, text, sizeof(text));
	fprintf(stderr, "http_get: %s\n", text);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct hecat_connector *connector = hecat_connector_new(
	    base, NULL, on_connected, on_failed, argv[argc - 1]);

	if (argc != 4)
		fprintf(stderr, "usage: http_get HOST PORT PATH\n");
	else if (hecat_connector_connect_hostname(
		     connector, argv[1], argv[2]) == -1)
		perror(argv[1]);
	else
		event_base_dispatch(base);
	hecat_connector_free(connector);
	event_base_free(base);
	return (status);
}
