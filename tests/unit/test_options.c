/* SPDX-License-Identifier: ISC */
/*
 * The command line: a row is what is typed and what becomes of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "options/parse.h"
#include "fake/options_outcome.h"
#include "fake/options_rows.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void
expect(const char *typed, enum options_result result, const char *outcome)
{
	char output[OUTPUT_MAX];
	enum options_result got = outcome_of(typed, output);

	if (got != result || strcmp(output, outcome) != 0)
		fail_msg("hecat %s\n  expected: %d %s\n  got:      %d %s",
		    typed, (int)result, outcome, (int)got, output);
}

static void
expect_rows(const struct row *rows, size_t count, enum options_result result)
{
	size_t i;

	for (i = 0; i < count; i++)
		expect(rows[i].typed, result, rows[i].outcome);
}

static void
test_accepted(void **state)
{
	(void)state;
	expect_rows(accepted, LENGTH(accepted), OPTIONS_RUN);
}

static void
test_refused(void **state)
{
	(void)state;
	expect_rows(refused, LENGTH(refused), OPTIONS_INVALID);
}

/* -h and -V are obeyed where they stand. */
static void
test_answers(void **state)
{
	(void)state;
	expect("-h", OPTIONS_HELP, "HELP");
	expect("--help", OPTIONS_HELP, "HELP");
	expect("-4 -6 h -h -d x", OPTIONS_HELP, "HELP");
	expect("-V", OPTIONS_VERSION, "VERSION");
	expect("--version -h", OPTIONS_VERSION, "VERSION");
	expect("-d 5 -h", OPTIONS_INVALID, "-d '5': " DELAYS);
}

/* A host of 253 characters is the longest, not counting a dot at its end. */
static void
test_host_length(void **state)
{
	(void)state;
	assert_int_equal(strlen(LONG252), 252);
	expect(LONG252 "1 80", OPTIONS_RUN, LONG252 "1 80");
	expect(LONG252 "1. 80", OPTIONS_RUN, LONG252 "1. 80");
	expect(LONG252 "12. 80", OPTIONS_INVALID,
	    "host '" LONG60 "...': longer than 253 characters");
}

/* Options may follow operands whatever the environment, and argv stays. */
static void
test_posixly_correct(void **state)
{
	struct command command;
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	(void)state;
	setenv("POSIXLY_CORRECT", "1", 1);
	expect("h 80 -v", OPTIONS_RUN, "h 80 verbose=1");
	unsetenv("POSIXLY_CORRECT");
	command_init(&command, "h -v 80 -z");
	options_parse(&options, command.argc, command.argv, error);
	assert_string_equal(command.argv[1], "h");
	assert_string_equal(command.argv[2], "-v");
	assert_string_equal(command.argv[4], "-z");
	command_release(&command);
	options_release(&options);
	options_release(&options);
}

static void
test_no_argv(void **state)
{
	char *argv[] = { NULL };
	char error[OPTIONS_ERROR_MAX];
	struct options options;

	(void)state;
	assert_int_equal(
	    options_parse(&options, 0, argv, error), OPTIONS_INVALID);
	options_release(&options);
}

/* Each name in full is known, and no proper prefix of one is. */
static void
test_abbreviations(void **state)
{
	char typed[128], output[OUTPUT_MAX];
	size_t i, j, length;

	(void)state;
	for (i = 0; i < OPTION_TABLE_SIZE; i++) {
		for (length = 1; length < strlen(option_table[i].name);
		     length++) {
			snprintf(typed, sizeof(typed), "h 80 --%.*s 4",
			    (int)length, option_table[i].name);
			for (j = 0; j < OPTION_TABLE_SIZE; j++) {
				if (strlen(option_table[j].name) == length &&
				    strncmp(option_table[j].name,
					option_table[i].name, length) == 0)
					break;
			}
			if (j < OPTION_TABLE_SIZE)
				continue;
			assert_int_equal(
			    outcome_of(typed, output), OPTIONS_INVALID);
			assert_memory_equal(output, "unknown option '--", 18);
		}
	}
}

/* Types the option with a value at `offset` from a bound. */
static enum options_result
try_bound(const struct option_spec *spec, int64_t value)
{
	char typed[128], number[DURATION_TEXT_MAX], output[OUTPUT_MAX];

	snprintf(typed, sizeof(typed), "h 80 --%s=%s%s", spec->name,
	    duration_format(number, value,
		spec->kind == KIND_DURATION ? DURATION_SECOND : 1),
	    spec->kind == KIND_DURATION ? "s" : "");
	return (outcome_of(typed, output));
}

