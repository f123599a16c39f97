/* SPDX-License-Identifier: ISC */
/*
 * libhecat_cares against name servers in the same loop: what is asked, what
 * becomes of every kind of reply, and that nothing is left when a lookup is
 * given up at any time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/child.h"
#include "fake/dns_server.h"
#include "fake/real_loop.h"
#include "hecat_cares.h"

#define SERVERS_MAX 3

/* What the observer has seen of one family. */
struct seen {
	bool answered;
	int error;
	int system_error;
	size_t count;
	long ttl;
	unsigned server_port; /* 0: no server */
	char text[200];
	char name[300];
};

struct fixture {
	struct event_base *base;
	struct hecat_cares *cares;
	struct hecat_config *config;
	struct hecat_connector *connector;
	struct dns_server servers[SERVERS_MAX];
	size_t descriptors;
	size_t callbacks;
	size_t events;
	size_t free_at; /* the event inside which the connector is freed; 0 */
	bool cancels;   /* it is cancelled instead */
	enum hecat_error error;
	struct seen ipv6;
	struct seen ipv4;
};

static int
setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.base = real_loop_new();
	fixture.descriptors = open_descriptors();
	for (size_t i = 0; i < SERVERS_MAX; i++)
		dns_server_init(&fixture.servers[i], fixture.base, "127.0.0.1");
	fixture.cares = hecat_cares_new();
	fixture.config = hecat_config_new();
	assert_non_null(fixture.cares);
	assert_non_null(fixture.config);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_cares_free(fixture->cares);
	hecat_config_free(fixture->config);
	/* The servers see the end of connections that were given up. */
	real_loop_settle(fixture->base);
	for (size_t i = 0; i < SERVERS_MAX; i++)
		dns_server_release(&fixture->servers[i]);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	real_loop_assert_left(fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

/* Has the servers up to number `count` asked. */
static void
use_servers(struct fixture *fixture, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(hecat_cares_add_server(fixture->cares,
				     &fixture->servers[i].address.sa,
				     (int)fixture->servers[i].address.length),
		    0);
	assert_int_equal(hecat_cares_use(fixture->cares, fixture->config), 0);
}

static void
set_timeout(struct fixture *fixture, unsigned ms, unsigned tries)
{
	const struct timeval tv = { .tv_usec = (suseconds_t)ms * 1000 };

	assert_int_equal(hecat_cares_set_timeout(fixture->cares, &tv), 0);
	assert_int_equal(hecat_cares_set_tries(fixture->cares, tries), 0);
}

static void
take_answer(struct seen *seen, const struct hecat_event *event)
{
	const struct sockaddr *server = hecat_event_get_server(event);
	const char *text = hecat_event_get_text(event);
	const char *name = hecat_event_get_name(event);
	struct address address = address_copy(server);

	assert_false(seen->answered);
	seen->answered = true;
	seen->error = hecat_event_get_error(event);
	seen->system_error = hecat_event_get_system_error(event);
	seen->count = hecat_event_get_address_count(event);
	seen->ttl = hecat_event_get_ttl(event);
	seen->server_port = server == NULL ? 0 : address_port(&address);
	snprintf(seen->text, sizeof(seen->text), "%s", text ? text : "");
	snprintf(seen->name, sizeof(seen->name), "%s", name ? name : "");
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct fixture *fixture = arg;
	int family = hecat_event_get_family(event);

	if (hecat_event_get_type(event) == HECAT_EVENT_ANSWER) {
		if (family != AF_INET)
			take_answer(&fixture->ipv6, event);
		if (family != AF_INET6)
			take_answer(&fixture->ipv4, event);
	}
	if (++fixture->events != fixture->free_at)
		return;
	if (fixture->cancels) {
		hecat_connector_cancel(connector);
		return;
	}
	hecat_connector_free(connector);
	fixture->connector = NULL;
}

static void
on_found(struct hecat_connector *connector, void *arg)
{
	(void)connector;
	((struct fixture *)arg)->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	fixture->callbacks++;
	fixture->error = error;
}

static void
start(struct fixture *fixture, const char *name)
{
	hecat_connector_free(fixture->connector);
	memset(&fixture->ipv6, 0, sizeof(fixture->ipv6));
	memset(&fixture->ipv4, 0, sizeof(fixture->ipv4));
	fixture->callbacks = fixture->events = 0;
	fixture->error = 0;
	hecat_config_set_observer(fixture->config, observe, fixture);
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_found, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(
	    hecat_connector_lookup_hostname(fixture->connector, name, "80"), 0);
	assert_int_equal(fixture->callbacks, 0);
}

static void
look_up(struct fixture *fixture, const char *name)
{
	start(fixture, name);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->callbacks, 1);
}

