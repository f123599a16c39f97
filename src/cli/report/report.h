/* SPDX-License-Identifier: ISC */
/*
 * report/report.h: the messages and reports about one connect.
 *
 * Every function here reads a trace (report/trace.h) and writes lines to a
 * stream or words to a buffer; none changes anything else. `target` is host and
 * port as the user gave them. Where a function fills in `text`, that is a
 * buffer of REPORT_REASON_MAX bytes unless a larger one is named.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hecat.h"
#include "report/terminal.h"
#include "report/trace.h"

struct json;
struct tries;

struct report_target {
	const char *host;
	const char *service; /* NULL: there is none, as of a UNIX socket */
	uint16_t port;       /* what the service stands for; 0: not known */
	bool is_proxy;       /* it is named as one */
};

/*
 * Reports why there is no connection: every attempt and every failed lookup in
 * the order of their start, each with its reason. Neighbours with one reason
 * share a line. Addresses that were not tried are counted.
 */
void report_failure(
    FILE *out, const struct trace *trace, const struct report_target *target);

/* Bytes that hold every cause, with its NUL. */
#define REPORT_CAUSE_MAX 256

/*
 * Writes the same without the host, in one line without an end, to `text`, a
 * buffer of REPORT_CAUSE_MAX bytes: "2001:db8::1: Network is unreachable;
 * 192.0.2.1: Connection refused". It is cut where it is too long. Returns
 * `text`.
 */
const char *report_cause(const struct trace *trace, char *text);

/* Returns the proxy of a trace as a target. */
struct report_target report_proxy_target(const struct trace_tunnel *tunnel);

/* Writes the target, "host port 80", and what it is connected to through. */
void report_route(
    FILE *out, const struct trace *trace, const struct report_target *target);

/* Returns whether an attempt is the connection that a proxy was asked over. */
bool report_reached_proxy(
    const struct trace *trace, const struct trace_attempt *attempt);

/* Returns when an attempt came to the dialogue with a proxy, or ended. */
monotime_t report_tcp_end(
    const struct trace *trace, const struct trace_attempt *attempt);

/* Writes what the proxy has said; returns `text`. */
const char *report_tunnel_reply(const struct trace_tunnel *tunnel, char *text);

/*
 * The dialogue with a proxy: in messages about the winner, behind those about
 * the connection to the proxy; about a failure, which returns false when that
 * is not the one of the dialogue; as the proxy is asked, or has answered; in
 * aligned text; as the outcome of a row, which returns `text`; as the member
 * "proxy", which is not there without one.
 */
void report_tunnel_winner(
    FILE *out, const struct trace *trace, const struct report_target *target);
bool report_tunnel_failure(
    FILE *out, const struct trace *trace, const struct report_target *target);
void report_tunnel_event(
    FILE *out, const struct trace *trace, const struct report_target *target);
void report_tunnel_text(FILE *out, const struct trace *trace);
const char *report_tunnel_outcome(const struct trace *trace, char *text);
void report_json_tunnel(struct json *json, const struct trace *trace);

/* Returns the advice to append to the text of a shortage; "": there is none. */
const char *report_way_out(int error);

/* Reports that there is no descriptor for the connect, with the advice. */
void report_no_descriptor(
    FILE *out, const struct trace *trace, const struct report_target *target);

/*
 * Reports the winner and its time; then what delayed it: a slow lookup, and
 * every address that was tried before.
 */
void report_winner(
    FILE *out, const struct trace *trace, const struct report_target *target);

/*
 * Reports the connection at `now`, in microseconds since the Epoch: the winner,
 * TLS, the way through a proxy, and what was lacking.
 */
void report_connection(FILE *out, const struct trace *trace,
    const struct report_target *target, int64_t now);

/*
 * Returns what the attempts before the winner cost: how much sooner the winner
 * could have started without them, when its address was known but not before
 * the first attempt; 0 without a winner.
 */
