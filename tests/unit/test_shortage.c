/* SPDX-License-Identifier: ISC */
/*
 * A connect on a real loop where libevent is refused what it asks for, memory
 * or a place in epoll, each time at another point: it ends all the same, once,
 * with an error that says so, and leaves nothing behind.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#include <sys/syscall.h>
#endif

#include <event2/event.h>

#include "address.h"
#include "hecat.h"
#include "real_loop.h"

enum scarce { PLENTY, MEMORY, PLACES };

/* What is short, and after how many requests; of those one is refused or all.
 */
static struct {
	enum scarce what;
	size_t granted;
	bool lasts;
	size_t refused;
} shortage;

struct fixture {
	struct event_base *base;
	struct hecat_config config;
	struct sockaddr_storage listed;
	int listening;
	size_t callbacks;
	enum hecat_error error;
	int system_error; /* of the answer or the attempt that failed */
};

/* Counts one request. Returns whether it is to be refused. */
static bool
is_refused(enum scarce what)
{
	if (shortage.what != what)
		return (false);
	if (shortage.granted > 0) {
		shortage.granted--;
		return (false);
	}
	if (!shortage.lasts && shortage.refused > 0)
		return (false);
	shortage.refused++;
	return (true);
}

static void *
get_memory(size_t size)
{
	return (is_refused(MEMORY) ? NULL : malloc(size));
}

static void *
change_memory(void *bytes, size_t size)
{
	return (is_refused(MEMORY) ? NULL : realloc(bytes, size));
}

#ifdef __linux__
int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation == EPOLL_CTL_ADD && is_refused(PLACES)) {
		errno = ENOSPC;
		return (-1);
	}
	return ((int)syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}
#endif

static void
say_nothing(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

static int
setup_all(void **state)
{
	(void)state;
	event_set_mem_functions(get_memory, change_memory, free);
	event_set_log_callback(say_nothing);
	return (0);
}

static int
setup(void **state)
{
	static struct fixture fixture;
	struct address address;

	fixture = (struct fixture){ .base = real_loop_new() };
	address_parse(&address, "127.0.0.1", 0);
	fixture.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(fixture.listening, &address.sa, address.length), 0);
	assert_int_equal(listen(fixture.listening, 64), 0);
	assert_int_equal(
	    getsockname(fixture.listening, &address.sa, &address.length), 0);
	memcpy(&fixture.listed, &address.sa, address.length);
	hecat_config_init(&fixture.config);
	fixture.config.port = address_port(&address);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	shortage.what = PLENTY;
	close(fixture->listening);
	event_base_free(fixture->base);
	return (0);
}

static void
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	close(fd);
	fixture->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	fixture->error = error;
	fixture->callbacks++;
}

static void
observe(const struct hecat_event *event, void *arg)
{
	struct fixture *fixture = arg;

	if (event->type == HECAT_EVENT_ATTEMPT_ENDED && event->error != 0)
		fixture->system_error = event->error;
	if (event->type == HECAT_EVENT_ANSWER && event->error == EAI_SYSTEM)
		fixture->system_error = event->system_error;
}

/* Connects; 0 or the error. */
static enum hecat_error
run(struct fixture *fixture)
{
	struct hecat_connector *connector;

	fixture->callbacks = 0;
	fixture->error = 0;
	fixture->system_error = 0;
	fixture->config.observer = observe;
	fixture->config.observer_arg = fixture;
	connector = hecat_connector_new(
	    fixture->base, &fixture->config, on_connected, on_failed, fixture);
	if (connector == NULL) {
		assert_int_equal(errno, ENOMEM);
		return (HECAT_ERROR_MEMORY);
	}
	while (fixture->callbacks == 0 && real_loop_in_time()) {
		real_loop_settle(fixture->base);
		sched_yield();
	}
	assert_int_equal(fixture->callbacks, 1);
	hecat_connector_free(connector);
	real_loop_settle(fixture->base);
	assert_int_equal(
	    event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ADDED),
	    0);
	assert_int_equal(fixture->callbacks, 1);
	return (fixture->error);
}

/*
 * Refuses the first, the second and so on until none is left to refuse.
 * Returns how often that made the connect fail; each time for want of `reason`.
 */
static size_t
refuse_each(struct fixture *fixture, enum scarce what, bool lasts, int reason)
{
	size_t descriptors, failures = 0;
	enum hecat_error error;

	run(fixture);
	assert_int_equal(real_loop_join(NULL), 0);
	descriptors = open_descriptors();
	shortage.refused = 1;
	for (size_t granted = 0; shortage.refused > 0; granted++) {
		shortage.what = what;
		shortage.granted = granted;
		shortage.lasts = lasts;
		shortage.refused = 0;
		error = run(fixture);
		shortage.what = PLENTY;
		assert_int_equal(real_loop_join(NULL), 0);
		assert_int_equal(open_descriptors(), descriptors);
		if (error == 0)
			continue;
		failures++;
		assert_true(shortage.refused > 0);
		if (error != HECAT_ERROR_MEMORY)
			assert_int_equal(fixture->system_error, reason);
	}
	return (failures);
}

static void
given_an_address(struct fixture *fixture)
{
	fixture->config.addresses = &fixture->listed;
	fixture->config.address_count = 1;
}

static void
given_a_name(struct fixture *fixture)
{
	fixture->config.host = "localhost";
	fixture->config.family = AF_INET;
}

static void
memory_for_the_attempt(void **state)
{
	given_an_address(*state);
	assert_true(refuse_each(*state, MEMORY, false, ENOMEM) > 0);
	assert_true(refuse_each(*state, MEMORY, true, ENOMEM) > 0);
}

static void
memory_for_the_lookup(void **state)
{
	given_a_name(*state);
	assert_true(refuse_each(*state, MEMORY, false, ENOMEM) > 0);
	assert_true(refuse_each(*state, MEMORY, true, ENOMEM) > 0);
}

#ifdef __linux__
static void
a_place_for_the_attempt(void **state)
{
	given_an_address(*state);
	assert_true(refuse_each(*state, PLACES, true, ENOSPC) > 0);
}

/* The lookup goes first: what it lacks is the answer. */
static void
a_place_for_the_lookup(void **state)
{
	struct fixture *fixture = *state;

	given_a_name(fixture);
	shortage.what = PLACES;
	shortage.granted = 0;
	assert_int_equal(run(fixture), HECAT_ERROR_RESOLVE);
	assert_int_equal(fixture->system_error, ENOSPC);
	assert_true(refuse_each(fixture, PLACES, true, ENOSPC) > 1);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_for_the_attempt),
		TEST(memory_for_the_lookup),
#ifdef __linux__
		TEST(a_place_for_the_attempt),
		TEST(a_place_for_the_lookup),
#endif
	};

	return (cmocka_run_group_tests(tests, setup_all, real_loop_join));
}
