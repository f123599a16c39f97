/* SPDX-License-Identifier: ISC */
/*
 * ssh_banner HOST [PORT]: prints the first line of an SSH server.
 *
 * The race goes to the first byte: an address whose SYN is answered and which
 * then says nothing, as behind a broken middlebox, does not win.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat.h>

/* Prints the first line when it is there, and leaves. */
static void
on_read(struct bufferevent *bev, void *arg)
{
	char *line = evbuffer_readln(
	    bufferevent_get_input(bev), NULL, EVBUFFER_EOL_CRLF);

	if (line == NULL)
		return;
	puts(line);
	free(line);
	*(int *)arg = EXIT_SUCCESS;
	bufferevent_free(bev);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	fprintf(stderr, "ssh_banner: the server has closed\n");
	bufferevent_free(bev);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct bufferevent *bev = hecat_connector_take_bufferevent(connector);

	if (bev == NULL)
		return;
	bufferevent_setcb(bev, on_read, NULL, on_event, arg);
	bufferevent_enable(bev, EV_READ);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[512];

	(void)error;
	(void)arg;
	hecat_connector_format_errors(connector, text, sizeof(text));
	fprintf(stderr, "ssh_banner: %s\n", text);
}

int
main(int argc, char **argv)
{
	const struct timeval ten_seconds = { 10, 0 };
	int status = EXIT_FAILURE;
	struct event_base *base = event_base_new();
	struct hecat_config *config = hecat_config_new();
	struct hecat_connector *connector;

	hecat_config_set_success(config, HECAT_SUCCESS_DATA, NULL);
	hecat_config_set_timeout(config, &ten_seconds);
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, &status);
	hecat_config_free(config);
	if (argc < 2)
		fprintf(stderr, "usage: ssh_banner HOST [PORT]\n");
	else if (hecat_connector_connect_hostname(
		     connector, argv[1], argc > 2 ? argv[2] : "22") == -1)
		perror(argv[1]);
	else
		event_base_dispatch(base);
	hecat_connector_free(connector);
	event_base_free(base);
	return (status);
}
