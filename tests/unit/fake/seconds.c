/* SPDX-License-Identifier: ISC */
/*
 * Times as text, and the comparison of a row with what came of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/seconds.h"

/* Returns `text`, in units of `unit` microseconds. */
static monotime_t
parse(const char *text, double unit)
{
	double number;
	char *end;

	if (*text == '\0' || strcmp(text, "none") == 0)
		return (MONOTIME_NEVER);
	number = strtod(text, &end);
	if (end == text)
		fail_msg("\"%s\" is not a time", text);
	return ((monotime_t)(number * unit + .5));
}

monotime_t
seconds_parse(const char *text)
{
	return (parse(text, 1e6));
}

monotime_t
milliseconds_parse(const char *text)
{
	return (parse(text, 1e3));
}

void
text_append(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
	assert_true(length >= 0 && (size_t)length < size - used);
}

/* Appends `time` in units of 10 to the power of `digits` microseconds. */
static void
append(char *buffer, size_t size, monotime_t time, int digits)
{
	monotime_t unit = digits == 6 ? MONOTIME_PER_SECOND : MONOTIME_PER_MS;
	char fraction[32];
	size_t length;

	if (time == MONOTIME_NEVER) {
		text_append(buffer, size, "never");
		return;
	}
	if (time == 0 || time >= unit)
		text_append(buffer, size, "%" PRId64, time / unit);
	if (time % unit == 0)
		return;
	snprintf(fraction, sizeof(fraction), "%0*" PRId64, digits, time % unit);
	for (length = strlen(fraction); fraction[length - 1] == '0'; length--)
		fraction[length - 1] = '\0';
	text_append(buffer, size, ".%s", fraction);
}

void
seconds_append(char *buffer, size_t size, monotime_t time)
{
	append(buffer, size, time, 6);
}

void
milliseconds_append(char *buffer, size_t size, monotime_t time)
{
	append(buffer, size, time, 3);
}

void
assert_row(const char *row, const char *expected, const char *actual)
{
	if (strcmp(expected, actual) != 0)
		fail_msg("%s:\n  expected \"%s\"\n  happened \"%s\"", row,
		    expected, actual);
}
