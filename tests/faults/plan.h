/* SPDX-License-Identifier: ISC */
/*
 * plan.h: the errors that each call can have, and what may become of a run that
 * meets them.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

/*
 * How a run may end that does not end as if nothing had happened. Every
 * combination has a meaning; none at all: the error must not be seen.
 */
enum {
	END_UNCONNECTED = 1 << 0, /* 1 */
	END_USAGE = 1 << 1,       /* 2: a file of the report */
	END_UNRESOLVED = 1 << 2,  /* 3 */
	END_TIMEOUT = 1 << 3,     /* 4 */
	END_LOST = 1 << 4,        /* 5 */
	END_STREAM = 1 << 5,      /* 7 */
	END_INTERNAL = 1 << 6,    /* 70 */
	END_SIGPIPE = 1 << 7,     /* death by SIGPIPE, without a word */
	END_SILENT = 1 << 8,  /* stderr is what fails: there may be no words */
	END_NAMED = 1 << 9,   /* the words name the error itself */
	END_FOREVER = 1 << 10 /* set for a fault that goes on */
};

struct plan_error {
	int error; /* as fault.h has it */
	unsigned ends;
	bool once; /* if it went on for ever the program would, too */
};

#define PLAN_ERRORS_MAX 9

struct plan_call {
	enum fault_call call;
	struct plan_error errors[PLAN_ERRORS_MAX]; /* 0 is the end */
};

extern const struct plan_call plan_calls[];
extern const size_t plan_call_count;

/* Sets of system calls that the kernel refuses for the whole of a run. */
struct plan_refusal {
	const char *calls;
	const char *errors[5];
	unsigned ends; /* 0: the plain way has to do */
};

extern const struct plan_refusal plan_refusals[];
extern const size_t plan_refusal_count;

const char *plan_call_name(enum fault_call call);

/* Writes the name of an error, ENOMEM or EAI_AGAIN or short. */
const char *plan_error_name(int error);

#endif
