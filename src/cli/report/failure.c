/* SPDX-License-Identifier: ISC */
/*
 * The message of a connect that failed.
 *
 * Lookups and attempts are entries of one list, in the order of their start.
 * Neighbours with one reason share a line; a single reason is the whole
 * message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gai_error.h"
#include "report/report.h"
#include "text.h"
#include "text_buffer.h"

/* The most addresses named in one line; the others are counted. */
#define NAMED_MAX 8

/* Bytes that hold a lookup with its name, or two addresses. */
#define SUBJECT_MAX (REPORT_NAME_MAX + 32)

/* Bytes that hold all that neighbours with one reason have. */
#define RUN_MAX (NAMED_MAX * SUBJECT_MAX + REPORT_REASON_MAX + 64)

/* A lookup without addresses, an attempt that failed, or a skipped address. */
struct entry {
	monotime_t start;
	const struct trace_query *query; /* NULL: an attempt */
	const struct trace_attempt *attempt;
	const struct trace_candidate *skipped;
};

struct list {
	const struct trace *trace;
	struct entry *entries;
	size_t count;
};

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->start != b->start)
		return (a->start < b->start ? -1 : 1);
	/* A lookup is before its attempts; those are in one array, in order. */
	if (a->query != NULL || b->query != NULL)
		return ((b->query != NULL) - (a->query != NULL));
	return (a->attempt < b->attempt ? -1 : a->attempt > b->attempt);
}

static void
list_add(struct list *list, struct entry entry)
{
	list->entries[list->count++] = entry;
}

/*
 * Returns whether a lookup is one of the reasons: "no address" of one family is
 * not, when there was an address of the other to try.
 */
static bool
is_reason(const struct trace *trace, const struct trace_query *query)
{
	if (query->count > 0)
		return (false);
	return (trace->attempt_count == 0 || query->end == MONOTIME_NEVER ||
	    trace_query_failed(query));
}

/* Collects the entries; false when out of memory. */
static bool
list_init(struct list *list, const struct trace *trace)
{
	*list = (struct list){ .trace = trace };
	list->entries = calloc(trace->query_count + trace->attempt_count +
		trace->candidate_count + 1,
	    sizeof(*list->entries));
	if (list->entries == NULL)
		return (false);
	for (size_t i = 0; i < trace->query_count; i++)
		if (is_reason(trace, &trace->queries[i]))
			list_add(list,
			    (struct entry){
				.start = trace->queries[i].start,
				.query = &trace->queries[i],
			    });
	for (size_t i = 0; i < trace->attempt_count; i++)
		list_add(list,
		    (struct entry){
			.start = trace->attempts[i].start,
			.attempt = &trace->attempts[i],
		    });
	qsort(list->entries, list->count, sizeof(*list->entries),
	    compare_entries);
	for (size_t i = 0; i < trace->candidate_count; i++)
		if (trace->candidates[i].skipped)
			list_add(list,
			    (struct entry){
				.skipped = &trace->candidates[i],
			    });
	return (true);
}

/* Writes what failed to `text`, a buffer of SUBJECT_MAX bytes. */
static const char *
entry_subject(const struct entry *entry, char *text)
{
	char source[ADDRESS_TEXT_MAX], name[REPORT_NAME_MAX];

	if (entry->query != NULL) {
		snprintf(text, SUBJECT_MAX, "%s lookup%s",
		    report_question_name(entry->query->family),
		    report_name_asked(entry->query->name, name));
	} else if (entry->skipped != NULL) {
		address_format_host(&entry->skipped->address, text);
	} else {
		address_format_host(&entry->attempt->address, text);
		if (entry->attempt->bound) {
			address_format_host(&entry->attempt->source, source);
			snprintf(text + strlen(text),
			    SUBJECT_MAX - strlen(text), " from %s", source);
		}
	}
	return (text);
}

static const char *
entry_reason(const struct list *list, const struct entry *entry, char *text)
{
	char reason[REPORT_REASON_MAX];

	if (entry->query != NULL)
		return (report_query_reason(entry->query, text));
	if (entry->attempt != NULL)
		return (
		    report_attempt_reason(list->trace, entry->attempt, text));
	snprintf(text, REPORT_REASON_MAX, "not tried: %s",
	    report_skip_reason(entry->skipped, reason));
	return (text);
}

/* Returns the number of entries from `first` on that have its kind and reason.
 */
static size_t
run_length(const struct list *list, size_t first)
{
	char wanted[REPORT_REASON_MAX], other[REPORT_REASON_MAX];
	bool is_query = list->entries[first].query != NULL;
	size_t next = first + 1;

	entry_reason(list, &list->entries[first], wanted);
	while (next < list->count &&
	    (list->entries[next].query != NULL) == is_query &&
	    strcmp(wanted, entry_reason(list, &list->entries[next], other)) ==
		0)
		next++;
	return (next - first);
}

/* Adds "a, b, c and 7 more: reason". */
static void
add_run(struct text_buffer *line, const struct list *list, size_t first,
    size_t count)
{
	size_t named = count > NAMED_MAX ? NAMED_MAX - 1 : count;
	char text[SUBJECT_MAX];

	for (size_t i = 0; i < named; i++)
		text_buffer_add(line, "%s%s", i == 0 ? "" : ", ",
		    entry_subject(&list->entries[first + i], text));
	if (named < count)
		text_buffer_add(line, " and %zu more", count - named);
	text_buffer_add(
	    line, ": %s", entry_reason(list, &list->entries[first], text));
}

/* Writes the same as a line. */
static void
write_run(FILE *out, const struct list *list, size_t first, size_t count)
{
	char text[RUN_MAX];
	struct text_buffer line = { text, sizeof(text), 0 };

	add_run(&line, list, first, count);
	fprintf(out, "hecat:   %s\n", text);
}

