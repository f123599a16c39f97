// SPDX-License-Identifier: ISC
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat.h>
#include <iostream>

static void on_data(bufferevent *peer, void *)
{
	char reply[80];

	std::cout.write(reply, bufferevent_read(peer, reply, sizeof(reply)));
	bufferevent_free(peer);
}

static void on_connected(hecat_connector *connector, void *)
{
	bufferevent *peer = hecat_connector_take_bufferevent(connector);

	hecat_connector_free(connector);
	bufferevent_setcb(peer, on_data, NULL, NULL, NULL);
	bufferevent_enable(peer, EV_READ);
	bufferevent_write(peer, "hello\n", 6);
}

static void on_failed(hecat_connector *connector, hecat_error error, void *)
{
	std::cout << "no connection: error " << error << std::endl;
	hecat_connector_free(connector);
}

int main(int argc, char *argv[])
{
	event_base *base = event_base_new();
	hecat_connector *connector = hecat_connector_new(base, NULL, on_connected, on_failed, NULL);
	return argc != 3 || !connector ||
	    hecat_connector_connect_hostname(connector, argv[1], argv[2]) == -1 ||
	    event_base_dispatch(base) == -1;
}
