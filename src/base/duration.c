/* SPDX-License-Identifier: ISC */
/*
 * Decimal numbers and durations: exact, in integers, in no locale.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"

/* The units that may follow a number. */
static const struct {
	const char *suffix;
	int64_t length;
} units[] = {
	{ "ms", DURATION_MILLISECOND },
	{ "s", DURATION_SECOND },
	{ "m", DURATION_MINUTE },
};

/*
 * The most digits of a fraction, without zeros at its end, that are computed.
 * An exact one has eight at most, as a minute has 2^8 * 3 * 5^7 microseconds.
 */
#define FRACTION_DIGITS 9

/* Returns whether `c` is a decimal digit; isdigit(3) depends on the locale. */
static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Reads the digits at `text` up to INT64_MAX; returns their end, or NULL. */
static const char *
read_digits(int64_t *number, const char *text)
{
	int64_t value = 0;

	for (; is_digit(*text); text++) {
		int digit = *text - '0';

		if (value > (INT64_MAX - digit) / 10)
			return (NULL);
		value = value * 10 + digit;
	}
	*number = value;
	return (text);
}

bool
number_parse(int64_t *number, const char *text)
{
	const char *end;
	int64_t value;

	if (!is_digit(*text))
		return (false);
	end = read_digits(&value, text);
	if (end == NULL || *end != '\0')
		return (false);
	*number = value;
	return (true);
}

/* Returns the microseconds of the unit `suffix`, 0 for an unknown one. */
static int64_t
unit_length(const char *suffix, int64_t bare)
{
	size_t i;

	if (*suffix == '\0')
		return (bare);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(suffix, units[i].suffix) == 0)
			return (units[i].length);
	}
	return (0);
}

/* Sets *part to the fraction `digits` of `unit`; false: it is not exact. */
static bool
fraction_parse(int64_t *part, const char *digits, size_t count, int64_t unit)
{
	int64_t numerator = 0;
	int64_t denominator = 1;
	size_t i;

	while (count > 0 && digits[count - 1] == '0')
		count--;
	if (count > FRACTION_DIGITS)
		return (false);
	for (i = 0; i < count; i++) {
		numerator = numerator * 10 + (digits[i] - '0');
		denominator *= 10;
	}
	*part = numerator * unit / denominator;
	return (numerator * unit % denominator == 0);
}

/* Adds up the whole and the fraction of a well-formed text. */
static enum duration_result
sum(int64_t *duration, const char *whole, const char *fraction, size_t count,
    int64_t unit)
{
	int64_t units_whole, part;

	if (!fraction_parse(&part, fraction, count, unit))
		return (DURATION_TOO_FINE);
	if (read_digits(&units_whole, whole) == NULL ||
	    units_whole >= INT64_MAX / unit)
		return (DURATION_TOO_LONG);
	*duration = units_whole * unit + part;
	return (DURATION_PARSED);
}

enum duration_result
duration_parse(int64_t *duration, const char *text, int64_t unit)
{
	size_t whole = strspn(text, "0123456789");
	const char *fraction = text + whole;
	size_t count = 0;

	if (*fraction == '.') {
		fraction++;
		count = strspn(fraction, "0123456789");
		if (count == 0)
			return (DURATION_MALFORMED);
	} else if (whole == 0) {
		return (DURATION_MALFORMED);
	}
	unit = unit_length(fraction + count, unit);
	if (unit == 0)
		return (DURATION_MALFORMED);
	return (sum(duration, text, fraction, count, unit));
}

const char *
duration_format(char *text, int64_t duration, int64_t unit)
{
	int64_t rest = duration % unit;
	size_t used;

	used = (size_t)snprintf(text, DURATION_TEXT_MAX, "%lld%s",
	    (long long)(duration / unit), rest != 0 ? "." : "");
	for (; rest != 0 && used + 1 < DURATION_TEXT_MAX;
	     rest = rest * 10 % unit)
		text[used++] = (char)('0' + rest * 10 / unit);
	text[used] = '\0';
	return (text);
}
