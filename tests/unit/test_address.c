/* SPDX-License-Identifier: ISC */
/*
 * Literals in, text out, and when two addresses are the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/ioctl.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "fake/seconds.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static void
literals(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		const char *endpoint; /* with port 80 */
		int family;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "0.0.0.0", "0.0.0.0", "0.0.0.0:80", AF_INET },
		{ "255.255.255.255", "255.255.255.255", "255.255.255.255:80",
		    AF_INET },
		/* One to four numbers, the last one fills what is left. */
		{ "127.1", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "192.0.513", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "1.2.65535", "1.2.255.255", "1.2.255.255:80", AF_INET },
		{ "10.16777215", "10.255.255.255", "10.255.255.255:80",
		    AF_INET },
		{ "0", "0.0.0.0", "0.0.0.0:80", AF_INET },
		{ "2130706433", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "4294967295", "255.255.255.255", "255.255.255.255:80",
		    AF_INET },
		/* Hexadecimal and octal, each number by itself. */
		{ "0x7f.1", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "0x7f000001", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "0XC0.0.0x2.1", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "0177.0.0.01", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "017700000001", "127.0.0.1", "127.0.0.1:80", AF_INET },
		{ "0300.0x0.02.1", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "::1", "::1", "[::1]:80", AF_INET6 },
		{ "::", "::", "[::]:80", AF_INET6 },
		{ "[::1]", "::1", "[::1]:80", AF_INET6 },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", "[2001:db8::1]:80",
		    AF_INET6 },
		{ "[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:80",
		    AF_INET6 },
		{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201",
		    "[64:ff9b::c000:201]:80", AF_INET6 },
		{ "fe80::1%lo", "fe80::1%lo", "[fe80::1%lo]:80", AF_INET6 },
		{ "[fe80::1%lo]", "fe80::1%lo", "[fe80::1%lo]:80", AF_INET6 },
		{ "fe80::1%25lo", "fe80::1%lo", "[fe80::1%lo]:80", AF_INET6 },
		{ "[fe80::1%25lo]", "fe80::1%lo", "[fe80::1%lo]:80", AF_INET6 },
		/* A number is a number, not "%1" of RFC 6874. */
		{ "fe80::1%25251", "fe80::1%25251", "[fe80::1%25251]:80",
		    AF_INET6 },
		/* A number needs no interface to go with it. */
		{ "fe80::1%4294967295", "fe80::1%4294967295",
		    "[fe80::1%4294967295]:80", AF_INET6 },
		/* An IPv4-mapped address is the IPv4 address. */
		{ "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "[::ffff:c000:201]", "192.0.2.1", "192.0.2.1:80", AF_INET },
		{ "::ffff:192.0.2.1%lo", "192.0.2.1", "192.0.2.1:80", AF_INET },
		/* The compatible form of old is not. */
		{ "::192.0.2.1", "::192.0.2.1", "[::192.0.2.1]:80", AF_INET6 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295",
		    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:80",
		    AF_INET6 },
	};
	char text[ADDRESS_TEXT_MAX];
	struct address address;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		if (address_parse(&address, rows[i].text, 80) != ADDRESS_PARSED)
			fail_msg("%s is a literal", rows[i].text);
		assert_row(rows[i].text, rows[i].host,
		    address_format_host(&address, text));
		assert_row(rows[i].text, rows[i].endpoint,
		    address_format(&address, text));
		assert_int_equal(address_family(&address), rows[i].family);
		assert_int_equal(address.length,
		    rows[i].family == AF_INET ? sizeof(address.in)
					      : sizeof(address.in6));
		assert_int_equal(address_port(&address), 80);
	}
}

