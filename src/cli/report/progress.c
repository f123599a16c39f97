/* SPDX-License-Identifier: ISC */
/*
 * Bytes each way, the rate, the time, and a bar when the end is known.
 */
#include <sys/stat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "report/progress.h"
#include "report/status_line.h"

#define DRAW_US     200000
#define BAR_MIN     10
#define FIELD_BYTES 32
#define SHARE_BYTES 64

struct progress {
	const struct relay *relay;
	struct status_line line;
	struct event *timer;
	monotime_t start;
	int64_t input_size; /* -1: not known */
	int64_t input_begin;
};

/* Writes an amount as people read it: "999 B", "1.50 MiB". */
static const char *
format_bytes(double bytes, char *text)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes >= 1000 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, FIELD_BYTES, unit == 0 ? "%.0f %s" : "%.2f %s", bytes,
	    units[unit]);
	return (text);
}

/* Writes a time as "1:02:03" or "2:03". */
static const char *
format_time(monotime_t time, char *text)
{
	int64_t seconds = time / MONOTIME_PER_SECOND;
	int minutes = (int)(seconds / 60 % 60);

	if (seconds >= 3600)
		snprintf(text, FIELD_BYTES, "%" PRId64 ":%02d:%02d",
		    seconds / 3600, minutes, (int)(seconds % 60));
	else
		snprintf(
		    text, FIELD_BYTES, "%d:%02d", minutes, (int)(seconds % 60));
	return (text);
}

/* Returns how long the rest takes at the rate so far; 99 hours at most. */
static monotime_t
time_left(monotime_t elapsed, double share)
{
	double left = (double)elapsed * (1 - share) / share;
	double most = 359999.0 * MONOTIME_PER_SECOND;

	return ((monotime_t)(left < most ? left : most));
}

/*
 * Returns the share of the input that has been sent. CRLF makes `sent` more
 * than was read, and bytes in a buffer make it less: the smaller one counts.
 */
static double
share_sent(const struct progress_state *state)
{
	double size = (double)state->input_size;
	double sent = (double)state->moved.sent;
	double read = (double)state->input_read;

	if (sent > read)
		sent = read > 0 ? read : 0;
	return (sent < size ? sent / size : 1);
}

/* Writes the share and the time left: "45% 0:10 left". */
static void
format_share(const struct progress_state *state, char *text)
{
	double share = share_sent(state);
	char left[FIELD_BYTES];

	if (share <= 0)
		snprintf(text, SHARE_BYTES, "0%%");
	else
		snprintf(text, SHARE_BYTES, "%u%% %s left",
		    (unsigned)(share * 100),
		    format_time(time_left(state->elapsed, share), left));
}

/* Appends a bar of `width` characters, and `tail`. */
static void
append_bar(double share, unsigned width, const char *tail, char *line)
{
	unsigned filled = (unsigned)(share * width);
	size_t used = strlen(line);

	used += (size_t)snprintf(line + used, PROGRESS_LINE_MAX - used, "  [");
	memset(line + used, ' ', width);
	memset(line + used, '=', filled);
	snprintf(line + used + width, PROGRESS_LINE_MAX - used - width, "] %s",
	    tail);
}

/*
 * Appends what is known of the end of the input. Where the room is scarce the
 * bar goes first, then the amounts: the share and the time left stay.
 */
static void
append_end(const struct progress_state *state, unsigned columns, char *line)
{
	char tail[SHARE_BYTES], sent[FIELD_BYTES];
	size_t used = strlen(line), length;

	format_share(state, tail);
	length = strlen(tail);
	if (used + length + BAR_MIN + 5 <= columns) {
		append_bar(share_sent(state),
		    columns - (unsigned)(used + length + 5), tail, line);
		return;
	}
	if (used + length + 2 > columns)
		used = (size_t)snprintf(line, PROGRESS_LINE_MAX, "sent %s",
		    format_bytes((double)state->moved.sent, sent));
	if (used + length + 2 > columns)
		snprintf(line, PROGRESS_LINE_MAX, "%s", tail);
	else
		snprintf(line + used, PROGRESS_LINE_MAX - used, "  %s", tail);
}

const char *
progress_format(
    const struct progress_state *state, unsigned columns, char *line)
{
	char sent[FIELD_BYTES], received[FIELD_BYTES], rate[FIELD_BYTES];
	char elapsed[FIELD_BYTES];
	double total = (double)state->moved.sent +
	    (double)state->moved.received;
	double seconds = (double)state->elapsed / MONOTIME_PER_SECOND;

	if (columns >= PROGRESS_LINE_MAX)
		columns = PROGRESS_LINE_MAX - 1;
	snprintf(line, PROGRESS_LINE_MAX, "sent %s  received %s  %s/s  %s",
	    format_bytes((double)state->moved.sent, sent),
	    format_bytes((double)state->moved.received, received),
	    format_bytes(seconds > 0 ? total / seconds : 0, rate),
	    format_time(state->elapsed, elapsed));
	if (state->input_size > 0)
		append_end(state, columns, line);
	if (strlen(line) > columns)
		line[columns] = '\0';
	return (line);
}

/* Returns the offset of standard input; -1: it has none. */
static int64_t
input_offset(void)
{
	return (lseek(STDIN_FILENO, 0, SEEK_CUR));
}

/* Reads how much of standard input, if it is a regular file, is unread. */
static void
progress_measure_input(struct progress *progress)
{
	struct stat status;
	int64_t offset = input_offset();

	if (fstat(STDIN_FILENO, &status) == -1 || !S_ISREG(status.st_mode) ||
	    offset == -1 || offset > status.st_size)
		return;
	progress->input_begin = offset;
	progress->input_size = status.st_size - offset;
}

static void
progress_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct progress *progress = arg;
	struct progress_state state = {
		.moved = relay_progress(progress->relay),
		.elapsed = clock_now() - progress->start,
		.input_size = progress->input_size,
		.input_read = input_offset() - progress->input_begin,
	};
	char line[PROGRESS_LINE_MAX];

	(void)fd;
	(void)what;
	status_line_draw(&progress->line,
	    progress_format(
		&state, status_line_columns(&progress->line), line));
}

struct progress *
progress_new(struct event_base *base, bool has_input, struct writer *out)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (progress == NULL)
		return (NULL);
	progress->line.out = out;
	progress->input_size = -1;
	if (has_input)
		progress_measure_input(progress);
	progress->timer = event_new(
	    base, -1, EV_PERSIST, progress_on_timer, progress);
	if (progress->timer == NULL) {
		free(progress);
		return (NULL);
	}
	return (progress);
}

void
progress_start(struct progress *progress, const struct relay *relay)
{
	struct timeval interval = { .tv_usec = DRAW_US };

	if (progress == NULL)
		return;
	progress->relay = relay;
	progress->start = clock_now();
	event_add(progress->timer, &interval);
}

void
progress_free(struct progress *progress)
{
	if (progress == NULL)
		return;
	status_line_erase(&progress->line);
	event_free(progress->timer);
	free(progress);
}
