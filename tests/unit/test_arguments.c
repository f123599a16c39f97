/* SPDX-License-Identifier: ISC */
/*
 * Every public function of hecat.h that can refuse an argument, with each
 * argument that is wrong: EINVAL and no crash. What has bounds has more rows in
 * test_connector_life.c, lists and hosts likewise, and hecat_openssl.h in
 * test_openssl.c. The getters need what they are about, which may not be NULL;
 * what they return for a number that is out of range is here.
 *
 * tests/build/arguments.bats sees which function is not here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "fake/real_loop.h"
#include "hecat.h"

/* Durations that are none. */
static const struct timeval negative = { .tv_sec = -1 };
static const struct timeval negative_part = { .tv_usec = -1 };
static const struct timeval long_part = { .tv_usec = 1000000 };
static const struct timeval too_long = { .tv_sec = INT64_MAX };
static const struct timeval zero = { .tv_sec = 0 };
static const struct timeval second = { .tv_sec = 1 };

/* What a row is tried on. */
struct subject {
	struct event_base *base;
	struct hecat_config *config;
	struct hecat_connector *connector;
};

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	(void)connector;
	(void)arg;
	fail_msg("connected");
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	(void)arg;
	fail_msg("failed");
}

static int
begin_step(struct hecat_step *step, void *arg)
{
	(void)step;
	(void)arg;
	return (EIO);
}

static void
cancel_step(struct hecat_step *step, void *arg)
{
	(void)step;
	(void)arg;
}

static int
setup(void **state)
{
	static struct subject subject;

	subject.base = real_loop_new();
	subject.config = hecat_config_new();
	assert_non_null(subject.config);
	subject.connector = hecat_connector_new(
	    subject.base, subject.config, on_connected, on_failed, NULL);
	assert_non_null(subject.connector);
	*state = &subject;
	return (0);
}

static int
teardown(void **state)
{
	struct subject *subject = *state;

	hecat_connector_free(subject->connector);
	hecat_config_free(subject->config);
	real_loop_settle(subject->base);
	real_loop_assert_no_events(subject->base);
	event_base_free(subject->base);
	return (0);
}

/* Fails unless the call, of which the text is known, was refused. */
static void
assert_refused(const char *call, bool refused)
{
	if (!refused || errno != EINVAL)
		fail_msg("%s: errno %d", call, errno);
}

/* Rows: a call that returns -1, or NULL, with EINVAL. */
#define REFUSED(call)      (errno = 0, assert_refused(#call, (call) == -1))
#define REFUSED_NULL(call) (errno = 0, assert_refused(#call, (call) == NULL))

/* Rows of a setter of a duration. */
#define REFUSED_DURATIONS(set, config)                \
	do {                                          \
		REFUSED(set(NULL, &second));          \
		REFUSED(set(config, &negative));      \
		REFUSED(set(config, &negative_part)); \
		REFUSED(set(config, &long_part));     \
		REFUSED(set(config, &too_long));      \
	} while (0)

static void
durations(void **state)
{
	struct subject *subject = *state;
	struct hecat_config *config = subject->config;

	REFUSED_DURATIONS(hecat_config_set_connection_attempt_delay, config);
	REFUSED_DURATIONS(hecat_config_set_resolution_delay, config);
	REFUSED_DURATIONS(hecat_config_set_timeout, config);
	REFUSED_DURATIONS(hecat_config_set_attempt_timeout, config);
	REFUSED(hecat_config_set_timeout(config, &zero));
	REFUSED(hecat_config_set_attempt_timeout(config, &zero));
	REFUSED(hecat_config_set_success(NULL, HECAT_SUCCESS_OPEN, &second));
	REFUSED(hecat_config_set_success(config, HECAT_SUCCESS_OPEN, &zero));
	REFUSED(
	    hecat_config_set_success(config, HECAT_SUCCESS_OPEN, &negative));
	REFUSED(
	    hecat_config_set_success(config, HECAT_SUCCESS_OPEN, &too_long));
	REFUSED(hecat_config_set_success(
	    config, (enum hecat_success)(HECAT_SUCCESS_DATA + 1), NULL));
	REFUSED(
	    hecat_config_set_success(config, (enum hecat_success) - 1, NULL));
	REFUSED(hecat_global_shutdown(&negative));
	REFUSED(hecat_global_shutdown(&long_part));
	REFUSED(hecat_global_shutdown(&too_long));
}

