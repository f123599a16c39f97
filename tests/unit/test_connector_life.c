/* SPDX-License-Identifier: ISC */
/*
 * The life of a connector: what is accepted, one callback, free at any time,
 * nothing left behind, and ten thousand addresses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake/connect_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MANY             10000
#define SMALL_STACK      (192 * 1024)

/* Sets something to a value of a row. Returns what the setter does. */
typedef int (*set_fn)(struct hecat_config *config, int64_t value);

static const struct timeval *
tv_of(int64_t duration)
{
	static struct timeval tv;

	if (duration == MONOTIME_NEVER)
		return (NULL);
	/* A negative one, or not normalised, is left so. */
	tv.tv_sec = (time_t)(duration / 1000000);
	tv.tv_usec = (suseconds_t)(duration % 1000000);
	return (&tv);
}

static int
set_delay(struct hecat_config *config, int64_t value)
{
	return (
	    hecat_config_set_connection_attempt_delay(config, tv_of(value)));
}

static int
set_resolution_delay(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_resolution_delay(config, tv_of(value)));
}

static int
set_timeout(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_timeout(config, tv_of(value)));
}

static int
set_attempt_timeout(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_attempt_timeout(config, tv_of(value)));
}

static int
set_open_time(struct hecat_config *config, int64_t value)
{
	return (
	    hecat_config_set_success(config, HECAT_SUCCESS_OPEN, tv_of(value)));
}

static int
set_success(struct hecat_config *config, int64_t value)
{
	return (
	    hecat_config_set_success(config, (enum hecat_success)value, NULL));
}

static int
set_order(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_order(config, (enum hecat_order)value));
}

static int
set_family(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_family(config, (int)value));
}

static int
set_preferred_family(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_preferred_family(config, (int)value));
}

static int
set_count(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_first_address_family_count(
	    config, (unsigned)value));
}

static int
set_bufferevent_options(struct hecat_config *config, int64_t value)
{
	return (hecat_config_set_bufferevent_options(config, (int)value));
}

static int
add_source_of_family(struct hecat_config *config, int64_t value)
{
	struct sockaddr_storage source = { .ss_family = (sa_family_t)value };

	return (hecat_config_add_source(
	    config, (const struct sockaddr *)&source, (int)sizeof(source)));
}

static int
add_source_of_length(struct hecat_config *config, int64_t value)
{
	struct sockaddr_in source = { .sin_family = AF_INET };

	return (hecat_config_add_source(
	    config, (const struct sockaddr *)&source, (int)value));
}

