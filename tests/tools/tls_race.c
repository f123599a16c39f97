/* SPDX-License-Identifier: ISC */
/*
 * A TLS connect with libhecat_openssl that prints what happens:
 *
 *	tls_race DELAY HOST PORT
 *
 * DELAY is the Connection Attempt Delay in milliseconds. Certificates are not
 * verified. There is a line for each attempt that starts or ends, with its
 * number and the time in microseconds since the first one started:
 *
 *	start 1 2001:db8:1::a 0
 *	end 1 no handshake 1000123
 *
 * "hello N" for each ClientHello, of N bytes, and "connected ADDRESS" or
 * "failed". Status 0 when it has connected.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "hecat_openssl.h"

static struct timeval began;
static int status = 1;

/* Writes the time of an event, from the first one on. */
static long
microseconds(const struct hecat_event *event)
{
	struct timeval at;

	hecat_event_get_time(event, &at);
	if (began.tv_sec == 0)
		began = at;
	return (
	    (at.tv_sec - began.tv_sec) * 1000000 + at.tv_usec - began.tv_usec);
}

static const char *
name_of(const struct sockaddr *sa)
{
	static char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	return (sa->sa_family == AF_INET6
		? inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text))
		: inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)));
}

static const char *
outcome_of(const struct hecat_event *event)
{
	const char *text = hecat_event_get_text(event);

	if (hecat_event_get_outcome(event) == HECAT_OUTCOME_WON)
		return ("won");
	if (hecat_event_is_in_step(event))
		return ("no handshake");
	return (text != NULL ? text : "no TCP");
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	size_t number = hecat_event_get_attempt(event) + 1;

	(void)connector;
	(void)arg;
	if (hecat_event_get_type(event) == HECAT_EVENT_ATTEMPT_STARTED)
		printf("start %zu %s %ld\n", number,
		    name_of(hecat_event_get_address(event)),
		    microseconds(event));
	else if (hecat_event_get_type(event) == HECAT_EVENT_ATTEMPT_ENDED)
		printf("end %zu %s %ld\n", number, outcome_of(event),
		    microseconds(event));
}

static void
on_message(int is_sent, int version, int type, const void *bytes, size_t length,
    SSL *ssl, void *arg)
{
	(void)version;
	(void)ssl;
	(void)arg;
	if (is_sent && type == SSL3_RT_HANDSHAKE &&
	    *(const unsigned char *)bytes == SSL3_MT_CLIENT_HELLO)
		printf("hello %zu\n", length);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	(void)arg;
	printf("connected %s\n", name_of(hecat_connector_get_peer(connector)));
	bufferevent_free(hecat_connector_take_bufferevent(connector));
	status = 0;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	(void)arg;
	printf("failed\n");
}

int
main(int argc, char *argv[])
{
	struct event_config *precise = event_config_new();
	struct hecat_config *config = hecat_config_new();
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct hecat_openssl *tls = hecat_openssl_new(ctx);
	struct hecat_connector *connector;
	struct event_base *base;
	struct timeval delay = { 0 };

	SSL_CTX_set_msg_callback(ctx, on_message);
	if (argc != 4)
		errx(2, "usage: tls_race DELAY HOST PORT");
	delay.tv_sec = atoi(argv[1]) / 1000;
	delay.tv_usec = atoi(argv[1]) % 1000 * 1000;
	event_config_set_flag(precise, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(precise);
	event_config_free(precise);
	if (base == NULL || config == NULL || tls == NULL ||
	    hecat_config_set_connection_attempt_delay(config, &delay) == -1 ||
	    hecat_openssl_set_verify(tls, HECAT_OPENSSL_VERIFY_NOTHING) == -1 ||
	    hecat_openssl_use(tls, config) == -1 ||
	    hecat_config_set_observer(config, observe, NULL) == -1)
		err(2, "hecat");
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, NULL);
	if (connector == NULL ||
	    hecat_connector_connect_hostname(connector, argv[2], argv[3]) == -1)
		err(2, "%s %s", argv[2], argv[3]);
	event_base_dispatch(base);
	hecat_connector_free(connector);
	hecat_config_free(config);
	hecat_openssl_free(tls);
	SSL_CTX_free(ctx);
	event_base_free(base);
	return (status);
}
