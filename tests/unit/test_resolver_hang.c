/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver where getaddrinfo(3) hangs, fails or answers oddly.
 * gate.h has the getaddrinfo.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include <event2/event.h>

#include "fake/gate.h"
#include "fake/real_loop.h"
#include "resolver.h"
#include "thread_pool.h"

#define ROUNDS 20

struct fixture {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_request *lookup;
	size_t descriptors;
	size_t answers;
	struct resolver_answer last;
	struct address addresses[4]; /* of the last answer */
};

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.resolver = resolver_system_new(fixture.base);
	assert_non_null(fixture.resolver);
	fixture.descriptors = open_descriptors();
	gate_reset();
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
	gate_open(true, true);
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

	gate_open(false, true);
	start(fixture, RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.family, AF_INET);
	assert_int_equal(fixture->last.count, 2);
	gate_open(true, true);
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_int_equal(fixture->last.family, AF_INET6);
}

static void
a_hanging_a_does_not_hold_up_aaaa(void **state)
{
	struct fixture *fixture = *state;

	gate_open(true, false);
	start(fixture, RESOLVER_BOTH);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.family, AF_INET6);
	gate_open(true, true);
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
		gate_wait_for_calls(2);
		assert_int_equal(
		    gate_family(0) + gate_family(1), AF_INET6 + AF_INET);
		first += gate_family(0) == AF_INET6;
		gate_open(true, true);
		real_loop_run(fixture->base, &fixture->answers, 2 * i);
		fixture->resolver->ops->cancel(fixture->lookup);
		fixture->lookup = NULL;
		gate_reset();
	}
	assert_true(first > ROUNDS / 2);
}

static void
one_question_for_both_is_one_call(void **state)
{
	struct fixture *fixture = *state;

	gate_open(true, true);
	start(fixture, RESOLVER_BOTH_TOGETHER);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(gate_calls(), 1);
	assert_int_equal(gate_family(0), AF_UNSPEC);
	assert_int_equal(fixture->last.family, AF_UNSPEC);
}

static void
a_cancel_does_not_wait_for_what_hangs(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, RESOLVER_BOTH);
	gate_wait_for_calls(2);
	fixture->resolver->ops->cancel(fixture->lookup);
	fixture->lookup = NULL;
	gate_open(true, true);
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
	gate_pass_ipv4();
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
	gate_wait_for_calls(THREAD_POOL_MAX_THREADS);
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
	gate_open(true, true);
	real_loop_assert_left(fixture->descriptors);
	assert_int_equal(gate_calls(), THREAD_POOL_MAX_THREADS);
}

static void
addresses_come_in_order_and_with_the_port(void **state)
{
	struct fixture *fixture = *state;
	struct address expected;

	gate_open(true, true);
	start(fixture, RESOLVER_IPV6);
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_int_equal(fixture->last.count, 2);
	address_parse(&expected, GATE_FIRST_IPV6, 80);
	assert_true(address_equal(&fixture->addresses[0], &expected));
	address_parse(&expected, GATE_SECOND_IPV6, 80);
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

	gate_open(true, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gate_fail_with(rows[i].returned, rows[i].left);
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