int64_t report_cost(const struct trace *trace);

/*
 * Reports what was lacking while connecting: threads for lookups, descriptors
 * for attempts, memory for the trace.
 */
void report_notes(FILE *out, const struct trace *trace);

/* Reports one event as it happens, with its offset from `start`. */
void report_event(FILE *out, const struct hecat_event *event, int64_t start);

/* One connect and the relay after it, as the reports below show them. */
struct report {
	const struct trace *trace; /* ended, or interrupted */
	struct report_target target;
	const struct tries *tries; /* of --retry; NULL: not given */
	int64_t started_at;        /* microseconds since the Epoch */
	int exit_status;           /* as a shell shows it */
	bool relayed;
	uint64_t sent; /* bytes; with `relayed` */
	uint64_t received;
	uint64_t acked;     /* of what was sent */
	uint64_t unacked;   /* bytes that were read, sent or not */
	uint64_t unwritten; /* bytes that were received */
	/* The MSS where large packets seem to be lost; 0: they do not. */
	uint32_t suspect_mss;
	int64_t duration; /* of the relay */
};

/* Aligned text: lookups, order, attempts, with offsets in milliseconds. */
void report_text(FILE *out, const struct report *report);

/*
 * A waterfall: a bar for each lookup and attempt on one time axis, for the
 * width and the characters of `terminal`.
 */
void report_chart(
    FILE *out, const struct report *report, const struct terminal *terminal);

/* One JSON object; hecat(1) documents its members. */
void report_json(FILE *out, const struct report *report);

/* Writes its members "version" to "port", which a probe has too. */
void report_json_head(
    struct json *json, const struct report_target *target, int64_t started_at);

/* Writes the member "queries" of that object, which a probe has too. */
void report_json_queries(struct json *json, const struct trace *trace);

/*
 * TLS, at `now` in microseconds since the Epoch: in messages about the winner;
 * in aligned text, for each attempt with a handshake; as the member `name`,
 * with the time of the handshake (-1: not known). They write nothing, and null,
 * where there was no handshake (NULL).
 */
void report_tls_winner(FILE *out, const struct trace *trace, int64_t now);
void report_tls_text(FILE *out, const struct trace *trace, int64_t now);
void report_json_tls(struct json *json, const char *name,
    const struct tls_facts *facts, int64_t handshake);

/* The same messages about the TLS to a proxy, inside of which is the other. */
void report_tls_outer(FILE *out, const struct trace *trace, int64_t now);

/* Writes a certificate in a line: "CN=www.test, 2026-01-31, 61 days left". */
void report_tls_certificate(
    FILE *out, const struct tls_facts *facts, int64_t now);

/* Returns how long the handshake of an attempt took; -1: there was none. */
int64_t report_handshake_time(const struct trace_attempt *attempt);

/* Returns for how many whole days a certificate is still valid. */
int64_t report_tls_days(const struct tls_facts *facts, int64_t now);

/* Writes a time since the start of the connect, or null for MONOTIME_NEVER. */
void report_json_offset(struct json *json, const char *name,
    const struct trace *trace, monotime_t time);

/* Writes an address without its port, or null for none. */
void report_json_address(
    struct json *json, const char *name, const struct address *address);

/* Writes a time of day, in microseconds since the Epoch, as RFC 3339 has it. */
void report_json_time(struct json *json, const char *name, int64_t at);

/* The version of that object; a member whose meaning changes increases it. */
#define REPORT_JSON_VERSION 2

/* The line of every report about a trace that is not complete. */
#define REPORT_INCOMPLETE "incomplete: out of memory, rows are missing"

/* Bytes that hold every reason, with its NUL. */
#define REPORT_REASON_MAX 200

/* Bytes that hold every text of report_name_asked(), with its NUL. */
#define REPORT_NAME_MAX 272

/* Writes why the query has no address, or the attempt failed; returns `text`.
 */
