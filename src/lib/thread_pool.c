/* SPDX-License-Identifier: ISC */
/*
 * A queue, a lock, and detached threads that end when the queue is empty.
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "thread_pool.h"

static struct {
	pthread_mutex_t lock;
	struct thread_job *first;
	struct thread_job **last;
	unsigned threads;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .last = &pool.first };

/* Takes the next job; NULL, and the calling thread is counted out. */
static struct thread_job *
take(void)
{
	struct thread_job *job;

	pthread_mutex_lock(&pool.lock);
	job = pool.first;
	if (job == NULL) {
		pool.threads--;
	} else {
		pool.first = job->next;
		if (pool.first == NULL)
			pool.last = &pool.first;
	}
	pthread_mutex_unlock(&pool.lock);
	return (job);
}

static void *
work(void *unused)
{
	struct thread_job *job;

	(void)unused;
	while ((job = take()) != NULL)
		job->run(job);
	return (NULL);
}

/* Starts a detached thread with every signal blocked. */
static bool
spawn(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (pthread_attr_init(&attributes) != 0)
		return (false);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, work, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return (error == 0);
}

bool
thread_pool_submit(struct thread_job *job)
{
	bool ok = true;

	pthread_mutex_lock(&pool.lock);
	if (pool.threads < THREAD_POOL_MAX_THREADS) {
		/* The new thread comes to the queue when this lock is free. */
		if (spawn())
			pool.threads++;
		else
			ok = pool.threads > 0;
	}
	if (ok) {
		job->next = NULL;
		*pool.last = job;
		pool.last = &job->next;
	}
	pthread_mutex_unlock(&pool.lock);
	return (ok);
}