static void
choices(void **state)
{
	struct subject *subject = *state;
	struct hecat_config *config = subject->config;

	REFUSED(hecat_config_set_first_address_family_count(NULL, 1));
	REFUSED(hecat_config_set_first_address_family_count(config, 0));
	REFUSED(hecat_config_set_order(NULL, HECAT_ORDER_SORTED));
	REFUSED(hecat_config_set_order(config, (enum hecat_order) - 1));
	REFUSED(hecat_config_set_order(config, (enum hecat_order)99));
	REFUSED(hecat_config_set_family(NULL, AF_INET));
	REFUSED(hecat_config_set_family(config, -1));
	REFUSED(hecat_config_set_family(config, AF_UNIX));
	REFUSED(hecat_config_set_preferred_family(NULL, AF_INET));
	REFUSED(hecat_config_set_preferred_family(config, -1));
	REFUSED(hecat_config_set_preferred_family(config, AF_UNIX));
	REFUSED(hecat_config_set_bufferevent_options(NULL, 0));
	REFUSED(hecat_config_set_bufferevent_options(config, -1));
	REFUSED(hecat_config_set_bufferevent_options(config, 1 << 20));
	REFUSED(hecat_config_set_bufferevent_options(
	    config, BEV_OPT_UNLOCK_CALLBACKS));
	REFUSED(hecat_config_set_step_in_race(NULL, 1));
	REFUSED(hecat_config_set_observer(NULL, NULL, NULL));
}

static void
sources(void **state)
{
	const struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	const struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };
	const struct sockaddr odd = { .sa_family = AF_UNIX };
	const struct sockaddr *source = (const struct sockaddr *)&ipv4;
	struct subject *subject = *state;
	struct hecat_config *config = subject->config;

	REFUSED(hecat_config_add_source(NULL, source, (int)sizeof(ipv4)));
	REFUSED(hecat_config_add_source(config, NULL, (int)sizeof(ipv4)));
	REFUSED(hecat_config_add_source(config, NULL, 0));
	REFUSED(hecat_config_add_source(config, source, 0));
	REFUSED(hecat_config_add_source(config, source, -1));
	REFUSED(hecat_config_add_source(config, source, INT32_MIN));
	REFUSED(hecat_config_add_source(config, source, 1));
	REFUSED(hecat_config_add_source(config, source, (int)sizeof(ipv4) - 1));
	REFUSED(hecat_config_add_source(
	    config, (const struct sockaddr *)&ipv6, (int)sizeof(ipv6) - 1));
	REFUSED(hecat_config_add_source(config, &odd, (int)sizeof(odd)));
	REFUSED(hecat_config_add_excluded(NULL, source, (int)sizeof(ipv4), 32));
	REFUSED(hecat_config_add_excluded(config, NULL, (int)sizeof(ipv4), 32));
	REFUSED(hecat_config_add_excluded(config, source, -1, 32));
	REFUSED(hecat_config_add_excluded(config, source, 1, 32));
	REFUSED(
	    hecat_config_add_excluded(config, source, (int)sizeof(ipv4), 33));
	REFUSED(hecat_config_add_excluded(
	    config, (const struct sockaddr *)&ipv6, (int)sizeof(ipv6), 129));
	REFUSED(hecat_config_add_excluded(config, &odd, (int)sizeof(odd), 0));
	assert_int_equal(hecat_config_get_excluded_count(config), 0);
	assert_int_equal(hecat_config_get_source_count(config), 0);
	assert_null(hecat_config_get_source(config, 0));
	assert_null(hecat_config_get_source(config, SIZE_MAX));
}

/* A struct that is smaller than any there was, or lacks a method. */
static void
methods(void **state)
{
	static const struct hecat_step_methods good = {
		.size = sizeof(good),
		.begin = begin_step,
		.cancel = cancel_step,
	};
	struct hecat_step_methods bad = good;
	struct subject *subject = *state;
	struct hecat_config *config = subject->config;

	REFUSED(hecat_config_set_step(NULL, &good, NULL));
	REFUSED(hecat_config_set_step(NULL, NULL, NULL));
	for (bad.size = 0; bad.size < offsetof(struct hecat_step_methods, poll);
	     bad.size++)
		REFUSED(hecat_config_set_step(config, &bad, NULL));
	bad = good;
	bad.begin = NULL;
	REFUSED(hecat_config_set_step(config, &bad, NULL));
	bad = good;
	bad.cancel = NULL;
	REFUSED(hecat_config_set_step(config, &bad, NULL));
	assert_null(hecat_config_get_step(config, NULL));
}

