/* SPDX-License-Identifier: ISC */
/*
 * seconds.h: points in time as the tests write them: "0", ".25", "10.3", in
 * seconds or milliseconds. Exact to the microsecond in both directions.
 */
#ifndef SECONDS_H
#define SECONDS_H

#include <stddef.h>

#include "clock.h"

/* Returns `text` in microseconds; "none" and "" are MONOTIME_NEVER. */
monotime_t seconds_parse(const char *text);
monotime_t milliseconds_parse(const char *text);

/* Appends `time` to the text in `buffer`, of `size` bytes. */
void seconds_append(char *buffer, size_t size, monotime_t time);
void milliseconds_append(char *buffer, size_t size, monotime_t time);

/* Appends formatted text to the text in `buffer`, of `size` bytes. */
void text_append(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails the test, naming the row, when the two texts differ. */
void assert_row(const char *row, const char *expected, const char *actual);

#endif
