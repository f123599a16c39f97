/* SPDX-License-Identifier: ISC */
/*
 * What is connected to, and what cannot be: a typed line (options_outcome.h)
 * becomes the addresses and the sources for the library, "look up HOST"
 * where there are no addresses, or the error line.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_config.h"
#include "fake/options_outcome.h"
#include "fake/seconds.h"

struct row {
	const char *typed;
	const char *outcome;
};

static void
render_address(char *text, const char *separator, const struct sockaddr *sa)
{
	char formatted[ADDRESS_TEXT_MAX];
	struct address address;

	assert_true(address_from_sockaddr(&address, sa, sizeof(address.in6)));
	text_append(text, OUTPUT_MAX, "%s%s", separator,
	    address_format_host(&address, formatted));
}

/* Every address has the port of the service, and every source that of -p. */
static void
render(char *text, const struct connect_config *config, uint16_t source_port)
{
	const struct evutil_addrinfo *node = config->list;
	const struct sockaddr *source;
	struct address address;
	char port[8];

	text[0] = '\0';
	if (config->address_count == 0)
		text_append(text, OUTPUT_MAX, "look up %s", config->host);
	for (size_t i = 0; i < config->address_count; i++) {
		render_address(text, i > 0 ? " " : "", node->ai_addr);
		assert_true(address_from_sockaddr(
		    &address, node->ai_addr, (socklen_t)node->ai_addrlen));
		snprintf(port, sizeof(port), "%u", address_port(&address));
		assert_string_equal(port, config->port);
		node = node->ai_next;
	}
	assert_true(config->address_count == 0 || node == NULL);
	for (size_t i = 0;; i++) {
		source = hecat_config_get_source(config->hecat, i);
		if (source == NULL)
			break;
		render_address(text, " from ", source);
		address_from_sockaddr(&address, source, sizeof(address.in6));
		assert_int_equal(address_port(&address), source_port);
	}
	text_append(text, OUTPUT_MAX, " port %s", config->port);
}

static void
check(const struct row *row)
{
	char error[OPTIONS_ERROR_MAX], text[OUTPUT_MAX];
	struct connect_config config;
	struct command command;
	struct options options;
	enum status status;
	char *said;
	size_t length;
	FILE *err = open_memstream(&said, &length);

	assert_non_null(err);
	command_init(&command, row->typed);
	assert_int_equal(
	    options_parse(&options, command.argc, command.argv, error),
	    OPTIONS_RUN);
	command_release(&command);
	status = connect_config_init(&config, &options, err);
	fclose(err);
	if (status == STATUS_OK) {
		assert_string_equal(said, "");
		render(text, &config, options.source_port);
		connect_config_release(&config);
	} else {
		assert_int_equal(status, STATUS_USAGE);
		assert_memory_equal(said, "hecat: ", 7);
		said[strcspn(said, "\n")] = '\0';
		snprintf(text, sizeof(text), "%s", said + 7);
	}
	free(said);
	options_release(&options);
	assert_row(row->typed, row->outcome, text);
}

#define CHECK_ALL(rows)                                                       \
	do {                                                                  \
		for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
			check(&(rows)[i]);                                    \
	} while (0)

