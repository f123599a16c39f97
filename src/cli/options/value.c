/* SPDX-License-Identifier: ISC */
/*
 * One option's argument, checked against its row and stored in its field.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "options/parse.h"

/* Bytes of a protocol, and of a list of them (RFC 7301 section 3.1). */
#define ALPN_MAX      255
#define ALPN_LIST_MAX 1024

void
option_store(
    struct options *options, const struct option_spec *spec, int64_t value)
{
	char *field = (char *)options + spec->offset;
	uint8_t value8 = (uint8_t)value;
	uint16_t value16 = (uint16_t)value;
	uint32_t value32 = (uint32_t)value;

	switch (spec->size) {
	case sizeof(value8):
		memcpy(field, &value8, sizeof(value8));
		break;
	case sizeof(value16):
		memcpy(field, &value16, sizeof(value16));
		break;
	case sizeof(value32):
		memcpy(field, &value32, sizeof(value32));
		break;
	case sizeof(value):
		memcpy(field, &value, sizeof(value));
		break;
	}
}

/* Stores the value of a word; false: `argument` is not one of the words. */
static bool
apply_word(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	const struct option_word *word;

	if (spec->words == NULL)
		return (false);
	for (word = spec->words; word->text != NULL; word++) {
		if (strcmp(word->text, argument) == 0) {
			option_store(parse->options, spec, word->value);
			return (true);
		}
	}
	return (false);
}

/* Returns whether the table allows `value`. */
static bool
within_bounds(const struct option_spec *spec, int64_t value)
{
	if (value == 0 && spec->zero)
		return (true);
	return (value >= spec->lower && value <= spec->upper);
}

/* Stores a whole number. */
static enum options_result
apply_number(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	int64_t value;

	if (!number_parse(&value, argument) || !within_bounds(spec, value))
		return (option_fail_bounds(parse, spec, argument));
	option_store(parse->options, spec, value);
	return (OPTIONS_RUN);
}

/*
 * Returns whether seconds were probably written where a bare number is
 * milliseconds ("0.25"): the value is below a millisecond. N microseconds are
 * then meant as N milliseconds.
 */
static bool
looks_like_seconds(
    const struct option_spec *spec, const char *argument, int64_t value)
{
	char last = argument[strlen(argument) - 1];

	return (spec->unit == DURATION_MILLISECOND && last >= '0' &&
	    last <= '9' && value > 0 && value < DURATION_MILLISECOND);
}

/* Returns whether it is a duration with a minus sign. */
static bool
is_negative(const char *argument)
{
	int64_t value;

	return (argument[0] == '-' &&
	    duration_parse(&value, argument + 1, DURATION_SECOND) !=
		DURATION_MALFORMED);
}

/* Stores a duration in microseconds. */
static enum options_result
apply_duration(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	enum duration_result result;
	int64_t value = 0;

	result = duration_parse(&value, argument, spec->unit);
	if (result == DURATION_TOO_FINE)
		return (option_fail(
		    parse, spec, argument, "finer than a microsecond"));
	if (result == DURATION_MALFORMED && !is_negative(argument))
		return (option_fail_duration(parse, spec, argument));
	if (result != DURATION_PARSED)
		return (option_fail_bounds(parse, spec, argument));
	if (looks_like_seconds(spec, argument, value) &&
	    within_bounds(spec, value * DURATION_MILLISECOND))
		return (option_fail(parse, spec, argument,
		    "milliseconds; did you mean %d?", (int)value));
	if (!within_bounds(spec, value))
		return (option_fail_bounds(parse, spec, argument));
	option_store(parse->options, spec, value);
	return (OPTIONS_RUN);
}

/* Adds one to the unsigned field of `spec`. */
static void
apply_counted(struct options *options, const struct option_spec *spec)
{
	char *field = (char *)options + spec->offset;
	unsigned count;

	memcpy(&count, field, sizeof(count));
	option_store(options, spec, (int64_t)count + 1);
}

bool
option_argument_is_optional(const struct option_spec *spec)
{
	return (spec->argument != NULL && spec->argument[0] == '[');
}

/* Keeps a copy of the argument in the place of the one before. */
static enum options_result
keep_copy(char **field, const char *argument)
{
	free(*field);
	*field = strdup(argument);
	return (*field == NULL ? OPTIONS_NO_MEMORY : OPTIONS_RUN);
}

/* Keeps the name of a file. */
static enum options_result
keep_file(struct parse *parse, const struct option_spec *spec,
    const char *argument, char **field)
{
	if (argument[0] == '\0')
		return (
		    option_fail(parse, spec, argument, "needs the name of a %s",
			spec->argument != NULL &&
				strcmp(spec->argument, "FOLDER") == 0
			    ? "folder"
			    : "file"));
	return (keep_copy(field, argument));
}

