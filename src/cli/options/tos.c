/* SPDX-License-Identifier: ISC */
/*
 * The type of service: the byte that IPv4 calls so and IPv6 the traffic class,
 * by the names of RFC 791 and RFC 1349, by those of the DSCP (RFC 2474, RFC
 * 2597, RFC 3246, RFC 5865, RFC 8622), or as a number.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "duration.h"
#include "options/parse.h"

#define HEXADECIMAL "0123456789abcdefABCDEF"

/* The DSCP is the upper six bits. */
#define DSCP(value) ((value) << 2)

static const struct option_word names[] = {
	{ "lowdelay", 0x10 },
	{ "throughput", 0x08 },
	{ "reliability", 0x04 },
	{ "critical", 0xa0 },
	{ "inetcontrol", 0xc0 },
	{ "netcontrol", 0xe0 },
	{ "ef", DSCP(46) },
	{ "va", DSCP(44) },
	{ "le", DSCP(1) },
	{ NULL, 0 },
};

/* Returns whether `digit` is one of `lowest` to `highest`. */
static bool
is_digit_of(char digit, char lowest, char highest)
{
	return (digit >= lowest && digit <= highest);
}

/* Returns the value of a name, whatever its case; -1: there is no such name. */
static int
find_name(const char *text)
{
	const struct option_word *name;

	for (name = names; name->text != NULL; name++)
		if (strcasecmp(name->text, text) == 0)
			return ((int)name->value);
	if (strncasecmp(text, "cs", 2) == 0 && is_digit_of(text[2], '0', '7') &&
	    text[3] == '\0')
		return (DSCP((text[2] - '0') << 3));
	if (strncasecmp(text, "af", 2) == 0 && is_digit_of(text[2], '1', '4') &&
	    is_digit_of(text[3], '1', '3') && text[4] == '\0')
		return (DSCP((text[2] - '0') << 3 | (text[3] - '0') << 1));
	return (-1);
}

/* Reads a decimal number, or a hexadecimal one that begins with "0x". */
static bool
read_number(int64_t *number, const char *text)
{
	const char *digits = text + 2;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return (number_parse(number, text));
	if (*digits == '\0' || strlen(digits) > 8 ||
	    digits[strspn(digits, HEXADECIMAL)] != '\0')
		return (false);
	*number = strtoll(digits, NULL, 16);
	return (true);
}

enum options_result
option_set_tos(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	int64_t value = find_name(argument);

	if (value == -1 &&
	    (!read_number(&value, argument) || value < spec->lower ||
		value > spec->upper))
		return (option_fail(parse, spec, argument,
		    "must be 0 to 255, in hexadecimal with 0x, or a name:"
		    " lowdelay, throughput, reliability, critical,"
		    " inetcontrol, netcontrol, ef, va, le, af11 to af43,"
		    " cs0 to cs7"));
	option_store(parse->options, spec, value);
	return (OPTIONS_RUN);
}