static const struct {
	const char *rule;
	set_fn set;
	int64_t value;
	bool accepted;
} bounds[] = {
	{ "one at a time", set_delay, MONOTIME_NEVER, true },
	{ "all at once", set_delay, 0, true },
	{ "10 ms", set_delay, 10000, true },
	{ "under 10 ms", set_delay, 9999, false },
	{ "1 us", set_delay, 1, false },
	{ "a negative delay", set_delay, -1, false },
	{ "a negative delay of seconds", set_delay, -2000000, false },
	{ "no Resolution Delay", set_resolution_delay, 0, true },
	{ "1 us of it", set_resolution_delay, 1, true },
	{ "one without end", set_resolution_delay, MONOTIME_NEVER, true },
	{ "a negative one", set_resolution_delay, -1, false },
	{ "no budget", set_timeout, 0, false },
	{ "a budget of 1 us", set_timeout, 1, true },
	{ "a negative budget", set_timeout, -1, false },
	{ "any time", set_timeout, MONOTIME_NEVER, true },
	{ "no time for an attempt", set_attempt_timeout, 0, false },
	{ "1 us", set_attempt_timeout, 1, true },
	{ "any time", set_attempt_timeout, MONOTIME_NEVER, true },
	{ "open for no time", set_open_time, 0, false },
	{ "open for 1 us", set_open_time, 1, true },
	{ "TCP", set_success, HECAT_SUCCESS_TCP, true },
	{ "data", set_success, HECAT_SUCCESS_DATA, true },
	{ "no success", set_success, 99, false },
	{ "sorted", set_order, HECAT_ORDER_SORTED, true },
	{ "as answered", set_order, HECAT_ORDER_RESOLVER, true },
	{ "no order", set_order, 99, false },
	{ "IPv4", set_family, AF_INET, true },
	{ "IPv6", set_family, AF_INET6, true },
	{ "both", set_family, AF_UNSPEC, true },
	{ "no such family", set_family, AF_UNIX, false },
	{ "IPv4 leads", set_preferred_family, AF_INET, true },
	{ "no such family leads", set_preferred_family, AF_UNIX, false },
	{ "1", set_count, 1, true },
	{ "many", set_count, 1000000, true },
	{ "none", set_count, 0, false },
	{ "no options", set_bufferevent_options, 0, true },
	{ "all options", set_bufferevent_options, 15, true },
	{ "another one", set_bufferevent_options, 16, false },
	{ "unlocked, deferred", set_bufferevent_options, 12, true },
	{ "unlocked, not deferred", set_bufferevent_options, 8, false },
	{ "a source", add_source_of_family, AF_INET, true },
	{ "of IPv6", add_source_of_family, AF_INET6, true },
	{ "of no family", add_source_of_family, AF_UNSPEC, false },
	{ "of another one", add_source_of_family, AF_UNIX, false },
	{ "short", add_source_of_length, sizeof(struct sockaddr_in) - 1,
	    false },
	{ "of negative length", add_source_of_length, -1, false },
};

static void
every_setter_checks_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH_OF(bounds); i++) {
		struct hecat_config *config = hecat_config_new();
		int result;

		assert_non_null(config);
		errno = 0;
		result = bounds[i].set(config, bounds[i].value);
		if (result != (bounds[i].accepted ? 0 : -1) ||
		    errno != (bounds[i].accepted ? 0 : EINVAL))
			fail_msg("%zu, %s: %d, errno %d", i, bounds[i].rule,
			    result, errno);
		/* A configuration that is not there has no bounds. */
		errno = 0;
		assert_int_equal(bounds[i].set(NULL, bounds[i].value), -1);
		assert_int_equal(errno, EINVAL);
		hecat_config_free(config);
	}
	hecat_config_free(NULL);
	assert_int_equal(hecat_config_set_observer(NULL, NULL, NULL), -1);
}

/* struct timeval has values that are no duration. */
static void
a_duration_is_normalised(void **state)
{
	static const struct timeval bad[] = {
		{ .tv_sec = 1, .tv_usec = 1000000 },
		{ .tv_sec = 1, .tv_usec = -1 },
		{ .tv_sec = INT64_MAX },
	};
	struct hecat_config *config = hecat_config_new();

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(bad); i++) {
		errno = 0;
		assert_int_equal(hecat_config_set_timeout(config, &bad[i]), -1);
		assert_int_equal(errno, EINVAL);
	}
	hecat_config_free(config);
}