static void
no_literals(void **state)
{
	static const struct {
		const char *text;
		enum address_parse_result result;
	} rows[] = {
		{ "", ADDRESS_NOT_LITERAL },
		{ "host", ADDRESS_NOT_LITERAL },
		{ "localhost", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4.", ADDRESS_NOT_LITERAL },
		{ "1.2.3.", ADDRESS_NOT_LITERAL },
		{ "1.", ADDRESS_NOT_LITERAL },
		{ ".1", ADDRESS_NOT_LITERAL },
		{ "1..2", ADDRESS_NOT_LITERAL },
		{ ".", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4.5", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4 ", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4 x", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4\n", ADDRESS_NOT_LITERAL },
		{ "127.1\tx", ADDRESS_NOT_LITERAL },
		{ "0 ", ADDRESS_NOT_LITERAL },
		{ " 1.2.3.4", ADDRESS_NOT_LITERAL },
		{ "1.2.3.256", ADDRESS_NOT_LITERAL },
		{ "256.1", ADDRESS_NOT_LITERAL },
		{ "1.2.65536", ADDRESS_NOT_LITERAL },
		{ "1.16777216", ADDRESS_NOT_LITERAL },
		{ "4294967296", ADDRESS_NOT_LITERAL },
		{ "0x100000000", ADDRESS_NOT_LITERAL },
		{ "18446744073709551617", ADDRESS_NOT_LITERAL },
		{ "-1", ADDRESS_NOT_LITERAL },
		{ "+1.2.3.4", ADDRESS_NOT_LITERAL },
		{ "08", ADDRESS_NOT_LITERAL },
		{ "1.2.3.09", ADDRESS_NOT_LITERAL },
		{ "0x", ADDRESS_NOT_LITERAL },
		{ "0xg", ADDRESS_NOT_LITERAL },
		{ "1.0x.1", ADDRESS_NOT_LITERAL },
		{ "1e3", ADDRESS_NOT_LITERAL },
		{ "7f.1", ADDRESS_NOT_LITERAL },
		{ "dead.beef", ADDRESS_NOT_LITERAL },
		{ "127.1%lo", ADDRESS_NOT_LITERAL },
		{ "[127.1]", ADDRESS_NOT_LITERAL },
		{ "::ffff:127.1", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4%lo", ADDRESS_NOT_LITERAL },
		{ "1.2.3.4:80", ADDRESS_NOT_LITERAL },
		{ "[1.2.3.4]", ADDRESS_NOT_LITERAL },
		{ "::g", ADDRESS_NOT_LITERAL },
		{ ":", ADDRESS_NOT_LITERAL },
		{ ":::", ADDRESS_NOT_LITERAL },
		{ "1::2::3", ADDRESS_NOT_LITERAL },
		{ "1:2:3:4:5:6:7", ADDRESS_NOT_LITERAL },
		{ "1:2:3:4:5:6:7:8:9", ADDRESS_NOT_LITERAL },
		{ "::10000", ADDRESS_NOT_LITERAL },
		{ "[::1", ADDRESS_NOT_LITERAL },
		{ "::1]", ADDRESS_NOT_LITERAL },
		{ "[[::1]]", ADDRESS_NOT_LITERAL },
		{ "[::1]:80", ADDRESS_NOT_LITERAL },
		{ "[", ADDRESS_NOT_LITERAL },
		{ "]", ADDRESS_NOT_LITERAL },
		{ "[]", ADDRESS_NOT_LITERAL },
		{ "%", ADDRESS_NOT_LITERAL },
		{ "%lo", ADDRESS_NOT_LITERAL },
		{ "[%lo]", ADDRESS_NOT_LITERAL },
		{ "host%lo", ADDRESS_NOT_LITERAL },
		{ "::1/128", ADDRESS_NOT_LITERAL },
		{ "fe80::1%nosuch0", ADDRESS_UNKNOWN_ZONE },
		{ "[fe80::1%nosuch0]", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%25nosuch0", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%2525lo", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%25%lo", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%250x", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%25-1", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%0", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%-1", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%1x", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%4294967296", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%18446744073709551617", ADDRESS_UNKNOWN_ZONE },
		{ "fe80::1%lo%lo", ADDRESS_UNKNOWN_ZONE },
	};
	struct address address, before;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		address = before;
		if (address_parse(&address, rows[i].text, 80) != rows[i].result)
			fail_msg(
			    "\"%s\" is taken for something else", rows[i].text);
		assert_memory_equal(&address, &before, sizeof(before));
	}
}

static void
text_of_any_length_is_no_literal(void **state)
{
	char text[1000];
	struct address address;

	(void)state;
	for (size_t length = 1; length < sizeof(text); length++) {
		memset(text, ':', length);
		text[length] = '\0';
		assert_int_equal(address_parse(&address, text, 80),
		    length == 2 ? ADDRESS_PARSED : ADDRESS_NOT_LITERAL);
		text[0] = '[';
		assert_int_equal(
		    address_parse(&address, text, 80), ADDRESS_NOT_LITERAL);
	}
}

static void
a_zone_is_an_interface(void **state)
{
	char text[ADDRESS_TEXT_MAX];
	struct address by_name, by_number;

	(void)state;
	snprintf(text, sizeof(text), "fe80::1%%%u", if_nametoindex("lo"));
	assert_int_equal(address_parse(&by_number, text, 1), ADDRESS_PARSED);
	assert_int_equal(
	    address_parse(&by_name, "fe80::1%lo", 1), ADDRESS_PARSED);
	assert_true(address_equal(&by_name, &by_number));
	assert_int_equal(by_name.in6.sin6_scope_id, if_nametoindex("lo"));
}

/* An interface that does not exist; the right to make one is not needed. */
#define ODD_INTERFACE 987654

/* Stands in for that of the C library. */
char *
if_indextoname(unsigned index, char name[IF_NAMESIZE])
{
	struct ifreq request = { .ifr_ifindex = (int)index };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = ioctl(fd, SIOCGIFNAME, &request) == 0;

	close(fd);
	if (index == ODD_INTERFACE)
		return (strcpy(name, "e\033[31m\x9b"));
	return (found ? strcpy(name, request.ifr_name) : NULL);
}

static void
a_zone_that_a_terminal_would_obey_is_a_number(void **state)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;

	(void)state;
	assert_int_equal(
	    address_parse(&address, "fe80::1%lo", 80), ADDRESS_PARSED);
	assert_string_equal(address_format_host(&address, text), "fe80::1%lo");
	address.in6.sin6_scope_id = ODD_INTERFACE;
	assert_string_equal(
	    address_format_host(&address, text), "fe80::1%987654");
	assert_string_equal(
	    address_format(&address, text), "[fe80::1%987654]:80");
}

