/* SPDX-License-Identifier: ISC */
/*
 * The messages of -v about a connect: the winner, and what Happy Eyeballs would
 * hide: each address that was tried before it, a slow lookup, and what they
 * cost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* A lookup that took this long is reported. */
#define SLOW_LOOKUP (500 * MONOTIME_PER_MS)

/* A shorter delay is not reported. */
#define DELAY_MIN MONOTIME_PER_MS

/* The most addresses named with one reason; the others are counted. */
#define NAMED_MAX 3

/* The most reasons that are written. */
#define KINDS_MAX 8

/* Returns the query that includes `family`; NULL: there is none. */
static const struct trace_query *
query_of(const struct trace *trace, int family)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].family == family ||
		    trace->queries[i].family == AF_UNSPEC)
			return (&trace->queries[i]);
	return (NULL);
}

/* Returns when the address of `attempt` was known. */
static monotime_t
known_at(const struct trace *trace, const struct trace_attempt *attempt)
{
	const struct trace_query *query = query_of(
	    trace, address_family(&attempt->address));

	if (query == NULL || query->end > attempt->start)
		return (trace->start);
	return (query->end);
}

monotime_t
report_cost(const struct trace *trace)
{
	const struct trace_attempt *winner = trace_winner(trace);
	monotime_t possible;

	if (winner == NULL)
		return (0);
	possible = known_at(trace, winner);
	if (possible < trace->attempts[0].start)
		possible = trace->attempts[0].start;
	return (winner->start - possible);
}

/* How an attempt ended that did not win, as a verb. */
enum verb {
	VERB_UNANSWERED,
	VERB_TIMED_OUT,
	VERB_QUIET,
	VERB_LATE,
	VERB_CLOSED,
	VERB_REFUSED,
	VERB_FAILED
};

static enum verb
verb_of(const struct trace_attempt *attempt)
{
	switch (attempt->outcome) {
	case HECAT_OUTCOME_FAILED:
		return (attempt->error == ECONNREFUSED &&
			    attempt->offender.length == 0
			? VERB_REFUSED
			: VERB_FAILED);
	case HECAT_OUTCOME_CLOSED:
		return (VERB_CLOSED);
	case HECAT_OUTCOME_STEP_FAILED:
		return (VERB_FAILED);
	case HECAT_OUTCOME_TIMED_OUT:
	case HECAT_OUTCOME_WON:
	case HECAT_OUTCOME_CANCELLED:
		break;
	}
	if (report_waited_connected(attempt))
		return (VERB_QUIET);
	if (attempt->established != MONOTIME_NEVER)
		return (VERB_LATE);
	return (attempt->outcome == HECAT_OUTCOME_TIMED_OUT ? VERB_TIMED_OUT
							    : VERB_UNANSWERED);
}

/* Returns whether both have one verb and, where it has one, one reason. */
static bool
is_alike(const struct trace *trace, const struct trace_attempt *a,
    const struct trace_attempt *b)
{
	char one[REPORT_REASON_MAX], other[REPORT_REASON_MAX];

	if (verb_of(a) != verb_of(b))
		return (false);
	return (verb_of(a) != VERB_FAILED ||
	    strcmp(report_attempt_reason(trace, a, one),
		report_attempt_reason(trace, b, other)) == 0);
}

/* Writes the verb for `count` attempts, of which `attempt` is the first. */
static void
write_verb(FILE *out, const struct trace *trace,
    const struct trace_attempt *attempt, size_t count)
{
	char text[REPORT_REASON_MAX];
	monotime_t took = attempt->end - attempt->start;

	switch (verb_of(attempt)) {
	case VERB_UNANSWERED:
		fprintf(out, "had not answered after %s",
		    report_duration(took, text));
		break;
	case VERB_TIMED_OUT:
		fprintf(out, "timed out after %s", report_duration(took, text));
		break;
	case VERB_QUIET:
		fprintf(out, "had sent no data after %s",
		    report_duration(took, text));
		break;
	case VERB_LATE:
		fprintf(out, "connected only after %s",
		    report_duration(took, text));
		break;
	case VERB_CLOSED:
		fprintf(
		    out, "%s closed by the peer", count == 1 ? "was" : "were");
		break;
	case VERB_REFUSED:
		fprintf(out, "refused");
		break;
	case VERB_FAILED:
		fprintf(out, "failed: %s",
		    report_attempt_reason(trace, attempt, text));
		break;
	}
}

