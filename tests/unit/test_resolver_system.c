/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver with names that are answered on this machine: literals
 * and "localhost". No query leaves it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/real_loop.h"
#include "resolver.h"

#define MANY 200

struct fixture {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_request *lookup;
	size_t descriptors; /* open when the test began */
	size_t answers;
	size_t by_family[3]; /* IPv6, IPv4, both */
	int error[3];
	size_t count[3];
	struct address first[3];
	bool started; /* start() has returned */
	bool cancel_inside;
	bool blocking; /* expected of answers */
};

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.resolver = resolver_system_new(fixture.base);
	assert_non_null(fixture.resolver);
	fixture.descriptors = open_descriptors();
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	real_loop_assert_no_events(fixture->base);
	/* A job outlives its owner, but not for long where nothing hangs. */
	real_loop_assert_left(fixture->descriptors);
	fixture->resolver->ops->release(fixture->resolver);
	event_base_free(fixture->base);
	return (0);
}

static size_t
slot(int family)
{
	if (family == AF_UNSPEC)
		return (2);
	return (family == AF_INET6 ? 0 : 1);
}

static void
cancel(struct fixture *fixture)
{
	fixture->resolver->ops->cancel(fixture->lookup);
	fixture->lookup = NULL;
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct fixture *fixture = arg;
	size_t i = slot(answer->family);

	assert_true(fixture->started);
	assert_true((answer->error == 0) == (answer->count > 0));
	assert_int_equal(answer->blocking, fixture->blocking);
	fixture->answers++;
	fixture->by_family[i]++;
	fixture->error[i] = answer->error;
	fixture->count[i] = answer->count;
	if (answer->count > 0)
		fixture->first[i] = answer->addresses[0];
	for (size_t j = 0; j < answer->count; j++) {
		assert_int_equal(address_port(&answer->addresses[j]), 4321);
		if (answer->family != AF_UNSPEC)
			assert_int_equal(address_family(&answer->addresses[j]),
			    answer->family);
	}
	if (fixture->cancel_inside)
		cancel(fixture);
}

static struct resolver_request *
ask(struct fixture *fixture, const char *name, enum resolver_families families)
{
	char *copy = strdup(name);
	const struct resolver_question question = {
		.name = copy,
		.port = 4321,
		.families = families,
	};
	struct resolver_request *lookup;

	assert_non_null(copy);
	lookup = fixture->resolver->ops->start(
	    fixture->resolver, &question, on_answer, fixture);
	memset(copy, 'x', strlen(copy)); /* the question was copied */
	free(copy);
	return (lookup);
}

static void
start(
    struct fixture *fixture, const char *name, enum resolver_families families)
{
	fixture->lookup = ask(fixture, name, families);
	assert_non_null(fixture->lookup);
	fixture->started = true;
}

static void
assert_answered(
    const struct fixture *fixture, size_t ipv6, size_t ipv4, size_t both)
{
	assert_int_equal(fixture->by_family[0], ipv6);
	assert_int_equal(fixture->by_family[1], ipv4);
	assert_int_equal(fixture->by_family[2], both);
}

static void
assert_first(const struct fixture *fixture, int family, const char *text)
{
	struct address expected;

	address_parse(&expected, text, 4321);
	assert_int_equal(fixture->error[slot(family)], 0);
	assert_true(address_equal(&fixture->first[slot(family)], &expected));
}

static void
each_family_is_answered_once(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "127.0.0.1", RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 2);
	real_loop_settle(fixture->base);
	assert_answered(fixture, 1, 1, 0);
	assert_first(fixture, AF_INET, "127.0.0.1");
	/* A literal of the other family is a negative answer. */
	assert_int_not_equal(fixture->error[slot(AF_INET6)], 0);
	assert_int_equal(fixture->count[slot(AF_INET6)], 0);
	cancel(fixture);
}

static void
localhost(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "localhost", RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 1);
	real_loop_settle(fixture->base);
	/* It stands in /etc/hosts: one answer for both families. */
	assert_answered(fixture, 0, 0, 1);
	assert_int_equal(fixture->error[slot(AF_UNSPEC)], 0);
	cancel(fixture);
}

static void
one_family_alone(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "127.0.0.1", RESOLVER_IPV4);
	real_loop_run(fixture->base, &fixture->answers, 1);
	real_loop_settle(fixture->base);
	assert_answered(fixture, 0, 1, 0);
	assert_first(fixture, AF_INET, "127.0.0.1");
	cancel(fixture);

	start(fixture, "::1", RESOLVER_IPV6);
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_answered(fixture, 1, 1, 0);
	assert_first(fixture, AF_INET6, "::1");
	cancel(fixture);
}

