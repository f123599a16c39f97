/* SPDX-License-Identifier: ISC */
/*
 * libhecat_openssl: connectors on a real loop, and TLS servers on loopback with
 * certificates made for the test.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "clock.h"
#include "fake/real_loop.h"
#include "fake/tls_server.h"
#include "hecat_openssl.h"

#define SERVERS_MAX 4
#define DAY         86400L
#define CROWD       200

struct fixture {
	struct event_base *base;
	size_t descriptors;
	struct tls_identity authority;
	SSL_CTX *ctx; /* trusts the authority */
	struct hecat_openssl *tls;
	struct hecat_config *config;
	struct hecat_connector *connector;
	struct tls_server servers[SERVERS_MAX];
	size_t server_count;
	struct bufferevent *bufferevent;
	size_t callbacks;
	size_t connected;
	size_t observed;
	size_t echoed;   /* bytes */
	char error[256]; /* the last that was observed; "": a success */
	char text[512];  /* of a failure */
	bool free_in_observer;
};

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	fixture->callbacks++;
	fixture->connected++;
	assert_int_equal(hecat_connector_take_fd(connector), -1);
	fixture->bufferevent = hecat_connector_take_bufferevent(connector);
	assert_non_null(fixture->bufferevent);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)error;
	fixture->callbacks++;
	hecat_connector_format_errors(
	    connector, fixture->text, sizeof(fixture->text));
	/* Nothing is left for those who do not clear it. */
	assert_int_equal(ERR_peek_error(), 0);
}

static void
observe(
    const struct hecat_step *step, const SSL *ssl, const char *error, void *arg)
{
	struct fixture *fixture = arg;
	struct hecat_connector *connector = fixture->connector;

	assert_ptr_equal(hecat_step_get_connector(step), connector);
	assert_non_null(ssl);
	fixture->observed++;
	snprintf(fixture->error, sizeof(fixture->error), "%s",
	    error == NULL ? "" : error);
	if (!fixture->free_in_observer)
		return;
	fixture->connector = NULL;
	hecat_connector_free(connector);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	/* What OpenSSL opens for itself it keeps. */
	SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
	fixture.authority = tls_identity_new(&(struct tls_certificate){
	    .name = "Test Authority", .is_authority = 1 });
	fixture.descriptors = open_descriptors();
	fixture.ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(fixture.ctx);
	X509_STORE_add_cert(
	    SSL_CTX_get_cert_store(fixture.ctx), fixture.authority.certificate);
	fixture.tls = hecat_openssl_new(fixture.ctx);
	assert_non_null(fixture.tls);
	assert_int_equal(
	    hecat_openssl_set_observer(fixture.tls, observe, &fixture), 0);
	fixture.config = hecat_config_new();
	assert_non_null(fixture.config);
	assert_int_equal(
	    hecat_config_set_order(fixture.config, HECAT_ORDER_RESOLVER), 0);
	assert_int_equal(hecat_openssl_use(fixture.tls, fixture.config), 0);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_config_free(fixture->config);
	if (fixture->bufferevent != NULL)
		bufferevent_free(fixture->bufferevent);
	hecat_openssl_free(fixture->tls);
	for (size_t i = 0; i < fixture->server_count; i++)
		tls_server_release(&fixture->servers[i]);
	SSL_CTX_free(fixture->ctx);
	tls_identity_free(&fixture->authority);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

/* Adds a server whose certificate is by the authority, for these names. */
static struct tls_server *
add_server(struct fixture *fixture, enum tls_manner manner, const char *names)
{
	struct tls_server *server = &fixture->servers[fixture->server_count++];
	struct tls_identity identity = tls_identity_new(&(
	    struct tls_certificate){
	    .name = "server", .names = names, .issuer = &fixture->authority });

	tls_server_init(server, fixture->base, "127.0.0.1", manner, &identity);
	tls_identity_free(&identity);
	return (server);
}

/* Connects to all servers, in their order. */
static void
connect_to_servers(struct fixture *fixture)
{
	struct evutil_addrinfo list[SERVERS_MAX] = { 0 };

	for (size_t i = 0; i < fixture->server_count; i++) {
		list[i].ai_addr = &fixture->servers[i].address.sa;
		list[i].ai_addrlen = fixture->servers[i].address.length;
		if (i + 1 < fixture->server_count)
			list[i].ai_next = &list[i + 1];
	}
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(
	    hecat_connector_connect_addrinfo(fixture->connector, list), 0);
}

static void
run_to_the_end(struct fixture *fixture)
{
	connect_to_servers(fixture);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
}

/* Connects to the servers by a name, and fails for `reason`. */
static void
assert_fails(struct fixture *fixture, const char *reason)
{
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 0);
	assert_string_equal(fixture->error, reason);
	if (strstr(fixture->text, reason) == NULL)
		fail_msg("'%s' is not in '%s'", reason, fixture->text);
}