static unsigned
port_of(const struct fixture *fixture, size_t server)
{
	return (address_port(&fixture->servers[server].address));
}

/* Compares the reason of an answer; "%s" in it is a server with its port. A
 * number of seconds is not compared. */
static void
assert_reason(const struct fixture *fixture, const struct seen *seen,
    size_t server, int error, const char *format)
{
	char address[ADDRESS_TEXT_MAX], expected[200];
	const char *hole = strstr(format, "%s");

	address_format(&fixture->servers[server].address, address);
	if (hole == NULL)
		snprintf(expected, sizeof(expected), "%s", format);
	else
		snprintf(expected, sizeof(expected), "%.*s%s%s",
		    (int)(hole - format), format, address, hole + 2);
	assert_true(seen->answered);
	if (strncmp(expected, "no answer", 9) == 0)
		assert_memory_equal(seen->text, expected, strlen(expected));
	else
		assert_string_equal(seen->text, expected);
	assert_int_equal(seen->error, error);
	assert_int_equal(seen->count, 0);
}

static void
assert_addresses(const struct seen *seen, size_t count, long ttl, unsigned port)
{
	assert_string_equal(seen->text, "");
	assert_true(seen->answered);
	assert_int_equal(seen->error, 0);
	assert_int_equal(seen->count, count);
	assert_int_equal(seen->ttl, ttl);
	assert_int_equal(seen->server_port, port);
}

static void
test_addresses_with_their_time(void **state)
{
	struct fixture *fixture = *state;
	const struct dns_server *server = &fixture->servers[0];

	fixture->servers[0].ipv6 = (struct dns_reply){ .count = 3, .ttl = 90 };
	fixture->servers[0].ipv4 = (struct dns_reply){ .count = 2, .ttl = 30 };
	use_servers(fixture, 1);
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 3, 90, port_of(fixture, 0));
	assert_addresses(&fixture->ipv4, 2, 30, port_of(fixture, 0));
	assert_string_equal(fixture->ipv6.name, "");
	assert_int_equal(
	    hecat_connector_get_candidate_count(fixture->connector), 5);
	/* AAAA first, each with EDNS, from a port and with an id of its own. */
	assert_int_equal(server->query_count, 2);
	assert_int_equal(server->queries[0].family, AF_INET6);
	assert_int_equal(server->queries[1].family, AF_INET);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(server->queries[i].name, "host.test");
		assert_int_equal(server->queries[i].udp_size, 1232);
	}
	assert_int_not_equal(server->queries[0].port, server->queries[1].port);
}

static void
test_one_family(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	hecat_config_set_family(fixture->config, AF_INET6);
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	assert_false(fixture->ipv4.answered);
	hecat_config_set_family(fixture->config, AF_INET);
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
	assert_int_equal(fixture->servers[0].query_count, 2);
	/* "No data" is not what the other family has, too. */
	fixture->servers[0].ipv4 = (struct dns_reply){ .manner = DNS_RCODE };
	look_up(fixture, "host.test.");
	assert_reason(fixture, &fixture->ipv4, 0, EAI_NODATA, "NODATA from %s");
	assert_int_equal(fixture->error, HECAT_ERROR_RESOLVE);
}