/* What is refused changes nothing, and what is set can be read. */
static void
getters_return_what_was_set(void **state)
{
	struct hecat_config *config = hecat_config_new();
	struct timeval tv;

	(void)state;
	set_delay(config, 1500000);
	assert_int_equal(set_delay(config, 1), -1);
	assert_ptr_equal(
	    hecat_config_get_connection_attempt_delay(config, &tv), &tv);
	assert_true(tv.tv_sec == 1 && tv.tv_usec == 500000);
	set_delay(config, MONOTIME_NEVER);
	assert_null(hecat_config_get_connection_attempt_delay(config, &tv));
	set_resolution_delay(config, 0);
	assert_ptr_equal(hecat_config_get_resolution_delay(config, &tv), &tv);
	assert_true(tv.tv_sec == 0 && tv.tv_usec == 0);
	set_timeout(config, 3000000);
	assert_int_equal(hecat_config_get_timeout(config, &tv)->tv_sec, 3);
	set_attempt_timeout(config, 4000000);
	assert_int_equal(
	    hecat_config_get_attempt_timeout(config, &tv)->tv_sec, 4);
	set_open_time(config, 5000000);
	assert_int_equal(hecat_config_get_success(config), HECAT_SUCCESS_OPEN);
	assert_int_equal(
	    hecat_config_get_success_open_time(config, &tv)->tv_sec, 5);
	set_success(config, HECAT_SUCCESS_DATA);
	assert_int_equal(hecat_config_get_success(config), HECAT_SUCCESS_DATA);
	assert_null(hecat_config_get_success_open_time(config, &tv));
	set_family(config, AF_INET6);
	assert_int_equal(hecat_config_get_family(config), AF_INET6);
	set_preferred_family(config, AF_INET);
	assert_int_equal(hecat_config_get_preferred_family(config), AF_INET);
	set_order(config, HECAT_ORDER_RESOLVER);
	assert_int_equal(hecat_config_get_order(config), HECAT_ORDER_RESOLVER);
	set_count(config, 7);
	assert_int_equal(
	    hecat_config_get_first_address_family_count(config), 7);
	set_bufferevent_options(config, 4);
	assert_int_equal(hecat_config_get_bufferevent_options(config), 4);
	hecat_config_free(config);
}

static void
a_source_is_added_once(void **state)
{
	struct hecat_config *config = hecat_config_new();
	struct sockaddr_in source = { .sin_family = AF_INET };

	(void)state;
	for (int port = 0; port < 6; port++) {
		source.sin_port = htons((uint16_t)(port / 2));
		assert_int_equal(
		    hecat_config_add_source(config, (struct sockaddr *)&source,
			(int)sizeof(source)),
		    0);
	}
	assert_int_equal(hecat_config_get_source_count(config), 3);
	assert_non_null(hecat_config_get_source(config, 2));
	assert_null(hecat_config_get_source(config, 3));
	hecat_config_free(config);
}

static void
the_defaults_are_those_of_rfc_8305(void **state)
{
	struct hecat_config *config = hecat_config_new();
	struct timeval tv;

	(void)state;
	assert_int_equal(
	    hecat_config_get_connection_attempt_delay(config, &tv)->tv_usec,
	    250000);
	assert_int_equal(
	    hecat_config_get_resolution_delay(config, &tv)->tv_usec, 50000);
	assert_int_equal(
	    hecat_config_get_first_address_family_count(config), 1);
	assert_int_equal(hecat_config_get_order(config), HECAT_ORDER_SORTED);
	assert_int_equal(hecat_config_get_family(config), AF_UNSPEC);
	assert_int_equal(hecat_config_get_preferred_family(config), AF_UNSPEC);
	assert_null(hecat_config_get_timeout(config, &tv));
	assert_null(hecat_config_get_attempt_timeout(config, &tv));
	assert_int_equal(hecat_config_get_success(config), HECAT_SUCCESS_TCP);
	assert_int_equal(hecat_config_get_bufferevent_options(config), 1);
	assert_int_equal(hecat_config_get_source_count(config), 0);
	assert_null(config->observer);
	hecat_config_free(config);
}

