/* SPDX-License-Identifier: ISC */
/*
 * judge.h: the verdict on a run with a fault, by what it left
 * outside: the bytes, the words, the exit status.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "run.h"

enum verdict {
	VERDICT_RIGHT,   /* as if nothing had happened */
	VERDICT_ERROR,   /* a clear error, with the right status */
	VERDICT_UNMET,   /* the call was not made so often */
	VERDICT_KNOWN,   /* a fault of libc's own (known.h) */
	VERDICT_CRASHED, /* killed by a signal */
	VERDICT_HUNG,
	VERDICT_LEFT,       /* a process or a file */
	VERDICT_FALSE_ZERO, /* success, and not all of the work was done */
	VERDICT_BYTES,      /* other bytes than were sent, or twice */
	VERDICT_STATUS,     /* an error, with a status that is not for it */
	VERDICT_WORDS,  /* an error without a message, or with another one */
	VERDICT_REPORT, /* a report that is incomplete without a note */
	VERDICT_COUNT
};

#define VERDICT_FIRST_FAILURE VERDICT_CRASHED

/*
 * Judges a run. `ends` and `error` are those of the fault (plan.h), 0 for none;
 * `calm` is a run of the scenario in which nothing failed, or NULL.
 */
enum verdict judge(const struct scenario *scenario,
    const struct run_result *result, unsigned ends, int error,
    const struct run_result *calm);

const char *verdict_name(enum verdict verdict);

#endif
