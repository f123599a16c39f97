/* SPDX-License-Identifier: ISC */
/*
 * fixed_traces.h: connects that are the same in every run, for the renderers.
 */
#ifndef FIXED_TRACES_H
#define FIXED_TRACES_H

#include <stddef.h>

#include "report/report.h"
#include "report/trace.h"

struct fixed_trace {
	const char *name; /* of its files in tests/golden */
	void (*build)(struct trace *trace);
	int exit_status;       /* as a shell shows it; 130: ^C */
	bool incomplete;       /* as if memory had been short */
	struct report relayed; /* what the relay moved, if there was one */
};

/* A certificate that is valid for 61 days from the day of every trace. */
extern const struct tls_facts fixed_tls_www;

/*
 * Returns that of another host, valid until `not_after`, in seconds since the
 * Epoch; `fault` is what its verification found.
 */
struct tls_facts fixed_tls_another(
    bool is_verified, int64_t not_after, const char *fault);

extern const struct fixed_trace fixed_traces[];
extern const size_t fixed_trace_count;

/* Builds one of them; the trace is the caller's to release. */
void fixed_trace_init(const struct fixed_trace *fixed, struct trace *trace);

/* Returns a report of a trace that was built from `fixed`. */
struct report fixed_trace_report(
    const struct fixed_trace *fixed, const struct trace *trace);

/* Has `text` for all that the proxy of the last trace has said, and its name.
 */
void fixed_trace_set_replies(const char *text);

#endif
