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
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "fake/real_loop.h"

struct fixture {
	struct event_base *base;
	struct hecat_connector *connector;
	struct hecat_config config;
	struct address address; /* of the listener */
	int listening;          /* not listening yet */
	size_t descriptors;     /* open when the test began */
	size_t callbacks;
	enum hecat_error error;
	int fd; /* -1: none */
	bool free_inside;
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
	hecat_config_init(&fixture.config);
	fixture.config.host = "127.0.0.1";
	fixture.config.port = address_port(&fixture.address);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	close(fixture->listening);
	if (fixture->fd != -1)
		close(fixture->fd);
	real_loop_settle(fixture->base);
	assert_int_equal(
	    event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED),
	    0);
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
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	struct fixture *fixture = arg;

	fixture->fd = fd;
	note(fixture, connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	fixture->error = error;
	note(fixture, connector);
}

static void
begin(struct fixture *fixture)
{
	fixture->connector = hecat_connector_new(
	    fixture->base, &fixture->config, on_connected, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(fixture->callbacks, 0);
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
	fixture->config.host = "localhost";
	run(fixture);
	assert_connected(fixture);
}

/* Counts what is open when the first attempt is under way. */
static void
count_at_start(const struct hecat_event *event, void *arg)
{
	size_t *descriptors = arg;

	if (event->type == HECAT_EVENT_ATTEMPT_STARTED && *descriptors == 0)
		*descriptors = open_descriptors();
}

static void
sorting_leaves_no_descriptor_open(void **state)
{
	static const char *const texts[] = { "127.0.0.1", "127.0.0.2", "::1" };
	struct fixture *fixture = *state;
	struct sockaddr_storage addresses[3];
	struct address address;
	size_t before, at_start = 0;

	for (size_t i = 0; i < 3; i++) {
		address_parse(&address, texts[i], 0);
		memcpy(&addresses[i], &address.sa, address.length);
	}
	fixture->config.addresses = addresses;
	fixture->config.address_count = 3;
	fixture->config.connection_attempt_delay = HECAT_FOREVER;
	fixture->config.observer = count_at_start;
	fixture->config.observer_arg = &at_start;
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
	fixture->config.host = "localhost";
	fixture->config.order = HECAT_ORDER_RESOLVER;
	run(fixture);
	assert_connected(fixture);
}

static void
freed_in_the_callback(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 4);
	fixture->config.host = "localhost";
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

	/* One microsecond expires before an attempt can connect. */
	fixture->config.timeout = 1;
	run(fixture);
	assert_int_equal(fixture->error, HECAT_ERROR_TIMEOUT);
	assert_true(clock_now() > start);
}

static void
freed_at_any_moment(void **state)
{
	struct fixture *fixture = *state;

	listen(fixture->listening, 64);
	fixture->config.host = "localhost";
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
interfere(const struct hecat_event *event, void *arg)
{
	struct interference *self = arg;

	assert_false(self->ended || (self->done && self->frees));
	self->ended = event->type == HECAT_EVENT_ENDED;
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

	fixture->config.observer = interfere;
	fixture->config.observer_arg = &self;
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
	assert_int_equal(
	    event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED),
	    0);
	return (self.done);
}

/* A winner and a loser, a name and a list, with data to wait for. */
static void
cancelled_and_freed_in_every_event(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_storage list[3] = { 0 };
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.1",
		"127.0.0.3" };

	for (size_t i = 0; i < 3; i++) {
		struct address address;

		address_parse(&address, hosts[i], 0);
		memcpy(&list[i], &address.sa, address.length);
	}
	listen(fixture->listening, 512);
	for (int given = 0; given < 2; given++) {
		size_t at = 1;

		fixture->config.host = "localhost";
		fixture->config.addresses = given ? list : NULL;
		fixture->config.address_count = given ? 3 : 0;
		fixture->config.connection_attempt_delay = given ? 0 : 250000;
		while (interferes(fixture, at, false) &&
		    interferes(fixture, at, true))
			at++;
		assert_true(at > 4);
	}
}

static void
count_descriptors(const struct hecat_event *event, void *arg)
{
	if (event->type == HECAT_EVENT_ATTEMPT_STARTED)
		*(size_t *)arg = open_descriptors();
}

/* The socket of the attempt; what a list takes to be sorted beside it. */
static void
one_attempt_has_few_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_storage list[2] = { 0 };
	size_t before = open_descriptors(), racing = 0;

	listen(fixture->listening, 4);
	fixture->config.observer = count_descriptors;
	fixture->config.observer_arg = &racing;
	run(fixture);
	assert_int_equal(racing, before + 1);
	hecat_connector_free(fixture->connector);
	close(fixture->fd);
	fixture->fd = -1;
	fixture->callbacks = 0;
	for (size_t i = 0; i < 2; i++) {
		struct address address;

		address_parse(&address, i == 0 ? "127.0.0.1" : "127.0.0.2", 0);
		memcpy(&list[i], &address.sa, address.length);
	}
	fixture->config.addresses = list;
	fixture->config.address_count = 2;
	run(fixture);
	assert_true(racing <= before + 3);
}

static void
the_version_is_three_numbers(void **state)
{
	(void)state;
	assert_non_null(strchr(hecat_get_version(), '.'));
	assert_true(strchr(hecat_get_version(), '.') !=
	    strrchr(hecat_get_version(), '.'));
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
		cmocka_unit_test(the_version_is_three_numbers),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