static void
set_name(struct fixture *fixture, const char *name)
{
	assert_int_equal(hecat_openssl_set_server_name(fixture->tls, name), 0);
}

static void
on_echo(struct bufferevent *bufferevent, void *arg)
{
	struct fixture *fixture = arg;
	char data[64];

	fixture->echoed += bufferevent_read(bufferevent, data, sizeof(data));
}

static void
a_verified_handshake_wins_and_data_goes_both_ways(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.example.test");

	set_name(fixture, "www.example.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	assert_int_equal(fixture->observed, 1);
	assert_string_equal(fixture->error, "");
	assert_int_equal(SSL_get_verify_result(
			     bufferevent_openssl_get_ssl(fixture->bufferevent)),
	    X509_V_OK);
	bufferevent_setcb(fixture->bufferevent, on_echo, NULL, NULL, fixture);
	bufferevent_enable(fixture->bufferevent, EV_READ | EV_WRITE);
	bufferevent_write(fixture->bufferevent, "question", 8);
	real_loop_run(fixture->base, &fixture->echoed, 8);
	assert_string_equal(server->sni, "www.example.test");
	assert_int_equal(server->received, 8);
}

static void
a_dot_at_the_end_of_a_name_does_not_count(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	set_name(fixture, "www.test.");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "www.test");
}

static void
without_a_name_it_is_the_host(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:localhost");
	char port[8];

	snprintf(
	    port, sizeof(port), "%u", (unsigned)address_port(&server->address));
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_int_equal(hecat_connector_connect_hostname(
			     fixture->connector, "localhost", port),
	    0);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->connected, 1);
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "localhost");
	real_loop_join(state);
}

static void
an_address_is_checked_and_not_sent(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:a.test,IP:127.0.0.1");

	set_name(fixture, "127.0.0.1");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "");
}

static void
the_address_of_an_ipv6_host_is_that_in_brackets(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_SPEAKS, "IP:fe80::1");
	set_name(fixture, "[fe80::1%eth0]");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
}

static void
an_empty_name_is_neither_sent_nor_checked(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:other.test");

	set_name(fixture, "");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "");
}

/*
 * The echo of what was sent before; nothing else comes from the server. On a
 * busy machine the handshake alone takes longer than 50 ms.
 */
static void
wait_for_the_first_byte(struct fixture *fixture, enum hecat_success success)
{
	struct timeval soon = { .tv_sec = 1 };

	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	set_name(fixture, "www.test");
	hecat_config_set_attempt_timeout(fixture->config, &soon);
	assert_int_equal(
	    hecat_openssl_set_success(fixture->tls, success, NULL), 0);
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 0);
	assert_int_equal(fixture->observed, 1);
}

static void
the_first_byte_may_be_what_is_waited_for(void **state)
{
	wait_for_the_first_byte(*state, HECAT_SUCCESS_DATA);
}

static void
for_ever_too(void **state)
{
	wait_for_the_first_byte(*state, HECAT_SUCCESS_OPEN);
}

static void
or_a_time_without_an_end(void **state)
{
	struct fixture *fixture = *state;
	struct timeval soon = { .tv_usec = 50000 };
	monotime_t begin = clock_now();

	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	set_name(fixture, "www.test");
	hecat_openssl_set_success(fixture->tls, HECAT_SUCCESS_OPEN, &soon);
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	/* The timers of a loop are as coarse as the ticks of the kernel. */
	assert_true(clock_now() - begin >= 40 * MONOTIME_PER_MS);
}

static void
the_chain_alone_may_be_verified(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:other.test");

	assert_int_equal(
	    hecat_openssl_set_verify(fixture->tls, HECAT_OPENSSL_VERIFY_CHAIN),
	    0);
	/* A list has no name, and needs none. */
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "");
}

/* A certificate, and why it is refused. */
struct fault {
	const char *what;
	struct tls_certificate certificate;
	int by_authority;
	const char *name;
	const char *reason; /* a day is written as DAY */
};

/* Replaces the day in a reason, which is another one each day. */
static void
hide_day(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (strspn(at, "0123456789-") == 10) {
			memcpy(at, "DAY", 3);
			memmove(at + 3, at + 10, strlen(at + 10) + 1);
		}
}

