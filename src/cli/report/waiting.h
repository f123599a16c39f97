/* SPDX-License-Identifier: ISC */
/*
 * report/waiting.h: a line on the terminal that shows what a connect waits for,
 * once it has waited for two seconds.
 *
 * For a person in front of the terminal: where standard error and one of
 * standard input and output are terminals and the job is in the foreground, so
 * never under ssh, in a pipe or in a script's background.
 */
#ifndef REPORT_WAITING_H
#define REPORT_WAITING_H

#include <stdbool.h>

#include "report/status_line.h"
#include "report/trace.h"
#include "report/tries.h"

struct event_base;
struct waiting;

/* Returns whether somebody sits in front of this program. */
bool waiting_is_watched(void);

/*
 * Shows on `out` what `trace` waits for, and which of `tries` that is (NULL:
 * there is one); both outlive it. It begins two seconds from now. Returns NULL
 * when out of memory: the connect goes on without.
 */
struct waiting *waiting_new(struct event_base *base, const struct trace *trace,
    const struct tries *tries, struct writer *out);

/* Erases the line until it is drawn the next time; NULL is nothing. */
void waiting_hide(struct waiting *waiting);

/* Erases the line; NULL is nothing. */
void waiting_free(struct waiting *waiting);

/*
 * Writes the line at `now`, of at most `columns` characters, to `line`, a
 * buffer of STATUS_LINE_MAX bytes: lookups and attempts without an answer, and
 * for how long; from the second try on its number, and why the one before
 * failed; between two, when the next one starts. Returns `line`.
 */
const char *waiting_format(const struct trace *trace, const struct tries *tries,
    monotime_t now, unsigned columns, char *line);

#endif