static void
write_heading(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	char text[REPORT_REASON_MAX];

	fputs("hecat: ", out);
	report_heading(out, target);
	report_duration(trace->end - trace->start, text);
	if (trace->interrupted)
		fprintf(out, ": interrupted after %s\n", text);
	else if (trace->result == HECAT_ERROR_TIMEOUT)
		fprintf(out, ": no connection in %s (-w)\n", text);
	else if (trace->result == HECAT_ERROR_RESOLVE)
		fprintf(out, ": no usable address\n");
	else
		fprintf(out, ": no connection\n");
}

/* Returns whether both lookups had a negative answer, in no other words. */
static bool
has_no_address(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct trace_query *query = list->entries[i].query;

		if (query == NULL || query->end == MONOTIME_NEVER ||
		    query->text[0] != '\0' ||
		    gai_error_class(query->error) == GAI_NO_NAME ||
		    trace_query_failed(query))
			return (false);
	}
	return (list->count > 1);
}

/*
 * Writes one line where there is one reason, of one attempt or of both lookups.
 * Returns false when there are more.
 */
static bool
write_single(
    FILE *out, const struct list *list, const struct report_target *target)
{
	const struct trace *trace = list->trace;
	const struct entry *first = list->entries;
	char text[SUBJECT_MAX], name[REPORT_NAME_MAX];

	if (trace->result == HECAT_ERROR_TIMEOUT || trace->interrupted ||
	    trace->incomplete || report_untried(trace) > 0 ||
	    (first->query == NULL && list->count > 1))
		return (false);
	if (!has_no_address(list) && run_length(list, 0) != list->count)
		return (false);
	fputs("hecat: ", out);
	if (first->query != NULL) {
		report_host(out, target);
	} else {
		size_t length = strlen(target->host);

		report_heading(out, target);
		entry_subject(first, text);
		/* The target names an address that was typed. */
		if (strncmp(text, target->host, length) != 0)
			fprintf(out, " (%s%s)",
			    first->attempt == NULL
				? ""
				: report_name_of(
				      trace, &first->attempt->address, name),
			    text);
		else if (text[length] == ' ')
			fprintf(out, " (%s)", text + length + 1);
	}
	fprintf(out, ": %s\n",
	    has_no_address(list) ? report_no_address(AF_UNSPEC)
				 : entry_reason(list, first, text));
	return (true);
}

static void
write_untried(FILE *out, const struct trace *trace)
{
	size_t untried = report_untried(trace);

	if (untried > 0)
		fprintf(out, "hecat:   %zu more address%s not tried\n", untried,
		    untried == 1 ? "" : "es");
}

const char *
report_way_out(int error)
{
	return (error == EMFILE ? "; raise the limit with ulimit -n" : "");
}

void
report_no_descriptor(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	fputs("hecat: ", out);
	report_heading(out, target);
	fprintf(out, ": no connection: %s%s\n", strerror(trace->put_off_error),
	    report_way_out(trace->put_off_error));
}

/*
 * Writes that TLS has failed through a tunnel, which one attempt alone has;
 * false: it has not.
 */
static bool
write_behind_tunnel(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	char text[REPORT_REASON_MAX];

	if (trace->tunnel->state != TRACE_TUNNEL_OPEN || trace->interrupted)
		return (false);
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->end < trace->tunnel->end)
			continue;
		fputs("hecat: ", out);
		report_route(out, trace, target);
		fprintf(
		    out, ": %s\n", report_attempt_reason(trace, attempt, text));
		return (true);
	}
	return (false);
}

void
report_failure(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	struct report_target proxy;
	struct list list;
	size_t length;

	if (trace->tunnel != NULL) {
		if (report_tunnel_failure(out, trace, target) ||
		    write_behind_tunnel(out, trace, target))
			return;
		proxy = report_proxy_target(trace->tunnel);
		target = &proxy;
	}
	if (!list_init(&list, trace) || list.count == 0) {
		write_heading(out, trace, target);
	} else if (!write_single(out, &list, target)) {
		write_heading(out, trace, target);
		for (size_t i = 0; i < list.count; i += length) {
			length = run_length(&list, i);
			write_run(out, &list, i, length);
		}
		write_untried(out, trace);
	}
	if (trace->incomplete || list.entries == NULL)
		fprintf(out, "hecat:   " REPORT_INCOMPLETE "\n");
	free(list.entries);
}

const char *
report_cause(const struct trace *trace, char *text)
{
	char whole[2 * RUN_MAX] = "", reason[REPORT_REASON_MAX];
	struct text_buffer line = { whole, sizeof(whole), 0 };
	struct list list;
	size_t length;

	if (!list_init(&list, trace)) {
		snprintf(whole, sizeof(whole), "out of memory");
	} else if (list.count == 0) {
		snprintf(whole, sizeof(whole), "no usable address");
	} else if (has_no_address(&list)) {
		snprintf(
		    whole, sizeof(whole), "%s", report_no_address(AF_UNSPEC));
	} else if (list.entries[0].query != NULL &&
	    run_length(&list, 0) == list.count) {
		snprintf(whole, sizeof(whole), "%s",
		    entry_reason(&list, &list.entries[0], reason));
	} else {
		for (size_t i = 0; i < list.count; i += length) {
			length = run_length(&list, i);
			text_buffer_add(&line, "%s", i == 0 ? "" : "; ");
			add_run(&line, &list, i, length);
		}
	}
	free(list.entries);
	return (text_show(text, REPORT_CAUSE_MAX, whole));
}
