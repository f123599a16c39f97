/* SPDX-License-Identifier: ISC */
/*
 * A connect on a real loop that is refused what it asks for, memory or a place
 * in epoll, each time at another point: it ends all the same, once, with an
 * error that names it, and leaves nothing behind. Others may have all
 * descriptors for a while, too: it waits for them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "hecat.h"
#include "fake/real_loop.h"
#include "fake/shortage.h"

struct fixture {
	struct event_base *base;
	struct hecat_config *config;
	const char *host; /* NULL: the address of the listener */
	char service[8];
	struct address listed;
	bool only_looks_up;
	int listening;
	size_t callbacks;
	enum hecat_error error;
	size_t errors;    /* in the list */
	int system_error; /* of the answer or the attempt that failed */
	int put_off;      /* the errno of what was */
	monotime_t ended_at;
};

/* Descriptors that other code holds. */
struct hoard {
	int taken[64];
	size_t count;
	monotime_t freed_at;
};

static int
setup_all(void **state)
{
	(void)state;
	/* Threads of lookups get what they want. */
	shortage_count_thread(true);
	shortage_begin_event_memory();
	return (0);
}

static int
setup(void **state)
{
	static struct fixture fixture;
	struct address *address = &fixture.listed;

	fixture = (struct fixture){ .base = real_loop_new() };
	address_parse(address, "127.0.0.1", 0);
	fixture.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(fixture.listening, &address->sa, address->length), 0);
	assert_int_equal(listen(fixture.listening, 64), 0);
	assert_int_equal(
	    getsockname(fixture.listening, &address->sa, &address->length), 0);
	snprintf(fixture.service, sizeof(fixture.service), "%u",
	    (unsigned)address_port(address));
	fixture.config = hecat_config_new();
	assert_non_null(fixture.config);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	shortage_end();
	close(fixture->listening);
	hecat_config_free(fixture->config);
	event_base_free(fixture->base);
	return (0);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	/* What is not taken is closed with the connector. */
	assert_true((hecat_connector_get_fd(connector) == -1) ==
	    fixture->only_looks_up);
	fixture->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	assert_int_equal(hecat_connector_get_fd(connector), -1);
	fixture->error = error;
	fixture->errors = hecat_connector_get_error_count(connector);
	fixture->callbacks++;
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	enum hecat_event_type type = hecat_event_get_type(event);
	int error = hecat_event_get_error(event);
	struct fixture *fixture = arg;
	struct timeval tv;

	(void)connector;
	if (type == HECAT_EVENT_ATTEMPT_ENDED && error != 0)
		fixture->system_error = error;
	if (type == HECAT_EVENT_OUT_OF_DESCRIPTORS)
		fixture->put_off = error;
	if (type == HECAT_EVENT_ENDED) {
		hecat_event_get_time(event, &tv);
		clock_from_timeval(&fixture->ended_at, &tv);
	}
	if (type == HECAT_EVENT_ANSWER && error == EAI_SYSTEM)
		fixture->system_error = hecat_event_get_system_error(event);
}

/* Starts to connect or to look up, as the fixture has it. */
static int
start(struct fixture *fixture, struct hecat_connector *connector)
{
	struct evutil_addrinfo node = {
		.ai_addr = &fixture->listed.sa,
		.ai_addrlen = fixture->listed.length,
	};

	if (fixture->host == NULL)
		return (fixture->only_looks_up
			? hecat_connector_lookup_addrinfo(connector, &node)
			: hecat_connector_connect_addrinfo(connector, &node));
	return (fixture->only_looks_up
		? hecat_connector_lookup_hostname(
		      connector, fixture->host, fixture->service)
		: hecat_connector_connect_hostname(
		      connector, fixture->host, fixture->service));
}

/* Connects; 0 or the error. */
static enum hecat_error
run(struct fixture *fixture)
{
	struct hecat_connector *connector;

	fixture->callbacks = 0;
	fixture->error = 0;
	fixture->system_error = 0;
	hecat_config_set_observer(fixture->config, observe, fixture);
	connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	if (connector == NULL) {
		assert_int_equal(errno, ENOMEM);
		return (HECAT_ERROR_MEMORY);
	}
	if (start(fixture, connector) == -1) {
		assert_int_equal(errno, ENOMEM);
		hecat_connector_free(connector);
		real_loop_settle(fixture->base);
		assert_int_equal(fixture->callbacks, 0);
		return (HECAT_ERROR_MEMORY);
	}
	while (fixture->callbacks == 0 && real_loop_in_time()) {
		real_loop_settle(fixture->base);
		sched_yield();
	}
	assert_int_equal(fixture->callbacks, 1);
	hecat_connector_free(connector);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(fixture->callbacks, 1);
	return (fixture->error);
}