/* Every bound of the table holds, to the unit and the microsecond. */
static void
test_bounds(void **state)
{
	const struct option_spec *spec;

	(void)state;
	for (spec = option_table; spec < option_table + OPTION_TABLE_SIZE;
	     spec++) {
		if (spec->unit == 0)
			continue;
		assert_true(spec->lower < spec->upper);
		assert_int_equal(try_bound(spec, spec->lower), OPTIONS_RUN);
		assert_int_equal(try_bound(spec, spec->upper), OPTIONS_RUN);
		assert_int_equal(
		    try_bound(spec, spec->upper + 1), OPTIONS_INVALID);
		if (spec->lower > 1)
			assert_int_equal(
			    try_bound(spec, spec->lower - 1), OPTIONS_INVALID);
		assert_int_equal(try_bound(spec, 0),
		    spec->lower == 0 || spec->zero ? OPTIONS_RUN
						   : OPTIONS_INVALID);
	}
}

/* The rows of the table are complete, and no two share a spelling. */
static void
test_table(void **state)
{
	size_t i, j;

	(void)state;
	assert_non_null(option_table[0].heading);
	for (i = 0; i < OPTION_TABLE_SIZE; i++) {
		const struct option_spec *spec = &option_table[i];
		bool takes_none = spec->kind <= KIND_ANSWER;

		assert_non_null(spec->help);
		assert_true(strlen(spec->name) + 3 < SPELLING_MAX);
		assert_true(takes_none == (spec->argument == NULL));
		assert_true((spec->kind == KIND_CUSTOM) == (spec->set != NULL));
		assert_true(spec->kind != KIND_CHOICE || spec->words != NULL);
		for (j = 0; j < i; j++) {
			assert_string_not_equal(
			    spec->name, option_table[j].name);
			assert_true(spec->letter == '\0' ||
			    spec->letter != option_table[j].letter);
		}
	}
}

/* The usage names every option once, in the table's order, in 80 columns. */
static void
test_usage(void **state)
{
	char *text = NULL, *line, *rest;
	char name[SPELLING_MAX];
	size_t size, next = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_usage(out);
	fclose(out);
	assert_int_equal(text[size - 1], '\n');
	assert_memory_equal(text, "usage: hecat [options] host port\n", 33);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		assert_true(strlen(line) <= 80);
		assert_null(strchr(line, '\t'));
		if (strncmp(line, "  -", 3) != 0 &&
		    strncmp(line, "      --", 8) != 0)
			continue;
		assert_true(next < OPTION_TABLE_SIZE);
		if (option_table[next].letter != '\0')
			assert_int_equal(line[3], option_table[next].letter);
		assert_int_equal(sscanf(line + 6, "--%47[a-z0-9-]", name), 1);
		assert_string_equal(name, option_table[next++].name);
	}
	assert_int_equal(next, OPTION_TABLE_SIZE);
	free(text);
}

/* The pieces that random command lines are made of. */
static const char *const pieces[] = { "h", "80", ":", "::1", "[", "]", "-",
	"--", "-d", "-r", "-w", "-q", "-p", "-s", "-f", "-n", "-4", "-6", "-z",
	"-N", "-v", "-l", "--delay", "--resolve", "--address", "--order",
	"--prefer", "--res", "=", ",", ".", "%", "%lo", "0", "1", "25", "0.25",
	"ms", "m", "none", "resolver", "192.0.2.1", "http://", "@", "/", "\x1b",
	"\xff", "'", "\\", " ", " ", " ", " ", " ", " h:80 ", " h 80 ", " -n",
	" --source=", " --no-shutdown", " [::1]:80 ", "99999999999999999999",
	"''", "~", LONG252, "--verbose=", "-e", "+", "_", "20-30" };

/* A linear congruential generator; the seed makes every run the same one. */
static unsigned
random_below(uint64_t *seed, size_t limit)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return ((unsigned)((*seed >> 33) % limit));
}

/* An error is one printable line; what is accepted is within its bounds. */
static void
check_fuzzed(enum options_result result, const char *output)
{
	size_t i;

	assert_true(result <= OPTIONS_INVALID);
	assert_true(output[0] != '\0');
	if (result != OPTIONS_INVALID)
		return;
	assert_true(strlen(output) < OPTIONS_ERROR_MAX - 1);
	for (i = 0; output[i] != '\0'; i++)
		assert_true(output[i] >= ' ' && output[i] <= '~');
}

/* 100 000 random command lines neither crash nor leak. */
static void
test_random(void **state)
{
	char typed[WORDS_MAX * 80], output[OUTPUT_MAX];
	unsigned accepted_count = 0;
	uint64_t seed = 8305;
	int run;

	(void)state;
	for (run = 0; run < 100000; run++) {
		struct text text = { typed, sizeof(typed), 0 };
		unsigned count = 1 + random_below(&seed, WORDS_MAX / 4);
		enum options_result result;

		for (typed[0] = '\0'; count > 0; count--)
			text_add(&text, "%s%s",
			    pieces[random_below(&seed, LENGTH(pieces))],
			    random_below(&seed, 3) == 0 ? "" : " ");
		result = outcome_of(typed, output);
		check_fuzzed(result, output);
		accepted_count += result == OPTIONS_RUN;
	}
	assert_true(accepted_count > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_host_length),
		cmocka_unit_test(test_posixly_correct),
		cmocka_unit_test(test_no_argv),
		cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_random),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
