/* SPDX-License-Identifier: ISC */
/*
 * report/tries.h: what --retry has tried up to now, of which a trace shows the
 * last one alone.
 */
#ifndef REPORT_TRIES_H
#define REPORT_TRIES_H

#include <stdio.h>

#include "report/report.h"

/* All zero before the first one. */
struct tries {
	unsigned count;   /* begun */
	monotime_t start; /* of the first one */
	monotime_t next;  /* when the next one starts; 0: one is under way */
	char cause[REPORT_CAUSE_MAX]; /* why the last one that ended failed */
};

/* Takes note that a try starts at `now`. */
void tries_start(struct tries *tries, monotime_t now);

/*
 * Takes note that the try of `trace` has failed, and that another one starts at
 * `next`.
 */
void tries_failed(
    struct tries *tries, const struct trace *trace, monotime_t next);

/* Reports the try that has failed last, and when the next one starts. */
void tries_report_failed(FILE *out, const struct tries *tries, monotime_t now);

/* Reports how many there were when there is a connection; nothing for one. */
void tries_report_connected(
    FILE *out, const struct tries *tries, monotime_t now);

enum tries_end {
	TRIES_FAILED,      /* there are no more, or they would not help */
	TRIES_OUT_OF_TIME, /* -w */
	TRIES_INTERRUPTED
};

/*
 * Reports how the tries ended without a connection, and what was seen last.
 * `trace` is that of the last try.
 */
void tries_report_end(FILE *out, const struct tries *tries,
    const struct trace *trace, const struct report_target *target,
    enum tries_end end, monotime_t now);

#endif
