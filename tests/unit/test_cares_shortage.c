/* SPDX-License-Identifier: ISC */
/*
 * A lookup by libhecat_cares that is refused memory, each time at another
 * allocation, be it of hecat, libevent or c-ares: it ends all the same, once,
 * and leaves nothing behind. The name server is another process, which has what
 * it wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/dns_server.h"
#include "fake/real_loop.h"
#include "fake/shortage.h"
#include "hecat_cares.h"

/* More allocations than a lookup has. */
#define ALLOCATIONS_MAX 5000

/* What the server has, and how often it is asked for all of that at most. */
#define ADDRESSES 5
#define TRIES_MAX 20

struct fixture {
	struct event_base *base;
	struct address address; /* of the server */
	pid_t server;
	size_t callbacks;
	size_t found;
};

/* Serves for ever: one name of the search list, over UDP and TCP. */
static void
serve(int out)
{
	static struct dns_server server;
	struct dns_name names[] = {
		{ "www.b.test",
		    { .manner = DNS_TRUNCATED, .count = 3, .ttl = 9 },
		    { .manner = DNS_ALIASES, .count = 2, .ttl = 9 } },
		{ .name = NULL },
	};
	struct event_base *base = event_base_new();

	dns_server_init(&server, base, "127.0.0.1");
	server.ipv6 = server.ipv4 = (struct dns_reply){
		.manner = DNS_RCODE,
		.rcode = 3,
	};
	server.names = names;
	assert_int_equal(write(out, &server.address, sizeof(server.address)),
	    sizeof(server.address));
	for (;;) {
		event_base_loop(base, EVLOOP_ONCE);
		server.query_count = 0;
	}
}

static int
setup(void **state)
{
	static struct fixture fixture;
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	fixture = (struct fixture){ .server = fork() };
	if (fixture.server == 0)
		serve(pipe_fds[1]);
	close(pipe_fds[1]);
	assert_int_equal(
	    read(pipe_fds[0], &fixture.address, sizeof(fixture.address)),
	    sizeof(fixture.address));
	close(pipe_fds[0]);
	fixture.base = real_loop_new();
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	kill(fixture->server, SIGKILL);
	waitpid(fixture->server, NULL, 0);
	event_base_free(fixture->base);
	return (0);
}

static void
on_found(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	fixture->callbacks++;
	fixture->found = hecat_connector_get_candidate_count(connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	assert_int_not_equal(error, 0);
	fixture->callbacks++;
}

/* Starts a lookup; NULL: there was no memory for it. */
static struct hecat_connector *
start(struct fixture *fixture, struct hecat_cares **cares)
{
	/* A reply that is lost for lack of memory is not waited for long. */
	const struct timeval timeout = { .tv_usec = 50000 };
	struct hecat_config *config = hecat_config_new();
	struct hecat_connector *connector = NULL;

	*cares = hecat_cares_new();
	if (config != NULL && *cares != NULL &&
	    hecat_cares_set_timeout(*cares, &timeout) == 0 &&
	    hecat_cares_add_server(*cares, &fixture->address.sa,
		(int)fixture->address.length) == 0 &&
	    hecat_cares_use(*cares, config) == 0)
		connector = hecat_connector_new(
		    fixture->base, config, on_found, on_failed, fixture);
	hecat_config_free(config);
	if (connector == NULL ||
	    hecat_connector_lookup_hostname(connector, "www", "80") == 0)
		return (connector);
	hecat_connector_free(connector);
	return (NULL);
}

/*
 * Looks up while an allocation is refused. Returns whether there were so many.
 */
static bool
look_up_without(struct fixture *fixture, size_t number, bool lasts)
{
	size_t descriptors = open_descriptors();
	struct hecat_connector *connector;
	struct hecat_cares *cares;
	bool was_refused;

	real_loop_begin();
	fixture->callbacks = fixture->found = 0;
	shortage_begin(SHORTAGE_memory, number - 1, lasts, ENOMEM);
	connector = start(fixture, &cares);
	while (
	    connector != NULL && fixture->callbacks == 0 && real_loop_in_time())
		event_base_loop(fixture->base, EVLOOP_ONCE);
	was_refused = shortage_refused() > 0;
	shortage_end();
	assert_int_equal(fixture->callbacks, connector == NULL ? 0 : 1);
	hecat_connector_free(connector);
	hecat_cares_free(cares);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(open_descriptors(), descriptors);
	return (was_refused);
}

/*
 * Looks up with all there is. A server that is not let run is later than the
 * lookup waits, and is asked again.
 */
static void
look_up_with_memory(struct fixture *fixture)
{
	size_t tries = 0;

	do {
		assert_true(tries++ < TRIES_MAX);
		assert_false(look_up_without(fixture, ALLOCATIONS_MAX, false));
	} while (fixture->found != ADDRESSES);
}

static void
each_allocation(void **state, bool lasts)
{
	struct fixture *fixture = *state;
	size_t number = 1;

	if (!shortage_has_memory())
		skip();
	shortage_count_threads(true);
	/* What libc makes once and keeps. */
	look_up_with_memory(fixture);
	while (
	    number < ALLOCATIONS_MAX && look_up_without(fixture, number, lasts))
		number++;
	look_up_with_memory(fixture);
	assert_in_range(number, 100, ALLOCATIONS_MAX - 1);
	print_message("%zu allocations refused\n", number - 1);
}

static void
each_allocation_is_refused_once(void **state)
{
	each_allocation(state, false);
}

static void
and_all_from_it_on(void **state)
{
	each_allocation(state, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_allocation_is_refused_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    and_all_from_it_on, setup, teardown),
	};

	setenv("LOCALDOMAIN", "a.test b.test", 1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