static void
check_fault(struct fixture *fixture, const struct fault *fault)
{
	struct tls_server *server = &fixture->servers[0];
	struct tls_certificate wanted = fault->certificate;
	struct tls_identity identity;

	if (fault->by_authority)
		wanted.issuer = &fixture->authority;
	identity = tls_identity_new(&wanted);
	tls_server_init(
	    server, fixture->base, "127.0.0.1", TLS_SPEAKS, &identity);
	fixture->server_count = 1;
	tls_identity_free(&identity);
	set_name(fixture, fault->name);
	fixture->callbacks = fixture->connected = 0;
	run_to_the_end(fixture);
	hide_day(fixture->error);
	if (strcmp(fixture->error, fault->reason) != 0)
		fail_msg("%s: '%s', not '%s'", fault->what, fixture->error,
		    fault->reason);
	assert_int_equal(fixture->connected, 0);
	/* Nothing but the handshake was sent. */
	assert_int_equal(server->received, 0);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	tls_server_release(server);
	fixture->server_count = 0;
}

static void
each_fault_of_a_certificate_has_its_sentence(void **state)
{
	static const struct fault faults[] = {
		{ "another name", { .name = "x", .names = "DNS:other.test" }, 1,
		    "www.test", "certificate is for other.test, not www.test" },
		{ "many other names",
		    { .name = "x",
			.names = "DNS:a.test,DNS:b.test,IP:192.0.2.1,"
				 "DNS:c.test,DNS:d.test" },
		    1, "www.test",
		    "certificate is for a.test, b.test, 192.0.2.1 and 2 more, "
		    "not www.test" },
		{ "a common name, which counts no more", { .name = "www.test" },
		    1, "www.test",
		    "certificate is for www.test (its common name, which does "
		    "not count), not www.test" },
		{ "another address", { .name = "x", .names = "IP:192.0.2.1" },
		    1, "127.0.0.1",
		    "certificate is for 192.0.2.1, not 127.0.0.1" },
		{ "an address of another length",
		    { .name = "x", .address_bytes = 5 }, 1, "127.0.0.1",
		    "certificate is for x (its common name, which does not "
		    "count), not 127.0.0.1" },
		{ "and of a greater one", { .name = "x", .address_bytes = 32 },
		    1, "127.0.0.1",
		    "certificate is for x (its common name, which does not "
		    "count), not 127.0.0.1" },
		{ "a name for an address", { .name = "x", .names = "DNS:a.b" },
		    1, "2001:db8::1",
		    "certificate is for a.b, not 2001:db8::1" },
		{ "a wildcard that reaches too far",
		    { .name = "x", .names = "DNS:*.test" }, 1, "a.b.test",
		    "certificate is for *.test, not a.b.test" },
		{ "expired",
		    { .name = "x",
			.names = "DNS:www.test",
			.from = -3 * DAY,
			.until = -DAY },
		    1, "www.test", "certificate expired on DAY" },
		{ "not yet valid",
		    { .name = "x",
			.names = "DNS:www.test",
			.from = DAY,
			.until = 3 * DAY },
		    1, "www.test", "certificate is not valid before DAY" },
		{ "self-signed", { .name = "x", .names = "DNS:www.test" }, 0,
		    "www.test", "certificate is self-signed" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		check_fault(fixture, &faults[i]);
}

static void
an_authority_that_is_not_known(void **state)
{
	struct fixture *fixture = *state;
	struct tls_identity other = tls_identity_new(&(struct tls_certificate){
	    .name = "Other Authority", .is_authority = 1 });
	struct tls_identity identity = tls_identity_new(
	    &(struct tls_certificate){
		.name = "x", .names = "DNS:www.test", .issuer = &other });
	struct tls_server *server = &fixture->servers[fixture->server_count++];

	tls_server_init(
	    server, fixture->base, "127.0.0.1", TLS_SPEAKS, &identity);
	set_name(fixture, "www.test");
	assert_fails(fixture,
	    "certificate is by Other Authority, which is not known here");
	/* With its certificate in the chain. */
	SSL_CTX_add1_chain_cert(server->ctx, other.certificate);
	hecat_connector_free(fixture->connector);
	fixture->callbacks = 0;
	assert_fails(fixture,
	    "certificate is by Other Authority, which is not trusted here");
	tls_identity_free(&identity);
	tls_identity_free(&other);
}

static void
without_verification_all_is_good(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:other.test");

	assert_int_equal(hecat_openssl_set_verify(
			     fixture->tls, HECAT_OPENSSL_VERIFY_NOTHING),
	    0);
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	/* The name is sent all the same. */
	real_loop_run(fixture->base, &server->finished, 1);
	assert_string_equal(server->sni, "www.test");
}

static void
a_server_that_does_not_speak_tls(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_GREETS, "DNS:www.test");
	set_name(fixture, "www.test");
	assert_fails(fixture, "the peer does not speak TLS here");
}

static void
one_that_closes(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_CLOSES, "DNS:www.test");
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 0);
	/* With the ClientHello unread that may be a reset. */
	assert_true(strcmp(fixture->error,
			"closed by the peer in the TLS handshake") == 0 ||
	    strcmp(fixture->error,
		"Connection reset by peer in the TLS handshake") == 0);
}

