/* SPDX-License-Identifier: ISC */
/*
 * hecat_connector_new() on a real loop: the loopback interface, the system's
 * resolver and clock. What the connector decides is tested in virtual time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "fake/real_loop.h"

struct fixture {
	struct event_base *base;
	struct hecat_connector *connector;
	struct hecat_config *config;
	const char *host; /* NULL: the list */
	char service[8];
	struct address list[3];
	size_t count;
	struct address address; /* of the listener */
	int listening;          /* not listening yet */
	size_t descriptors;     /* open when the test began */
	size_t callbacks;
	enum hecat_error error;
	int fd; /* -1: none */
	bool free_inside;
	bool is_left; /* the socket, with the connector */
};

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .fd = -1, .base = real_loop_new() };
	fixture.descriptors = open_descriptors();
	address_parse(&fixture.address, "127.0.0.1", 0);
	fixture.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fixture.listening, &fixture.address.sa,
			     fixture.address.length),
	    0);
	assert_int_equal(getsockname(fixture.listening, &fixture.address.sa,
			     &fixture.address.length),
	    0);
	fixture.config = hecat_config_new();
	assert_non_null(fixture.config);
	fixture.host = "127.0.0.1";
	snprintf(fixture.service, sizeof(fixture.service), "%u",
	    (unsigned)address_port(&fixture.address));
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_config_free(fixture->config);
	close(fixture->listening);
	if (fixture->fd != -1)
		close(fixture->fd);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	real_loop_assert_left(fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

static void
note(struct fixture *fixture, struct hecat_connector *connector)
{
	assert_ptr_equal(connector, fixture->connector);
	fixture->callbacks++;
	if (!fixture->free_inside)
		return;
	hecat_connector_free(connector);
	fixture->connector = NULL;
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	if (!fixture->is_left)
		fixture->fd = hecat_connector_take_fd(connector);
	note(fixture, connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	fixture->error = error;
	note(fixture, connector);
}

/* Starts the list of the fixture. */
static int
start_list(struct fixture *fixture)
{
	struct evutil_addrinfo nodes[3] = { { .ai_flags = 0 } };

	for (size_t i = 0; i < fixture->count; i++) {
		nodes[i].ai_addr = &fixture->list[i].sa;
		nodes[i].ai_addrlen = fixture->list[i].length;
		nodes[i].ai_next = i + 1 < fixture->count ? &nodes[i + 1]
							  : NULL;
	}
	return (hecat_connector_connect_addrinfo(fixture->connector, nodes));
}

static void
start(struct fixture *fixture)
{
	int result = fixture->host == NULL
	    ? start_list(fixture)
	    : hecat_connector_connect_hostname(
		  fixture->connector, fixture->host, fixture->service);

	assert_int_equal(result, 0);
	assert_int_equal(fixture->callbacks, 0);
}

static void
begin(struct fixture *fixture)
{
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_non_null(fixture->connector);
	start(fixture);
}

/* Lists addresses at the port of the listener instead of the host. */
static void
list(struct fixture *fixture, const char *const *texts, size_t count)
{
	fixture->host = NULL;
	fixture->count = count;
	for (size_t i = 0; i < count; i++)
		address_parse(&fixture->list[i], texts[i],
		    address_port(&fixture->address));
}

static void
run(struct fixture *fixture)
{
	begin(fixture);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->callbacks, 1);
}

static void
assert_connected(struct fixture *fixture)
{
	int peer;
	char byte = 0;

	assert_true(fixture->fd != -1);
	assert_true(fcntl(fixture->fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fixture->fd, F_GETFD) & FD_CLOEXEC);
	peer = accept(fixture->listening, NULL, NULL);
	assert_true(peer != -1);
	assert_int_equal(write(fixture->fd, "x", 1), 1);
	assert_int_equal(read(peer, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(peer);
}

static void
a_literal(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	run(fixture);
	assert_connected(fixture);
}

static void
a_name(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	fixture->host = "localhost";
	run(fixture);
	assert_connected(fixture);
}

/* Counts what is open when the first attempt is under way. */
static void
count_at_start(struct hecat_connector *connector,
    const struct hecat_event *event, void *arg)
{
	size_t *descriptors = arg;

	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_ATTEMPT_STARTED &&
	    *descriptors == 0)
		*descriptors = open_descriptors();
}

static void
sorting_leaves_no_descriptor_open(void **state)
{
	static const char *const texts[] = { "127.0.0.1", "127.0.0.2", "::1" };
	struct fixture *fixture = *state;
	size_t before, at_start = 0;

	list(fixture, texts, 3);
	hecat_config_set_connection_attempt_delay(fixture->config, NULL);
	hecat_config_set_observer(fixture->config, count_at_start, &at_start);
	listen(fixture->listening, 4);
	begin(fixture);
	before = open_descriptors();
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(at_start, before + 1);
}

static void
a_name_in_the_order_of_the_resolver(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	fixture->host = "localhost";
	hecat_config_set_order(fixture->config, HECAT_ORDER_RESOLVER);
	run(fixture);
	assert_connected(fixture);
}

static void
freed_in_the_callback(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	fixture->host = "localhost";
	fixture->free_inside = true;
	run(fixture);
	assert_null(fixture->connector);
	assert_connected(fixture);
}

static void
refused(void **state)
{
	struct fixture *fixture = *state;

	run(fixture);
	assert_int_equal(fixture->fd, -1);
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
}

static void
the_budget_runs_out(void **state)
{
	struct fixture *fixture = *state;
	monotime_t start = clock_now();

	/* One microsecond is over before anything can connect. */
	hecat_config_set_timeout(
	    fixture->config, &(struct timeval){ .tv_usec = 1 });
	run(fixture);
	assert_int_equal(fixture->error, HECAT_ERROR_TIMEOUT);
	assert_true(clock_now() > start);
}

static void
freed_at_any_moment(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 64);
	fixture->host = "localhost";
	for (int passes = 0; passes < 10; passes++) {
		begin(fixture);
		for (int i = 0; i < passes && fixture->callbacks == 0; i++)
			event_base_loop(
			    fixture->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		hecat_connector_free(fixture->connector);
		fixture->connector = NULL;
		real_loop_settle(fixture->base);
		if (fixture->fd != -1)
			close(fixture->fd);
		fixture->fd = -1;
		fixture->callbacks = 0;
	}
}

/* The observer that cancels or frees, inside of one of the events. */
struct interference {
	struct fixture *fixture;
	bool frees;
	size_t at, events;
	bool done, ended;
};

static void
interfere(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct interference *self = arg;

	assert_ptr_equal(connector, self->fixture->connector);
	assert_false(self->ended || (self->done && self->frees));
	self->ended = hecat_event_get_type(event) == HECAT_EVENT_ENDED;
	if (++self->events != self->at)
		return;
	self->done = true;
	if (self->frees) {
		hecat_connector_free(self->fixture->connector);
		self->fixture->connector = NULL;
	} else {
		hecat_connector_cancel(self->fixture->connector);
	}
}

/* Returns whether there was that event. */
static bool
interferes(struct fixture *fixture, size_t at, bool frees)
{
	struct interference self = {
		.fixture = fixture,
		.frees = frees,
		.at = at,
	};

	hecat_config_set_observer(fixture->config, interfere, &self);
	fixture->callbacks = 0;
	begin(fixture);
	real_loop_begin();
	while (!(self.done && (frees || self.ended)) &&
	    fixture->callbacks == 0 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	real_loop_settle(fixture->base);
	assert_true(self.done ? fixture->callbacks == 0 && fixture->fd == -1
			      : fixture->callbacks == 1 && self.ended);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	if (fixture->fd != -1)
		close(fixture->fd);
	fixture->fd = -1;
	real_loop_assert_no_events(fixture->base);
	return (self.done);
}

/* A winner and a loser, a name and a list, with data to wait for. */
static void
cancelled_and_freed_in_every_event(void **state)
{
	struct fixture *fixture = *state;
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.1",
		"127.0.0.3" };

	listen(fixture->listening, 512);
	for (int given = 0; given < 2; given++) {
		size_t at = 1;

		fixture->host = "localhost";
		if (given)
			list(fixture, hosts, 3);
		hecat_config_set_connection_attempt_delay(fixture->config,
		    &(struct timeval){ .tv_usec = given ? 0 : 250000 });
		while (interferes(fixture, at, false) &&
		    interferes(fixture, at, true))
			at++;
		assert_true(at > 4);
	}
}

static void
count_descriptors(struct hecat_connector *connector,
    const struct hecat_event *event, void *arg)
{
	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_ATTEMPT_STARTED)
		*(size_t *)arg = open_descriptors();
}

/* The socket of the attempt; what a list takes to be sorted beside it. */
static void
one_attempt_has_few_descriptors(void **state)
{
	struct fixture *fixture = *state;
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.2" };
	size_t before = open_descriptors(), racing = 0;

	listen(fixture->listening, 4);
	hecat_config_set_observer(fixture->config, count_descriptors, &racing);
	run(fixture);
	assert_int_equal(racing, before + 1);
	hecat_connector_free(fixture->connector);
	close(fixture->fd);
	fixture->fd = -1;
	fixture->callbacks = 0;
	list(fixture, hosts, 2);
	run(fixture);
	assert_true(racing <= before + 3);
}

/* A connector is used again: it closes what was not taken. */
static void
used_again(void **state)
{
	struct fixture *fixture = *state;
	size_t open;

	listen(fixture->listening, 4);
	fixture->is_left = true;
	run(fixture);
	open = open_descriptors();
	assert_true(hecat_connector_get_fd(fixture->connector) != -1);
	fixture->callbacks = 0;
	start(fixture);
	assert_int_equal(hecat_connector_get_fd(fixture->connector), -1);
	assert_null(hecat_connector_get_peer(fixture->connector));
	assert_int_equal(open_descriptors(), open - 1);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(open_descriptors(), open);
	hecat_connector_free(fixture->connector);
	assert_int_equal(open_descriptors(), open - 1);
	fixture->connector = NULL;
}

static void
the_peer_is_known_after_the_socket_is_taken(void **state)
{
	struct fixture *fixture = *state;
	struct address peer;

	listen(fixture->listening, 4);
	run(fixture);
	assert_true(address_from_sockaddr(&peer,
	    hecat_connector_get_peer(fixture->connector), sizeof(peer.in6)));
	assert_true(address_equal(&peer, &fixture->address));
	assert_int_equal(hecat_connector_take_fd(fixture->connector), -1);
	assert_null(hecat_connector_take_bufferevent(fixture->connector));
	assert_int_equal(errno, ENOTCONN);
	assert_ptr_equal(
	    hecat_connector_get_base(fixture->connector), fixture->base);
	assert_ptr_equal(hecat_connector_get_arg(fixture->connector), fixture);
}

static void
on_read(struct bufferevent *bufferevent, void *arg)
{
	char byte;

	if (bufferevent_read(bufferevent, &byte, 1) == 1 && byte == 'y')
		++*(size_t *)arg;
}

/* It writes at once, and reads as soon as that is enabled. */
static void
a_bufferevent_is_ready_to_use(void **state)
{
	struct fixture *fixture = *state;
	struct bufferevent *bufferevent;
	size_t read_bytes = 0;
	char byte = 0;
	int peer;

	listen(fixture->listening, 4);
	fixture->is_left = true;
	run(fixture);
	bufferevent = hecat_connector_take_bufferevent(fixture->connector);
	assert_non_null(bufferevent);
	assert_int_equal(hecat_connector_take_fd(fixture->connector), -1);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	peer = accept(fixture->listening, NULL, NULL);
	assert_true(peer != -1);
	bufferevent_setcb(bufferevent, on_read, NULL, NULL, &read_bytes);
	assert_int_equal(bufferevent_enable(bufferevent, EV_READ), 0);
	assert_int_equal(bufferevent_write(bufferevent, "x", 1), 0);
	assert_int_equal(write(peer, "y", 1), 1);
	real_loop_run(fixture->base, &read_bytes, 1);
	assert_int_equal(read(peer, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	/* It closes the socket, as is the default. */
	bufferevent_free(bufferevent);
	real_loop_settle(fixture->base);
	assert_int_equal(read(peer, &byte, 1), 0);
	close(peer);
}

static void
a_bufferevent_has_the_options_of_the_configuration(void **state)
{
	struct fixture *fixture = *state;
	struct bufferevent *bufferevent;

	listen(fixture->listening, 4);
	fixture->is_left = true;
	hecat_config_set_bufferevent_options(fixture->config, 0);
	run(fixture);
	bufferevent = hecat_connector_take_bufferevent(fixture->connector);
	assert_non_null(bufferevent);
	fixture->fd = bufferevent_getfd(bufferevent);
	bufferevent_free(bufferevent);
	real_loop_settle(fixture->base);
	assert_connected(fixture);
}

static void *
refuse_memory(size_t size)
{
	(void)size;
	return (NULL);
}

static void
a_bufferevent_that_cannot_be_leaves_the_socket(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	fixture->is_left = true;
	run(fixture);
	event_set_mem_functions(refuse_memory, realloc, free);
	errno = 0;
	assert_null(hecat_connector_take_bufferevent(fixture->connector));
	event_set_mem_functions(malloc, realloc, free);
	assert_int_equal(errno, ENOMEM);
	fixture->fd = hecat_connector_take_fd(fixture->connector);
	assert_connected(fixture);
}

/* Each address has its own port: one that is closed, and the listener's. */
static void
a_list_has_a_port_for_each_address(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.1" };
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	list(fixture, hosts, 2);
	address_set_port(&fixture->list[0], 1);
	run(fixture);
	assert_connected(fixture);
	assert_int_equal(
	    hecat_connector_get_error_count(fixture->connector), 1);
}

static void
a_connector_needs_a_base_and_callbacks(void **state)
{
	struct fixture *fixture = *state;
	struct event_base *base = fixture->base;

	errno = 0;
	assert_null(
	    hecat_connector_new(NULL, NULL, on_connected, on_failed, NULL));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(hecat_connector_new(base, NULL, NULL, on_failed, NULL));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(hecat_connector_new(base, NULL, on_connected, NULL, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(hecat_connector_take_bufferevent(NULL));
}

static void
the_version_is_three_numbers(void **state)
{
	char text[32];

	(void)state;
	snprintf(text, sizeof(text), "%u.%u.%u",
	    hecat_get_version_number() >> 16,
	    hecat_get_version_number() >> 8 & 255,
	    hecat_get_version_number() & 255);
	assert_string_equal(hecat_get_version(), text);
	assert_int_equal(hecat_get_version_number(), HECAT_VERSION_NUMBER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_literal),
		TEST(a_name),
		TEST(sorting_leaves_no_descriptor_open),
		TEST(a_name_in_the_order_of_the_resolver),
		TEST(freed_in_the_callback),
		TEST(refused),
		TEST(the_budget_runs_out),
		TEST(freed_at_any_moment),
		TEST(cancelled_and_freed_in_every_event),
		TEST(one_attempt_has_few_descriptors),
		TEST(used_again),
		TEST(the_peer_is_known_after_the_socket_is_taken),
		TEST(a_bufferevent_is_ready_to_use),
		TEST(a_bufferevent_has_the_options_of_the_configuration),
		TEST(a_bufferevent_that_cannot_be_leaves_the_socket),
		TEST(a_list_has_a_port_for_each_address),
		TEST(a_connector_needs_a_base_and_callbacks),
		cmocka_unit_test(the_version_is_three_numbers),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
