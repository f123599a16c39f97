/* SPDX-License-Identifier: ISC */
/*
 * probe/screen.h: a probe under way, on a terminal: first its lookups, then its
 * table, whose rows fill. It is erased before anything else is printed there.
 */
#ifndef PROBE_SCREEN_H
#define PROBE_SCREEN_H

#include "probe/report.h"

struct event_base;
struct probe_screen;
struct writer;

/* Called when the screen is to be drawn, for what there is by now. */
typedef struct probe_report (*probe_screen_cb)(void *arg);

/*
 * Draws on the terminal of `out` from now on. Returns NULL where there is none
 * to draw on, and when out of memory: nothing is shown then.
 */
struct probe_screen *probe_screen_new(
    struct event_base *base, struct writer *out, probe_screen_cb cb, void *arg);

/* Erases what is drawn. */
void probe_screen_free(struct probe_screen *screen);

/*
 * Writes what is drawn of `report` at the time `now`, in `lines` lines of
 * `columns` at most.
 */
void probe_screen_format(FILE *out, const struct probe_report *report,
    monotime_t now, unsigned columns, unsigned lines);

#endif
