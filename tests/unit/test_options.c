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
#include "options/foreign.h"
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

/* -h is obeyed where it stands; -V is alone. */
static void
test_answers(void **state)
{
#define NO_HOST                                                              \
	"-V prints the version and takes no host (nc's -V, a routing table," \
	" is not in hecat)"

	(void)state;
	expect("-h", OPTIONS_HELP, "HELP");
	expect("--help", OPTIONS_HELP, "HELP");
	expect("-4 -6 h -h -d x", OPTIONS_HELP, "HELP");
	expect("-V", OPTIONS_VERSION, "VERSION");
	expect("-4 --version -v", OPTIONS_VERSION, "VERSION");
	expect("--version -h", OPTIONS_HELP, "HELP");
	expect("-d 5 -h", OPTIONS_INVALID, "-d 5: " DELAYS);
	expect("-V -d 5", OPTIONS_INVALID, "-d 5: " DELAYS);
	expect("-V 1 -z h 22", OPTIONS_INVALID, NO_HOST);
	expect("h 22 --version", OPTIONS_INVALID, NO_HOST);
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
	    "'" LONG60 "...': longer than 253 characters");
}

/* Options may follow operands in any environment; argv does not change. */
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

/* The options of other netcats that hecat has not, and none that it has. */
static void
test_foreign(void **state)
{
	char typed[64], expected[OPTIONS_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < foreign_option_count; i++) {
		const struct foreign_option *row = &foreign_options[i];

		assert_true(row->letter != '\0' || row->name != NULL);
		if (row->letter != '\0') {
			snprintf(typed, sizeof(typed), "-%c h 80", row->letter);
			snprintf(expected, sizeof(expected), "-%c: %s",
			    row->letter, row->advice);
			expect(typed, OPTIONS_INVALID, expected);
		}
		if (row->name != NULL) {
			snprintf(typed, sizeof(typed), "--%s h 80", row->name);
			snprintf(expected, sizeof(expected), "--%s: %s",
			    row->name, row->advice);
			expect(typed, OPTIONS_INVALID, expected);
		}
	}
}

/* Returns whether the texts "nc, ncat" have this program. */
static bool
is_of(const char *programs, const char *program)
{
	const char *found = strstr(programs, program);
	char end;

	if (found == NULL)
		return (false);
	end = found[strlen(program)];
	/* "nc" is the end of "ncat", and no beginning of it. */
	return ((end == '\0' || end == ',') &&
	    (found == programs || found[-1] == ' '));
}

static bool
is_row(char letter, const char *name, char row_letter, const char *row_name)
{
	if (letter != '\0')
		return (row_letter == letter);
	return (row_name != NULL && strcmp(row_name, name) == 0);
}

/* Returns how many rows there are for an option of a program. */
static size_t
count_rows(const char *program, char letter, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < foreign_same_count; i++) {
		const struct foreign_same *row = &foreign_sames[i];

		count += is_of(row->of, program) &&
		    is_row(letter, name, row->letter, row->name);
	}
	for (size_t i = 0; i < foreign_meaning_count; i++) {
		const struct foreign_meaning *row = &foreign_meanings[i];

		count += is_of(row->of, program) &&
		    is_row(letter, name, row->letter, row->name);
	}
	for (size_t i = 0; i < foreign_option_count; i++) {
		const struct foreign_option *row = &foreign_options[i];

		count += is_of(row->of, program) &&
		    is_row(letter, name, row->letter, row->name);
	}
	return (count);
}

/*
 * Each option of OpenBSD's nc (Debian's -q and -b too), and of ncat 7.93, has a
 * row: it is the same here, means something else, or has an answer.
 */