static void
connectors(void **state)
{
	struct subject *subject = *state;
	struct event_base *base = subject->base;
	struct hecat_connector *connector = subject->connector;
	char byte = 'x';

	REFUSED_NULL(
	    hecat_connector_new(NULL, NULL, on_connected, on_failed, NULL));
	REFUSED_NULL(hecat_connector_new(base, NULL, NULL, on_failed, NULL));
	REFUSED_NULL(hecat_connector_new(base, NULL, on_connected, NULL, NULL));
	REFUSED_NULL(hecat_connector_new(base, NULL, NULL, NULL, NULL));
	REFUSED_NULL(hecat_connector_new(NULL, NULL, NULL, NULL, NULL));
	REFUSED(hecat_connector_format_errors(NULL, &byte, 1));
	REFUSED(hecat_connector_format_errors(connector, NULL, 1));
	assert_int_equal(byte, 'x');
	assert_int_equal(hecat_connector_format_errors(connector, NULL, 0), 0);
	assert_int_equal(hecat_connector_format_errors(connector, &byte, 1), 0);
	assert_int_equal(byte, '\0');
	assert_null(hecat_connector_get_candidate(connector, 0));
	assert_null(hecat_connector_get_candidate(connector, SIZE_MAX));
	assert_null(hecat_connector_get_error(connector, 0));
	assert_null(hecat_connector_get_error(connector, SIZE_MAX));
	/* There is no socket, nor has nothing one. */
	assert_int_equal(hecat_connector_take_fd(connector), -1);
	assert_int_equal(hecat_connector_take_fd(NULL), -1);
	assert_null(hecat_connector_take_bufferevent(connector));
	assert_int_equal(errno, ENOTCONN);
	errno = 0;
	assert_null(hecat_connector_take_bufferevent(NULL));
	assert_int_equal(errno, ENOTCONN);
}

static void
hosts(void **state)
{
	struct subject *subject = *state;
	struct hecat_connector *connector = subject->connector;

	REFUSED(hecat_connector_connect_hostname(NULL, "127.0.0.1", "80"));
	REFUSED(hecat_connector_connect_hostname(NULL, NULL, NULL));
	REFUSED(hecat_connector_connect_hostname(connector, NULL, "80"));
	REFUSED(hecat_connector_connect_hostname(connector, "127.0.0.1", NULL));
	REFUSED(hecat_connector_connect_hostname(connector, NULL, NULL));
	REFUSED(hecat_connector_connect_hostname(connector, "", "80"));
	REFUSED(hecat_connector_connect_hostname(connector, "127.0.0.1", ""));
	REFUSED(hecat_connector_connect_hostname(connector, "127.0.0.1", "0"));
	REFUSED(
	    hecat_connector_connect_hostname(connector, "127.0.0.1", "65536"));
	REFUSED(hecat_connector_connect_hostname(
	    connector, "fe80::1%no-such-zone", "80"));
	REFUSED(hecat_connector_lookup_hostname(NULL, "127.0.0.1", "80"));
	REFUSED(hecat_connector_lookup_hostname(connector, NULL, "80"));
	REFUSED(hecat_connector_lookup_hostname(connector, "127.0.0.1", NULL));
	REFUSED(hecat_connector_lookup_hostname(connector, "", "80"));
	REFUSED(hecat_connector_lookup_hostname(connector, "127.0.0.1", "0"));
}

static void
lists(void **state)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = 1 };
	struct sockaddr_in no_port = { .sin_family = AF_INET };
	struct sockaddr odd = { .sa_family = AF_UNIX };
	/* An address that is not there although it has a length, and so on. */
	struct evutil_addrinfo bad[] = {
		{ .ai_addr = NULL, .ai_addrlen = sizeof(ipv6) },
		{ .ai_addr = NULL, .ai_addrlen = 0 },
		{ .ai_addr = (struct sockaddr *)&ipv6, .ai_addrlen = 0 },
		{ .ai_addr = (struct sockaddr *)&ipv6,
		    .ai_addrlen = sizeof(ipv6) - 5 },
		{ .ai_addr = (struct sockaddr *)&no_port,
		    .ai_addrlen = sizeof(no_port) },
		{ .ai_addr = &odd, .ai_addrlen = sizeof(odd) },
	};
	struct evutil_addrinfo good = { .ai_addr = (struct sockaddr *)&ipv6,
		.ai_addrlen = sizeof(ipv6) };
	struct subject *subject = *state;
	struct hecat_connector *connector = subject->connector;

	REFUSED(hecat_connector_connect_addrinfo(NULL, &good));
	REFUSED(hecat_connector_connect_addrinfo(connector, NULL));
	REFUSED(hecat_connector_lookup_addrinfo(NULL, &good));
	REFUSED(hecat_connector_lookup_addrinfo(connector, NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(hecat_connector_connect_addrinfo(connector, &bad[i]));
		REFUSED(hecat_connector_lookup_addrinfo(connector, &bad[i]));
		/* One that is good before it makes no difference. */
		good.ai_next = &bad[i];
		REFUSED(hecat_connector_connect_addrinfo(connector, &good));
	}
	/* Nothing was begun. */
	hecat_connector_cancel(connector);
	assert_int_equal(hecat_connector_get_error_count(connector), 0);
}

static void
nothing_is_freed_and_cancelled(void **state)
{
	(void)state;
	hecat_connector_free(NULL);
	hecat_connector_cancel(NULL);
	hecat_config_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(durations),
		TEST(choices),
		TEST(sources),
		TEST(methods),
		TEST(connectors),
		TEST(hosts),
		TEST(lists),
		cmocka_unit_test(nothing_is_freed_and_cancelled),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
