/* SPDX-License-Identifier: ISC */
/*
 * thread_pool.h: threads for calls that block, a bounded number for each kind.
 *
 * The pool is shared by the whole process. Threads are made when work comes
 * in, are gone when there is none, and take no signals. Work that never ends
 * keeps its thread; it holds up nothing else until THREAD_POOL_MAX_THREADS of
 * its kind have piled up, and it never holds up another kind.
 *
 * A child of fork(2) starts with an empty pool: the threads and the queued
 * jobs of its parent do not exist in it.
 */
#ifndef THREAD_POOL_H
#define THREAD_POOL_H

#include <stdint.h>

#define THREAD_POOL_MAX_THREADS 1024 /* of each kind */
#define THREAD_POOL_KINDS       3

/* A piece of work; part of a struct of its owner's. */
struct thread_job {
	struct thread_job *next;
	uint64_t number;                     /* the pool's */
	unsigned kind;                       /* under THREAD_POOL_KINDS */
	void (*run)(struct thread_job *job); /* may free the job */
};

enum thread_pool_place {
	THREAD_POOL_NONE,    /* there is no thread at all: nothing was done */
	THREAD_POOL_QUEUED,  /* runs on the next thread that is free */
	THREAD_POOL_STARTED, /* runs on a thread that was made for it */
};

/*
 * Runs `job` on a thread: a new one, or the next that is free when there are
 * enough of its kind or when no more can be made. Jobs of a kind begin in the
 * order they came.
 */
enum thread_pool_place thread_pool_submit(struct thread_job *job);

#endif