static void
test_both_together(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	hecat_config_set_order(fixture->config, HECAT_ORDER_RESOLVER);
	fixture->servers[0].ipv4 = (struct dns_reply){ .manner = DNS_RCODE,
		.rcode = 2 };
	look_up(fixture, "host.test.");
	assert_int_equal(
	    hecat_connector_get_candidate_count(fixture->connector), 1);
}

/* Every reply without an address. */
static void
test_each_code_and_fault(void **state)
{
	static const struct {
		enum dns_manner manner;
		int rcode;
		int error;
		const char *text;
	} rows[] = {
		{ DNS_RCODE, 0, EAI_NODATA, "NODATA from %s" },
		{ DNS_ALIAS_TO_NOTHING, 0, EAI_NODATA, "NODATA from %s" },
		{ DNS_RCODE, 1, EAI_FAIL, "FORMERR from %s" },
		{ DNS_RCODE, 2, EAI_AGAIN, "SERVFAIL from %s" },
		{ DNS_RCODE, 3, EAI_NONAME, "NXDOMAIN from %s" },
		{ DNS_RCODE, 4, EAI_FAIL, "NOTIMP from %s" },
		{ DNS_RCODE, 5, EAI_FAIL, "REFUSED from %s" },
		{ DNS_RCODE, 6, EAI_FAIL, "YXDOMAIN from %s" },
		{ DNS_RCODE, 9, EAI_FAIL, "NOTAUTH from %s" },
		{ DNS_RCODE, 10, EAI_FAIL, "NOTZONE from %s" },
		{ DNS_RCODE, 11, EAI_FAIL, "RCODE 11 from %s" },
		{ DNS_RCODE, 15, EAI_FAIL, "RCODE 15 from %s" },
		{ DNS_REFERRAL, 0, EAI_FAIL, "no recursion by %s" },
		{ DNS_CUT, 0, EAI_FAIL, "a malformed reply from %s" },
		{ DNS_CLOSES, 0, EAI_SYSTEM,
		    "%s: Connection reset by peer (TCP)" },
	};
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dns_reply reply = { .manner = rows[i].manner,
			.rcode = rows[i].rcode,
			.count = 2 };

		fixture->servers[0].ipv6 = fixture->servers[0].ipv4 = reply;
		look_up(fixture, "host.test.");
		assert_int_equal(fixture->error, HECAT_ERROR_RESOLVE);
		assert_reason(
		    fixture, &fixture->ipv6, 0, rows[i].error, rows[i].text);
		assert_reason(
		    fixture, &fixture->ipv4, 0, rows[i].error, rows[i].text);
		assert_int_equal(fixture->ipv4.server_port,
		    rows[i].error == EAI_SYSTEM ? 0 : port_of(fixture, 0));
		fixture->servers[0].query_count = 0;
	}
}

/* What is no reply to the query is not taken for one. */
static void
test_wrong_replies_are_ignored(void **state)
{
	static const enum dns_manner manners[] = {
		DNS_SHORT,
		DNS_WRONG_ID,
		DNS_WRONG_NAME,
	};
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		fixture->servers[0].ipv6.manner = manners[i];
		look_up(fixture, "host.test.");
		assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	}
}

static void
test_aliases(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	fixture->servers[0].ipv6.manner = DNS_ALIASES;
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 30, port_of(fixture, 0));
}

static void
test_truncation_and_tcp(void **state)
{
	struct fixture *fixture = *state;
	struct dns_server *server = &fixture->servers[0];

	use_servers(fixture, 1);
	server->ipv6 = (struct dns_reply){ DNS_TRUNCATED, 0, 200, 60, 0 };
	server->ipv4.manner = DNS_TRICKLES;
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 200, 60, port_of(fixture, 0));
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
	assert_int_equal(server->query_count, 4);
	assert_int_equal(server->tcp_count, 2);
}

static void
test_tcp_alone(void **state)
{
	struct fixture *fixture = *state;
	struct dns_server *server = &fixture->servers[0];

	assert_int_equal(hecat_cares_add_tcp_server(fixture->cares,
			     &server->address.sa, (int)server->address.length),
	    0);
	use_servers(fixture, 0);
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	for (size_t i = 0; i < server->query_count; i++)
		assert_true(server->queries[i].over_tcp);
	assert_int_equal(server->tcp_count, 2);
}