/* clang-format off */
static void
resolve_is_for_a_host_and_a_port(void **state)
{
	static const struct row rows[] = {
		{ "h 80", "look up h port 80" },
		{ "h http", "look up h port 80" },
		{ "h 80 --resolve h:80:::1", "::1 port 80" },
		{ "h 80 --resolve h:81:::1", "look up h port 80" },
		{ "h http --resolve h:80:::1", "::1 port 80" },
		{ "h http --resolve h:81:::1", "look up h port 80" },
		{ "h 80 --resolve g:80:::1", "look up h port 80" },
		{ "h 80 --resolve h:80:::1 --resolve h:81:::2"
		  " --resolve h:80:127.1", "::1 127.0.0.1 port 80" },
		{ "h 80 --address ::1,192.0.2.1", "::1 192.0.2.1 port 80" },
		{ "h 80 -s 127.1", "look up h from 127.0.0.1 port 80" },
		{ "h 80 -s 127.1 -p 9", "look up h from 127.0.0.1 port 80" },
		{ "h 80 -s 127.1 -s ::1 -p 9",
		  "look up h from 127.0.0.1 from ::1 port 80" },
		/* A port alone is one of the wildcard addresses. */
		{ "h 80 -p 9", "look up h from :: from 0.0.0.0 port 80" },
		/* Without regard to case and to a dot at the end. */
		{ "H.test 80 --resolve h.TEST:80:::1", "::1 port 80" },
		{ "foo.test. 80 --resolve foo.test:80:::1", "::1 port 80" },
		{ "foo.test 80 --resolve foo.test.:80:::1", "::1 port 80" },
		{ "FOO.test. 80 --resolve foo.TEST.:80:::1", "::1 port 80" },
		{ "foo.test 80 --resolve foo.tes:80:::1",
		  "look up foo.test port 80" },
		{ "foo.test 80 --resolve foo.test.x:80:::1",
		  "look up foo.test port 80" },
		{ "foo.test 80 --resolve foo.test..:80:::1",
		  "look up foo.test port 80" },
		/* An address is the same however it is written. */
		{ "127.1 80 --resolve 127.0.0.1:80:::1", "::1 port 80" },
		{ "[2001:db8:0::1]:80 --resolve [2001:DB8::1]:80:::1",
		  "::1 port 80" },
		{ "127.1 80 --resolve 127.0.0.2:80:::1",
		  "look up 127.1 port 80" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
n_wants_an_address(void **state)
{
	static const struct row rows[] = {
		{ "-n 127.1 80", "look up 127.1 port 80" },
		{ "-n ::1 80", "look up ::1 port 80" },
		{ "-n h 80", "-n: 'h' is no address" },
		{ "--numeric h http", "-n: 'h' is no address" },
		{ "-n b\xc3\xbc 80", "-n: 'b\\xc3\\xbc' is no address" },
		{ "-n 127.0.0.1. 80", "-n: '127.0.0.1.' is no address" },
		{ "-n h 80 --address ::1", "::1 port 80" },
		{ "-n h. 80 --resolve H:80:::1", "::1 port 80" },
		{ "-n h http --resolve h:80:::1", "::1 port 80" },
		{ "-n h http --resolve h:81:::1", "-n: 'h' is no address" },
		{ "-n h 80 --resolve h:81:::1", "-n: 'h' is no address" },
		{ "-n h 80 --resolve g:80:::1", "-n: 'h' is no address" },
		{ "-n h no-such-service --resolve h:80:::1",
		  "port 'no-such-service': no such TCP service" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
one_family_needs_an_address_of_it(void **state)
{
	static const struct row rows[] = {
		{ "-4 127.1 80", "look up 127.1 port 80" },
		{ "-6 127.1 80", "-6 and host '127.1': no IPv6 address" },
		{ "-4 ::1 80", "-4 and host '::1': no IPv4 address" },
		{ "--ipv4 [::1]:80", "-4 and host '::1': no IPv4 address" },
		{ "-6 ::ffff:192.0.2.1 http",
		  "-6 and host '::ffff:192.0.2.1': no IPv6 address" },
		{ "-4 ::1 80 --address 127.1", "127.0.0.1 port 80" },
		{ "-4 ::1 80 --resolve [::1]:80:127.1", "127.0.0.1 port 80" },
		{ "-4 ::1 http --resolve [::1]:81:127.1",
		  "-4 and host '::1': no IPv4 address" },
		{ "-4 H 80 --resolve h:80:::1",
		  "-4 and --resolve of 'H': no IPv4 address" },
		{ "-4 h http --resolve h:80:::1",
		  "-4 and --resolve of 'h': no IPv4 address" },
		{ "-4 h http --resolve h:81:::1", "look up h port 80" },
		{ "-4 h 80 --resolve h:80:::1 --resolve h:80:::2,127.1",
		  "::1 ::2 127.0.0.1 port 80" },
		{ "-4 h 80 --resolve h:80:::1 --resolve g:80:127.1",
		  "-4 and --resolve of 'h': no IPv4 address" },
	};

	(void)state;
	CHECK_ALL(rows);
}
/* clang-format on */

/* Parses a line and makes a configuration of it. */
static void
make(struct connect_config *config, struct options *options, const char *typed)
{
	char error[OPTIONS_ERROR_MAX];
	struct command command;

	command_init(&command, typed);
	assert_int_equal(
	    options_parse(options, command.argc, command.argv, error),
	    OPTIONS_RUN);
	command_release(&command);
	assert_int_equal(
	    connect_config_init(config, options, stderr), STATUS_OK);
}

/* Returns the milliseconds of a duration; -1: it never ends. */
static long
ms(const struct timeval *tv)
{
	return (tv == NULL ? -1 : tv->tv_sec * 1000 + tv->tv_usec / 1000);
}

static void
every_option_reaches_the_library(void **state)
{
	struct connect_config config;
	struct options options;
	const struct hecat_config *hecat;
	struct timeval tv;

	(void)state;
	make(&config, &options,
	    "-d 30 -r 40 -f 2 --prefer 4 -w 5"
	    " --attempt-timeout 6 --success open:70 h 80");
	hecat = config.hecat;
	assert_int_equal(
	    ms(hecat_config_get_connection_attempt_delay(hecat, &tv)), 30);
	assert_int_equal(ms(hecat_config_get_resolution_delay(hecat, &tv)), 40);
	assert_int_equal(hecat_config_get_first_address_family_count(hecat), 2);
	assert_int_equal(hecat_config_get_preferred_family(hecat), AF_INET);
	assert_int_equal(ms(hecat_config_get_timeout(hecat, &tv)), 5000);
	assert_int_equal(
	    ms(hecat_config_get_attempt_timeout(hecat, &tv)), 6000);
	assert_int_equal(hecat_config_get_success(hecat), HECAT_SUCCESS_OPEN);
	assert_int_equal(
	    ms(hecat_config_get_success_open_time(hecat, &tv)), 70);
	connect_config_release(&config);
	options_release(&options);
}

static void
without_options_the_library_has_its_defaults(void **state)
{
	struct connect_config config;
	struct options options;
	const struct hecat_config *hecat;
	struct timeval tv;

	(void)state;
	make(&config, &options, "h 80");
	hecat = config.hecat;
	assert_int_equal(
	    ms(hecat_config_get_connection_attempt_delay(hecat, &tv)), 250);
	assert_int_equal(ms(hecat_config_get_resolution_delay(hecat, &tv)), 50);
	assert_int_equal(hecat_config_get_first_address_family_count(hecat), 1);
	assert_int_equal(hecat_config_get_order(hecat), HECAT_ORDER_SORTED);
	assert_int_equal(ms(hecat_config_get_timeout(hecat, &tv)), -1);
	assert_int_equal(ms(hecat_config_get_attempt_timeout(hecat, &tv)), -1);
	assert_int_equal(hecat_config_get_success(hecat), HECAT_SUCCESS_TCP);
	connect_config_release(&config);
	options_release(&options);
	make(&config, &options,
	    "-6 -d none --order resolver --success data h 80");
	hecat = config.hecat;
	assert_int_equal(
	    ms(hecat_config_get_connection_attempt_delay(hecat, &tv)), -1);
	assert_int_equal(hecat_config_get_order(hecat), HECAT_ORDER_RESOLVER);
	assert_int_equal(hecat_config_get_success(hecat), HECAT_SUCCESS_DATA);
	assert_int_equal(hecat_config_get_family(hecat), AF_INET6);
	connect_config_release(&config);
	options_release(&options);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolve_is_for_a_host_and_a_port),
		cmocka_unit_test(n_wants_an_address),
		cmocka_unit_test(one_family_needs_an_address_of_it),
		cmocka_unit_test(every_option_reaches_the_library),
		cmocka_unit_test(without_options_the_library_has_its_defaults),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
