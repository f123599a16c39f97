/* SPDX-License-Identifier: ISC */
/*
 * duration.h: decimal numbers and durations, as people write them.
 *
 * A duration is a count of microseconds. Its text is a decimal number, perhaps
 * with a fraction, and perhaps a unit: "250", "0.25s", "1.5m". The arithmetic
 * is exact, in integers, and independent of the locale. The whole text has to
 * be the number: no sign, no space, no exponent.
 */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_MILLISECOND INT64_C(1000)
#define DURATION_SECOND      (INT64_C(1000) * DURATION_MILLISECOND)
#define DURATION_MINUTE      (INT64_C(60) * DURATION_SECOND)
#define DURATION_HOUR        (INT64_C(60) * DURATION_MINUTE)
#define DURATION_YEAR        (INT64_C(365) * 24 * DURATION_HOUR)

/* Bytes that hold every text duration_format() makes, with its NUL. */
#define DURATION_TEXT_MAX 32

enum duration_result {
	DURATION_PARSED,
	DURATION_MALFORMED,
	DURATION_TOO_FINE, /* no whole number of microseconds */
	DURATION_TOO_LONG  /* beyond INT64_MAX microseconds: centuries */
};

/*
 * Parses the digits `text` into *number. Returns false, and writes nothing,
 * when there is another byte or the number is above INT64_MAX.
 */
bool number_parse(int64_t *number, const char *text);

/*
 * Parses `text` into *duration; a number without a unit counts `unit`.
 * *duration is written only when DURATION_PARSED is returned, and then it is 0
 * or more and less than INT64_MAX.
 */
enum duration_result duration_parse(
    int64_t *duration, const char *text, int64_t unit);

/*
 * Writes `duration`, 0 or more, as a number of `unit` ("250", "0.001") to
 * `text`, a buffer of DURATION_TEXT_MAX bytes, and returns `text`.
 */
const char *duration_format(char *text, int64_t duration, int64_t unit);

#endif
