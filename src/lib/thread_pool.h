/* SPDX-License-Identifier: ISC */
/*
 * thread_pool.h: threads for calls that block, a bounded number for each kind.
 *
 * The process has one pool. A thread is made when a job is submitted, ends when
 * there is no job for it, and blocks all signals. A job that never ends keeps
 * its thread; it delays other jobs of its kind only when
 * THREAD_POOL_MAX_THREADS jobs hang, and never those of another kind.
 *
 * A child of fork(2) starts with an empty pool: the threads and the queued
 * jobs of its parent do not exist in it.
 */
#ifndef THREAD_POOL_H
#define THREAD_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define THREAD_POOL_MAX_THREADS 1024 /* of each kind */
#define THREAD_POOL_KINDS       3

/* One call; the caller makes it part of a struct of its own. */
struct thread_job {
	struct thread_job *next;
	uint64_t number;                     /* set by the pool */
	unsigned kind;                       /* under THREAD_POOL_KINDS */
	void (*run)(struct thread_job *job); /* may free the job */
};

enum thread_pool_place {
	THREAD_POOL_NONE,    /* no thread can be made: the job does not run */
	THREAD_POOL_QUEUED,  /* it runs on the next free thread */
	THREAD_POOL_STARTED, /* a thread was made for it */
};

/*
 * Runs `job` on a new thread, or on the next free one when its kind has
 * THREAD_POOL_MAX_THREADS or no more can be made. Jobs of a kind start in the
 * order in which they were submitted.
 */
enum thread_pool_place thread_pool_submit(struct thread_job *job);

/*
 * Waits, until `end` at most, for all jobs to be done and all threads to have
 * ended. Returns whether there is no thread any more; one that has done its
 * last job and is about to end is always waited for. May be called by several
 * threads, but not by a job. In a child of fork(2) there is nothing to wait
 * for.
 */
bool thread_pool_wait(monotime_t end);

#endif
