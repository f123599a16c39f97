/* SPDX-License-Identifier: ISC */
/*
 * The words of one line of a scenario, and what may stand in them.
 *
 * Words are parted by blanks; a comment starts at '#', a line ends at a
 * newline or a ";".  A word in double quotes keeps blanks, "#" and ";" and
 * knows \r \n \t \0 \\ \" and \xHH.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 64

struct word {
	char *text;
	size_t length; /* of a quoted word that holds a NUL */
	bool quoted;
};

struct words {
	struct word word[WORDS_MAX];
	unsigned count;
	unsigned next; /* the first word that was not taken yet */
	unsigned line; /* its number */
	char error[256];
};

/*
 * Reads the next line at `*text` that has words and moves `*text` behind it.
 * Returns false at the end of the text, and with `error` set when the line
 * cannot be read.  words_release() frees the words in either case.
 */
bool words_read(struct words *words, const char **text);
void words_release(struct words *words);

/* Sets the error, unless there is one already, and returns false. */
bool words_fail(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns the next word without taking it; NULL at the end of the line. */
const char *words_peek(const struct words *words);

/* Takes the next word; at the end of the line fails, missing `what`. */
const char *words_take(struct words *words, const char *what);

/* Takes the next word if it is this one. */
bool words_take_if(struct words *words, const char *text);

/* Takes a whole number of at most `limit`. */
bool words_take_number(
    struct words *words, const char *what, unsigned limit, unsigned *number);

/* Tells whether a duration follows, with or without "after" before it. */
bool words_duration_next(const struct words *words);

/* Takes "[after] DURATION" in nanoseconds; if none follows it is 0. */
bool words_take_duration(struct words *words, int64_t *duration);

/* Takes a text in quotes, which goes on belonging to `words`. */
const struct word *words_take_quoted(struct words *words, const char *what);

#endif
