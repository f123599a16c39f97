/* SPDX-License-Identifier: ISC */
/*
 * What is connected to, and what cannot be: a typed line (options_outcome.h)
 * becomes the addresses and the sources of the configuration, "look up HOST"
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
render_addresses(char *text, const char *separator,
    const struct sockaddr_storage *addresses, size_t count)
{
	char formatted[ADDRESS_TEXT_MAX];
	struct address address;

	for (size_t i = 0; i < count; i++) {
		assert_true(address_from_sockaddr(&address,
		    (const struct sockaddr *)&addresses[i],
		    sizeof(addresses[i])));
		text_append(text, OUTPUT_MAX, "%s%s", separator,
		    address_format_host(&address, formatted));
	}
}

static void
render(char *text, const struct hecat_config *hecat)
{
	text[0] = '\0';
	if (hecat->address_count == 0)
		text_append(text, OUTPUT_MAX, "look up %s", hecat->host);
	render_addresses(text, text[0] == '\0' ? "" : " ", hecat->addresses,
	    hecat->address_count > 0 ? 1 : 0);
	if (hecat->address_count > 1)
		render_addresses(
		    text, " ", hecat->addresses + 1, hecat->address_count - 1);
	render_addresses(text, " from ", hecat->sources, hecat->source_count);
	text_append(text, OUTPUT_MAX, " port %u", hecat->port);
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
		render(text, &config.hecat);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolve_is_for_a_host_and_a_port),
		cmocka_unit_test(n_wants_an_address),
		cmocka_unit_test(one_family_needs_an_address_of_it),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
