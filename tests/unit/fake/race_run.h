/* SPDX-License-Identifier: ISC */
/*
 * race_run.h: races of anything in virtual time, as rows of a table, for the
 * state machine and for its form in an event loop.
 *
 * The entries of a row are those of race_script.h: an address is an entry, and
 * an answer is what the source announces; it is closed with the last of them.
 * The entry with index N fails with RACE_RUN_ERROR + N. A run knows what
 * happens when, and writes the outcome: the time of each start, and the end, as
 * "0 .25: #2 wins at .3".
 */
#ifndef RACE_RUN_H
#define RACE_RUN_H

#include <errno.h>

#include "hecat.h"
#include "fake/race_script.h"

#define RACE_RUN_ERROR    100
#define RACE_RUN_TEXT_MAX 512

/* Fails unless `call` returns `value` with `error` as errno. */
#define ASSERT_ERROR(call, value, error)          \
	do {                                      \
		errno = 0;                        \
		assert_true((call) == (value));   \
		assert_int_equal(errno, (error)); \
	} while (0)

struct race_row {
	const char *rule;
	const char *entries;
	const char *outcome;
	const char *cancelled; /* "1 3", in this order; NULL: none */
	const char *delay;     /* NULL: .25 */
	int source_error;      /* that the source is closed with */
};

struct race_run {
	const struct race_row *row;
	struct race_script script;
	monotime_t now;
	size_t announced;
	bool closed;
	size_t started;
	char text[RACE_RUN_TEXT_MAX];
	char cancelled[RACE_RUN_TEXT_MAX];
};

/* The rows that both forms go through. */
extern const struct race_row race_rows[];
extern const size_t race_row_count;

void race_run_init(struct race_run *run, const struct race_row *row);

/* Returns the delay of the row in *tv; NULL: none. */
const struct timeval *race_run_delay(
    const struct race_run *run, struct timeval *tv);

/* Returns when the script has something to report next; never: nothing. */
monotime_t race_run_next(const struct race_run *run);

/* Returns how many entries are to be announced by now, each once. */
size_t race_run_announces(struct race_run *run);

/* Returns whether the source is to be closed by now, once. */
bool race_run_closes(struct race_run *run);

/* Takes note of a start. Returns whether the entry ends at once. */
bool race_run_started(struct race_run *run, size_t index);

/* Sets *index to an entry that has ended by now, each once; false: none has. */
bool race_run_ends(struct race_run *run, size_t *index);

/* Takes note that an entry was cancelled. */
void race_run_cancelled(struct race_run *run, size_t index);

/*
 * Takes note of the end, and compares all that has happened with the row, and
 * with what `state` has of it. "hangs" is the end where nothing else follows.
 */
void race_run_done(struct race_run *run, const struct hecat_race_state *state,
    bool hangs, size_t winner);

#endif