/*
 * Refuses the first, the second and so on until none is left to refuse.
 * Returns how often that made the connect fail; each time for lack of `reason`.
 */
static size_t
refuse_each(
    struct fixture *fixture, enum shortage_call what, bool lasts, int reason)
{
	size_t descriptors, refused = 1, failures = 0;
	enum hecat_error error;

	run(fixture);
	assert_int_equal(real_loop_join(NULL), 0);
	descriptors = open_descriptors();
	for (size_t granted = 0; refused > 0; granted++) {
		shortage_begin(what, granted, lasts, reason);
		error = run(fixture);
		shortage_end();
		refused = shortage_refused();
		assert_int_equal(real_loop_join(NULL), 0);
		assert_int_equal(open_descriptors(), descriptors);
		if (error == 0)
			continue;
		failures++;
		assert_true(refused > 0);
		if (reason == ENOMEM)
			assert_int_equal(error, HECAT_ERROR_MEMORY);
		else if (error != HECAT_ERROR_MEMORY)
			assert_int_equal(fixture->system_error, reason);
	}
	return (failures);
}

static void
given_an_address(struct fixture *fixture)
{
	fixture->host = NULL;
}

static void
given_a_name(struct fixture *fixture)
{
	fixture->host = "localhost";
	hecat_config_set_family(fixture->config, AF_INET);
}

static void
memory_for_the_attempt(void **state)
{
	given_an_address(*state);
	assert_true(
	    refuse_each(*state, SHORTAGE_event_memory, false, ENOMEM) > 0);
	assert_true(
	    refuse_each(*state, SHORTAGE_event_memory, true, ENOMEM) > 0);
}

static void
memory_for_the_lookup(void **state)
{
	given_a_name(*state);
	assert_true(
	    refuse_each(*state, SHORTAGE_event_memory, false, ENOMEM) > 0);
	assert_true(
	    refuse_each(*state, SHORTAGE_event_memory, true, ENOMEM) > 0);
}

/* Whatever is lacking, no address is reported as one that does not connect. */
static void
memory_of_its_own(void **state)
{
	struct fixture *fixture = *state;

	if (!shortage_has_memory())
		skip();
	given_an_address(fixture);
	assert_true(refuse_each(fixture, SHORTAGE_memory, false, ENOMEM) > 0);
	assert_true(refuse_each(fixture, SHORTAGE_memory, true, ENOMEM) > 0);
	given_a_name(fixture);
	assert_true(refuse_each(fixture, SHORTAGE_memory, false, ENOMEM) > 0);
	assert_true(refuse_each(fixture, SHORTAGE_memory, true, ENOMEM) > 0);
}

/* A list that is not complete is no list of refused connects. */
static void
memory_for_the_list_of_errors(void **state)
{
	struct fixture *fixture = *state;
	size_t short_of_it = 0;
	enum hecat_error error;
	size_t refused = 1;

	if (!shortage_has_memory())
		skip();
	/* The port of a socket that does not listen refuses. */
	close(fixture->listening);
	fixture->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	given_an_address(fixture);
	for (size_t granted = 0; refused > 0; granted++) {
		shortage_begin(SHORTAGE_memory, granted, false, ENOMEM);
		fixture->errors = 0;
		error = run(fixture);
		shortage_end();
		refused = shortage_refused();
		assert_true(error == HECAT_ERROR_MEMORY ||
		    (error == HECAT_ERROR_CONNECT && fixture->errors == 1));
		short_of_it += error == HECAT_ERROR_MEMORY &&
		    fixture->system_error == ECONNREFUSED;
	}
	assert_int_equal(short_of_it, 1);
}

/* Each part of a configuration is there, or was not added. */
static void
memory_for_the_configuration(void **state)
{
	static const struct address sources[] = {
		{ .in = { .sin_family = AF_INET, .sin_port = 1 },
		    .length = sizeof(struct sockaddr_in) },
		{ .in = { .sin_family = AF_INET, .sin_port = 2 },
		    .length = sizeof(struct sockaddr_in) },
	};
	struct fixture *fixture = *state;
	struct hecat_config *config = fixture->config;
	struct hecat_connector *connector;

	if (!shortage_has_memory())
		skip();
	shortage_begin(SHORTAGE_memory, 0, true, ENOMEM);
	assert_null(hecat_config_new());
	assert_int_equal(errno, ENOMEM);
	for (size_t i = 0; i < 2; i++) {
		shortage_begin(SHORTAGE_memory, 0, true, ENOMEM);
		assert_int_equal(hecat_config_add_source(config, &sources[i].sa,
				     (int)sources[i].length),
		    -1);
		assert_int_equal(errno, ENOMEM);
		assert_int_equal(hecat_config_get_source_count(config), i);
		shortage_begin(SHORTAGE_memory, 1, true, ENOMEM);
		assert_int_equal(hecat_config_add_source(config, &sources[i].sa,
				     (int)sources[i].length),
		    0);
	}
	/* The copy of the sources is the last that is needed. */
	for (size_t granted = 0;; granted++) {
		shortage_begin(SHORTAGE_memory, granted, true, ENOMEM);
		errno = 0;
		connector = hecat_connector_new(
		    fixture->base, config, on_connected, on_failed, fixture);
		if (connector != NULL)
			break;
		assert_int_equal(errno, ENOMEM);
	}
	assert_int_equal(hecat_config_get_source_count(
			     hecat_connector_get_config(connector)),
	    2);
	hecat_connector_free(connector);
	real_loop_settle(fixture->base);
}