/* What a connect is to, and the errno of it; 0: it is accepted. */
static void
what_cannot_be_connected_to_is_refused(void **state)
{
	static const struct {
		const char *host;
		const char *service;
		int error;
	} rows[] = {
		{ "host.example", "80", 0 },
		{ "host.example", "65535", 0 },
		{ "host.example", "http", 0 },
		{ NULL, "80", EINVAL },
		{ "", "80", EINVAL },
		{ "fe80::1%nosuch0", "80", EINVAL },
		{ "host.example", NULL, EINVAL },
		{ "host.example", "", EINVAL },
		{ "host.example", "0", EINVAL },
		{ "host.example", "65536", EINVAL },
		{ "host.example", "99999999999999999999", EINVAL },
		{ "host.example", "no-such-service", ENOENT },
		{ "host.example", "-1", ENOENT },
		{ "host.example", " 80", ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct connect connect;
		int result;

		connect_init(&connect, &(struct connect_row){ .a = NULL });
		hecat_connector_cancel(connect.connector);
		connect.host = rows[i].host;
		connect.service = rows[i].service;
		errno = 0;
		result = connect_start(&connect);
		if (errno != rows[i].error || (result == -1) != (errno != 0))
			fail_msg("%zu: %d, errno %d", i, result, errno);
		/* Nothing is called, and nothing runs. */
		if (rows[i].error != 0)
			assert_false(fake_world_step(&connect.world));
		connect_release(&connect);
	}
	errno = 0;
	assert_int_equal(
	    hecat_connector_connect_hostname(NULL, "host.example", "80"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(hecat_connector_connect_addrinfo(NULL, NULL), -1);
	assert_int_equal(hecat_connector_lookup_addrinfo(NULL, NULL), -1);
	assert_int_equal(hecat_connector_lookup_hostname(NULL, NULL, NULL), -1);
}

static void
a_list_that_is_none_is_refused(void **state)
{
	struct sockaddr_in good = { .sin_family = AF_INET, .sin_port = 1 };
	struct sockaddr_in no_port = { .sin_family = AF_INET };
	struct sockaddr_storage other = { .ss_family = AF_UNIX };
	struct evutil_addrinfo nodes[] = {
		{ .ai_addr = (struct sockaddr *)&good,
		    .ai_addrlen = sizeof(good) },
		{ .ai_addr = NULL, .ai_addrlen = sizeof(good) },
		{ .ai_addr = (struct sockaddr *)&no_port,
		    .ai_addrlen = sizeof(no_port) },
		{ .ai_addr = (struct sockaddr *)&other,
		    .ai_addrlen = sizeof(other) },
		{ .ai_addr = (struct sockaddr *)&good, .ai_addrlen = 1 },
	};
	struct connect connect;

	(void)state;
	connect_init(&connect, &(struct connect_row){ .a = NULL });
	hecat_connector_cancel(connect.connector);
	assert_int_equal(
	    hecat_connector_connect_addrinfo(connect.connector, NULL), -1);
	assert_int_equal(errno, EINVAL);
	for (size_t i = 1; i < LENGTH_OF(nodes); i++) {
		nodes[0].ai_next = &nodes[i];
		errno = 0;
		assert_int_equal(
		    hecat_connector_connect_addrinfo(connect.connector, nodes),
		    -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_false(fake_world_step(&connect.world));
	connect_release(&connect);
}

/* Each address of a list has its own port, and with it counts once. */
static void
an_address_with_two_ports_is_two(void **state)
{
	struct address addresses[] = { fake_address("4a", 80),
		fake_address("4a", 81), fake_address("4a", 80) };
	struct connect connect;

	(void)state;
	connect_init_empty(&connect);
	connect.world.attempt_default = "5R";
	connect.world.quiet = true;
	connect.addresses = addresses;
	connect.address_count = LENGTH_OF(addresses);
	connect_begin(&connect);
	connect_run(&connect);
	assert_int_equal(connect.world.attempts_started, 2);
	for (size_t i = 0; i < 2; i++) {
		struct address address = address_copy(
		    hecat_error_entry_get_address(
			hecat_connector_get_error(connect.connector, i)));

		assert_int_equal(address_port(&address), 80 + i);
	}
	connect_release(&connect);
}

static void
the_configuration_is_copied(void **state)
{
	struct connect connect;
	char host[] = "192.0.2.97", service[] = "80";

	(void)state;
	connect_init_empty(&connect);
	connect.world.attempts = "4a=5S 4b<4s=5S";
	connect.host = host;
	connect.service = service;
	connect_begin(&connect);
	memset(host, 'x', sizeof(host));
	memset(service, 'x', sizeof(service));
	memset(&connect.config, 0x5a, sizeof(connect.config));
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4a 0: 4a wins at 5");
	config_init(&connect.config);
	connect_release(&connect);

	/* connect_drive.c does the same to a list. */
	connect_init(&connect,
	    &(struct connect_row){
		.addresses = "4b",
		.sources = "4s",
		.attempts = "4b<4s=5S",
	    });
	memset(connect.config.sources, 0x5a, sizeof(*connect.config.sources));
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4b<4s 0: 4b<4s wins at 5");
	connect_release(&connect);
}

/* fake_world.h: whatever is done inside of the start fails the test. */
static void
nothing_happens_before_the_start_returns(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){ .addresses = "6a", .attempts = "6a=U" });
	assert_int_equal(connect.callbacks, 0);
	assert_int_equal(connect.world.attempts_started, 0);
	connect_run(&connect);
	assert_int_equal(connect.callbacks, 1);
	connect_release(&connect);
}

static void
free_is_legal_at_once_and_of_nothing(void **state)
{
	struct connect connect;

	(void)state;
	hecat_connector_free(NULL);
	connect_init(&connect, &(struct connect_row){ .addresses = "6a" });
	connect_release(&connect);
	assert_int_equal(connect.world.attempts_started, 0);
}

static void
on_nothing(struct hecat_connector *connector, void *arg)
{
	(void)connector;
	(void)arg;
	fail_msg("nothing was started");
}

static void
on_no_failure(
    struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)error;
	on_nothing(connector, arg);
}

/* The parts that can be missing when memory is short. */
static void
without_memory_new_fails(void **state)
{
	struct fake_world world;
	struct hecat_config config;
	struct connector_env env;

	(void)state;
	config_init(&config);
	for (int part = 0; part < 4; part++) {
		fake_world_init(&world);
		env = fake_world_env(&world);
		if (part == 0)
			env.timer = NULL;
		else if (part == 1)
			env.resolver = NULL;
		else if (part == 2)
			env.attempts = NULL;
		else
			env.host = NULL;
		world.released = 1;
		assert_null(connector_new(
		    &env, &config, on_nothing, on_no_failure, NULL));
		assert_int_equal(errno, ENOMEM);
		fake_world_release(&world);
	}
}

static void
without_a_timer_nothing_starts(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){ .a = "10 4a", .attempts = "4a=5S" });
	hecat_connector_cancel(connect.connector);
	connect.ended = false;
	connect.world.timers_left = 0;
	errno = 0;
	assert_int_equal(connect_start(&connect), -1);
	assert_int_equal(errno, ENOMEM);
	assert_false(fake_world_step(&connect.world));
	/* It may be tried again. */
	connect.world.timers_left = SIZE_MAX;
	assert_int_equal(connect_start(&connect), 0);
	connect_release(&connect);
}