static void
one_that_resets(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;

	add_server(fixture, TLS_RESETS, "DNS:www.test");
	set_name(fixture, "www.test");
	assert_fails(fixture, "Connection reset by peer in the TLS handshake");
	entry = hecat_connector_get_error(fixture->connector, 0);
	assert_int_equal(hecat_error_entry_get_error(entry), ECONNRESET);
	assert_int_equal(
	    hecat_error_entry_get_outcome(entry), HECAT_OUTCOME_STEP_FAILED);
}

static void
no_version_in_common(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	SSL_CTX_set_min_proto_version(fixture->ctx, TLS1_3_VERSION);
	set_name(fixture, "www.test");
	assert_fails(fixture, "the peer refused: TLS alert protocol version");
}

static int
refuse_alpn(SSL *ssl, const unsigned char **out, unsigned char *length,
    const unsigned char *in, unsigned in_length, void *arg)
{
	(void)ssl;
	(void)out;
	(void)length;
	(void)in;
	(void)in_length;
	(void)arg;
	return (SSL_TLSEXT_ERR_ALERT_FATAL);
}

static void
no_application_protocol_in_common(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	SSL_CTX_set_alpn_select_cb(server->ctx, refuse_alpn, NULL);
	SSL_CTX_set_alpn_protos(fixture->ctx, (const unsigned char *)"\2h2", 3);
	set_name(fixture, "www.test");
	assert_fails(
	    fixture, "the peer refused: TLS alert no application protocol");
}

static void
the_time_of_a_handshake_ends(void **state)
{
	struct fixture *fixture = *state;
	struct timeval timeout = { .tv_usec = 100000 };

	add_server(fixture, TLS_HANGS, "DNS:www.test");
	set_name(fixture, "www.test");
	assert_int_equal(
	    hecat_openssl_set_handshake_timeout(fixture->tls, &timeout), 0);
	assert_fails(fixture, "no TLS handshake in 100 ms");
}

/* Returns the number of the server that is connected to. */
static size_t
peer_number(const struct fixture *fixture)
{
	const struct sockaddr_in *peer = (const void *)hecat_connector_get_peer(
	    fixture->connector);
	size_t number = 0;

	assert_non_null(peer);
	while (number < fixture->server_count &&
	    address_port(&fixture->servers[number].address) !=
		ntohs(peer->sin_port))
		number++;
	return (number);
}

static void
the_other_address_wins(void **state, enum tls_manner manner, const char *names)
{
	struct fixture *fixture = *state;

	add_server(fixture, manner, names);
	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	assert_int_equal(peer_number(fixture), 1);
	/* Not one byte but of the handshake went to the first one. */
	assert_int_equal(fixture->servers[0].manner == TLS_SPEAKS
		? fixture->servers[0].received
		: 0,
	    0);
}

static void
a_hung_handshake_loses(void **state)
{
	the_other_address_wins(state, TLS_HANGS, "DNS:www.test");
}

static void
a_wrong_certificate_loses(void **state)
{
	the_other_address_wins(state, TLS_SPEAKS, "DNS:other.test");
}

static void
a_server_without_tls_loses(void **state)
{
	the_other_address_wins(state, TLS_GREETS, "DNS:www.test");
}

/* A kind of handshake message, and how often it was sent. */
struct sent {
	int type;
	size_t count;
};

static void
count_sent(int is_sent, int version, int type, const void *bytes, size_t length,
    SSL *ssl, void *arg)
{
	struct sent *sent = arg;

	(void)version;
	(void)length;
	(void)ssl;
	if (is_sent && type == SSL3_RT_HANDSHAKE &&
	    *(const unsigned char *)bytes == sent->type)
		sent->count++;
}

/* Counts messages of a kind, of all that is made of `ctx` from now on. */
static void
count_messages(SSL_CTX *ctx, struct sent *sent)
{
	SSL_CTX_set_msg_callback(ctx, count_sent);
	SSL_CTX_set_msg_callback_arg(ctx, sent);
}

static void
run_until_sent(struct event_base *base, const struct sent *sent, size_t count)
{
	while (sent->count < count && real_loop_in_time())
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(sent->count, count);
}

