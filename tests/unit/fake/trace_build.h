/* SPDX-License-Identifier: ISC */
/*
 * trace_build.h: a trace, one event at a time, in words that are short enough
 * for a table.
 *
 * Times are microseconds since the start of the connect; addresses are names of
 * fake_address.h or literals, and their port is 80. Attempts count from 1, as
 * they do in the reports.
 */
#ifndef TRACE_BUILD_H
#define TRACE_BUILD_H

#include "report/trace.h"

/* When the clock of every trace here began: no report may show it. */
#define BUILD_START INT64_C(777000111)

/* And the time of day: 2023-11-14T22:13:20.123Z. */
#define BUILD_WALL_START INT64_C(1700000000123456)

/* Asks for both families, AAAA first. */
void build_queries(struct trace *trace, monotime_t at);
void build_query(struct trace *trace, monotime_t at, int family);

void build_answer(struct trace *trace, monotime_t at, int family, size_t count);
/* An answer with EAI_SYSTEM has this errno too. */
void build_no_answer(struct trace *trace, monotime_t at, int family, int error,
    int system_error);
/* An answer that no thread could be made for. */
void build_answer_in_place(
    struct trace *trace, monotime_t at, int family, size_t count);

/* An answer about `name`, which is not the one that was given; error: EAI_*. */
void build_answer_of(struct trace *trace, monotime_t at, int family,
    const char *name, size_t count, int error);

/* An answer of a resolver that knows more; what is 0 is not known. */
struct build_answer {
	size_t count;
	int error; /* EAI_* */
	int system_error;
	const char *text;
	const char *server;
	long ttl; /* -1: not known; with a server */
};

void build_answer_by(struct trace *trace, monotime_t at, int family,
    const struct build_answer *answer);

/*
 * Sets the order: addresses parted by blanks, each with "/RULE" behind it if a
 * rule decided, "/skipped", or "/excluded".
 */
void build_order(struct trace *trace, const char *order);

void build_start(struct trace *trace, monotime_t at, const char *address,
    enum hecat_cause cause);
/* A start from a source that was asked for. */
void build_start_from(struct trace *trace, monotime_t at, const char *address,
    const char *source, enum hecat_cause cause);
void build_out_of_descriptors(struct trace *trace, monotime_t at, int error);

/* How an attempt ends; what is 0 is not known. */
struct build_end {
	enum hecat_outcome outcome;
	int error;
	const char *source;
	const char *offender;
	monotime_t rtt;
	unsigned retransmissions;
	monotime_t established; /* 0: with the end of a winner, or never */
	bool in_step;           /* given up while its step ran */
	const char *text;       /* of a step that failed */
};

void build_end(struct trace *trace, monotime_t at, size_t number,
    const struct build_end *end);

/* The ends most traces have. */
void build_won(struct trace *trace, monotime_t at, size_t number,
    const char *source, monotime_t rtt);
void build_failed(struct trace *trace, monotime_t at, size_t number, int error,
    const char *source);
void build_cancelled(struct trace *trace, monotime_t at, size_t number,
    const char *source, unsigned retransmissions);

/* Ends the connect; 0: connected. */
void build_result(struct trace *trace, monotime_t at, enum hecat_error result);

#endif