/* With fewer and fewer alarms that can be set. */
static void
without_a_timer_the_connect_fails(void **state)
{
	static const struct connect_row row = {
		.a = "10 4a 4b",
		.aaaa = "400 6a",
		.attempts = "4b=30R 6a=5S",
	};
	struct connect connect;
	size_t alarms = 0;

	(void)state;
	do {
		connect_init(&connect, &row);
		connect.world.timers_left = alarms++;
		connect_run(&connect);
		assert_int_equal(connect.callbacks, 1);
		connect_release(&connect);
		assert_true(
		    connect.error == HECAT_ERROR_MEMORY || connect.fd != -1);
	} while (connect.fd == -1);
	assert_int_equal(alarms, 3);
}

static void
the_descriptor_handed_over_is_the_winners(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){
		.addresses = "6a 4a 6b",
		.attempts = "4a=20S",
	    });
	connect_run(&connect);
	assert_int_equal(connect.fd, fake_world_fd(1));
	connect_release(&connect);
}

/* Fills a connect with `count` addresses that all end alike. */
static void
init_many(struct connect *connect, struct address *addresses, size_t count,
    const char *ends)
{
	fake_address_many(addresses, count, AF_INET6, 80);
	connect_init_empty(connect);
	connect->world.attempt_default = ends;
	connect->world.quiet = true;
	connect->addresses = addresses;
	connect->address_count = count;
}

