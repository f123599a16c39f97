/* SPDX-License-Identifier: ISC */
/*
 * The threads behind the resolver: a bounded number, first come first served,
 * and no signal ever ends up in one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "real_loop.h"
#include "thread_pool.h"

#define MANY             100
#define DEADLINE_SECONDS 20

/* Work that goes on until the gate is open. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	size_t running;
	size_t most; /* that ever ran at once */
	size_t done;
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
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	gate.running--;
	gate.done++;
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

static void
submit_all(struct numbered_job jobs[MANY])
{
	gate.open = false;
	gate.highest = gate.done = gate.most = 0;
	gate.signals_blocked = true;
	for (size_t i = 0; i < MANY; i++) {
		jobs[i] = (struct numbered_job){ .number = i };
		jobs[i].work.run = run;
		assert_true(thread_pool_submit(&jobs[i].work));
	}
}

static void
open_gate(void)
{
	bool done;

	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.changed);
	done = wait_for(&gate.done, MANY);
	pthread_mutex_unlock(&gate.lock);
	assert_true(done);
}

static void
the_number_of_threads_is_bounded(void **state)
{
	static struct numbered_job jobs[MANY];
	size_t highest;
	bool busy;

	(void)state;
	submit_all(jobs);
	pthread_mutex_lock(&gate.lock);
	busy = wait_for(&gate.running, THREAD_POOL_MAX_THREADS);
	highest = gate.highest;
	pthread_mutex_unlock(&gate.lock);
	open_gate();
	assert_true(busy);
	/* All of them were busy with the first that came. */
	assert_int_equal(highest, THREAD_POOL_MAX_THREADS - 1);
	assert_int_equal(gate.most, THREAD_POOL_MAX_THREADS);
	assert_true(gate.signals_blocked);
}

/* When the threads are gone, or about to go, there are new ones. */
static void
work_comes_in_again_and_again(void **state)
{
	static struct numbered_job jobs[MANY];

	(void)state;
	for (int i = 0; i < 20; i++) {
		submit_all(jobs);
		open_gate();
		assert_true(gate.most <= THREAD_POOL_MAX_THREADS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_of_threads_is_bounded),
		cmocka_unit_test(work_comes_in_again_and_again),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
