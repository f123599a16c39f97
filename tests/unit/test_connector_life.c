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

/* Changes one member of a good configuration. */
typedef void (*spoil_fn)(struct hecat_config *config);

#define SPOIL(name, member, value)                    \
	static void name(struct hecat_config *config) \
	{                                             \
		config->member = (value);             \
	}                                             \
	struct hecat_config /* a semicolon must follow */

SPOIL(no_host, host, NULL);
SPOIL(an_empty_host, host, "");
SPOIL(an_unknown_zone, host, "fe80::1%nosuch0");
SPOIL(port_0, port, 0);
SPOIL(no_family, family, AF_UNIX);
SPOIL(no_preferred_family, preferred_family, AF_UNIX);
SPOIL(delay_of_1_us, connection_attempt_delay, 1);
SPOIL(delay_below_10_ms, connection_attempt_delay, 9999);
SPOIL(negative_delay, connection_attempt_delay, -1);
SPOIL(negative_resolution_delay, resolution_delay, -1);
SPOIL(first_address_family_count_0, first_address_family_count, 0);
SPOIL(timeout_0, timeout, 0);
SPOIL(negative_timeout, timeout, -1);
SPOIL(attempt_timeout_0, attempt_timeout, 0);
SPOIL(no_success, success, (enum hecat_success)99);
SPOIL(open_for_no_time, success, HECAT_SUCCESS_OPEN);

static void
an_address_of_no_family(struct hecat_config *config)
{
	static const struct sockaddr_storage address = { .ss_family = AF_UNIX };

	config->addresses = &address;
	config->address_count = 1;
}

static void
a_source_of_no_family(struct hecat_config *config)
{
	static const struct sockaddr_storage source = {
		.ss_family = AF_UNSPEC
	};

	config->sources = &source;
	config->source_count = 1;
}

/* Makes a connector of a spoilt configuration; returns the errno. */
static int
errno_of(spoil_fn spoil)
{
	struct connect connect = { .fd = -1 };

	fake_world_init(&connect.world);
	hecat_config_init(&connect.config);
	connect.config.host = "host.example";
	connect.config.port = 80;
	if (spoil != NULL)
		spoil(&connect.config);
	errno = 0;
	connect_begin(&connect);
	assert_true((connect.connector == NULL) == (errno != 0));
	connect_release(&connect);
	return (connect.connector == NULL ? errno : 0);
}

static void
what_is_out_of_bounds_is_refused(void **state)
{
	static const spoil_fn spoils[] = { no_host, an_empty_host,
		an_unknown_zone, port_0, no_family, no_preferred_family,
		delay_of_1_us, delay_below_10_ms, negative_delay,
		negative_resolution_delay, first_address_family_count_0,
		timeout_0, negative_timeout, attempt_timeout_0, no_success,
		open_for_no_time, an_address_of_no_family,
		a_source_of_no_family };

	(void)state;
	assert_int_equal(errno_of(NULL), 0);
	for (size_t i = 0; i < LENGTH_OF(spoils); i++)
		if (errno_of(spoils[i]) != EINVAL)
			fail_msg("number %zu is accepted", i);
}

SPOIL(delay_none, connection_attempt_delay, HECAT_FOREVER);
SPOIL(delay_0, connection_attempt_delay, 0);
SPOIL(delay_10_ms, connection_attempt_delay, 10000);
SPOIL(no_resolution_delay, resolution_delay, 0);
SPOIL(timeout_of_1_us, timeout, 1);
SPOIL(port_65535, port, 65535);

static void
what_is_within_bounds_is_accepted(void **state)
{
	static const spoil_fn changes[] = { delay_none, delay_0, delay_10_ms,
		no_resolution_delay, timeout_of_1_us, port_65535 };

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(changes); i++)
		if (errno_of(changes[i]) != 0)
			fail_msg("number %zu is refused", i);
}

static void
the_defaults_are_those_of_rfc_8305(void **state)
{
	struct hecat_config config;

	(void)state;
	memset(&config, 0x5a, sizeof(config));
	hecat_config_init(&config);
	assert_int_equal(config.connection_attempt_delay, 250000);
	assert_int_equal(config.resolution_delay, 50000);
	assert_int_equal(config.first_address_family_count, 1);
	assert_int_equal(config.order, HECAT_ORDER_SORTED);
	assert_int_equal(config.family, AF_UNSPEC);
	assert_int_equal(config.preferred_family, AF_UNSPEC);
	assert_true(config.timeout == HECAT_FOREVER);
	assert_true(config.attempt_timeout == HECAT_FOREVER);
	assert_int_equal(config.success, HECAT_SUCCESS_TCP);
	assert_null(config.observer);
	assert_int_equal(config.address_count + config.source_count, 0);
}