/* The attempts before the winner, by kinds of alike ones. */
struct losers {
	const struct trace *trace;
	size_t count;
	/* For each kind its first attempt and their number. */
	size_t first[KINDS_MAX];
	size_t alike[KINDS_MAX];
	size_t kinds;
	size_t others; /* of more kinds than that */
};

/* Returns the kind of attempt number `at`; `kinds`: a new one. */
static size_t
kind_of(const struct losers *losers, size_t at)
{
	const struct trace_attempt *attempts = losers->trace->attempts;
	size_t kind = 0;

	while (kind < losers->kinds &&
	    !is_alike(
		losers->trace, &attempts[losers->first[kind]], &attempts[at]))
		kind++;
	return (kind);
}

static void
gather_losers(struct losers *losers, const struct trace *trace, size_t count)
{
	*losers = (struct losers){ .trace = trace, .count = count };
	for (size_t i = 0; i < count; i++) {
		size_t kind = kind_of(losers, i);

		if (kind == KINDS_MAX) {
			losers->others++;
			continue;
		}
		if (kind == losers->kinds)
			losers->first[losers->kinds++] = i;
		losers->alike[kind]++;
	}
}

/* Writes "a, b and c VERB". */
static void
write_kind(FILE *out, const struct losers *losers, size_t kind)
{
	const struct trace_attempt *attempts = losers->trace->attempts;
	size_t at = losers->first[kind], count = losers->alike[kind];
	size_t named = 0;
	char text[ADDRESS_TEXT_MAX];

	for (; at < losers->count && named < NAMED_MAX; at++) {
		if (kind_of(losers, at) != kind)
			continue;
		named++;
		fprintf(out, "%s%s",
		    named == 1           ? ""
			: named == count ? " and "
					 : ", ",
		    address_format_host(&attempts[at].address, text));
	}
	if (named < count)
		fprintf(out, " and %zu more", count - named);
	fputc(' ', out);
	write_verb(out, losers->trace, &attempts[losers->first[kind]], count);
}

/* Whether one verb says it all, without the text of an error at its end. */
static bool
is_plain(const struct losers *losers)
{
	return (losers->kinds == 1 &&
	    verb_of(&losers->trace->attempts[losers->first[0]]) != VERB_FAILED);
}

/* Writes the attempts before the winner, and what they cost. */
static void
write_losers(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	monotime_t cost = report_cost(trace);
	char text[REPORT_REASON_MAX];
	struct losers losers;

	gather_losers(&losers, trace, (size_t)(winner - trace->attempts));
	if (losers.count == 0)
		return;
	for (size_t kind = 0; kind < losers.kinds; kind++) {
		fputs(kind == 0 ? "hecat: " : "; ", out);
		write_kind(out, &losers, kind);
	}
	if (losers.others > 0)
		fprintf(out, "; %zu more failed", losers.others);
	/* With a start that was put off it is not known what was late by what.
	 */
	if (cost >= DELAY_MIN && trace->starts_put_off == 0)
		fprintf(out, "%sdelayed the connection by %s%s",
		    is_plain(&losers) ? " and " : "; ",
		    report_duration(cost, text),
		    losers.kinds == 1 ? "" : " in all");
	fputc('\n', out);
}

/* Writes that the first attempt waited for an answer of the other family. */
static void
write_awaited(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	const struct trace_attempt *first = &trace->attempts[0];
	int family = address_family(&first->address);
	const struct trace_query *own = query_of(trace, family);
	const struct trace_query *other = query_of(
	    trace, family == AF_INET6 ? AF_INET : AF_INET6);
	char text[REPORT_REASON_MAX], cost[REPORT_REASON_MAX];

	if (own == NULL || other == own || other == NULL ||
	    own->end > first->start - DELAY_MIN)
		return;
	/* The winner is of the other family: see write_slow_lookup(). */
	if (address_family(&winner->address) != family)
		return;
	report_duration(first->start - own->end, cost);
	if (other->end > first->start)
		fprintf(out,
		    "hecat: the %s lookup had not answered after %s and"
		    " delayed the connection by %s\n",
		    report_question_name(other->family),
		    report_duration(first->start - other->start, text), cost);
	else if (trace_query_failed(other))
		fprintf(out,
		    "hecat: the %s lookup failed: %s; delayed the connection"
		    " by %s\n",
		    report_question_name(other->family),
		    report_query_reason(other, text), cost);
}

/* Returns the place of an address in the final order; their count: none. */
static size_t
place_of(const struct trace *trace, const struct address *address)
{
	size_t place = 0;

	while (place < trace->candidate_count &&
	    !address_equal(address, &trace->candidates[place].address))
		place++;
	return (place);
}