static void
test_a_server_without_edns(void **state)
{
	struct fixture *fixture = *state;
	struct dns_server *server = &fixture->servers[0];

	use_servers(fixture, 1);
	hecat_config_set_family(fixture->config, AF_INET6);
	server->ipv6.manner = DNS_OLD;
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	assert_int_equal(server->query_count, 2);
	assert_true(server->queries[0].edns);
	assert_false(server->queries[1].edns);
}

static void
test_ipv6_server(void **state)
{
	struct fixture *fixture = *state;
	struct dns_server *server = &fixture->servers[0];
	struct address any;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	address_parse(&any, "::1", 0);
	if (fd == -1 || bind(fd, &any.sa, any.length) == -1) {
		close(fd);
		skip();
	}
	close(fd);
	dns_server_release(server);
	dns_server_init(server, fixture->base, "::1");
	use_servers(fixture, 1);
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
}

static void
test_servers_in_their_order(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 3);
	look_up(fixture, "host.test.");
	assert_int_equal(fixture->servers[0].query_count, 2);
	assert_int_equal(fixture->servers[1].query_count, 0);
	fixture->servers[0].ipv6 = (struct dns_reply){ .manner = DNS_RCODE,
		.rcode = 2 };
	fixture->servers[1].ipv6 = (struct dns_reply){ .manner = DNS_CUT,
		.count = 1 };
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 2));
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
	fixture->servers[2].ipv6 = (struct dns_reply){ .manner = DNS_RCODE,
		.rcode = 5 };
	look_up(fixture, "host.test.");
	assert_reason(fixture, &fixture->ipv6, 2, EAI_FAIL, "REFUSED from %s");
	/* "No such name" is an answer. */
	fixture->servers[1].ipv6 = (struct dns_reply){ .manner = DNS_RCODE,
		.rcode = 3 };
	look_up(fixture, "host.test.");
	assert_reason(
	    fixture, &fixture->ipv6, 1, EAI_NONAME, "NXDOMAIN from %s");
}

static void
test_silence(void **state)
{
	struct fixture *fixture = *state;
	struct dns_server *first = &fixture->servers[0];
	struct dns_server *second = &fixture->servers[1];

	use_servers(fixture, 1);
	set_timeout(fixture, 30, 3);
	first->ipv6.manner = first->ipv4.manner = DNS_SILENT;
	look_up(fixture, "host.test.");
	assert_reason(
	    fixture, &fixture->ipv6, 0, EAI_AGAIN, "no answer from %s in ");
	assert_int_equal(first->query_count, 6);
	/* One that is silent is asked again, one that refuses not. */
	use_servers(fixture, 2);
	fixture->servers[1].ipv6 = fixture->servers[1].ipv4 =
	    (struct dns_reply){ .manner = DNS_RCODE, .rcode = 5 };
	first->query_count = 0;
	hecat_config_set_family(fixture->config, AF_INET);
	look_up(fixture, "host.test.");
	assert_int_equal(second->query_count, 1);
	assert_in_range(first->query_count, 3, 6);
}

static void
test_lost_packets(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	set_timeout(fixture, 50, 4);
	fixture->servers[0].ipv6.lost = 2;
	look_up(fixture, "host.test.");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
	/* More where the machine is so slow that a reply is late. */
	assert_in_range(fixture->servers[0].query_count, 4, 8);
}

static void
test_two_silent_servers(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 2);
	set_timeout(fixture, 50, 1);
	for (size_t i = 0; i < 2; i++)
		fixture->servers[i].ipv6.manner =
		    fixture->servers[i].ipv4.manner = DNS_SILENT;
	look_up(fixture, "host.test.");
	assert_reason(fixture, &fixture->ipv6, 0, EAI_AGAIN,
	    "no answer from 2 name servers in ");
}