static void
test_foreign_complete(void **state)
{
	static const char letters[] = "46bCcDdeFGHhIiKklMmNnOoPpqRrSsTtUuVvWwX"
				      "xZzg";
	static const char *const names[] = { "allow", "allowfile",
		"append-output", "broker", "chat", "crlf", "delay", "deny",
		"denyfile", "exec", "help", "hex-dump", "idle-timeout",
		"keep-open", "listen", "lua-exec", "max-conns", "no-shutdown",
		"nodns", "output", "proxy", "proxy-auth", "proxy-dns",
		"proxy-type", "recv-only", "sctp", "send-only", "sh-exec",
		"source", "source-port", "ssl", "ssl-alpn", "ssl-cert",
		"ssl-ciphers", "ssl-key", "ssl-servername", "ssl-trustfile",
		"ssl-verify", "telnet", "udp", "unixsock", "verbose", "version",
		"vsock", "wait" };
	/* Those of socat's that change what a client over TCP does. */
	static const char *const settings[] = { "bind", "cloexec", "congestion",
		"connect-timeout", "cork", "crnl", "defer-accept", "forever",
		"ignoreeof", "interface", "interval", "keepalive", "keepcnt",
		"keepidle", "keepintvl", "linger", "linger2", "lowport", "mss",
		"mtudiscover", "nodelay", "nonblock", "null-eof", "pf",
		"priority", "quickack", "rcvbuf", "readbytes", "retry",
		"reuseaddr", "shut-down", "shut-none", "sndbuf",
		"so-bindtodevice", "sourceport", "sp", "su", "syncnt",
		"tcp-md5sig", "tos", "ttl", "user-timeout", "window-clamp" };

	(void)state;
	for (const char *letter = letters; *letter != '\0'; letter++)
		if (count_rows("nc", *letter, NULL) != 1)
			fail_msg("-%c of nc has not one row", *letter);
	for (size_t i = 0; i < LENGTH(names); i++)
		if (count_rows("ncat", '\0', names[i]) != 1)
			fail_msg("--%s of ncat has not one row", names[i]);
	for (const char *letter = "46dhstTvV"; *letter != '\0'; letter++)
		if (count_rows("socat", *letter, NULL) != 1)
			fail_msg("-%c of socat has not one row", *letter);
	for (size_t i = 0; i < LENGTH(settings); i++)
		if (foreign_find_setting(settings[i], strlen(settings[i])) ==
		    NULL)
			fail_msg("%s of socat has no row", settings[i]);
}

/* Returns the row of hecat's own option; NULL: there is none. */
static const struct option_spec *
find_own(char letter, const char *name)
{
	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++)
		if (is_row(letter, name, option_table[i].letter,
			option_table[i].name))
			return (&option_table[i]);
	return (NULL);
}

/* What is the same there is an option here, under both of its names. */
static void
test_foreign_sames(void **state)
{
	(void)state;
	for (size_t i = 0; i < foreign_same_count; i++) {
		const struct foreign_same *row = &foreign_sames[i];
		const struct option_spec *own = find_own(
		    row->letter, row->name);

		assert_non_null(own);
		if (row->name != NULL)
			assert_string_equal(row->name, own->name);
	}
}

/* What hecat has means something else there, so it is in its table. */
static void
test_foreign_meanings(void **state)
{
	(void)state;
	for (size_t i = 0; i < foreign_meaning_count; i++) {
		const struct foreign_meaning *row = &foreign_meanings[i];
		size_t found = 0;

		for (size_t j = 0; j < OPTION_TABLE_SIZE; j++)
			if (row->letter != '\0'
				? option_table[j].letter == row->letter
				: strcmp(option_table[j].name, row->name) == 0)
				found++;
		assert_int_equal(found, 1);
	}
}

/* Reads the manual, a space for each end of a line. */
static char *
read_manual(void)
{
	static char text[128 * 1024];
	FILE *file = fopen("man/hecat.1", "r");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	assert_true(size < sizeof(text) - 1);
	fclose(file);
	text[size] = '\0';
	for (char *end = text; (end = strchr(end, '\n')) != NULL;)
		*end = ' ';
	return (text);
}

static void
expect_in_manual(const char *manual, char letter, const char *name,
    const char *of, const char *text)
{
	char item[OPTIONS_ERROR_MAX];
	struct text_buffer line = { item, sizeof(item), 0 };

	text_buffer_add(&line, ".It");
	if (letter != '\0')
		text_buffer_add(&line, " Fl %c", letter);
	if (letter != '\0' && name != NULL)
		text_buffer_add(&line, " ,");
	if (name != NULL)
		text_buffer_add(&line, " Fl Fl %s", name);
	text_buffer_add(&line, " Pq %s %s .", of, text);
	if (strstr(manual, item) == NULL)
		fail_msg("man/hecat.1 lacks: %s", item);
}