/* Returns the field of a row whose field is a text. */
static char **
text_field(struct options *options, const struct option_spec *spec)
{
	return ((char **)(void *)((char *)options + spec->offset));
}

enum options_result
option_set_json(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	parse->options->json = true;
	return (keep_file(parse, spec, argument, &parse->options->json_file));
}

enum options_result
option_set_hex_dump(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	parse->options->hex_dump = true;
	if (strcmp(argument, "-") == 0)
		return (option_fail(
		    parse, spec, argument, "standard output has the data"));
	return (
	    keep_file(parse, spec, argument, &parse->options->hex_dump_file));
}

enum options_result
option_set_server_name(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	const char *fault = argument[0] == '\0' ? NULL : host_fault(argument);

	if (fault != NULL)
		return (option_fail(parse, spec, argument, "%s", fault));
	return (keep_copy(text_field(parse->options, spec), argument));
}

enum options_result
option_set_interface(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	if (argument[0] == '\0' || strlen(argument) >= IF_NAMESIZE)
		return (option_fail(parse, spec, argument,
		    "must be the name of an interface, 1 to %d bytes",
		    IF_NAMESIZE - 1));
	if (if_nametoindex(argument) == 0)
		return (option_fail(
		    parse, spec, argument, "there is no such interface"));
	return (keep_copy(text_field(parse->options, spec), argument));
}

/* Returns whether each protocol has 1 to 255 bytes (RFC 7301 section 3.1). */
static bool
is_alpn(const char *list)
{
	size_t length = strlen(list), part;

	for (const char *at = list;; at += part + 1) {
		part = strcspn(at, ",");
		if (part < 1 || part > ALPN_MAX || length > ALPN_LIST_MAX)
			return (false);
		if (at[part] == '\0')
			return (true);
	}
}

enum options_result
option_set_alpn(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	if (!is_alpn(argument))
		return (option_fail(parse, spec, argument,
		    "must be names of 1 to %d bytes, with commas between them,"
		    " and %d bytes at most",
		    ALPN_MAX, ALPN_LIST_MAX));
	return (keep_copy(text_field(parse->options, spec), argument));
}

/* Writes the error line for a wrong argument of --success. */
static enum options_result
fail_success(const struct parse *parse, const struct option_spec *spec,
    const char *argument)
{
	char lower[DURATION_TEXT_MAX], upper[DURATION_TEXT_MAX];

	return (option_fail(parse, spec, argument,
	    "must be tcp, tls, data or open:MS, with MS %s to %s"
	    " milliseconds",
	    duration_format(lower, spec->lower, DURATION_MILLISECOND),
	    duration_format(upper, spec->upper, DURATION_MILLISECOND)));
}

enum options_result
option_set_success(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	static const char open[] = "open:";
	struct options *options = parse->options;
	int64_t time = 0;

	if (strcmp(argument, "tcp") == 0) {
		options->success = OPTIONS_SUCCESS_TCP;
	} else if (strcmp(argument, "tls") == 0) {
		options->success = OPTIONS_SUCCESS_TLS;
	} else if (strcmp(argument, "data") == 0) {
		options->success = OPTIONS_SUCCESS_DATA;
	} else if (strncmp(argument, open, sizeof(open) - 1) == 0 &&
	    duration_parse(&time, argument + sizeof(open) - 1,
		DURATION_MILLISECOND) == DURATION_PARSED &&
	    within_bounds(spec, time)) {
		options->success = OPTIONS_SUCCESS_OPEN;
	} else {
		return (fail_success(parse, spec, argument));
	}
	options->success_open = time;
	return (OPTIONS_RUN);
}

/* Carries out an option that has no argument. */
static enum options_result
apply_plain(struct parse *parse, const struct option_spec *spec)
{
	switch (spec->kind) {
	case KIND_ANSWER:
		/* An error when operands follow; see conclude(). */
		if (spec->value != OPTIONS_VERSION)
			return ((enum options_result)spec->value);
		parse->version = true;
		break;
	case KIND_COUNTED:
		apply_counted(parse->options, spec);
		break;
	default:
		option_store(parse->options, spec, spec->value);
		break;
	}
	return (OPTIONS_RUN);
}

enum options_result
option_apply(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	if (argument == NULL)
		return (apply_plain(parse, spec));
	if (apply_word(parse, spec, argument))
		return (OPTIONS_RUN);
	if (spec->kind == KIND_NUMBER)
		return (apply_number(parse, spec, argument));
	if (spec->kind == KIND_DURATION)
		return (apply_duration(parse, spec, argument));
	if (spec->kind == KIND_FILE)
		return (keep_file(
		    parse, spec, argument, text_field(parse->options, spec)));
	if (spec->kind == KIND_CUSTOM)
		return (spec->set(parse, spec, argument));
	return (option_fail_bounds(parse, spec, argument));
}
