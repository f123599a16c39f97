/* SPDX-License-Identifier: ISC */
/*
 * thread_pool.h: a bounded number of threads for calls that block.
 *
 * The threads are shared by the whole process, made when work comes in, and
 * gone when there is none. They take no signals. Work that never ends keeps
 * its thread; it holds up nothing else until THREAD_POOL_MAX_THREADS of it
 * have piled up.
 */
#ifndef THREAD_POOL_H
#define THREAD_POOL_H

#include <stdbool.h>

#define THREAD_POOL_MAX_THREADS 16

/* A piece of work; part of a struct of its owner's. */
struct thread_job {
	struct thread_job *next;
	void (*run)(struct thread_job *job); /* may free the job */
};

/*
 * Runs `job` on a thread: a new one, or the next that is free when there are
 * enough or no more can be made. Jobs are begun in the order they came.
 * Returns false, and has done nothing, when there is no thread at all.
 */
bool thread_pool_submit(struct thread_job *job);

#endif
