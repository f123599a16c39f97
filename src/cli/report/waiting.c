/* SPDX-License-Identifier: ISC */
/*
 * "waiting for 2001:db8::1 (2.3 s), 192.0.2.1 (2.0 s) and 3 more": an address
 * is never cut, what has no room is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "descriptor.h"
#include "report/report.h"
#include "report/waiting.h"
#include "text.h"

/* A connect that takes longer is worth a line. */
#define PATIENCE_US (2 * MONOTIME_PER_SECOND)
#define DRAW_US     500000

#define ITEM_MAX 96

/* The longest " and N more" of a line. */
#define REST_WIDTH 16

struct waiting {
	const struct trace *trace;
	const struct tries *tries;
	struct event *timer;
	struct status_line line;
};

bool
waiting_is_watched(void)
{
	return (isatty(STDERR_FILENO) &&
	    (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO)) &&
	    !descriptor_is_in_background(STDERR_FILENO));
}

/* A line in the making. */
struct line {
	char *text;
	size_t length;
	size_t columns;
	const char *before;
	size_t written;
	size_t left_out;
};

/* Adds `item`, or counts it where it has no room. */
static void
line_add(struct line *line, const char *item)
{
	const char *separator = line->written == 0 ? line->before : ", ";
	size_t length = strlen(separator) + strlen(item);

	if (line->left_out > 0 ||
	    line->length + length + REST_WIDTH > line->columns) {
		line->left_out++;
		return;
	}
	line->length += (size_t)snprintf(line->text + line->length,
	    STATUS_LINE_MAX - line->length, "%s%s", separator, item);
	line->written++;
}

static void
add_query(struct line *line, const struct trace_query *query, monotime_t now)
{
	char item[ITEM_MAX], text[REPORT_REASON_MAX];

	snprintf(item, sizeof(item), "the %s lookup (%s)",
	    report_question_name(query->family),
	    report_duration(now - query->start, text));
	line_add(line, item);
}

static void
add_attempt(struct line *line, const struct trace *trace,
    const struct trace_attempt *attempt, monotime_t now)
{
	char item[ITEM_MAX], text[REPORT_REASON_MAX], name[ADDRESS_TEXT_MAX];
	const struct trace_tunnel *tunnel = trace->tunnel;

	if (tunnel != NULL && tunnel->state == TRACE_TUNNEL_ASKED) {
		snprintf(item, sizeof(item), "the proxy (%s)",
		    report_duration(now - tunnel->start, text));
		line_add(line, item);
		return;
	}
	snprintf(item, sizeof(item), "%s (%s)",
	    address_format_host(&attempt->address, name),
	    report_duration(now - attempt->start, text));
	line_add(line, item);
}

/* Writes what is waited for now. */
static void
format_now(
    const struct trace *trace, monotime_t now, size_t columns, char *line)
{
	struct line made = {
		.text = line,
		.columns = columns,
		.before = "waiting for ",
	};

	line[0] = '\0';
	for (size_t i = 0; i < trace->query_count; i++)
		if (trace->queries[i].end == MONOTIME_NEVER)
			add_query(&made, &trace->queries[i], now);
	for (size_t i = 0; i < trace->attempt_count; i++)
		if (trace->attempts[i].end == MONOTIME_NEVER)
			add_attempt(&made, trace, &trace->attempts[i], now);
	if (made.written == 0)
		snprintf(line, made.columns + 1, "waiting");
	else if (made.left_out > 0)
		snprintf(line + made.length, STATUS_LINE_MAX - made.length,
		    " and %zu more", made.left_out);
}

/* Writes "try 3: ", what `rest` has, and as much of the cause as has room. */
static void
format_try(
    const struct tries *tries, const char *rest, size_t columns, char *line)
{
	char whole[STATUS_LINE_MAX + REPORT_CAUSE_MAX + 32];

	snprintf(whole, sizeof(whole), "try %u: %s; before: %s", tries->count,
	    rest, tries->cause);
	text_show(line, columns + 1, whole);
}

/* Writes the same between two tries. */
static void
format_pause(
    const struct tries *tries, monotime_t now, size_t columns, char *line)
{
	char whole[REPORT_CAUSE_MAX + REPORT_REASON_MAX + 64];
	char after[REPORT_REASON_MAX];

	snprintf(whole, sizeof(whole), "try %u in %s; before: %s",
	    tries->count + 1,
	    report_duration(tries->next > now ? tries->next - now : 0, after),
	    tries->cause);
	text_show(line, columns + 1, whole);
}

const char *
waiting_format(const struct trace *trace, const struct tries *tries,
    monotime_t now, unsigned columns, char *line)
{
	size_t room = columns < STATUS_LINE_MAX ? columns : STATUS_LINE_MAX - 1;
	char rest[STATUS_LINE_MAX];

	if (tries != NULL && tries->next != 0) {
		format_pause(tries, now, room, line);
	} else if (tries != NULL && tries->count > 1) {
		format_now(trace, now, room - room / 3, rest);
		format_try(tries, rest, room, line);
	} else {
		format_now(trace, now, room, line);
	}
	return (line);
}

static void
waiting_on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval again = { .tv_usec = DRAW_US };
	struct waiting *waiting = arg;
	char line[STATUS_LINE_MAX];

	(void)fd;
	(void)what;
	event_add(waiting->timer, &again);
	status_line_draw(&waiting->line,
	    waiting_format(waiting->trace, waiting->tries, clock_now(),
		status_line_columns(&waiting->line), line));
}

struct waiting *
waiting_new(struct event_base *base, const struct trace *trace,
    const struct tries *tries, struct writer *out)
{
	struct timeval first = clock_timeval(PATIENCE_US);
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting == NULL)
		return (NULL);
	waiting->trace = trace;
	waiting->tries = tries;
	waiting->line.out = out;
	waiting->timer = evtimer_new(base, waiting_on_timer, waiting);
	if (waiting->timer != NULL && event_add(waiting->timer, &first) == 0)
		return (waiting);
	waiting_free(waiting);
	return (NULL);
}

void
waiting_hide(struct waiting *waiting)
{
	if (waiting != NULL)
		status_line_erase(&waiting->line);
}

void
waiting_free(struct waiting *waiting)
{
	if (waiting == NULL)
		return;
	status_line_erase(&waiting->line);
	if (waiting->timer != NULL)
		event_free(waiting->timer);
	free(waiting);
}