/*
 * Both are done when the loop comes to them, and it comes to the second one
 * first, as its server was the first to answer.
 */
static void
of_two_handshakes_that_are_done_the_first_wins(void **state)
{
	struct fixture *fixture = *state;
	struct event_base *own = fixture->base, *others[2];
	struct sent hellos = { .type = SSL3_MT_CLIENT_HELLO };
	struct sent answers[2];
	struct timeval none = { 0 };

	assert_int_equal(
	    hecat_config_set_connection_attempt_delay(fixture->config, &none),
	    0);
	for (size_t i = 0; i < 2; i++) {
		fixture->base = others[i] = event_base_new();
		answers[i] = (struct sent){ .type = SSL3_MT_FINISHED };
		count_messages(
		    add_server(fixture, TLS_SPEAKS, "DNS:www.test")->ctx,
		    &answers[i]);
	}
	fixture->base = own;
	count_messages(fixture->ctx, &hellos);
	set_name(fixture, "www.test");
	connect_to_servers(fixture);
	run_until_sent(own, &hellos, 2);
	run_until_sent(others[1], &answers[1], 1);
	run_until_sent(others[0], &answers[0], 1);
	real_loop_run(own, &fixture->callbacks, 1);
	assert_int_equal(peer_number(fixture), 0);
	bufferevent_free(fixture->bufferevent);
	fixture->bufferevent = NULL;
	real_loop_settle(own);
	for (size_t i = 0; i < 2; i++) {
		tls_server_release(&fixture->servers[i]);
		event_base_free(others[i]);
	}
	fixture->server_count = 0;
}

/* Two addresses of the same kind: a path that drops full segments. */
static void
connect_over_small_path(struct fixture *fixture)
{
	add_server(fixture, TLS_SMALL, "DNS:www.test");
	add_server(fixture, TLS_SMALL, "DNS:www.test");
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
}

static void
a_path_that_drops_full_segments_loses(void **state)
{
	struct fixture *fixture = *state;

	connect_over_small_path(fixture);
	/* The last address is not padded, and so has it in the end. */
	assert_true(fixture->servers[0].hello >= TLS_SEGMENT);
	assert_in_range(fixture->servers[1].hello, 100, TLS_SEGMENT - 1);
	assert_int_equal(fixture->servers[0].finished, 0);
	assert_int_equal(fixture->observed, 1);
}

static void
but_not_without_the_padding(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(hecat_openssl_set_padding(fixture->tls, 0), 0);
	connect_over_small_path(fixture);
	assert_in_range(fixture->servers[0].hello, 100, TLS_SEGMENT - 1);
	assert_int_equal(fixture->servers[1].connections, 0);
}

static void
measure_hello(int is_sent, int version, int type, const void *bytes,
    size_t length, SSL *ssl, void *arg)
{
	struct tls_server *server = arg;

	(void)version;
	(void)ssl;
	if (!is_sent && type == SSL3_RT_HANDSHAKE &&
	    *(const unsigned char *)bytes == SSL3_MT_CLIENT_HELLO)
		server->hello = length;
}

/* A server takes it: it ignores what it does not know. */
static void
check_padded(struct fixture *fixture, int version)
{
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");
	const int segment = TLS_SEGMENT;

	setsockopt(evconnlistener_get_fd(server->listener), IPPROTO_TCP,
	    TCP_MAXSEG, &segment, sizeof(segment));
	SSL_CTX_set_max_proto_version(server->ctx, version);
	SSL_CTX_set_msg_callback(server->ctx, measure_hello);
	SSL_CTX_set_msg_callback_arg(server->ctx, server);
	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	assert_int_equal(fixture->servers[1].connections, 0);
	assert_in_range(server->hello, TLS_SEGMENT + 100, 3 * TLS_SEGMENT);
}

static void
a_padded_hello_is_understood(void **state)
{
	check_padded(*state, TLS1_3_VERSION);
}

static void
by_a_server_of_tls_1_2_too(void **state)
{
	check_padded(*state, TLS1_2_VERSION);
}

static void
tls_1_2_too(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	assert_string_equal(
	    SSL_get_version(bufferevent_openssl_get_ssl(fixture->bufferevent)),
	    "TLSv1.2");
}

static int
refuse_all(int is_good, X509_STORE_CTX *store)
{
	(void)is_good;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return (0);
}

static void
a_verify_callback_of_the_caller_counts(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	SSL_CTX_set_verify(fixture->ctx, SSL_VERIFY_PEER, refuse_all);
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 0);
	assert_non_null(
	    strstr(fixture->error, "application verification failure"));
}

static struct fixture *verified;

