/* SPDX-License-Identifier: ISC */
/*
 * worker_pool.h: a bounded number of threads for calls that block.
 *
 * The threads are shared by the whole process, made when work comes in, and
 * gone when there is none. They take no signals. Work that never ends keeps
 * its thread; it holds up nothing else until WORKER_POOL_MAX_THREADS of it
 * have piled up.
 */
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

#include <stdbool.h>

#define WORKER_POOL_MAX_THREADS 16

/* A piece of work; part of a struct of its owner's. */
struct worker_job {
	struct worker_job *next;
	void (*run)(struct worker_job *job); /* may free the job */
};

/*
 * Runs `job` on a thread: a new one, or the next that is free when there are
 * enough or no more can be made. Jobs are begun in the order they came.
 * Returns false, and has done nothing, when there is no thread at all.
 */
bool worker_pool_submit(struct worker_job *job);

#endif
