/* SPDX-License-Identifier: ISC */
/*
 * What a terminal shows of a probe that is under way.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fake_address.h"
#include "fake/fixed_probes.h"
#include "fake/hostile.h"
#include "fake/output_check.h"
#include "fake/trace_build.h"
#include "probe/screen.h"

#define TRIES 3

#define LONG_ADDRESS "2001:db8:1234:5678:9abc:def0:1234:5678"

/* Returns what is shown of `report`, for the caller to free. */
static char *
shown(const struct probe_report *report, monotime_t at, unsigned columns,
    unsigned lines)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	probe_screen_format(out, report, BUILD_START + at, columns, lines);
	assert_int_equal(fclose(out), 0);
	return (text);
}

static void
assert_shown(const struct probe_report *report, monotime_t at, unsigned columns,
    unsigned lines, const char *expected)
{
	char *text = shown(report, at, columns, lines);

	assert_string_equal(text, expected);
	free(text);
}

/* Three addresses: one answered, one refused, one has not answered yet. */
static void
build_addresses(struct verdict_address *addresses, const char *first)
{
	const struct address six = fake_address(first, 80);
	const struct address four = fake_address("198.51.100.1", 80);
	const struct address other = fake_address("198.51.100.2", 80);

	assert_true(verdict_address_init(&addresses[0], &six, TRIES));
	assert_true(verdict_address_init(&addresses[1], &four, TRIES));
	assert_true(verdict_address_init(&addresses[2], &other, TRIES));
	addresses[0].pending = 1204000;
	verdict_add_success(&addresses[1], 20134, 0);
	verdict_add_failure(
	    &addresses[2], FAULT_REFUSED, 0, "Connection refused", 0);
}

static void
release_addresses(struct verdict_address *addresses)
{
	for (size_t i = 0; i < 3; i++)
		verdict_address_release(&addresses[i]);
}

static struct probe_report
report_of(const struct trace *lookup, const struct verdict_address *addresses,
    size_t count)
{
	return ((struct probe_report){
	    .target = { "host.test", "80", 80, false },
	    .rounds = 1,
	    .rounds_wanted = TRIES,
	    .lookup = lookup,
	    .addresses = addresses,
	    .address_count = count,
	});
}

static void
lookups_are_shown_until_there_is_an_address(void **state)
{
	struct trace lookup;
	struct probe_report report;

	(void)state;
	trace_init(&lookup, BUILD_START);
	report = report_of(&lookup, NULL, 0);
	build_queries(&lookup, 0);
	assert_shown(&report, 101000, 80, 24,
	    "host.test port 80: lookup\n"
	    "  AAAA lookup: no answer in 101 ms\n"
	    "  A lookup: no answer in 101 ms\n");
	build_answer(&lookup, 403000, AF_INET6, 2);
	build_no_answer(&lookup, 500000, AF_INET, EAI_NODATA, 0);
	assert_shown(&report, 600000, 80, 24,
	    "host.test port 80: lookup\n"
	    "  AAAA lookup: 2 addresses in 403 ms\n"
	    "  A lookup: no IPv4 address\n");
	/* The first line is there in any case. */
	assert_shown(&report, 600000, 12, 24, "host.test po\n");
	assert_shown(&report, 600000, 80, 2, "host.test port 80: lookup\n");
	trace_release(&lookup);
}

static void
rows_fill(void **state)
{
	struct verdict_address addresses[3];
	struct trace lookup, race;
	struct probe_report report;

	(void)state;
	trace_init(&lookup, BUILD_START);
	trace_init(&race, BUILD_START);
	build_addresses(addresses, "2001:db8:1::a");
	report = report_of(&lookup, addresses, 3);
	assert_shown(&report, 0, 80, 24,
	    "host.test port 80: round 1 of 3\n"
	    "  address        connected min ms median    max  SYN+\n"
	    "  2001:db8:1::a          -      -      -      -     0"
	    "  no answer in 1.2 s\n"
	    "  198.51.100.1     1 of  1   20.1   20.1   20.1     0\n"
	    "  198.51.100.2     0 of  1      -      -      -     0"
	    "  Connection refused\n");
	report.race = &race;
	assert_shown(&report, 0, 80, 2, "host.test port 80: race\n");
	release_addresses(addresses);
	trace_release(&lookup);
	trace_release(&race);
}

/* An address is never cut, and no line is longer than the screen. */
static void
columns_that_have_no_room_are_left_out(void **state)
{
	struct verdict_address addresses[3];
	struct trace lookup;
	struct probe_report report;

	(void)state;
	trace_init(&lookup, BUILD_START);
	build_addresses(addresses, LONG_ADDRESS);
	report = report_of(&lookup, addresses, 3);
	assert_shown(&report, 0, 60, 24,
	    "host.test port 80: round 1 of 3\n"
	    "  address                                 connected     ms\n"
	    "  " LONG_ADDRESS "          -      -\n"
	    "    no answer in 1.2 s\n"
	    "  198.51.100.1                              1 of  1   20.1\n"
	    "  198.51.100.2                              0 of  1      -\n"
	    "    Connection refused\n");
	assert_shown(&report, 0, 40, 24,
	    "host.test port 80: round 1 of 3\n"
	    "  3 more\n");
	for (unsigned columns = 1; columns < 120; columns++) {
		char *text = shown(&report, 0, columns, 24);

		for (char *line = text; *line != '\0'; line++) {
			size_t length = strcspn(line, "\n");

			assert_true(length <= columns);
			line += length;
		}
		assert_true(strstr(text, "2001") == NULL ||
		    strstr(text, LONG_ADDRESS " ") != NULL);
		free(text);
	}
	release_addresses(addresses);
	trace_release(&lookup);
}

static void
addresses_that_have_no_room_are_counted(void **state)
{
	struct verdict_address addresses[3];
	struct trace lookup;
	struct probe_report report;

	(void)state;
	trace_init(&lookup, BUILD_START);
	build_addresses(addresses, "2001:db8:1::a");
	report = report_of(&lookup, addresses, 3);
	assert_shown(&report, 0, 80, 4,
	    "host.test port 80: round 1 of 3\n"
	    "  address        connected min ms median    max  SYN+\n"
	    "  2001:db8:1::a          -      -      -      -     0"
	    "  no answer in 1.2 s\n"
	    "  and 2 more\n");
	for (unsigned lines = 1; lines < 10; lines++) {
		char *text = shown(&report, 0, 45, lines);
		unsigned count = 0;

		for (const char *at = text; *at != '\0'; at++)
			count += *at == '\n';
		assert_in_range(count, 1, lines);
		free(text);
	}
	release_addresses(addresses);
	trace_release(&lookup);
}

static void
nothing_that_a_terminal_obeys_is_shown(void **state)
{
	struct trace lookup;
	struct probe_report report;

	(void)state;
	trace_init(&lookup, BUILD_START);
	report = report_of(&lookup, NULL, 0);
	for (size_t i = 0; i < hostile_count; i++)
		for (unsigned columns = 1; columns < 100; columns += 7) {
			char *text;

			report.target = (struct report_target){
				hostile_texts[i], hostile_texts[i], 80, false
			};
			text = shown(&report, 0, columns, 24);
			hostile_check(hostile_texts[i],
			    output_fault(text, strlen(text), ""));
			free(text);
		}
	trace_release(&lookup);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_are_shown_until_there_is_an_address),
		cmocka_unit_test(rows_fill),
		cmocka_unit_test(columns_that_have_no_room_are_left_out),
		cmocka_unit_test(addresses_that_have_no_room_are_counted),
		cmocka_unit_test(nothing_that_a_terminal_obeys_is_shown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