/* The manual has the tables, and no row that is not in them. */
static void
test_foreign_manual(void **state)
{
	const char *manual = read_manual(), *section, *end;
	char text[OPTIONS_ERROR_MAX];
	size_t items = 0;

	(void)state;
	section = strstr(manual, ".Sh COMING FROM NC, NCAT OR SOCAT");
	assert_non_null(section);
	end = strstr(section + 1, ".Sh ");
	while ((section = strstr(section + 1, ".It ")) != NULL && section < end)
		items++;
	assert_int_equal(items,
	    foreign_option_count + foreign_meaning_count +
		foreign_address_count + foreign_setting_count +
		foreign_same_count);
	for (size_t i = 0; i < foreign_same_count; i++) {
		const struct foreign_same *row = &foreign_sames[i];

		expect_in_manual(manual, row->letter, row->name, row->of,
		    find_own(row->letter, row->name)->help);
	}
	for (size_t i = 0; i < foreign_option_count; i++)
		expect_in_manual(manual, foreign_options[i].letter,
		    foreign_options[i].name, foreign_options[i].of,
		    foreign_options[i].advice);
	for (size_t i = 0; i < foreign_meaning_count; i++) {
		snprintf(text, sizeof(text), "%s: %s",
		    foreign_meanings[i].theirs, foreign_meanings[i].here);
		expect_in_manual(manual, foreign_meanings[i].letter,
		    foreign_meanings[i].name, foreign_meanings[i].of, text);
	}
	for (size_t i = 0; i < foreign_address_count; i++) {
		const struct foreign_address *row = &foreign_addresses[i];

		snprintf(text, sizeof(text), ".It Cm %s %s .", row->name,
		    row->advice != NULL ? row->advice : "hecat host port");
		if (strstr(manual, text) == NULL)
			fail_msg("man/hecat.1 lacks: %s", text);
	}
	for (size_t i = 0; i < foreign_setting_count; i++) {
		snprintf(text, sizeof(text), ".It Cm %s %s .",
		    foreign_settings[i].name, foreign_settings[i].here);
		if (strstr(manual, text) == NULL)
			fail_msg("man/hecat.1 lacks: %s", text);
	}
}

/* Each name in full is known, and no proper prefix of one is an option. */
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
			/* That of another netcat has an answer of its own. */
			if (j < OPTION_TABLE_SIZE ||
			    foreign_find_name(option_table[i].name, length) !=
				NULL)
				continue;
			assert_int_equal(
			    outcome_of(typed, output), OPTIONS_INVALID);
			snprintf(typed, sizeof(typed), "--%.*s: unknown option",
			    (int)length, option_table[i].name);
			assert_memory_equal(output, typed, strlen(typed));
		}
	}
}

/* Types the option with a value at `offset` from a bound. */
static enum options_result
try_bound(const struct option_spec *spec, int64_t value)
{
	char typed[128], number[DURATION_TEXT_MAX], output[OUTPUT_MAX];

	/* With a connection that is given there is nothing to connect to. */
	snprintf(typed, sizeof(typed), "%s%s --%s=%s%s",
	    spec == &option_table[OPTION_FD] ? "" : "h 80 -c",
	    spec == &option_table[OPTION_RETRY_DELAY] ? " --retry 1" : "",
	    spec->name,
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
		struct text_buffer text = { typed, sizeof(typed), 0 };
		unsigned count = 1 + random_below(&seed, WORDS_MAX / 4);
		enum options_result result;

		for (typed[0] = '\0'; count > 0; count--)
			text_buffer_add(&text, "%s%s",
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
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_foreign_complete),
		cmocka_unit_test(test_foreign_sames),
		cmocka_unit_test(test_foreign_meanings),
		cmocka_unit_test(test_foreign_manual),
		cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_random),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