static int
free_in_verify(int is_good, X509_STORE_CTX *store)
{
	struct hecat_connector *connector = verified->connector;

	(void)store;
	verified->connector = NULL;
	hecat_connector_free(connector);
	return (is_good);
}

static void
the_connector_may_be_freed_in_a_verify_callback(void **state)
{
	struct fixture *fixture = *state;

	verified = fixture;
	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	SSL_CTX_set_verify(fixture->ctx, SSL_VERIFY_PEER, free_in_verify);
	set_name(fixture, "www.test");
	connect_to_servers(fixture);
	while (fixture->connector != NULL && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->callbacks + fixture->observed, 0);
}

/* OpenSSL asks for no certificate then. */
static void
a_peer_without_a_certificate_is_not_trusted(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	assert_int_equal(
	    SSL_CTX_set_cipher_list(server->ctx, "aNULL:@SECLEVEL=0"), 1);
	assert_int_equal(
	    SSL_CTX_set_cipher_list(fixture->ctx, "ALL:@SECLEVEL=0"), 1);
	set_name(fixture, "www.test");
	assert_fails(fixture, "the peer has shown no certificate");
}

static void
flags_of_the_caller_stay(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_SPEAKS, "DNS:*.a.test");
	X509_VERIFY_PARAM_set_hostflags(
	    SSL_CTX_get0_param(fixture->ctx), X509_CHECK_FLAG_NO_WILDCARDS);
	set_name(fixture, "www.a.test");
	assert_fails(fixture, "certificate is for *.a.test, not www.a.test");
}

static void
an_address_may_have_a_dot_or_be_mapped(void **state)
{
	static const char *const names[] = { "127.0.0.1.", "127.1",
		"::ffff:127.0.0.1", "[::ffff:127.0.0.1]" };
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "IP:127.0.0.1");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set_name(fixture, names[i]);
		fixture->callbacks = fixture->connected = 0;
		run_to_the_end(fixture);
		assert_int_equal(fixture->connected, 1);
		real_loop_run(fixture->base, &server->finished, i + 1);
		assert_string_equal(server->sni, "");
		bufferevent_free(fixture->bufferevent);
		fixture->bufferevent = NULL;
		hecat_connector_free(fixture->connector);
		fixture->connector = NULL;
	}
}

static void
a_list_without_a_name_is_not_trusted(void **state)
{
	struct fixture *fixture = *state;
	struct tls_server *server = add_server(
	    fixture, TLS_SPEAKS, "DNS:www.test");

	assert_fails(fixture, "there is no server name to verify");
	assert_int_equal(server->finished, 0);
}

static void
the_connector_may_be_freed_in_the_observer(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	fixture->free_in_observer = true;
	for (size_t i = 0; i < 2; i++) {
		/* At a success, then at a failure. */
		set_name(fixture, i == 0 ? "www.test" : "other.test");
		fixture->observed = 0;
		connect_to_servers(fixture);
		real_loop_run(fixture->base, &fixture->observed, 1);
		assert_null(fixture->connector);
		real_loop_settle(fixture->base);
	}
	assert_int_equal(fixture->callbacks, 0);
}

static void
and_in_the_middle(void **state)
{
	struct fixture *fixture = *state;

	add_server(fixture, TLS_HANGS, "DNS:www.test");
	set_name(fixture, "www.test");
	connect_to_servers(fixture);
	real_loop_run(fixture->base, &fixture->servers[0].connections, 1);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	assert_int_equal(fixture->observed, 0);
}

static void
on_crowd_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;
	struct bufferevent *bufferevent = hecat_connector_take_bufferevent(
	    connector);

	assert_non_null(bufferevent);
	bufferevent_free(bufferevent);
	fixture->connected++;
}

static void
many_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct hecat_connector *connectors[CROWD];
	struct evutil_addrinfo list[2] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		add_server(
		    fixture, i == 0 ? TLS_GREETS : TLS_SPEAKS, "DNS:www.test");
		list[i].ai_addr = &fixture->servers[i].address.sa;
		list[i].ai_addrlen = fixture->servers[i].address.length;
	}
	list[0].ai_next = &list[1];
	set_name(fixture, "www.test");
	hecat_openssl_set_observer(fixture->tls, NULL, NULL);
	for (size_t i = 0; i < CROWD; i++) {
		connectors[i] = hecat_connector_new(fixture->base,
		    fixture->config, on_crowd_connected, on_failed, fixture);
		assert_int_equal(
		    hecat_connector_connect_addrinfo(connectors[i], list), 0);
	}
	real_loop_run(fixture->base, &fixture->connected, CROWD);
	assert_int_equal(fixture->callbacks, 0);
	for (size_t i = 0; i < CROWD; i++)
		hecat_connector_free(connectors[i]);
}

