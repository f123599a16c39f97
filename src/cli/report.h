/* SPDX-License-Identifier: ISC */
/*
 * report.h: what is said about a connect, in words.
 *
 * Everything here reads a trace and writes lines to a stream; nothing of it
 * influences anything. `target` is what the user asked for.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "hecat.h"
#include "trace.h"

struct report_target {
	const char *host;
	const char *service;
};

/*
 * Says why there is no connection: every attempt and every failed lookup in
 * the order of their start, each with its reason; equal ones that follow each
 * other are folded.
 */
void report_failure(
    FILE *out, const struct trace *trace, const struct report_target *target);

/*
 * Says who won; and, where the winner is of the second family, what was wrong
 * with the first and what that cost.
 */
void report_winner(
    FILE *out, const struct trace *trace, const struct report_target *target);

/* Says one event as it happens, with its offset from `start`. */
void report_event(FILE *out, const struct hecat_event *event, int64_t start);

/* Bytes that hold every reason, with its NUL. */
#define REPORT_REASON_MAX 200

/* Writes why the query or the attempt came to nothing; returns `text`. */
const char *report_query_reason(const struct trace_query *query, char *text);
const char *report_attempt_reason(
    const struct trace *trace, const struct trace_attempt *attempt, char *text);

/* Writes a duration as people read it ("251 ms", "2.5 s"); returns `text`. */
const char *report_duration(int64_t duration, char *text);

#endif
