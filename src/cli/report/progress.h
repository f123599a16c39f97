/* SPDX-License-Identifier: ISC */
/*
 * report/progress.h: a line on the terminal that shows how far a relay has
 * come.
 *
 * The line is drawn again a few times a second and erased in the end. Where the
 * size of the input is known it has a bar and the time left. It is not drawn
 * while the process is in the background of the terminal, or while the terminal
 * has not taken the previous line.
 *
 * The life of one: progress_new() before the relay, progress_start(),
 * progress_free() when the relay has ended.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>

#include "relay/relay.h"
#include "report/writer.h"

struct event_base;
struct progress;

/*
 * Prepares to show progress on `out`, which outlives it. With `has_input` the
 * size of standard input is read, which must be before the relay starts to
 * read. Returns NULL when out of memory; the other functions accept that.
 */
struct progress *progress_new(
    struct event_base *base, bool has_input, struct writer *out);

/* Starts to draw the progress of `relay`, which outlives it. */
void progress_start(struct progress *progress, const struct relay *relay);

/* Erases the line and frees the progress. */
void progress_free(struct progress *progress);

/* The values of one line. */
struct progress_state {
	struct relay_progress moved;
	monotime_t elapsed;
	int64_t input_size; /* bytes; -1: not known */
	int64_t input_read; /* bytes of the input; where the size is known */
};

#define PROGRESS_LINE_MAX 256

/*
 * Writes the line for `state`, of at most `columns` characters, to `line`, a
 * buffer of PROGRESS_LINE_MAX bytes. Returns `line`.
 */
const char *progress_format(
    const struct progress_state *state, unsigned columns, char *line);

#endif