static void
test_closed_port(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	dns_server_release(&fixture->servers[0]);
	look_up(fixture, "host.test.");
	assert_reason(
	    fixture, &fixture->ipv6, 0, EAI_SYSTEM, "%s: Connection refused");
	assert_int_equal(fixture->ipv6.system_error, ECONNREFUSED);
	assert_int_equal(hecat_cares_add_tcp_server(fixture->cares,
			     &fixture->servers[0].address.sa,
			     (int)fixture->servers[0].address.length),
	    0);
	look_up(fixture, "host.test.");
	assert_reason(fixture, &fixture->ipv4, 0, EAI_SYSTEM,
	    "%s: Connection refused (TCP)");
}

/* Replies of names: "no such name", "no data", SERVFAIL. */
#define IS_NO_NAME                              \
	{                                       \
		.manner = DNS_RCODE, .rcode = 3 \
	}
#define HAS_NO_DATA                             \
	{                                       \
		.manner = DNS_RCODE, .rcode = 0 \
	}
#define FAILS                                   \
	{                                       \
		.manner = DNS_RCODE, .rcode = 2 \
	}
#define ONE                           \
	{                             \
		.count = 1, .ttl = 60 \
	}

/* Both families are those of the first name that has an address. */
static void
test_search_list(void **state)
{
	struct dns_name names[] = {
		{ "www.a.test", HAS_NO_DATA, HAS_NO_DATA },
		{ "www.b.test", HAS_NO_DATA, ONE },
		{ "www.c.test", ONE, ONE },
		{ NULL, ONE, ONE },
	};
	struct fixture *fixture = *state;
	struct dns_server *server = &fixture->servers[0];

	use_servers(fixture, 1);
	server->names = names;
	server->ipv6 = server->ipv4 = (struct dns_reply)IS_NO_NAME;
	look_up(fixture, "www");
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
	assert_string_equal(fixture->ipv4.name, "www.b.test");
	assert_reason(fixture, &fixture->ipv6, 0, EAI_NODATA, "NODATA from %s");
	assert_string_equal(fixture->ipv6.name, "www.b.test");
	/* With a dot at its end it is looked up as it is. */
	look_up(fixture, "www.");
	assert_reason(
	    fixture, &fixture->ipv6, 0, EAI_NONAME, "NXDOMAIN from %s");
	/* As typed first, with a dot in it. */
	server->query_count = 0;
	look_up(fixture, "www.c");
	assert_string_equal(server->queries[0].name, "www.c");
	assert_string_equal(server->queries[2].name, "www.c.x.test");
	/* One family alone goes on where the other would have ended. */
	hecat_config_set_family(fixture->config, AF_INET6);
	look_up(fixture, "www");
	assert_string_equal(fixture->ipv6.name, "www.c.test");
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
}

/* A name that could not be asked for may be the one that is meant. */
static void
test_a_failure_ends_the_search(void **state)
{
	struct dns_name names[] = {
		{ "www.a.test", HAS_NO_DATA, FAILS },
		{ "www.b.test", ONE, ONE },
		{ NULL, ONE, ONE },
	};
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	fixture->servers[0].names = names;
	fixture->servers[0].ipv6 = fixture->servers[0].ipv4 = (struct dns_reply)
	    IS_NO_NAME;
	look_up(fixture, "www");
	assert_int_equal(fixture->error, HECAT_ERROR_RESOLVE);
	assert_reason(
	    fixture, &fixture->ipv4, 0, EAI_AGAIN, "SERVFAIL from %s");
	assert_reason(fixture, &fixture->ipv6, 0, EAI_NODATA, "NODATA from %s");
	/* "No such name" of A holds for AAAA, whatever it has (RFC 8020). */
	names[0].ipv6 = (struct dns_reply)FAILS;
	names[0].ipv4 = (struct dns_reply)IS_NO_NAME;
	look_up(fixture, "www");
	assert_string_equal(fixture->ipv4.name, "www.b.test");
	names[0].ipv6.manner = DNS_SILENT;
	look_up(fixture, "www");
	assert_string_equal(fixture->ipv4.name, "www.b.test");
	assert_string_equal(fixture->ipv6.name, "www.b.test");
	/* At the end of the list it is the reason of both. */
	fixture->servers[0].names = NULL;
	fixture->servers[0].ipv6 = fixture->servers[0].ipv4 = (struct dns_reply)
	    IS_NO_NAME;
	fixture->servers[0].ipv6.manner = DNS_SILENT;
	look_up(fixture, "www");
	assert_reason(
	    fixture, &fixture->ipv6, 0, EAI_NONAME, "NXDOMAIN from %s");
	assert_string_equal(fixture->ipv6.name, "");
	fixture->servers[0].ipv6 = (struct dns_reply)FAILS;
	look_up(fixture, "www");
	assert_reason(
	    fixture, &fixture->ipv6, 0, EAI_NONAME, "NXDOMAIN from %s");
}