static void
the_configuration_is_copied(void **state)
{
	struct connect connect = { .fd = -1 };
	char host[] = "192.0.2.97";

	(void)state;
	fake_world_init(&connect.world);
	connect.world.attempts = "4a=5S 4b<4s=5S";
	hecat_config_init(&connect.config);
	connect.config.host = host;
	connect.config.port = 80;
	connect_begin(&connect);
	memset(host, 'x', sizeof(host));
	memset(&connect.config, 0x5a, sizeof(connect.config));
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4a 0: 4a wins at 5");
	connect_release(&connect);

	connect_init(&connect,
	    &(struct connect_row){
		.addresses = "4b",
		.sources = "4s",
		.attempts = "4b<4s=5S",
	    });
	memset(connect.addresses, 0x5a, sizeof(connect.addresses));
	memset(connect.sources, 0x5a, sizeof(connect.sources));
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4b<4s 0: 4b<4s wins at 5");
	connect_release(&connect);
}

/* fake_world.h: any callback inside connector_new() fails the test. */
static void
nothing_happens_before_new_returns(void **state)
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

/* The parts that can be missing when memory is short. */
static void
without_memory_new_fails(void **state)
{
	struct fake_world world;
	struct hecat_config config;
	struct connector_env env;

	(void)state;
	hecat_config_init(&config);
	config.host = "host.example";
	config.port = 80;
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
			world.timers_left = 0;
		world.released = part < 3;
		assert_null(connector_new(&env, &config, NULL, NULL, NULL));
		assert_int_equal(errno, ENOMEM);
		fake_world_release(&world);
	}
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
init_many(struct connect *connect, struct sockaddr_storage *storage,
    size_t count, const char *ends)
{
	struct address *addresses = calloc(count, sizeof(*addresses));

	assert_non_null(addresses);
	fake_address_many(addresses, count, AF_INET6, 80);
	for (size_t i = 0; i < count; i++)
		memcpy(&storage[i], &addresses[i].sa, addresses[i].length);
	free(addresses);
	*connect = (struct connect){ .fd = -1 };
	fake_world_init(&connect->world);
	connect->world.attempt_default = ends;
	connect->world.quiet = true;
	hecat_config_init(&connect->config);
	connect->config.port = 80;
	connect->config.addresses = storage;
	connect->config.address_count = count;
}

/* Runs 10 000 addresses that end alike; they start a `delay` apart. */
static void
run_many(
    const char *ends, int64_t delay, int64_t timeout, enum hecat_error error)
{
	struct sockaddr_storage *storage = calloc(MANY, sizeof(*storage));
	struct connect *connect = calloc(1, sizeof(*connect));

	assert_true(storage != NULL && connect != NULL);
	init_many(connect, storage, MANY, ends);
	connect->config.connection_attempt_delay = delay;
	connect->config.timeout = timeout;
	connect_begin(connect);
	assert_non_null(connect->connector);
	connect_run(connect);
	assert_int_equal(connect->callbacks, 1);
	assert_int_equal(connect->error, error);
	assert_int_equal(connect->world.attempts_started, MANY);
	connect_release(connect);
	free(connect);
	free(storage);
}

static void *
fail_many_at_once(void *unused)
{
	run_many("U", 250000, HECAT_FOREVER, HECAT_ERROR_CONNECT);
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

/* Every start is a look at all that are pending, and the end is one more. */
static void
a_start_costs_one_look_however_many_are_pending(void **state)
{
	struct sockaddr_storage *storage = calloc(MANY, sizeof(*storage));
	struct connect *connect = calloc(1, sizeof(*connect));

	(void)state;
	assert_true(storage != NULL && connect != NULL);
	for (size_t count = 10; count <= MANY / 10; count *= 10) {
		init_many(connect, storage, count, "H");
		connect->config.connection_attempt_delay = 10000;
		connect->config.timeout = (int64_t)count * 10000;
		connect_begin(connect);
		connect_run(connect);
		assert_int_equal(connect->world.attempts_started, count);
		assert_int_equal(connect->world.polls, count + 1);
		connect_release(connect);
	}
	free(connect);
	free(storage);
}

/* Ten seconds of the processor are far more than n log n ever takes. */
static void
many_addresses_cost_little(void **state)
{
	clock_t start = clock();

	(void)state;
	run_many("U", 250000, HECAT_FOREVER, HECAT_ERROR_CONNECT);
	run_many("1R", 250000, HECAT_FOREVER, HECAT_ERROR_CONNECT);
	run_many("1R", HECAT_FOREVER, HECAT_FOREVER, HECAT_ERROR_CONNECT);
	run_many("H", 0, 1000000, HECAT_ERROR_TIMEOUT);
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_out_of_bounds_is_refused),
		cmocka_unit_test(what_is_within_bounds_is_accepted),
		cmocka_unit_test(the_defaults_are_those_of_rfc_8305),
		cmocka_unit_test(the_configuration_is_copied),
		cmocka_unit_test(nothing_happens_before_new_returns),
		cmocka_unit_test(free_is_legal_at_once_and_of_nothing),
		cmocka_unit_test(without_memory_new_fails),
		cmocka_unit_test(without_a_timer_the_connect_fails),
		cmocka_unit_test(the_descriptor_handed_over_is_the_winners),
		cmocka_unit_test(instant_failures_need_no_stack),
		cmocka_unit_test(
		    a_start_costs_one_look_however_many_are_pending),
		cmocka_unit_test(many_addresses_cost_little),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
