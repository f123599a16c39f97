/* SPDX-License-Identifier: ISC */
/*
 * A TLS connect that is refused memory, each time at another allocation, be it
 * of hecat, libevent or OpenSSL: it ends all the same, once, and leaves nothing
 * behind. Once more by the program's TLS module, which then relays a few bytes;
 * and by a connection that this makes inside of such a one, where system calls
 * fail, too. The server is another process, which has what it wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
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

/* What makes the connection. */
enum maker { BY_LIBRARY, BY_MODULE, INSIDE };

/* Which calls are refused. */
struct refusal {
	enum shortage_call call;
	int error;
	bool lasts;
};

struct fixture {
	struct event_base *base;
	SSL_CTX *ctx;
	struct address address; /* of the server */
	pid_t server;
	const char *authority; /* a file with its certificate */
	enum maker maker;
	struct tls *module;
	struct tls_inner *inner;
	struct refusal refusal;
	size_t granted; /* calls before that */
	size_t callbacks;
	size_t connected;
	enum hecat_error error;
};

/* Begins to refuse what it is set to. */
static void
begin_refusal(const struct fixture *fixture)
{
	const struct refusal *refusal = &fixture->refusal;

	shortage_begin(
	    refusal->call, fixture->granted, refusal->lasts, refusal->error);
}

/* Ends a connection that 8 bytes were written to, or none. */
static void
end_stream(struct tls_stream *tls)
{
	assert_in_range(tls->ops->decryptable(tls, UINT64_MAX), 0, 8);
	tls->ops->end(tls);
	tls->ops->free(tls);
}

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
	end_stream(tls);
}

/* Returns whether bytes, or an end, are received in time. */
static bool
await_bytes(const struct tls_stream *tls)
{
	struct pollfd entry = { .fd = tls->fd, .events = POLLIN };

	return (poll(&entry, 1, 20000) == 1);
}

/* Whether what is refused is only to be asked for again. */
static bool
is_passing(const struct fixture *fixture)
{
	return (shortage_refused() == 0 || fixture->refusal.error == EINTR);
}

/* Has the server echo what is written: all of it, as it is, or an error. */
static void
exchange(const struct fixture *fixture, struct tls_stream *tls)
{
	char bytes[16];
	size_t count = 0;
	ssize_t n = tls->ops->write(tls, "question", 8);

	while (n != -1 && count < 8) {
		if (tls->ops->flush(tls) == -1) {
			n = errno == EAGAIN ? 0 : -1;
			continue;
		}
		n = tls->ops->read(tls, bytes + count, sizeof(bytes) - count);
		count += n > 0 ? (size_t)n : 0;
		assert_int_not_equal(n, 0);
		if (n == -1 && errno == EAGAIN && await_bytes(tls))
			n = 0;
	}
	assert_memory_equal(bytes, "question", count);
	if (is_passing(fixture))
		assert_int_equal(count, 8);
}

static void
on_shown(const struct tls_facts *facts, void *arg)
{
	(void)arg;
	assert_non_null(facts);
}

static void
on_ended(struct tls_stream *stream, int error, const char *reason, void *arg)
{
	struct fixture *fixture = arg;

	fixture->callbacks++;
	if (stream == NULL) {
		assert_int_not_equal(error, 0);
		assert_string_not_equal(reason, "");
	} else {
		fixture->connected++;
		exchange(fixture, stream);
		end_stream(stream);
	}
	hecat_tls_module.inner_free(fixture->inner);
	fixture->inner = NULL;
}