/* The next name of the list begins with the server that has answered. */
static void
test_a_silent_server_is_waited_for_once(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 2);
	set_timeout(fixture, 400, 2);
	fixture->servers[0].ipv6.manner = fixture->servers[0].ipv4.manner =
	    DNS_SILENT;
	fixture->servers[1].ipv6 = fixture->servers[1].ipv4 = (struct dns_reply)
	    IS_NO_NAME;
	look_up(fixture, "www");
	assert_reason(
	    fixture, &fixture->ipv6, 1, EAI_NONAME, "NXDOMAIN from %s");
	assert_int_equal(fixture->servers[0].query_count, 2);
	assert_int_equal(fixture->servers[1].query_count, 10);
}

static void
test_names_that_cannot_be_asked_for(void **state)
{
	static char label[70], name[260];
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	memset(label, 'a', 64);
	look_up(fixture, label);
	assert_reason(fixture, &fixture->ipv6, 0, EAI_NONAME,
	    "no such name: it cannot be asked for");
	look_up(fixture, "a..test");
	assert_reason(fixture, &fixture->ipv4, 0, EAI_NONAME,
	    "no such name: it cannot be asked for");
	memset(name, 'a', 255);
	for (size_t i = 50; i < 255; i += 50)
		name[i] = '.';
	look_up(fixture, name);
	assert_reason(fixture, &fixture->ipv4, 0, EAI_NONAME,
	    "no such name: it is too long");
	strcat(name, ".");
	look_up(fixture, name);
	assert_reason(fixture, &fixture->ipv4, 0, EAI_NONAME,
	    "no such name: it is too long");
	assert_int_equal(fixture->servers[0].query_count, 0);
}

/* Runs the loop `passes` times. */
static void
run_passes(struct fixture *fixture, size_t passes)
{
	for (size_t i = 0; i < passes && fixture->callbacks == 0; i++)
		event_base_loop(fixture->base, EVLOOP_ONCE);
}

/* Prepares a lookup with all that can be under way: TCP, rounds, a search. */
static void
prepare_long_lookup(struct fixture *fixture)
{
	use_servers(fixture, 2);
	set_timeout(fixture, 4, 2);
	fixture->servers[0].ipv6 = (struct dns_reply){ .manner = DNS_SILENT };
	fixture->servers[1].ipv6 = (struct dns_reply)IS_NO_NAME;
	fixture->servers[1].ipv4 = (struct dns_reply){ .manner = DNS_SILENT };
	fixture->servers[0].ipv4 = (struct dns_reply){ .manner = DNS_TRUNCATED,
		.lost = 1 };
}

static void
test_freed_after_each_pass_of_the_loop(void **state)
{
	struct fixture *fixture = *state;
	size_t passes = 0;

	prepare_long_lookup(fixture);
	do {
		fixture->servers[0].query_count = 0;
		fixture->servers[1].query_count = 0;
		fixture->servers[0].ipv4.lost = 1;
		start(fixture, "www");
		run_passes(fixture, passes++);
		hecat_connector_free(fixture->connector);
		fixture->connector = NULL;
	} while (fixture->callbacks == 0 && real_loop_in_time());
	assert_int_equal(fixture->callbacks, 1);
	/* A timer that expires too early makes this thousands. */
	assert_in_range(passes, 10, 200);
}