static void
ports(void **state)
{
	static const uint16_t numbers[] = { 0, 1, 80, 256, 65535 };
	static const char *const hosts[] = { "192.0.2.1", "2001:db8::1" };
	struct address address, changed;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(numbers); i++)
		for (size_t j = 0; j < LENGTH_OF(hosts); j++) {
			address_parse(&address, hosts[j], numbers[i]);
			assert_int_equal(address_port(&address), numbers[i]);
			address_parse(&changed, hosts[j], 7);
			address_set_port(&changed, numbers[i]);
			assert_true(address_equal(&address, &changed));
		}
}

static void
equality(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool equal;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "192.0.2.1", "::192.0.2.1", false },
		{ "0.0.0.0", "::", false },
		{ "2001:db8::1", "[2001:0db8:0::0001]", true },
		{ "2001:db8::1", "2001:db8::2", false },
		{ "fe80::1%1000001", "fe80::1%1000001", true },
		{ "fe80::1%1000001", "fe80::1%1000002", false },
		{ "fe80::1", "fe80::1%1000001", false },
	};
	struct address a, b;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		address_parse(&a, rows[i].a, 80);
		address_parse(&b, rows[i].b, 80);
		if (address_equal(&a, &b) != rows[i].equal ||
		    address_equal(&b, &a) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		address_set_port(&b, 81);
		assert_false(address_equal(&a, &b));
	}
}

static void
from_a_sockaddr(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr sa = { .sa_family = AF_UNIX };
	struct address address, expected;

	(void)state;
	in.sin_port = in6.sin6_port = htons(80);
	inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6.sin6_addr);
	address_parse(&expected, "192.0.2.1", 80);

	assert_true(address_from_sockaddr(
	    &address, (struct sockaddr *)&in, sizeof(in)));
	assert_true(address_equal(&address, &expected));
	assert_true(address_from_sockaddr(
	    &address, (struct sockaddr *)&in6, sizeof(in6)));
	assert_true(address_equal(&address, &expected));
	assert_int_equal(address.length, sizeof(in));
	/* Longer is well: a sockaddr_storage holds either. */
	assert_true(address_from_sockaddr(
	    &address, (struct sockaddr *)&in, sizeof(struct sockaddr_storage)));

	assert_false(address_from_sockaddr(
	    &address, (struct sockaddr *)&in, sizeof(in) - 1));
	assert_false(address_from_sockaddr(
	    &address, (struct sockaddr *)&in6, sizeof(in6) - 1));
	assert_false(address_from_sockaddr(
	    &address, (struct sockaddr *)&in6, sizeof(in)));
	assert_false(address_from_sockaddr(&address, &sa, sizeof(sa)));
	sa.sa_family = AF_UNSPEC;
	assert_false(address_from_sockaddr(&address, &sa, sizeof(sa)));
	assert_true(address_equal(&address, &expected));
}

static void
names_of_families(void **state)
{
	(void)state;
	assert_string_equal(address_family_name(AF_INET), "IPv4");
	assert_string_equal(address_family_name(AF_INET6), "IPv6");
	assert_string_equal(address_family_name(AF_UNSPEC), "IPv4 and IPv6");
}

static void
the_wildcard_address(void **state)
{
	static const struct {
		const char *text;
		bool is_wildcard;
	} rows[] = {
		{ "0.0.0.0", true },
		{ "::", true },
		{ "::ffff:0.0.0.0", true },
		{ "0.0.0.1", false },
		{ "::1", false },
	};
	struct address address;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		assert_int_equal(
		    address_parse(&address, rows[i].text, 80), ADDRESS_PARSED);
		assert_int_equal(
		    address_is_wildcard(&address), rows[i].is_wildcard);
	}
}

static void
a_copy_of_what_is_an_address(void **state)
{
	struct sockaddr_storage other = { .ss_family = AF_UNIX };
	struct address address, copy;

	(void)state;
	assert_int_equal(address_copy(NULL).length, 0);
	assert_int_equal(
	    address_copy((const struct sockaddr *)&other).length, 0);
	address_parse(&address, "fe80::1%1", 80);
	copy = address_copy(&address.sa);
	assert_true(address_equal(&address, &copy));
	address_parse(&address, "192.0.2.1", 80);
	copy = address_copy(&address.sa);
	assert_true(address_equal(&address, &copy));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals),
		cmocka_unit_test(no_literals),
		cmocka_unit_test(text_of_any_length_is_no_literal),
		cmocka_unit_test(a_zone_is_an_interface),
		cmocka_unit_test(a_zone_that_a_terminal_would_obey_is_a_number),
		cmocka_unit_test(ports),
		cmocka_unit_test(equality),
		cmocka_unit_test(from_a_sockaddr),
		cmocka_unit_test(names_of_families),
		cmocka_unit_test(the_wildcard_address),
		cmocka_unit_test(a_copy_of_what_is_an_address),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