static void
memory_of_a_lookup_alone(void **state)
{
	struct fixture *fixture = *state;

	if (!shortage_has_memory())
		skip();
	fixture->only_looks_up = true;
	given_an_address(fixture);
	assert_true(refuse_each(fixture, SHORTAGE_memory, true, ENOMEM) > 0);
	given_a_name(fixture);
	assert_true(refuse_each(fixture, SHORTAGE_memory, false, ENOMEM) > 0);
	assert_true(refuse_each(fixture, SHORTAGE_memory, true, ENOMEM) > 0);
}

/* Takes all descriptors that the limit allows. */
static size_t
take_descriptors(int *taken, size_t max)
{
	size_t count = 0;

	while (count < max && (taken[count] = dup(STDERR_FILENO)) != -1)
		count++;
	return (count);
}

/* Frees ten of them, and notes when. */
static void
free_some(evutil_socket_t fd, short what, void *arg)
{
	struct hoard *hoard = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < 10; i++)
		close(hoard->taken[--hoard->count]);
	hoard->freed_at = clock_now();
}

/* Returns how long the connect took once there were descriptors again. */
static monotime_t
wait_for_descriptors(struct fixture *fixture)
{
	static const struct timeval after = { .tv_usec = 400000 };
	struct hoard hoard = { .count = 0 };
	struct rlimit before, few;
	struct event *timer = evtimer_new(fixture->base, free_some, &hoard);
	monotime_t start;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	hoard.count = take_descriptors(hoard.taken, 64);
	assert_true(hoard.count > 10);
	start = clock_now();
	assert_int_equal(evtimer_add(timer, &after), 0);
	assert_int_equal(run(fixture), 0);
	assert_true(hoard.freed_at - start >= 390 * MONOTIME_PER_MS);
	assert_int_equal(fixture->put_off, EMFILE);
	while (hoard.count > 0)
		close(hoard.taken[--hoard.count]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	event_free(timer);
	return (fixture->ended_at - hoard.freed_at);
}

/* It asks again every 100 ms; a busy machine has more than one try. */
static void
descriptors_for(struct fixture *fixture)
{
	size_t tries = 0;

	while (wait_for_descriptors(fixture) > 200 * MONOTIME_PER_MS)
		assert_true(++tries < 5);
}

static void
a_descriptor_for_the_attempt(void **state)
{
	given_an_address(*state);
	descriptors_for(*state);
}

static void
a_descriptor_for_the_lookup(void **state)
{
	given_a_name(*state);
	descriptors_for(*state);
}

#ifdef __linux__
static void
a_place_for_the_attempt(void **state)
{
	given_an_address(*state);
	assert_true(refuse_each(*state, SHORTAGE_epoll_ctl, true, ENOSPC) > 0);
}

/* The lookup goes first: what it lacks is the answer. */
static void
a_place_for_the_lookup(void **state)
{
	struct fixture *fixture = *state;

	given_a_name(fixture);
	shortage_begin(SHORTAGE_epoll_ctl, 0, false, ENOSPC);
	assert_int_equal(run(fixture), HECAT_ERROR_RESOLVE);
	assert_int_equal(fixture->system_error, ENOSPC);
	assert_true(refuse_each(fixture, SHORTAGE_epoll_ctl, true, ENOSPC) > 1);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_for_the_attempt),
		TEST(memory_for_the_lookup),
		TEST(memory_of_its_own),
		TEST(memory_for_the_list_of_errors),
		TEST(memory_for_the_configuration),
		TEST(memory_of_a_lookup_alone),
		TEST(a_descriptor_for_the_attempt),
		TEST(a_descriptor_for_the_lookup),
#ifdef __linux__
		TEST(a_place_for_the_attempt),
		TEST(a_place_for_the_lookup),
#endif
	};

	return (cmocka_run_group_tests(tests, setup_all, real_loop_join));
}