const char *report_query_reason(const struct trace_query *query, char *text);
const char *report_attempt_reason(
    const struct trace *trace, const struct trace_attempt *attempt, char *text);

/* Writes why a step failed: its reason, or the text of its errno for NULL. */
const char *report_step_error(int error, const char *reason, char *text);

/*
 * Returns whether the attempt was connected for a millisecond or longer before
 * it ended: it waited for data, or for a time (--success).
 */
bool report_waited_connected(const struct trace_attempt *attempt);

/*
 * Returns whether an attempt that was given up had just connected, when another
 * one was used.
 */
bool report_is_unused(const struct trace_attempt *attempt);

/* Returns whether the failure of a lookup is that no server has answered. */
bool report_is_unanswered(const struct trace_query *query);

/*
 * Writes who has given addresses, and for how many seconds they hold, " from
 * 192.0.2.53, TTL 60"; without a server (length 0) and a time (-1) nothing.
 */
const char *report_answer_source(
    const struct address *server, long ttl, char *text);

/*
 * Writes the name that was queried as the end of a line, " (name)", without
 * bytes that a terminal would obey; nothing for NULL or "", the name as given.
 * `text` has REPORT_NAME_MAX bytes. Returns `text`.
 */
const char *report_name_asked(const char *name, char *text);

/*
 * Writes the name that brought `address`, ahead of it: "name, "; "" where that
 * is the name that was given. Returns `text`, a buffer of REPORT_NAME_MAX
 * bytes.
 */
const char *report_name_of(
    const struct trace *trace, const struct address *address, char *text);

/* Writes the host, "proxy host" of a proxy, in the same way. */
void report_host(FILE *out, const struct report_target *target);

/* Writes "host port 80", without bytes that a terminal would obey. */
void report_heading(FILE *out, const struct report_target *target);

/*
 * Returns the text of an EAI_* of an answer for `family`; with EAI_SYSTEM that
 * of the errno.
 */
const char *report_lookup_error(int family, int error, int system_error);

/* Returns "no IPv6 address" and the like; AF_UNSPEC: "no address". */
const char *report_no_address(int family);

/*
 * Writes the text of the errno of an attempt at `address`, with the sender of
 * the ICMP error where that is known (length not 0) and another address.
 * Returns `text`.
 */
const char *report_attempt_error(int error, const struct address *address,
    const struct address *offender, char *text);

/* Writes why a candidate was skipped; returns `text`. */
const char *report_skip_reason(
    const struct trace_candidate *candidate, char *text);

/* Writes "no answer in 262 ms"; returns `text`. */
const char *report_no_answer(int64_t waited, char *text);

/* Returns the number of addresses without an attempt. */
size_t report_untried(const struct trace *trace);

/* Returns "EAI_AGAIN" and the like; NULL where there is no name. */
const char *report_eai_name(int error);

/* Returns "ECONNREFUSED" and the like; NULL where there is no name. */
const char *report_errno_name(int error);

/* Return the words of the reports, JSON and text alike. */
const char *report_question_name(int family); /* "AAAA", "A", "AAAA+A" */
const char *report_cause_name(enum hecat_cause cause);
const char *report_outcome_name(const struct trace_attempt *attempt);
const char *report_result_name(const struct trace *trace);

/* Return how a connect ended, with 0 or an enum hecat_error, in words. */
const char *report_result_text(int result);
const char *report_trace_text(const struct trace *trace);
const char *report_rule_name(unsigned rule); /* of RFC 6724 section 6 */

/* Returns a duration in milliseconds, for printf's "%.1f". */
double report_ms(int64_t duration);

/* Increases *width so that a column holds `address`, without its port. */
void report_widen(int *width, const struct address *address);

/* Writes a duration as people read it ("251 ms", "2.5 s"); returns `text`. */
const char *report_duration(int64_t duration, char *text);

#endif