static void
test_freed_and_cancelled_at_each_event(void **state)
{
	struct fixture *fixture = *state;
	bool was_last = false;
	size_t gone;

	prepare_long_lookup(fixture);
	for (size_t i = 1; !was_last; i++) {
		for (int cancels = 0; cancels < 2; cancels++) {
			fixture->servers[0].query_count = 0;
			fixture->servers[1].query_count = 0;
			fixture->free_at = i;
			fixture->cancels = cancels;
			start(fixture, "www");
			gone = 0;
			while (gone == 0 && real_loop_in_time()) {
				event_base_loop(fixture->base, EVLOOP_ONCE);
				gone = fixture->callbacks +
				    (fixture->events >= i);
			}
			assert_int_not_equal(gone, 0);
			was_last = fixture->events < i;
			assert_int_equal(fixture->callbacks, was_last ? 1 : 0);
			real_loop_settle(fixture->base);
		}
	}
}

/* In a child: runs the loop until all that is timed would have come. */
static int
be_child(void *arg)
{
	const struct timeval later = { .tv_usec = 200000 };
	struct fixture *fixture = arg;

	event_reinit(fixture->base);
	for (size_t i = 0; i < SERVERS_MAX; i++)
		dns_server_release(&fixture->servers[i]);
	event_base_loopexit(fixture->base, &later);
	event_base_dispatch(fixture->base);
	hecat_connector_free(fixture->connector);
	real_loop_assert_no_events(fixture->base);
	return ((int)fixture->callbacks);
}

/* The lookup of a parent is answered there, and freed in both processes. */
static void
test_fork(void **state)
{
	struct fixture *fixture = *state;

	use_servers(fixture, 1);
	set_timeout(fixture, 20, 1);
	fixture->servers[0].ipv6.manner = DNS_SILENT;
	fixture->servers[0].ipv4 = (struct dns_reply)IS_NO_NAME;
	start(fixture, "www");
	while (fixture->servers[0].query_count < 2 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	/* AAAA and its timer, and that of the grace period, are left. */
	real_loop_settle(fixture->base);
	assert_int_equal(child_run(be_child, fixture), 0);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->callbacks, 1);
	assert_true(fixture->ipv4.answered);
}

