/* SPDX-License-Identifier: ISC */
/*
 * tls_get HOST PORT PATH [CA-FILE]: prints what an HTTPS server answers.
 *
 * The handshake and the certificate are part of the race: an address whose
 * certificate is wrong, or that never finishes the handshake, costs what a dead
 * address costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <hecat_openssl.h>

struct request {
	const char *path;
	int status;
};

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)arg;
	while (evbuffer_write(bufferevent_get_input(bev), STDOUT_FILENO) > 0)
		continue;
}

/* TLS that ends without a close_notify is an error: data may be missing. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct request *request = arg;

	on_read(bev, arg);
	if (what & BEV_EVENT_EOF)
		request->status = EXIT_SUCCESS;
	else
		fprintf(stderr, "tls_get: the answer is not complete\n");
	bufferevent_free(bev);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct request *request = arg;
	struct bufferevent *bev = hecat_connector_take_bufferevent(connector);

	if (bev == NULL)
		return;
	bufferevent_setcb(bev, on_read, NULL, on_event, request);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(bev),
	    "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", request->path,
	    hecat_connector_get_host(connector));
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[512];

	(void)error;
	(void)arg;
	hecat_connector_format_errors(connector, text, sizeof(text));
	fprintf(stderr, "tls_get: %s\n", text);
}

int
main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct hecat_openssl *tls = hecat_openssl_new(ctx);
	struct event_base *base = event_base_new();
	struct hecat_config *config = hecat_config_new();
	struct request request = { argv[argc > 3 ? 3 : 0], EXIT_FAILURE };
	struct hecat_connector *connector;

	if (argc < 4) {
		fprintf(stderr, "usage: tls_get HOST PORT PATH [CA-FILE]\n");
		return (2);
	}
	if (argc > 4)
		SSL_CTX_load_verify_locations(ctx, argv[4], NULL);
	else
		SSL_CTX_set_default_verify_paths(ctx);
	hecat_openssl_use(tls, config);
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, &request);
	if (hecat_connector_connect_hostname(connector, argv[1], argv[2]) == 0)
		event_base_dispatch(base);
	else
		perror(argv[1]);
	hecat_connector_free(connector);
	hecat_config_free(config);
	hecat_openssl_free(tls);
	SSL_CTX_free(ctx);
	event_base_free(base);
	return (request.status);
}
