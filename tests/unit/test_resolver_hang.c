/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver where getaddrinfo(3) hangs, fails or answers oddly.
 * This program has a getaddrinfo of its own, with a gate for each family: a
 * call returns when its gate is open.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "fake/real_loop.h"
#include "resolver.h"
#include "thread_pool.h"

#define ROUNDS 20

/* The answers of the system; the lock protects all of it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open[2]; /* IPv6 and others, IPv4 */
	int asked[8]; /* families, in the order of the calls */
	size_t calls;
	int error;
	int system_error;
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

struct fixture {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_request *lookup;
	size_t descriptors;
	size_t answers;
	struct resolver_answer last;
	struct address addresses[4]; /* of the last answer */
};

static struct addrinfo *
new_info(const struct sockaddr *sa, socklen_t length, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info));

	if (info == NULL)
		abort();
	info->ai_addr = calloc(1, length);
	if (info->ai_addr == NULL)
		abort();
	memcpy(info->ai_addr, sa, length);
	info->ai_addrlen = length;
	info->ai_family = sa->sa_family;
	info->ai_next = next;
	return (info);
}

/* Two addresses and, between them, one of a family that was not asked for. */
static struct addrinfo *
new_list(int family)
{
	const struct sockaddr odd = { .sa_family = AF_UNIX };
	struct addrinfo *list = NULL;
	struct address address;
	bool ipv4 = family == AF_INET;

	address_parse(&address, ipv4 ? "192.0.2.2" : "2001:db8::2", 0);
	list = new_info(&address.sa, address.length, list);
	list = new_info(&odd, sizeof(odd), list);
	address_parse(&address, ipv4 ? "192.0.2.1" : "2001:db8::1", 0);
	return (new_info(&address.sa, address.length, list));
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	bool *open = &gate.open[hints->ai_family == AF_INET];
	int error;

	(void)name;
	(void)service;
	pthread_mutex_lock(&gate.lock);
	if (gate.calls < 8)
		gate.asked[gate.calls] = hints->ai_family;
	gate.calls++;
	pthread_cond_broadcast(&gate.changed);
	while (!*open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	error = gate.error;
	if (error == 0)
		*result = new_list(hints->ai_family);
	errno = gate.system_error;
	pthread_mutex_unlock(&gate.lock);
	return (error);
}

void
freeaddrinfo(struct addrinfo *list)
{
	struct addrinfo *next;

	for (; list != NULL; list = next) {
		next = list->ai_next;
		free(list->ai_addr);
		free(list);
	}
}

static void
open_gates(bool ipv6, bool ipv4)
{
	pthread_mutex_lock(&gate.lock);
	gate.open[0] = ipv6;
	gate.open[1] = ipv4;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static size_t
calls(void)
{
	size_t count;

	pthread_mutex_lock(&gate.lock);
	count = gate.calls;
	pthread_mutex_unlock(&gate.lock);
	return (count);
}

/* Closes the gates and counts from none again. */
static void
forget_calls(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.calls = 0;
	gate.error = gate.system_error = 0;
	gate.open[0] = gate.open[1] = false;
	pthread_mutex_unlock(&gate.lock);
}

static void
wait_for_calls(size_t wanted)
{
	while (calls() < wanted && real_loop_in_time())
		sched_yield();
	assert_int_equal(calls(), wanted);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.resolver = resolver_system_new(fixture.base);
	assert_non_null(fixture.resolver);
	fixture.descriptors = open_descriptors();
	forget_calls();
	*state = &fixture;
	return (0);
}

/* Ends all hanging calls; the jobs without an owner free themselves. */
static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->lookup != NULL)
		fixture->resolver->ops->cancel(fixture->lookup);
	open_gates(true, true);
	/* A thread that is late would be in the way of the next test. */
	real_loop_assert_left(fixture->descriptors);
	fixture->resolver->ops->release(fixture->resolver);
	event_base_free(fixture->base);
	return (0);
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct fixture *fixture = arg;

	fixture->answers++;
	fixture->last = *answer;
	assert_true(answer->count <= 4);
	for (size_t i = 0; i < answer->count; i++)
		fixture->addresses[i] = answer->addresses[i];
}

static void
start(struct fixture *fixture, enum resolver_families families)
{
	const struct resolver_question question = {
		.name = "host.example",
		.port = 80,
		.families = families,
	};

	fixture->lookup = fixture->resolver->ops->start(
	    fixture->resolver, &question, on_answer, fixture);
	assert_non_null(fixture->lookup);
}

static void
a_hanging_aaaa_does_not_hold_up_a(void **state)
{
	struct fixture *fixture = *state;

	open_gates(false, true);
	start(fixture, RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.family, AF_INET);
	assert_int_equal(fixture->last.count, 2);
	open_gates(true, true);
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_int_equal(fixture->last.family, AF_INET6);
}

static void
a_hanging_a_does_not_hold_up_aaaa(void **state)
{
	struct fixture *fixture = *state;

	open_gates(true, false);
	start(fixture, RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.family, AF_INET6);
	open_gates(true, true);
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_int_equal(fixture->last.family, AF_INET);
}

