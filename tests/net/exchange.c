/* SPDX-License-Identifier: ISC */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat.h>
#include <stdio.h>

static void
on_data(struct bufferevent *peer, void *out)
{
	char reply[80];

	fwrite(reply, 1, bufferevent_read(peer, reply, sizeof(reply)), out);
	bufferevent_free(peer);
}

static void
on_connected(struct hecat_connector *connector, void *out)
{
	struct bufferevent *peer = hecat_connector_take_bufferevent(connector);

	hecat_connector_free(connector);
	bufferevent_setcb(peer, on_data, NULL, NULL, out);
	bufferevent_enable(peer, EV_READ);
	bufferevent_write(peer, "hello\n", 6);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *out)
{
	fprintf(out, "no connection: error %d\n", error);
	hecat_connector_free(connector);
}

int
main(int argc, char *argv[])
{
	struct event_base *base = event_base_new();
	struct hecat_connector *connector = hecat_connector_new(
	    base, NULL, on_connected, on_failed, stdout);

	if (argc != 3 || connector == NULL ||
	    hecat_connector_connect_hostname(connector, argv[1], argv[2]) == -1)
		return (1);
	return (event_base_dispatch(base) == -1);
}
