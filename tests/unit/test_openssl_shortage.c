/* SPDX-License-Identifier: ISC */
/*
 * A TLS connect that is refused memory, each time at another allocation, be it
 * of hecat, libevent or OpenSSL: it ends all the same, once, and leaves nothing
 * behind. Once more by the program's TLS module, which then relays a few bytes.
 * The server is another process, which has what it wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/pem.h>

#include "fake/real_loop.h"
#include "fake/shortage.h"
#include "fake/tls_server.h"
#include "hecat_openssl.h"
#include "relay/tls_stream.h"
#include "tls/tls.h"

extern const struct tls_module hecat_tls_module;

/* More allocations than a connect has. */
#define ALLOCATIONS_MAX 20000

struct bufferevent *__real_bufferevent_openssl_socket_new(
    struct event_base *base, evutil_socket_t fd, struct ssl_st *ssl,
    enum bufferevent_ssl_state state, int options);
struct bufferevent *__wrap_bufferevent_openssl_socket_new(
    struct event_base *base, evutil_socket_t fd, struct ssl_st *ssl,
    enum bufferevent_ssl_state state, int options);

/*
 * libevent 2.1.12 crashes in most of the allocations of this function: it frees
 * a bufferevent that is half made. So it is refused as a whole, and frees the
 * SSL as it does.
 */
struct bufferevent *
__wrap_bufferevent_openssl_socket_new(struct event_base *base,
    evutil_socket_t fd, struct ssl_st *ssl, enum bufferevent_ssl_state state,
    int options)
{
	struct bufferevent *bufferevent;

	if (shortage_refuses(SHORTAGE_memory)) {
		SSL_free(ssl);
		return (NULL);
	}
	shortage_count_thread(false);
	bufferevent = __real_bufferevent_openssl_socket_new(
	    base, fd, ssl, state, options);
	shortage_count_thread(true);
	return (bufferevent);
}

struct fixture {
	struct event_base *base;
	SSL_CTX *ctx;
	struct address address; /* of the server */
	pid_t server;
	const char *authority; /* a file with its certificate */
	bool by_module;
	size_t callbacks;
	size_t connected;
	enum hecat_error error;
};

/* Writes and reads a little, as the relay does, and ends. */
static void
use_stream(struct tls_stream *tls)
{
	char bytes[16];

	if (tls == NULL)
		return;
	if (tls->ops->write(tls, "question", 8) == -1)
		assert_non_null(tls->ops->reason(tls));
	tls->ops->read(tls, bytes, sizeof(bytes));
	assert_in_range(tls->ops->decryptable(tls, UINT64_MAX), 0, 8);
	tls->ops->end(tls);
	tls->ops->free(tls);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;
	struct bufferevent *bufferevent;

	fixture->callbacks++;
	fixture->connected++;
	if (fixture->by_module) {
		use_stream(hecat_tls_module.take(connector));
		return;
	}
	bufferevent = hecat_connector_take_bufferevent(connector);
	assert_non_null(bufferevent);
	bufferevent_free(bufferevent);
}

static void
on_handshake(size_t attempt, const struct tls_facts *facts, void *arg)
{
	(void)arg;
	assert_int_equal(attempt, 0);
	assert_non_null(facts);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	fixture->callbacks++;
	fixture->error = error;
}

/* Serves for ever; its address goes to `out`. */
static void
serve(const struct tls_identity *authority, int out)
{
	struct event_base *base = event_base_new();
	struct tls_identity identity = tls_identity_new(
	    &(struct tls_certificate){
		.name = "x", .names = "DNS:www.test", .issuer = authority });
	struct tls_server server;

	signal(SIGPIPE, SIG_IGN);
	tls_server_init(&server, base, "127.0.0.1", TLS_SPEAKS, &identity);
	assert_int_equal(write(out, &server.address, sizeof(server.address)),
	    sizeof(server.address));
	event_base_dispatch(base);
	_exit(0);
}