/* Two threads cannot promise it: the head start wins more often than not. */
static void
aaaa_is_asked_first(void **state)
{
	struct fixture *fixture = *state;
	size_t first = 0;

	for (size_t i = 1; i <= ROUNDS; i++) {
		start(fixture, RESOLVER_BOTH);
		wait_for_calls(2);
		assert_int_equal(
		    gate.asked[0] + gate.asked[1], AF_INET6 + AF_INET);
		first += gate.asked[0] == AF_INET6;
		open_gates(true, true);
		real_loop_run(fixture->base, &fixture->answers, 2 * i);
		fixture->resolver->ops->cancel(fixture->lookup);
		fixture->lookup = NULL;
		forget_calls();
	}
	assert_true(first > ROUNDS / 2);
}

static void
one_question_for_both_is_one_call(void **state)
{
	struct fixture *fixture = *state;

	open_gates(true, true);
	start(fixture, RESOLVER_BOTH_TOGETHER);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(calls(), 1);
	assert_int_equal(gate.asked[0], AF_UNSPEC);
	assert_int_equal(fixture->last.family, AF_UNSPEC);
}

static void
a_cancel_does_not_wait_for_what_hangs(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, RESOLVER_BOTH);
	wait_for_calls(2);
	fixture->resolver->ops->cancel(fixture->lookup);
	fixture->lookup = NULL;
	open_gates(true, true);
	/* A thread that is late would be in the way of the next test. */
	real_loop_assert_left(fixture->descriptors);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->answers, 0);
}

/* A job of the kind that lookups of IPv4 are, and that asks nothing. */
static struct blocker {
	struct thread_job work;
} blockers[THREAD_POOL_MAX_THREADS];

static void
block(struct thread_job *work)
{
	(void)work;
	pthread_mutex_lock(&gate.lock);
	gate.calls++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open[1])
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void
block_all_threads(void)
{
	for (size_t i = 0; i < THREAD_POOL_MAX_THREADS; i++) {
		blockers[i].work = (struct thread_job){ .kind = 1 };
		blockers[i].work.run = block;
		assert_int_equal(
		    thread_pool_submit(&blockers[i].work), THREAD_POOL_STARTED);
	}
	wait_for_calls(THREAD_POOL_MAX_THREADS);
}

/* All the threads of the family hang, so the lookup stands in the queue. */
static void
what_is_cancelled_in_the_queue_is_not_asked(void **state)
{
	struct fixture *fixture = *state;

	block_all_threads();
	start(fixture, RESOLVER_IPV4);
	fixture->resolver->ops->cancel(fixture->lookup);
	fixture->lookup = NULL;
	open_gates(true, true);
	real_loop_assert_left(fixture->descriptors);
	assert_int_equal(calls(), THREAD_POOL_MAX_THREADS);
}

static void
addresses_come_in_order_and_with_the_port(void **state)
{
	struct fixture *fixture = *state;
	struct address expected;

	open_gates(true, true);
	start(fixture, RESOLVER_IPV6);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.count, 2);
	address_parse(&expected, "2001:db8::1", 80);
	assert_true(address_equal(&fixture->addresses[0], &expected));
	address_parse(&expected, "2001:db8::2", 80);
	assert_true(address_equal(&fixture->addresses[1], &expected));
}

static void
an_error_is_handed_on(void **state)
{
	static const struct {
		int returned; /* by getaddrinfo, which leaves `left` in errno */
		int left;
		int error;
		int system_error; /* with EAI_SYSTEM alone */
	} rows[] = {
		{ EAI_NONAME, ENOENT, EAI_NONAME, 0 },
		{ EAI_NODATA, ENOENT, EAI_NODATA, 0 },
		{ EAI_AGAIN, ENOENT, EAI_AGAIN, 0 },
		{ EAI_FAIL, ENOENT, EAI_FAIL, 0 },
		{ EAI_SYSTEM, EMFILE, EAI_SYSTEM, EMFILE },
		/* The name server was not asked at all. */
		{ EAI_NONAME, EMFILE, EAI_SYSTEM, EMFILE },
		{ EAI_AGAIN, ENFILE, EAI_SYSTEM, ENFILE },
		{ EAI_FAIL, ENOMEM, EAI_SYSTEM, ENOMEM },
		/* /etc/hosts was not, which may have another address. */
		{ 0, EMFILE, EAI_SYSTEM, EMFILE },
	};
	struct fixture *fixture = *state;

	open_gates(true, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pthread_mutex_lock(&gate.lock);
		gate.error = rows[i].returned;
		gate.system_error = rows[i].left;
		pthread_mutex_unlock(&gate.lock);
		start(fixture, RESOLVER_IPV4);
		real_loop_run(fixture->base, &fixture->answers, i + 1);
		assert_int_equal(fixture->last.error, rows[i].error);
		assert_int_equal(
		    fixture->last.system_error, rows[i].system_error);
		assert_int_equal(fixture->last.count, 0);
		fixture->resolver->ops->cancel(fixture->lookup);
		fixture->lookup = NULL;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hanging_aaaa_does_not_hold_up_a),
		TEST(a_hanging_a_does_not_hold_up_aaaa),
		TEST(aaaa_is_asked_first),
		TEST(one_question_for_both_is_one_call),
		TEST(a_cancel_does_not_wait_for_what_hangs),
		TEST(what_is_cancelled_in_the_queue_is_not_asked),
		TEST(addresses_come_in_order_and_with_the_port),
		TEST(an_error_is_handed_on),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