/* A peer that has gone while we write: no signal. */
static void
no_sigpipe_is_raised(void **state)
{
	struct fixture *fixture = *state;
	struct sigaction action = { .sa_handler = SIG_DFL }, before;

	assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
	add_server(fixture, TLS_SPEAKS, "DNS:www.test");
	set_name(fixture, "www.test");
	run_to_the_end(fixture);
	assert_int_equal(fixture->connected, 1);
	tls_server_release(&fixture->servers[0]);
	fixture->server_count = 0;
	/* The server closes in the next pass; the second write meets a reset.
	 */
	for (size_t i = 0; i < 3; i++) {
		real_loop_settle(fixture->base);
		SSL_write(
		    bufferevent_openssl_get_ssl(fixture->bufferevent), "x", 1);
	}
	assert_int_equal(errno, EPIPE);
	sigaction(SIGPIPE, &before, NULL);
}

static void
what_was_set(void **state)
{
	struct fixture *fixture = *state;
	const struct timeval two = { .tv_sec = 2, .tv_usec = 5 };
	struct hecat_openssl *tls = hecat_openssl_new(fixture->ctx);
	struct timeval tv;
	void *arg;

	assert_ptr_equal(hecat_openssl_get_ctx(tls), fixture->ctx);
	assert_null(hecat_openssl_get_server_name(tls));
	assert_int_equal(
	    hecat_openssl_get_verify(tls), HECAT_OPENSSL_VERIFY_NAME);
	assert_int_equal(
	    hecat_openssl_get_handshake_timeout(tls, &tv)->tv_sec, 60);
	assert_true(hecat_openssl_has_padding(tls));
	assert_int_equal(hecat_openssl_get_success(tls), HECAT_SUCCESS_TCP);
	assert_null(hecat_openssl_get_success_open_time(tls, &tv));
	assert_null(hecat_openssl_get_observer(tls, NULL));

	hecat_openssl_set_server_name(tls, "name.test");
	hecat_openssl_set_verify(tls, HECAT_OPENSSL_VERIFY_CHAIN);
	hecat_openssl_set_handshake_timeout(tls, NULL);
	hecat_openssl_set_padding(tls, 0);
	hecat_openssl_set_success(tls, HECAT_SUCCESS_OPEN, &two);
	hecat_openssl_set_observer(tls, observe, fixture);
	assert_string_equal(hecat_openssl_get_server_name(tls), "name.test");
	assert_int_equal(
	    hecat_openssl_get_verify(tls), HECAT_OPENSSL_VERIFY_CHAIN);
	assert_null(hecat_openssl_get_handshake_timeout(tls, &tv));
	assert_false(hecat_openssl_has_padding(tls));
	assert_int_equal(hecat_openssl_get_success(tls), HECAT_SUCCESS_OPEN);
	assert_int_equal(
	    hecat_openssl_get_success_open_time(tls, &tv)->tv_usec, 5);
	assert_ptr_equal(hecat_openssl_get_observer(tls, &arg), observe);
	assert_ptr_equal(arg, fixture);
	hecat_openssl_set_success(tls, HECAT_SUCCESS_DATA, NULL);
	assert_null(hecat_openssl_get_success_open_time(tls, &tv));
	hecat_openssl_set_success(tls, HECAT_SUCCESS_OPEN, NULL);
	assert_int_equal(hecat_openssl_get_success(tls), HECAT_SUCCESS_OPEN);
	assert_null(hecat_openssl_get_success_open_time(tls, &tv));
	hecat_openssl_free(tls);
}