/*
 * Returns whether the winner would have started sooner if its lookup had been
 * answered with the first: it started with the answer, or after an address that
 * is behind it in the order.
 */
static bool
came_late(const struct trace *trace, const struct trace_attempt *winner,
    const struct trace_query *query)
{
	size_t place = place_of(trace, &winner->address);

	if (query->end < trace->attempts[0].start + DELAY_MIN)
		return (false);
	if (winner->start < query->end + DELAY_MIN)
		return (true);
	for (const struct trace_attempt *attempt = trace->attempts;
	     attempt < winner; attempt++)
		if (place_of(trace, &attempt->address) > place)
			return (true);
	return (false);
}

/* Writes that the lookup with the winner's address was slow, or late. */
static void
write_slow_lookup(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	const struct trace_query *query = query_of(
	    trace, address_family(&winner->address));
	char text[REPORT_REASON_MAX];

	if (query == NULL || query->end > winner->start)
		return;
	if (query->end - query->start < SLOW_LOOKUP &&
	    !came_late(trace, winner, query))
		return;
	fprintf(out, "hecat: the %s lookup took %s\n",
	    report_question_name(query->family),
	    report_duration(query->end - query->start, text));
}

/* Writes the parts of the time: "(lookup 6 ms, 2 attempts)". */
static void
write_parts(
    FILE *out, const struct trace *trace, const struct trace_attempt *winner)
{
	char text[REPORT_REASON_MAX];
	size_t count = trace->attempt_count;

	if (trace->query_count == 0 && count == 1 &&
	    winner->retransmissions == 0)
		return;
	fputs(" (", out);
	if (trace->query_count > 0)
		fprintf(out, "lookup %s, ",
		    report_duration(
			known_at(trace, winner) - trace->start, text));
	fprintf(out, "%zu attempt%s", count, count == 1 ? "" : "s");
	if (winner->retransmissions > 0)
		fprintf(out, ", SYN sent again");
	if (winner->retransmissions > 1)
		fprintf(out, " %u times", winner->retransmissions);
	fputc(')', out);
}

void
report_winner(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	const struct trace_attempt *winner = trace_winner(trace);
	char text[REPORT_REASON_MAX], address[ADDRESS_TEXT_MAX];
	char name[REPORT_NAME_MAX];

	fputs("hecat: connected to ", out);
	report_heading(out, target);
	if (winner == NULL) {
		/* There was no memory for its attempt. */
		fprintf(out, " in %s\n",
		    report_duration(trace->end - trace->start, text));
		return;
	}
	if (strcmp(address_format_host(&winner->address, address),
		target->host) != 0)
		fprintf(out, " (%s%s)",
		    report_name_of(trace, &winner->address, name), address);
	fprintf(out, " in %s",
	    report_duration(
		report_tcp_end(trace, winner) - trace->start, text));
	write_parts(out, trace, winner);
	fputc('\n', out);
	write_slow_lookup(out, trace, winner);
	write_awaited(out, trace, winner);
	write_losers(out, trace, winner);
}

void
report_notes(FILE *out, const struct trace *trace)
{
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].blocking)
			fprintf(out,
			    "hecat: no thread could be made: the %s "
			    "lookup blocked everything else\n",
			    report_question_name(trace->queries[i].family));
	if (trace->starts_put_off > 0)
		fprintf(out, "hecat: %zu start%s put off: %s\n",
		    trace->starts_put_off,
		    trace->starts_put_off == 1 ? " was" : "s were",
		    strerror(trace->put_off_error));
	/* The message of a failure reports it itself. */
	if (trace->incomplete && trace->result == 0)
		fprintf(out, "hecat: " REPORT_INCOMPLETE "\n");
}

void
report_connection(FILE *out, const struct trace *trace,
    const struct report_target *target, int64_t now)
{
	const struct trace_tunnel *tunnel = trace->tunnel;
	const struct trace_attempt *winner = trace_winner(trace);
	bool is_inner = winner != NULL && winner->is_inner;
	struct report_target proxy;

	if (tunnel == NULL) {
		report_winner(out, trace, target);
		report_tls_winner(out, trace, now);
	} else {
		proxy = report_proxy_target(tunnel);
		report_winner(out, trace, &proxy);
		report_tls_outer(out, trace, now);
		if (tunnel->is_tls && !is_inner)
			report_tls_winner(out, trace, now);
		report_tunnel_winner(out, trace, target);
		if (!tunnel->is_tls || is_inner)
			report_tls_winner(out, trace, now);
	}
	report_notes(out, trace);
}