/* Runs 10 000 addresses that end alike; they start a `delay` apart. */
static void
run_many(
    const char *ends, int64_t delay, int64_t timeout, enum hecat_error error)
{
	struct address *addresses = calloc(MANY, sizeof(*addresses));
	struct connect *connect = calloc(1, sizeof(*connect));

	assert_true(addresses != NULL && connect != NULL);
	init_many(connect, addresses, MANY, ends);
	connect->config.connection_attempt_delay = delay;
	connect->config.timeout = timeout;
	connect_begin(connect);
	connect_run(connect);
	assert_int_equal(connect->callbacks, 1);
	assert_int_equal(connect->error, error);
	assert_int_equal(connect->world.attempts_started, MANY);
	assert_int_equal(
	    hecat_connector_get_error_count(connect->connector), MANY);
	connect_release(connect);
	free(connect);
	free(addresses);
}

static void *
fail_many_at_once(void *unused)
{
	run_many("U", 250000, MONOTIME_NEVER, HECAT_ERROR_CONNECT);
	return (unused);
}

/* A loop needs no more stack for ten thousand failures than for one. */
static void
instant_failures_need_no_stack(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(
	    pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	assert_int_equal(
	    pthread_create(&thread, &attributes, fail_many_at_once, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

/* Every start is a poll of all that are pending, and the end is one more. */
static void
a_start_costs_one_poll_however_many_are_pending(void **state)
{
	struct address *addresses = calloc(MANY, sizeof(*addresses));
	struct connect *connect = calloc(1, sizeof(*connect));

	(void)state;
	assert_true(addresses != NULL && connect != NULL);
	for (size_t count = 10; count <= MANY / 10; count *= 10) {
		init_many(connect, addresses, count, "H");
		connect->config.connection_attempt_delay = 10000;
		connect->config.timeout = (int64_t)count * 10000;
		connect_begin(connect);
		connect_run(connect);
		assert_int_equal(connect->world.attempts_started, count);
		assert_int_equal(connect->world.polls, count + 1);
		connect_release(connect);
	}
	free(connect);
	free(addresses);
}

/* Ten seconds of the processor are far more than n log n ever takes. */
static void
many_addresses_cost_little(void **state)
{
	clock_t start = clock();

	(void)state;
	run_many("U", 250000, MONOTIME_NEVER, HECAT_ERROR_CONNECT);
	run_many("1R", 250000, MONOTIME_NEVER, HECAT_ERROR_CONNECT);
	run_many("1R", MONOTIME_NEVER, MONOTIME_NEVER, HECAT_ERROR_CONNECT);
	run_many("H", 0, 1000000, HECAT_ERROR_TIMEOUT);
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setter_checks_its_bounds),
		cmocka_unit_test(a_duration_is_normalised),
		cmocka_unit_test(getters_return_what_was_set),
		cmocka_unit_test(a_source_is_added_once),
		cmocka_unit_test(what_cannot_be_connected_to_is_refused),
		cmocka_unit_test(a_list_that_is_none_is_refused),
		cmocka_unit_test(the_defaults_are_those_of_rfc_8305),
		cmocka_unit_test(an_address_with_two_ports_is_two),
		cmocka_unit_test(the_configuration_is_copied),
		cmocka_unit_test(nothing_happens_before_the_start_returns),
		cmocka_unit_test(free_is_legal_at_once_and_of_nothing),
		cmocka_unit_test(without_memory_new_fails),
		cmocka_unit_test(without_a_timer_nothing_starts),
		cmocka_unit_test(without_a_timer_the_connect_fails),
		cmocka_unit_test(the_descriptor_handed_over_is_the_winners),
		cmocka_unit_test(instant_failures_need_no_stack),
		cmocka_unit_test(
		    a_start_costs_one_poll_however_many_are_pending),
		cmocka_unit_test(many_addresses_cost_little),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