static void
arguments_that_are_wrong(void **state)
{
	struct fixture *fixture = *state;
	static const char *const odd_names[] = { ".", ".test", "a..b", "a b",
		"[", "::1::" };
	struct timeval none = { 0 }, odd = { .tv_usec = 1000000 };
	char longer[256];

	memset(longer, 'a', sizeof(longer));
	longer[254] = '\0';
	errno = 0;
	assert_null(hecat_openssl_new(NULL));
	assert_int_equal(errno, EINVAL);
	hecat_openssl_free(NULL);
	assert_int_equal(hecat_openssl_use(NULL, fixture->config), -1);
	assert_int_equal(hecat_openssl_use(fixture->tls, NULL), -1);
	assert_int_equal(
	    hecat_openssl_set_server_name(fixture->tls, longer), -1);
	assert_int_equal(
	    hecat_openssl_set_server_name(fixture->tls, "b\xc3\xbc.test"), -1);
	for (size_t i = 0; i < sizeof(odd_names) / sizeof(odd_names[0]); i++)
		assert_int_equal(
		    hecat_openssl_set_server_name(fixture->tls, odd_names[i]),
		    -1);
	assert_int_equal(errno, EINVAL);
	longer[253] = '\0';
	assert_int_equal(
	    hecat_openssl_set_server_name(fixture->tls, longer), 0);
	assert_int_equal(
	    hecat_openssl_set_success(fixture->tls, HECAT_SUCCESS_OPEN, &none),
	    -1);
	assert_int_equal(hecat_openssl_set_success(
			     fixture->tls, (enum hecat_success)77, NULL),
	    -1);
	assert_int_equal(
	    hecat_openssl_set_success(NULL, HECAT_SUCCESS_DATA, NULL), -1);
	assert_int_equal(
	    hecat_openssl_set_success(fixture->tls, HECAT_SUCCESS_DATA, NULL),
	    0);
	assert_int_equal(
	    hecat_openssl_set_handshake_timeout(fixture->tls, &none), -1);
	assert_int_equal(
	    hecat_openssl_set_handshake_timeout(fixture->tls, &odd), -1);
	assert_int_equal(
	    hecat_openssl_set_handshake_timeout(fixture->tls, NULL), 0);
	assert_int_equal(
	    hecat_openssl_set_verify(NULL, HECAT_OPENSSL_VERIFY_NAME), -1);
	assert_int_equal(hecat_openssl_set_padding(NULL, 1), -1);
	assert_int_equal(hecat_openssl_set_observer(NULL, NULL, NULL), -1);
	assert_int_equal(hecat_openssl_set_server_name(NULL, "host"), -1);
	assert_int_equal(hecat_openssl_set_handshake_timeout(NULL, NULL), -1);
	assert_int_equal(hecat_openssl_set_verify(
			     fixture->tls, (enum hecat_openssl_verify)77),
	    -1);
	errno = 0;
	assert_int_equal(hecat_openssl_format_error(1, NULL, 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_true(hecat_openssl_format_error(1, NULL, 0) > 0);
}

#define TLS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(a_verified_handshake_wins_and_data_goes_both_ways),
		TLS_TEST(a_dot_at_the_end_of_a_name_does_not_count),
		TLS_TEST(without_a_name_it_is_the_host),
		TLS_TEST(an_address_is_checked_and_not_sent),
		TLS_TEST(the_address_of_an_ipv6_host_is_that_in_brackets),
		TLS_TEST(an_empty_name_is_neither_sent_nor_checked),
		TLS_TEST(the_first_byte_may_be_what_is_waited_for),
		TLS_TEST(for_ever_too),
		TLS_TEST(or_a_time_without_an_end),
		TLS_TEST(the_chain_alone_may_be_verified),
		TLS_TEST(each_fault_of_a_certificate_has_its_sentence),
		TLS_TEST(an_authority_that_is_not_known),
		TLS_TEST(without_verification_all_is_good),
		TLS_TEST(a_server_that_does_not_speak_tls),
		TLS_TEST(one_that_closes),
		TLS_TEST(one_that_resets),
		TLS_TEST(no_version_in_common),
		TLS_TEST(no_application_protocol_in_common),
		TLS_TEST(the_time_of_a_handshake_ends),
		TLS_TEST(a_hung_handshake_loses),
		TLS_TEST(a_wrong_certificate_loses),
		TLS_TEST(a_server_without_tls_loses),
		TLS_TEST(of_two_handshakes_that_are_done_the_first_wins),
		TLS_TEST(a_path_that_drops_full_segments_loses),
		TLS_TEST(but_not_without_the_padding),
		TLS_TEST(a_padded_hello_is_understood),
		TLS_TEST(by_a_server_of_tls_1_2_too),
		TLS_TEST(tls_1_2_too),
		TLS_TEST(a_verify_callback_of_the_caller_counts),
		TLS_TEST(the_connector_may_be_freed_in_a_verify_callback),
		TLS_TEST(a_peer_without_a_certificate_is_not_trusted),
		TLS_TEST(flags_of_the_caller_stay),
		TLS_TEST(an_address_may_have_a_dot_or_be_mapped),
		TLS_TEST(a_list_without_a_name_is_not_trusted),
		TLS_TEST(the_connector_may_be_freed_in_the_observer),
		TLS_TEST(and_in_the_middle),
		TLS_TEST(many_at_once),
		TLS_TEST(no_sigpipe_is_raised),
		TLS_TEST(arguments_that_are_wrong),
		TLS_TEST(what_was_set),
	};

	/* The servers are libevent's, which writes where nobody reads. */
	signal(SIGPIPE, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