/* Makes another connection inside of it; from here on calls are refused. */
static void
connect_inside(struct fixture *fixture, struct hecat_connector *connector)
{
	static const struct tls_inner_methods methods = {
		.shown = on_shown,
		.ended = on_ended,
	};
	struct tls_stream *outer;

	begin_refusal(fixture);
	outer = hecat_tls_module.take(connector);
	errno = 0;
	if (outer != NULL)
		fixture->inner = hecat_tls_module.inner_new(
		    fixture->module, fixture->base, outer, &methods, fixture);
	if (fixture->inner == NULL) {
		assert_int_equal(errno, outer == NULL ? 0 : ENOMEM);
		fixture->callbacks++;
	}
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;
	struct bufferevent *bufferevent;

	if (fixture->maker == INSIDE) {
		connect_inside(fixture, connector);
		return;
	}
	fixture->callbacks++;
	fixture->connected++;
	if (fixture->maker == BY_MODULE) {
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
serve(const struct tls_identity *authority, enum tls_manner manner, int out)
{
	struct event_base *base = event_base_new();
	struct tls_identity identity = tls_identity_new(
	    &(struct tls_certificate){
		.name = "x", .names = "DNS:www.test", .issuer = authority });
	struct tls_server server;

	signal(SIGPIPE, SIG_IGN);
	tls_server_init(&server, base, "127.0.0.1", manner, &identity);
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
setup_server(void **state, enum tls_manner manner)
{
	static struct fixture fixture;
	struct tls_identity authority = tls_identity_new(
	    &(struct tls_certificate){
		.name = "Test Authority", .is_authority = 1 });
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	fixture = (struct fixture){ .server = fork() };
	if (fixture.server == 0)
		serve(&authority, manner, pipe_fds[1]);
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
setup(void **state)
{
	return (setup_server(state, TLS_SPEAKS));
}

static int
setup_nested(void **state)
{
	return (setup_server(state, TLS_NESTS));
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
	if (fixture->maker == BY_LIBRARY) {
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
 * Connects while a call is refused: the one with this number, from 1, and
 * perhaps all after it. Returns whether there were so many.
 */
static bool
connect_without(struct fixture *fixture, size_t number)
{
	size_t descriptors = open_descriptors();
	struct hecat_connector *connector;
	struct by by;
	bool was_refused;

	real_loop_begin();
	fixture->callbacks = fixture->connected = 0;
	fixture->granted = number - 1;
	if (fixture->maker != INSIDE)
		begin_refusal(fixture);
	connector = start(fixture, &by);
	fixture->module = by.module;
	while (
	    connector != NULL && fixture->callbacks == 0 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	was_refused = shortage_refused() > 0;
	shortage_end();
	assert_int_equal(fixture->callbacks, connector == NULL ? 0 : 1);
	if (is_passing(fixture))
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
each_allocation(struct fixture *fixture, enum maker maker, bool lasts)
{
	const char *given = getenv("ALLOCATION_STEP");
	size_t step = given == NULL ? 1 : strtoul(given, NULL, 10);
	size_t number = 1 + (size_t)getpid() % step, allocations;

	if (!shortage_has_memory())
		skip();
	fixture->maker = maker;
	fixture->refusal = (struct refusal){ SHORTAGE_memory, ENOMEM, lasts };
	shortage_count_threads(true);
	/* What OpenSSL makes once and keeps. */
	connect_without(fixture, ALLOCATIONS_MAX);
	allocations = shortage_allocations();
	while (number < ALLOCATIONS_MAX && connect_without(fixture, number))
		number += step;
	assert_in_range(number, 100, ALLOCATIONS_MAX - 1);
	print_message("%zu allocations, refused from %zu on\n", number - step,
	    1 + (size_t)getpid() % step);
	/* OpenSSL leaves some behind where it cannot read a certificate. */
	if (maker == INSIDE)
		assert_int_equal(shortage_allocations(), allocations);
}

static void
each_allocation_is_refused_once(void **state)
{
	each_allocation(*state, BY_LIBRARY, false);
}

static void
and_all_from_it_on(void **state)
{
	each_allocation(*state, BY_LIBRARY, true);
}

static void
each_of_the_module_is_refused_once(void **state)
{
	each_allocation(*state, BY_MODULE, false);
}

static void
and_all_of_those(void **state)
{
	each_allocation(*state, BY_MODULE, true);
}

static void
each_inside_is_refused_once(void **state)
{
	each_allocation(*state, INSIDE, false);
}

static void
and_all_inside(void **state)
{
	each_allocation(*state, INSIDE, true);
}

static void
each_system_call_inside_fails(void **state)
{
	static const struct refusal refusals[] = {
		{ SHORTAGE_epoll_ctl, ENOSPC, false },
		{ SHORTAGE_epoll_ctl, ENOMEM, true },
		{ SHORTAGE_send, ENOMEM, false },
		{ SHORTAGE_send, ECONNRESET, true },
		{ SHORTAGE_send, EINTR, false },
		{ SHORTAGE_recv, ENOMEM, false },
		{ SHORTAGE_recv, ECONNRESET, true },
		{ SHORTAGE_recv, EINTR, false },
	};
	struct fixture *fixture = *state;
	size_t number;

	fixture->maker = INSIDE;
	shortage_count_threads(true);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		fixture->refusal = refusals[i];
		number = 1;
		while (connect_without(fixture, number))
			number++;
		assert_in_range(number, 2, 100);
	}
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
		cmocka_unit_test_setup_teardown(
		    each_inside_is_refused_once, setup_nested, teardown),
		cmocka_unit_test_setup_teardown(
		    and_all_inside, setup_nested, teardown),
		cmocka_unit_test_setup_teardown(
		    each_system_call_inside_fails, setup_nested, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