/* Others have all descriptors for a while. */
static void
test_waits_for_a_descriptor(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, none;

	use_servers(fixture, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	start(fixture, "host.test.");
	hecat_connector_cancel(fixture->connector);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	hecat_connector_free(fixture->connector);
	fixture->connector = NULL;
	start(fixture, "host.test.");
	/* Until it has been put off: a query, an answer that is none. */
	while (fixture->events < 3 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	assert_int_equal(fixture->callbacks, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_addresses(&fixture->ipv6, 1, 60, port_of(fixture, 0));
	assert_addresses(&fixture->ipv4, 1, 60, port_of(fixture, 0));
}

static void
test_what_is_set(void **state)
{
	struct fixture *fixture = *state;
	struct hecat_cares *cares = fixture->cares;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *sa = (const struct sockaddr *)&in;
	struct timeval tv = { 0, 1000 };

	assert_int_equal(hecat_cares_get_server_count(cares), 0);
	assert_null(hecat_cares_get_server(cares, 0));
	assert_int_equal(hecat_cares_is_tcp_server(cares, 0), 0);
	assert_null(hecat_cares_get_timeout(cares, &tv));
	assert_int_equal(hecat_cares_get_tries(cares), 0);
	assert_int_equal(hecat_cares_use(cares, fixture->config), -1);
	assert_int_equal(errno, EINVAL);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(hecat_cares_add_server(cares, sa, sizeof(in)), 0);
	in.sin_port = htons(5353);
	assert_int_equal(hecat_cares_add_tcp_server(cares, sa, sizeof(in)), 0);
	assert_int_equal(hecat_cares_get_server_count(cares), 2);
	assert_int_equal(
	    ((const struct sockaddr_in *)hecat_cares_get_server(cares, 0))
		->sin_port,
	    htons(53));
	assert_int_equal(
	    ((const struct sockaddr_in *)hecat_cares_get_server(cares, 1))
		->sin_port,
	    htons(5353));
	assert_int_equal(hecat_cares_is_tcp_server(cares, 0), 0);
	assert_int_equal(hecat_cares_is_tcp_server(cares, 1), 1);
	assert_null(hecat_cares_get_server(cares, 2));
	assert_int_equal(hecat_cares_use(cares, fixture->config), 0);
	assert_non_null(hecat_cares_get_ares_version());

#define REFUSES(call)                            \
	do {                                     \
		errno = 0;                       \
		assert_int_equal((call), -1);    \
		assert_int_equal(errno, EINVAL); \
	} while (0)
	REFUSES(hecat_cares_add_server(NULL, sa, sizeof(in)));
	REFUSES(hecat_cares_add_server(cares, NULL, sizeof(in)));
	REFUSES(hecat_cares_add_server(cares, sa, sizeof(in) - 1));
	REFUSES(hecat_cares_add_server(cares, sa, -1));
	in.sin_family = AF_UNIX;
	REFUSES(hecat_cares_add_server(cares, sa, sizeof(in)));
	in6.sin6_addr.s6_addr[0] = 0xfe;
	in6.sin6_addr.s6_addr[1] = 0x80;
	REFUSES(hecat_cares_add_server(
	    cares, (const struct sockaddr *)&in6, sizeof(in6)));
	REFUSES(hecat_cares_use(NULL, fixture->config));
	REFUSES(hecat_cares_use(cares, NULL));
	REFUSES(hecat_cares_set_tries(NULL, 1));
	REFUSES(hecat_cares_set_tries(cares, 101));
	REFUSES(hecat_cares_set_timeout(NULL, &tv));
	tv = (struct timeval){ 0, 999 };
	REFUSES(hecat_cares_set_timeout(cares, &tv));
	tv = (struct timeval){ 3600, 1 };
	REFUSES(hecat_cares_set_timeout(cares, &tv));
	tv = (struct timeval){ 1, 1000000 };
	REFUSES(hecat_cares_set_timeout(cares, &tv));
#undef REFUSES
	tv = (struct timeval){ 3600, 0 };
	assert_int_equal(hecat_cares_set_timeout(cares, &tv), 0);
	assert_int_equal(hecat_cares_set_tries(cares, 100), 0);
	tv.tv_sec = 0;
	assert_ptr_equal(hecat_cares_get_timeout(cares, &tv), &tv);
	assert_int_equal(tv.tv_sec, 3600);
	assert_int_equal(hecat_cares_get_tries(cares), 100);
	assert_int_equal(hecat_cares_set_timeout(cares, NULL), 0);
	assert_null(hecat_cares_get_timeout(cares, &tv));
	hecat_cares_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The system's resolver reads its settings once in each process. */
int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_addresses_with_their_time),
		TEST(test_one_family),
		TEST(test_both_together),
		TEST(test_each_code_and_fault),
		TEST(test_wrong_replies_are_ignored),
		TEST(test_aliases),
		TEST(test_truncation_and_tcp),
		TEST(test_tcp_alone),
		TEST(test_a_server_without_edns),
		TEST(test_ipv6_server),
		TEST(test_servers_in_their_order),
		TEST(test_silence),
		TEST(test_lost_packets),
		TEST(test_two_silent_servers),
		TEST(test_closed_port),
		TEST(test_search_list),
		TEST(test_a_failure_ends_the_search),
		TEST(test_a_silent_server_is_waited_for_once),
		TEST(test_names_that_cannot_be_asked_for),
		TEST(test_freed_after_each_pass_of_the_loop),
		TEST(test_freed_and_cancelled_at_each_event),
		TEST(test_fork),
		TEST(test_waits_for_a_descriptor),
		TEST(test_what_is_set),
	};

	setenv("LOCALDOMAIN", "x.test a.test b.test c.test", 1);
	setenv("RES_OPTIONS", "timeout:5 attempts:2", 1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
