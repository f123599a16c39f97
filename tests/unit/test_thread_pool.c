/* SPDX-License-Identifier: ISC */
/*
 * The threads behind the resolver: a bounded number of each kind, first come
 * first served, no signal ever ends up in one, and none in a child of fork().
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "fake/child.h"
#include "fake/real_loop.h"
#include "thread_pool.h"

#define MAX              THREAD_POOL_MAX_THREADS
#define EXTRA            20 /* jobs more than there may be threads */
#define MANY             100
#define DEADLINE_SECONDS 20

/* Work of a kind goes on until its gate is open. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open[THREAD_POOL_KINDS];
	size_t running;
	size_t most; /* that ever ran at once */
	size_t done[THREAD_POOL_KINDS];
	size_t highest; /* number of those that were begun */
	bool signals_blocked;
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

struct numbered_job {
	struct thread_job work;
	size_t number;
};

static struct numbered_job jobs[MAX + EXTRA];
static struct numbered_job other_jobs[MANY];

static bool
blocks_signals(void)
{
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	return (sigismember(&set, SIGINT) == 1 &&
	    sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGCHLD) == 1);
}

static void
run(struct thread_job *work)
{
	const struct numbered_job *job = (struct numbered_job *)work;

	pthread_mutex_lock(&gate.lock);
	if (job->number > gate.highest)
		gate.highest = job->number;
	if (!blocks_signals())
		gate.signals_blocked = false;
	if (++gate.running > gate.most)
		gate.most = gate.running;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open[work->kind])
		pthread_cond_wait(&gate.changed, &gate.lock);
	gate.running--;
	gate.done[work->kind]++;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

/* Waits until *count is `wanted`; the lock is held. */
static bool
wait_for(const size_t *count, size_t wanted)
{
	struct timespec end;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE_SECONDS;
	while (*count != wanted && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&gate.changed, &gate.lock, &end);
	return (*count == wanted);
}

/* The same without the lock. */
static bool
wait_until(const size_t *count, size_t wanted)
{
	bool reached;

	pthread_mutex_lock(&gate.lock);
	reached = wait_for(count, wanted);
	pthread_mutex_unlock(&gate.lock);
	return (reached);
}

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < THREAD_POOL_KINDS; i++) {
		gate.open[i] = false;
		gate.done[i] = 0;
	}
	gate.highest = gate.most = 0;
	gate.signals_blocked = true;
	real_loop_begin();
	return (real_loop_join(state));
}

static void
submit_all(struct numbered_job *list, size_t count, unsigned kind)
{
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct numbered_job){ .number = i };
		list[i].work.run = run;
		list[i].work.kind = kind;
		assert_int_not_equal(
		    thread_pool_submit(&list[i].work), THREAD_POOL_NONE);
	}
}

/* Lets the work of a kind end; there are `count` jobs of it in all. */
static void
open_gate(unsigned kind, size_t count)
{
	bool done;

	pthread_mutex_lock(&gate.lock);
	gate.open[kind] = true;
	pthread_cond_broadcast(&gate.changed);
	done = wait_for(&gate.done[kind], count);
	pthread_mutex_unlock(&gate.lock);
	assert_true(done);
}

static void
the_number_of_threads_is_bounded(void **state)
{
	size_t highest;
	bool busy;

	(void)state;
	submit_all(jobs, MAX + EXTRA, 0);
	pthread_mutex_lock(&gate.lock);
	busy = wait_for(&gate.running, MAX);
	highest = gate.highest;
	pthread_mutex_unlock(&gate.lock);
	open_gate(0, MAX + EXTRA);
	assert_true(busy);
	/* All of them were busy with the first that came. */
	assert_int_equal(highest, MAX - 1);
	assert_int_equal(gate.most, MAX);
	assert_true(gate.signals_blocked);
}

/* As silent AAAA lookups are no reason not to ask for A. */
static void
a_kind_that_hangs_does_not_hold_up_another(void **state)
{
	(void)state;
	submit_all(jobs, MAX + EXTRA, 0);
	assert_true(wait_until(&gate.running, MAX));
	submit_all(other_jobs, MANY, 1);
	open_gate(1, MANY);
	assert_int_equal(gate.done[0], 0);
	open_gate(0, MAX + EXTRA);
}

static void
the_place_of_a_job_is_returned(void **state)
{
	(void)state;
	submit_all(jobs, MAX - 1, 0);
	jobs[MAX - 1] = jobs[MAX] = (struct numbered_job){ .work.run = run };
	assert_int_equal(
	    thread_pool_submit(&jobs[MAX - 1].work), THREAD_POOL_STARTED);
	assert_int_equal(
	    thread_pool_submit(&jobs[MAX].work), THREAD_POOL_QUEUED);
	open_gate(0, MAX + 1);
}

/* When the threads are gone, or about to go, there are new ones. */
static void
work_comes_in_again_and_again(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		gate.open[2] = false;
		gate.done[2] = 0;
		submit_all(other_jobs, MANY, 2);
		open_gate(2, MANY);
		assert_true(gate.most <= MANY);
	}
}

/* Runs jobs in a child, as a program does that forks. */
static int
work_in_child(void *arg)
{
	struct numbered_job job = { .work.run = run, .work.kind = 1 };

	(void)arg;
	/* The copy of the gate is in the state it had in the parent. */
	gate.done[1] = 0;
	gate.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	gate.changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	gate.open[0] = gate.open[1] = true;
	if (thread_pool_submit(&job.work) != THREAD_POOL_STARTED ||
	    !wait_until(&gate.done[1], 1))
		return (1);
	/* What was queued in the parent is no work of the child's. */
	return (gate.done[0] == 0 ? 0 : 2);
}

static void
a_child_starts_with_an_empty_pool(void **state)
{
	int status;

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("the thread sanitizer allows no thread in a child\n");
	skip();
#endif
	submit_all(jobs, MAX + EXTRA, 0);
	assert_true(wait_until(&gate.running, MAX));
	submit_all(other_jobs, 1, 1);
	status = child_run(work_in_child, NULL);
	/* The parent's is as it was. */
	open_gate(0, MAX + EXTRA);
	open_gate(1, 1);
	assert_int_equal(status, 0);
}

/* The lock is the parent's as long as one of its threads holds it. */
static void
a_child_may_be_made_at_any_time(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("the thread sanitizer allows no thread in a child\n");
	skip();
#endif
	gate.open[2] = true;
	for (size_t i = 0; i < 50; i++) {
		/* Threads that come and go. */
		gate.done[2] = 0;
		submit_all(other_jobs, 10, 2);
		assert_int_equal(child_run(work_in_child, NULL), 0);
		assert_true(wait_until(&gate.done[2], 10));
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_number_of_threads_is_bounded),
		TEST(a_kind_that_hangs_does_not_hold_up_another),
		TEST(the_place_of_a_job_is_returned),
		TEST(work_comes_in_again_and_again),
		TEST(a_child_starts_with_an_empty_pool),
		TEST(a_child_may_be_made_at_any_time),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