/* Writes a certificate to a file; returns its name. */
static const char *
write_authority(X509 *certificate)
{
	static char path[] = "/tmp/hecat-authority-XXXXXX";
	FILE *file = fdopen(
	    mkstemp(strcpy(path, "/tmp/hecat-authority-XXXXXX")), "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	assert_int_equal(fclose(file), 0);
	return (path);
}

static int
setup(void **state)
{
	static struct fixture fixture;
	struct tls_identity authority = tls_identity_new(
	    &(struct tls_certificate){
		.name = "Test Authority", .is_authority = 1 });
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	fixture = (struct fixture){ .server = fork() };
	if (fixture.server == 0)
		serve(&authority, pipe_fds[1]);
	close(pipe_fds[1]);
	assert_int_equal(
	    read(pipe_fds[0], &fixture.address, sizeof(fixture.address)),
	    sizeof(fixture.address));
	close(pipe_fds[0]);
	fixture.base = real_loop_new();
	fixture.ctx = SSL_CTX_new(TLS_client_method());
	X509_STORE_add_cert(
	    SSL_CTX_get_cert_store(fixture.ctx), authority.certificate);
	fixture.authority = write_authority(authority.certificate);
	tls_identity_free(&authority);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	kill(fixture->server, SIGKILL);
	waitpid(fixture->server, NULL, 0);
	unlink(fixture->authority);
	SSL_CTX_free(fixture->ctx);
	event_base_free(fixture->base);
	return (0);
}

/* What does the handshakes: one of the two. */
struct by {
	struct hecat_openssl *library;
	struct tls *module;
};

/* Makes it, and has `config` use it; false: there was no memory for that. */
static bool
make_step(
    const struct fixture *fixture, struct by *by, struct hecat_config *config)
{
	const struct tls_settings settings = {
		.server_name = "www.test",
		.ca_file = fixture->authority,
		.alpn = "h2,http/1.1",
		.min_version = 12,
		.success = HECAT_SUCCESS_TCP,
		.key_log = -1,
	};
	char error[TLS_ERROR_MAX] = "";

	*by = (struct by){ NULL, NULL };
	if (!fixture->by_module) {
		by->library = hecat_openssl_new(fixture->ctx);
		return (config != NULL && by->library != NULL &&
		    hecat_openssl_set_server_name(by->library, "www.test") ==
			0 &&
		    hecat_openssl_use(by->library, config) == 0);
	}
	by->module = hecat_tls_module.new(&settings, error);
	if (by->module == NULL) {
		assert_string_not_equal(error, "");
		return (false);
	}
	hecat_tls_module.observe(by->module, on_handshake);
	return (
	    config != NULL && hecat_tls_module.use(by->module, config) == 0);
}

/* Makes all that a connect needs; NULL: there was no memory for it. */
static struct hecat_connector *
start(struct fixture *fixture, struct by *by)
{
	struct hecat_config *config = hecat_config_new();
	struct evutil_addrinfo list = {
		.ai_addr = &fixture->address.sa,
		.ai_addrlen = fixture->address.length,
	};
	struct hecat_connector *connector = NULL;

	if (make_step(fixture, by, config))
		connector = hecat_connector_new(
		    fixture->base, config, on_connected, on_failed, fixture);
	hecat_config_free(config);
	if (connector == NULL ||
	    hecat_connector_connect_addrinfo(connector, &list) == 0)
		return (connector);
	hecat_connector_free(connector);
	return (NULL);
}

/*
 * Connects while an allocation is refused. Returns whether there were so many.
 */
static bool
connect_without(struct fixture *fixture, size_t number, bool lasts)
{
	size_t descriptors = open_descriptors();
	struct hecat_connector *connector;
	struct by by;
	bool was_refused;

	real_loop_begin();
	fixture->callbacks = fixture->connected = 0;
	shortage_begin(SHORTAGE_memory, number - 1, lasts, ENOMEM);
	connector = start(fixture, &by);
	while (
	    connector != NULL && fixture->callbacks == 0 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	was_refused = shortage_refused() > 0;
	shortage_end();
	assert_int_equal(fixture->callbacks, connector == NULL ? 0 : 1);
	if (!was_refused)
		assert_int_equal(fixture->connected, 1);
	hecat_connector_free(connector);
	hecat_openssl_free(by.library);
	hecat_tls_module.free(by.module);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(open_descriptors(), descriptors);
	return (was_refused);
}

/*
 * Refuses each allocation, or with ALLOCATION_STEP one of so many, which are
 * others in each run: that all of them takes a minute.
 */
static void
each_allocation(void **state, bool lasts)
{
	struct fixture *fixture = *state;
	const char *given = getenv("ALLOCATION_STEP");
	size_t step = given == NULL ? 1 : strtoul(given, NULL, 10);
	size_t number = 1 + (size_t)getpid() % step;

	if (!shortage_has_memory())
		skip();
	shortage_count_threads(true);
	/* What OpenSSL makes once and keeps. */
	connect_without(fixture, ALLOCATIONS_MAX, false);
	while (
	    number < ALLOCATIONS_MAX && connect_without(fixture, number, lasts))
		number += step;
	assert_in_range(number, 100, ALLOCATIONS_MAX - 1);
	print_message("%zu allocations, refused from %zu on\n", number - step,
	    1 + (size_t)getpid() % step);
}

static void
each_allocation_is_refused_once(void **state)
{
	each_allocation(state, false);
}

static void
and_all_from_it_on(void **state)
{
	each_allocation(state, true);
}

static void
each_of_the_module_is_refused_once(void **state)
{
	((struct fixture *)*state)->by_module = true;
	each_allocation(state, false);
}

static void
and_all_of_those(void **state)
{
	((struct fixture *)*state)->by_module = true;
	each_allocation(state, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_allocation_is_refused_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    and_all_from_it_on, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    each_of_the_module_is_refused_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    and_all_of_those, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
