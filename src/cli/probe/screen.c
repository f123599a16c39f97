/* SPDX-License-Identifier: ISC */
/*
 * A timer that draws, and what it draws.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "probe/screen.h"
#include "probe/table.h"
#include "report/status_line.h"
#include "report/terminal.h"
#include "text.h"

#define DRAW_US 100000

/* A smaller screen has room for the heading only. */
#define LINES_MIN   3
#define COLUMNS_MIN 20

/* Bytes of a host or a service that are shown, with a NUL. */
#define HOST_SHOWN_MAX 256

struct probe_screen {
	struct status_line line;
	struct event *timer;
	probe_screen_cb cb;
	void *arg;
};

/* Returns what the probe is doing. */
static const char *
activity_of(const struct probe_report *report, char *text)
{
	if (report->address_count == 0)
		return ("lookup");
	if (report->race != NULL)
		return ("race");
	snprintf(text, REPORT_REASON_MAX, "round %u of %u", report->rounds,
	    report->rounds_wanted);
	return (text);
}

/* Writes what is probed and how far that is, in one line. */
static void
write_heading(FILE *out, const struct probe_report *report, unsigned columns)
{
	char host[HOST_SHOWN_MAX], service[HOST_SHOWN_MAX];
	char heading[2 * HOST_SHOWN_MAX + REPORT_REASON_MAX];
	char text[REPORT_REASON_MAX];

	snprintf(heading, sizeof(heading), "%s port %s: %s",
	    text_show(host, sizeof(host), report->target.host),
	    text_show(service, sizeof(service), report->target.service),
	    activity_of(report, text));
	heading[text_bytes(heading, columns)] = '\0';
	fprintf(out, "%s\n", heading);
}

/* Writes how a lookup is, where that has room. */
static void
write_query(FILE *out, const struct trace_query *query, monotime_t now,
    unsigned columns)
{
	char line[2 * REPORT_REASON_MAX], text[REPORT_REASON_MAX];
	const char *name = report_question_name(query->family);

	if (query->end == MONOTIME_NEVER)
		snprintf(line, sizeof(line), "  %s lookup: %s", name,
		    report_no_answer(now - query->start, text));
	else if (query->count == 0)
		snprintf(line, sizeof(line), "  %s lookup: %s", name,
		    report_query_reason(query, text));
	else
		snprintf(line, sizeof(line), "  %s lookup: %zu address%s in %s",
		    name, query->count, query->count == 1 ? "" : "es",
		    report_duration(query->end - query->start, text));
	if (strlen(line) <= columns)
		fprintf(out, "%s\n", line);
}

/* The last two: a walk through the search domains may have had many more. */
static void
write_queries(
    FILE *out, const struct trace *lookup, monotime_t now, unsigned columns)
{
	size_t count = lookup->query_count;

	for (size_t i = count < 2 ? 0 : count - 2; i < count; i++)
		write_query(out, &lookup->queries[i], now, columns);
}

void
probe_screen_format(FILE *out, const struct probe_report *report,
    monotime_t now, unsigned columns, unsigned lines)
{
	const struct probe_table table = {
		.addresses = report->addresses,
		.count = report->address_count,
		.columns = columns,
		.lines = lines - 1,
	};

	write_heading(out, report, columns);
	if (lines < LINES_MIN || columns < COLUMNS_MIN)
		return;
	if (table.count > 0)
		probe_table_write(out, &table);
	else
		write_queries(out, report->lookup, now, columns);
}

static void
screen_draw(struct probe_screen *screen, FILE *out)
{
	struct probe_report report = screen->cb(screen->arg);
	unsigned columns = status_line_columns(&screen->line);
	unsigned rows = terminal_rows(screen->line.out->fd);

	probe_screen_format(
	    out, &report, clock_now(), columns, rows > 1 ? rows - 1 : 1);
}

static void
screen_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct probe_screen *screen = arg;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)fd;
	(void)what;
	if (out == NULL)
		return;
	screen_draw(screen, out);
	if (fclose(out) == 0 && size > 0) {
		/* The cursor stays in the last line. */
		text[size - 1] = '\0';
		status_line_draw(&screen->line, text);
	}
	free(text);
}

struct probe_screen *
probe_screen_new(
    struct event_base *base, struct writer *out, probe_screen_cb cb, void *arg)
{
	const struct timeval interval = { .tv_usec = DRAW_US };
	struct probe_screen *screen;

	if (out == NULL || !isatty(out->fd))
		return (NULL);
	screen = calloc(1, sizeof(*screen));
	if (screen == NULL)
		return (NULL);
	screen->line.out = out;
	screen->cb = cb;
	screen->arg = arg;
	screen->timer = event_new(
	    base, -1, EV_PERSIST, screen_on_timer, screen);
	if (screen->timer != NULL && event_add(screen->timer, &interval) == 0)
		return (screen);
	probe_screen_free(screen);
	return (NULL);
}

void
probe_screen_free(struct probe_screen *screen)
{
	if (screen == NULL)
		return;
	status_line_erase(&screen->line);
	if (screen->timer != NULL)
		event_free(screen->timer);
	free(screen);
}
