/* SPDX-License-Identifier: ISC */
/*
 * run.h: one run of the program under test, with its peer, its streams and its
 * reports in the hands of this process.
 */
#ifndef RUN_H
#define RUN_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "refusal.h"
#include "scenario.h"

#define RUN_TEXT_MAX        ((size_t)64 * 1024)
#define RUN_CONNECTIONS_MAX 8

/* What came out of one place; more than RUN_TEXT_MAX is counted and dropped. */
struct run_text {
	char bytes[RUN_TEXT_MAX + 1];
	size_t size;
};

/* Bytes of a stream whose content is known. */
struct run_stream {
	size_t count;
	bool differs; /* from the first `count` of what was sent */
};

struct run_result {
	int status; /* as from waitpid(2) */
	bool hung;  /* killed at the deadline */
	bool left_process;
	bool left_file;
	bool split; /* two connections carried data */
	struct run_stream uploaded;
	struct run_stream downloaded;
	struct run_text err;
	struct run_text report; /* of --report-fd, of the file, or stdout */
	unsigned fired;
	unsigned fired_in_lookup;
	unsigned calls[FAULT_COUNT];
};

/* What all runs of a process share: files, the tally. */
struct runner;

/* Makes a runner of `program`; it lives in a folder of its own below /tmp. */
struct runner *runner_new(const char *program, const char *preload);
void runner_free(struct runner *runner);

/*
 * Runs a scenario with a fault, as the variable FAULT has it, or NULL; or with
 * system calls refused.
 */
void runner_run(struct runner *runner, const struct scenario *scenario,
    const char *fault, const struct refusal *refusal,
    struct run_result *result);

#endif
