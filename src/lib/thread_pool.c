/* SPDX-License-Identifier: ISC */
/*
 * A queue for each kind of job, one lock, and threads that end when there is
 * no job for them.
 *
 * A thread has no kind: it takes the oldest job that may run. So a job for
 * which no thread could be made gets the next free thread of any kind.
 *
 * Each thread that ends joins the one that ended before it. So one thread at
 * most has ended and is not joined yet; when that one is joined, all others
 * have been.
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "condition.h"
#include "thread_pool.h"

/* getaddrinfo(3) and its modules need far less. */
#define STACK_SIZE ((size_t)1024 * 1024)

struct queue {
	struct thread_job *first;
	struct thread_job *last;
	unsigned running;
	unsigned waiting;
};

static struct pool {
	struct queue queues[THREAD_POOL_KINDS];
	unsigned threads; /* that have not ended */
	bool has_last;    /* a thread has ended and is not joined */
	pthread_t last;
	unsigned joining; /* callers that join the last one */
	uint64_t submitted;
} pool;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle; /* there is no thread, or none to be joined */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;
static bool exiting; /* the process: nobody joins the last thread */

static void
pool_before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void
pool_after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

/* Empties the pool: the threads exist in the parent only. */
static void
pool_after_fork_in_child(void)
{
	pool = (struct pool){ .threads = 0 };
	/* A thread of the parent may have waited for it. */
	usable = condition_init(&idle);
	pthread_mutex_unlock(&lock);
}

static void
pool_init(void)
{
	usable = condition_init(&idle) &&
	    pthread_atfork(pool_before_fork, pool_after_fork_in_parent,
		pool_after_fork_in_child) == 0;
}

static void
push(struct queue *queue, struct thread_job *job)
{
	job->next = NULL;
	if (queue->first == NULL)
		queue->first = job;
	else
		queue->last->next = job;
	queue->last = job;
	queue->waiting++;
}

static struct thread_job *
pop(struct queue *queue)
{
	struct thread_job *job = queue->first;

	queue->first = job->next;
	queue->waiting--;
	queue->running++;
	return (job);
}

/* Returns the queue of the oldest job that may run; NULL without one. */
static struct queue *
pool_oldest_queue(void)
{
	struct queue *found = NULL;

	for (size_t i = 0; i < THREAD_POOL_KINDS; i++) {
		struct queue *queue = &pool.queues[i];

		if (queue->first != NULL &&
		    queue->running < THREAD_POOL_MAX_THREADS &&
		    (found == NULL ||
			queue->first->number < found->first->number))
			found = queue;
	}
	return (found);
}

/*
 * Makes the calling thread the last one that has ended. Returns whether there
 * was one before, which the caller has to join.
 */
static bool
pool_end_thread(pthread_t *before)
{
	bool had_last = pool.has_last;

	if (exiting) {
		pthread_detach(pthread_self());
	} else {
		*before = pool.last;
		pool.last = pthread_self();
		pool.has_last = true;
	}
	if (--pool.threads == 0)
		pthread_cond_broadcast(&idle);
	return (had_last && !exiting);
}

/* Runs jobs until there is none, then ends the thread. */
static void *
pool_run_jobs(void *unused)
{
	struct queue *queue;
	struct thread_job *job;
	pthread_t before = pthread_self();
	bool joins;

	(void)unused;
	pthread_mutex_lock(&lock);
	while ((queue = pool_oldest_queue()) != NULL) {
		job = pop(queue);
		pthread_mutex_unlock(&lock);
		job->run(job);
		pthread_mutex_lock(&lock);
		queue->running--;
	}
	joins = pool_end_thread(&before);
	pthread_mutex_unlock(&lock);
	if (joins)
		pthread_join(before, NULL);
	return (NULL);
}

/* Joins the threads that have ended; drops the lock meanwhile. */
static void
pool_join_last(void)
{
	pthread_t last;

	while (pool.has_last) {
		last = pool.last;
		pool.has_last = false;
		pool.joining++;
		pthread_mutex_unlock(&lock);
		pthread_join(last, NULL);
		pthread_mutex_lock(&lock);
		if (--pool.joining == 0)
			pthread_cond_broadcast(&idle);
	}
}

bool
thread_pool_wait(monotime_t end)
{
	bool ended;

	pthread_once(&once, pool_init);
	pthread_mutex_lock(&lock);
	pool_join_last();
	while ((pool.threads > 0 || pool.joining > 0) && clock_now() < end) {
		condition_wait_until(&idle, &lock, end);
		pool_join_last();
	}
	ended = pool.threads == 0 && pool.joining == 0;
	pthread_mutex_unlock(&lock);
	return (ended);
}

/* Leaves no thread that is not joined when the process exits. */
static void __attribute__((destructor)) pool_exit(void)
{
	pthread_mutex_lock(&lock);
	exiting = true;
	pool_join_last();
	pthread_mutex_unlock(&lock);
}

/* Limits the stack, as there may be a thousand threads. */
static void
limit_stack(pthread_attr_t *attributes)
{
	size_t size;

	if (pthread_attr_getstacksize(attributes, &size) == 0 &&
	    size > STACK_SIZE)
		pthread_attr_setstacksize(attributes, STACK_SIZE);
}

/* Starts a thread with every signal blocked. */
static bool
pool_start_thread(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (pthread_attr_init(&attributes) != 0)
		return (false);
	limit_stack(&attributes);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, pool_run_jobs, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return (error == 0);
}

enum thread_pool_place
thread_pool_submit(struct thread_job *job)
{
	struct queue *queue = &pool.queues[job->kind];
	enum thread_pool_place place = THREAD_POOL_QUEUED;

	pthread_once(&once, pool_init);
	if (!usable)
		return (THREAD_POOL_NONE);
	pthread_mutex_lock(&lock);
	/* The new thread waits for the lock and then finds the job. */
	if (queue->running + queue->waiting < THREAD_POOL_MAX_THREADS &&
	    pool_start_thread()) {
		pool.threads++;
		place = THREAD_POOL_STARTED;
	} else if (pool.threads == 0) {
		place = THREAD_POOL_NONE;
	}
	if (place != THREAD_POOL_NONE) {
		job->number = pool.submitted++;
		push(queue, job);
	}
	pthread_mutex_unlock(&lock);
	return (place);
}