static void
both_in_one_question(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "::1", RESOLVER_BOTH_TOGETHER);
	real_loop_run(fixture->base, &fixture->answers, 1);
	real_loop_settle(fixture->base);
	assert_answered(fixture, 0, 0, 1);
	assert_first(fixture, AF_UNSPEC, "::1");
	cancel(fixture);
}

/* As in /etc/hosts of a host that maps them. */
static void
an_ipv4_mapped_answer_is_ipv4(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, "::ffff:127.0.0.1", RESOLVER_BOTH_TOGETHER);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_first(fixture, AF_UNSPEC, "127.0.0.1");
	cancel(fixture);
}

static void
what_cannot_be_a_name_is_answered_too(void **state)
{
	struct fixture *fixture = *state;
	char name[300];

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	start(fixture, name, RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_answered(fixture, 1, 1, 0);
	assert_int_not_equal(fixture->error[0], 0);
	assert_int_not_equal(fixture->error[1], 0);
	cancel(fixture);
}

static void
no_answer_comes_after_a_cancel(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < MANY; i++) {
		start(fixture, "localhost", RESOLVER_BOTH);
		cancel(fixture);
	}
	/* A job outlives its owner, but not for long where nothing hangs. */
	real_loop_assert_left(fixture->descriptors);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->answers, 0);
}

static void
a_lookup_may_be_cancelled_in_its_callback(void **state)
{
	struct fixture *fixture = *state;

	fixture->cancel_inside = true;
	for (size_t i = 0; i < MANY; i++) {
		start(fixture, "127.0.0.1", RESOLVER_BOTH);
		real_loop_run(fixture->base, &fixture->answers, i + 1);
		assert_null(fixture->lookup);
	}
	/* A job outlives its owner, but not for long where nothing hangs. */
	real_loop_assert_left(fixture->descriptors);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->answers, MANY);
}

static void
many_lookups_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct resolver_request *lookups[MANY];

	fixture->started = true;
	for (size_t i = 0; i < MANY; i++) {
		lookups[i] = ask(fixture, "127.0.0.1", RESOLVER_BOTH);
		assert_non_null(lookups[i]);
	}
	real_loop_run(fixture->base, &fixture->answers, 2 * MANY);
	assert_answered(fixture, MANY, MANY, 0);
	for (size_t i = 0; i < MANY; i++)
		fixture->resolver->ops->cancel(lookups[i]);
}

/* Asks where no thread can be made. Returns whether all was well. */
static bool
asks_without_threads(struct fixture *fixture)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		return (false);
	fixture->blocking = true;
	fixture->lookup = ask(fixture, "127.0.0.1", RESOLVER_BOTH);
	if (fixture->lookup == NULL || fixture->answers != 0)
		return (false);
	fixture->started = true;
	real_loop_settle(fixture->base);
	real_loop_settle(fixture->base);
	return (fixture->answers == 2 && fixture->by_family[0] == 1 &&
	    fixture->error[1] == 0);
}

/* The limit on processes does not apply to root: the child is another user. */
static void
without_a_thread_the_lookup_runs_in_place(void **state)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child != -1);
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) == -1)
			_exit(2);
		_exit(asks_without_threads(*state) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2) {
		print_message("cannot become a user with a limit\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
without_a_descriptor_there_is_no_lookup(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before, none;
	struct resolver_request *lookup;
	int error;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	errno = 0;
	lookup = ask(fixture, "127.0.0.1", RESOLVER_BOTH);
	error = errno;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(lookup);
	assert_int_not_equal(error, 0);
}

/* A child of the program is not to inherit the pipe of a lookup. */
static void
descriptors_are_close_on_exec(void **state)
{
	struct fixture *fixture = *state;
	int flags;

	start(fixture, "localhost", RESOLVER_BOTH);
	for (int fd = 3; fd < 256; fd++) {
		flags = fcntl(fd, F_GETFL);
		if (flags != -1 && (flags & O_NONBLOCK) != 0)
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	cancel(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, while there are no threads. */
		TEST(without_a_thread_the_lookup_runs_in_place),
		TEST(each_family_is_answered_once),
		TEST(localhost),
		TEST(one_family_alone),
		TEST(both_in_one_question),
		TEST(an_ipv4_mapped_answer_is_ipv4),
		TEST(what_cannot_be_a_name_is_answered_too),
		TEST(no_answer_comes_after_a_cancel),
		TEST(a_lookup_may_be_cancelled_in_its_callback),
		TEST(many_lookups_at_once),
		TEST(without_a_descriptor_there_is_no_lookup),
		TEST(descriptors_are_close_on_exec),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
