/* SPDX-License-Identifier: ISC */
/*
 * The message of a connect that failed.
 *
 * Lookups and attempts are put into one list in the order of their start. Two
 * neighbours with one reason share a line; when all have the same reason, one
 * line is all there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* So many addresses are named in one line; the rest is counted. */
#define NAMED_MAX 4

/* Bytes that hold a lookup and the name that was asked, or two addresses. */
#define SUBJECT_MAX (REPORT_NAME_MAX + 32)

/* One thing that came to nothing. */
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
	/* A lookup is before what came of it; attempts stand in one array. */
	if (a->query != NULL || b->query != NULL)
		return ((b->query != NULL) - (a->query != NULL));
	return (a->attempt < b->attempt ? -1 : a->attempt > b->attempt);
}

static void
add(struct list *list, struct entry entry)
{
	list->entries[list->count++] = entry;
}

/* Gathers what came to nothing; false without memory. */
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
		if (trace->queries[i].count == 0)
			add(list,
			    (struct entry){
				.start = trace->queries[i].start,
				.query = &trace->queries[i],
			    });
	for (size_t i = 0; i < trace->attempt_count; i++)
		add(list,
		    (struct entry){
			.start = trace->attempts[i].start,
			.attempt = &trace->attempts[i],
		    });
	qsort(list->entries, list->count, sizeof(*list->entries),
	    compare_entries);
	for (size_t i = 0; i < trace->candidate_count; i++)
		if (trace->candidates[i].skipped)
			add(list,
			    (struct entry){
				.skipped = &trace->candidates[i],
			    });
	return (true);
}

/* Writes what `entry` is about to `text`, a buffer of SUBJECT_MAX bytes. */
static const char *
subject(const struct entry *entry, char *text)
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
reason(const struct list *list, const struct entry *entry, char *text)
{
	if (entry->query != NULL)
		return (report_query_reason(entry->query, text));
	if (entry->attempt != NULL)
		return (
		    report_attempt_reason(list->trace, entry->attempt, text));
	snprintf(text, REPORT_REASON_MAX, "skipped, no %s source was given",
	    address_family_name(address_family(&entry->skipped->address)));
	return (text);
}

/* Returns how many entries from `first` on share its kind and reason. */
static size_t
run_length(const struct list *list, size_t first)
{
	char wanted[REPORT_REASON_MAX], other[REPORT_REASON_MAX];
	bool is_query = list->entries[first].query != NULL;
	size_t next = first + 1;

	reason(list, &list->entries[first], wanted);
	while (next < list->count &&
	    (list->entries[next].query != NULL) == is_query &&
	    strcmp(wanted, reason(list, &list->entries[next], other)) == 0)
		next++;
	return (next - first);
}

/* Writes "a, b, c and 7 more: reason". */
static void
write_run(FILE *out, const struct list *list, size_t first, size_t count)
{
	size_t named = count > NAMED_MAX ? NAMED_MAX - 1 : count;
	char text[SUBJECT_MAX];

	for (size_t i = 0; i < named; i++)
		fprintf(out, "%s%s", i == 0 ? "" : ", ",
		    subject(&list->entries[first + i], text));
	if (named < count)
		fprintf(out, " and %zu more", count - named);
	fprintf(out, ": %s\n", reason(list, &list->entries[first], text));
}

static void
write_heading(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	char text[REPORT_REASON_MAX];

	fputs("hecat: ", out);
	report_heading(out, target);
	fputs(": ", out);
	if (trace->result == HECAT_ERROR_TIMEOUT)
		fprintf(out, "no connection in %s\n",
		    report_duration(trace->end - trace->start, text));
	else if (trace->result == HECAT_ERROR_RESOLVE)
		fprintf(out, "no usable address\n");
	else
		fprintf(out, "no connection\n");
}

/* Whether sources were asked for, each an attempt at the same address. */
static bool
is_bound(const struct list *list)
{
	for (size_t i = 0; i < list->trace->attempt_count; i++)
		if (list->trace->attempts[i].bound)
			return (true);
	return (false);
}

/* One reason for everything fits one line. */
static bool
write_uniform(
    FILE *out, const struct list *list, const struct report_target *target)
{
	char text[REPORT_REASON_MAX];
	const struct entry *first = list->entries;

	if (list->trace->result == HECAT_ERROR_TIMEOUT ||
	    list->trace->incomplete || run_length(list, 0) != list->count)
		return (false);
	fputs("hecat: ", out);
	report_heading(out, target);
	fputs(": ", out);
	if (first->query != NULL)
		fprintf(out, "%s\n", reason(list, first, text));
	else if (list->count > 1)
		fprintf(out, "all %zu %s: %s\n", list->count,
		    is_bound(list) ? "attempts" : "addresses",
		    reason(list, first, text));
	else
		write_run(out, list, 0, 1);
	return (true);
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

void
report_failure(
    FILE *out, const struct trace *trace, const struct report_target *target)
{
	struct list list;
	size_t length;

	if (!list_init(&list, trace) || list.count == 0) {
		write_heading(out, trace, target);
	} else if (!write_uniform(out, &list, target)) {
		write_heading(out, trace, target);
		for (size_t i = 0; i < list.count; i += length) {
			length = run_length(&list, i);
			fprintf(out, "hecat:   ");
			write_run(out, &list, i, length);
		}
	}
	if (trace->incomplete || list.entries == NULL)
		fprintf(out, "hecat:   " REPORT_INCOMPLETE "\n");
	free(list.entries);
}
