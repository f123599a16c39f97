/* SPDX-License-Identifier: ISC */
/*
 * JSON (RFC 8259): what is escaped, where the commas are, how numbers look.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "report/json_writer.h"
#include "fake/seconds.h"

struct writer {
	struct json json;
	FILE *out;
	char *text;
	size_t length;
};

static void
writer_open(struct writer *writer)
{
	writer->out = open_memstream(&writer->text, &writer->length);
	assert_non_null(writer->out);
	json_init(&writer->json, writer->out);
}

static void
writer_expect(struct writer *writer, const char *row, const char *expected)
{
	assert_int_equal(fclose(writer->out), 0);
	assert_row(row, expected, writer->text);
	free(writer->text);
}

struct string_row {
	const char *what;
	const char *text;
	const char *json;
};

/* Writes each text as a value of its own. */
static void
check_strings(const struct string_row *rows, size_t count)
{
	struct writer writer;

	for (size_t i = 0; i < count; i++) {
		writer_open(&writer);
		json_string(&writer.json, NULL, rows[i].text);
		writer_expect(&writer, rows[i].what, rows[i].json);
	}
}

#define CHECK_STRINGS(rows) \
	check_strings(rows, sizeof(rows) / sizeof((rows)[0]))

static void
strings_are_escaped(void **state)
{
	static const struct string_row rows[] = {
		{ "nothing", "", "\"\"" },
		{ "ASCII", "2001:db8::1%eth0 /'~", "\"2001:db8::1%eth0 /'~\"" },
		{ "quotes", "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "a backslash", "a\\b", "\"a\\\\b\"" },
		{ "control characters", "\x01\t\n\r\x1f\x7f",
		    "\"\\u0001\\u0009\\u000a\\u000d\\u001f\\u007f\"" },
		{ "C1 controls", "\xc2\x80\xc2\x9b\xc2\x9f",
		    "\"\\u0080\\u009b\\u009f\"" },
		{ "what turns the direction", "\u061c\u200e\u202e\u2066\u2069",
		    "\"\\u061c\\u200e\\u202e\\u2066\\u2069\"" },
		{ "no string", NULL, "null" },
	};

	(void)state;
	CHECK_STRINGS(rows);
}

static void
utf8_is_passed_on(void **state)
{
	static const struct string_row rows[] = {
		{ "two bytes", "b\u00fccher", "\"b\u00fccher\"" },
		{ "the first and the last of two", "\xc2\xa0\xdf\xbf",
		    "\"\xc2\xa0\xdf\xbf\"" },
		{ "three bytes", "\u65e5\u672c", "\"\u65e5\u672c\"" },
		{ "the first and the last of three", "\xe0\xa0\x80\xef\xbf\xbf",
		    "\"\xe0\xa0\x80\xef\xbf\xbf\"" },
		{ "around the surrogates", "\xed\x9f\xbf\xee\x80\x80",
		    "\"\xed\x9f\xbf\xee\x80\x80\"" },
		{ "four bytes", "\U0001f431", "\"\U0001f431\"" },
		{ "the first and the last of four",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
	};

	(void)state;
	CHECK_STRINGS(rows);
}

/* Each byte that is part of no character becomes U+FFFD. */
static void
what_is_not_utf8_is_replaced(void **state)
{
	static const struct string_row rows[] = {
		{ "Latin-1",
		    "b\xfc"
		    "cher",
		    "\"b\\ufffdcher\"" },
		{ "a continuation alone", "\x80-\xbf", "\"\\ufffd-\\ufffd\"" },
		{ "cut off at the end", "a\xc3", "\"a\\ufffd\"" },
		{ "two of three", "\xe2\x82", "\"\\ufffd\\ufffd\"" },
		{ "three of four", "\xf0\x9f\x90",
		    "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "cut off by ASCII", "\xe2\x82\"", "\"\\ufffd\\ufffd\\\"\"" },
		{ "cut off by a character", "\xe2\xc3\xbc",
		    "\"\\ufffd\xc3\xbc\"" },
		{ "bytes that UTF-8 never has", "\xc0\xc1\xf5\xff",
		    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	(void)state;
	CHECK_STRINGS(rows);
}

/* They have the form, but every strict reader refuses them (RFC 3629). */
static void
overlong_and_surrogate_sequences_are_replaced(void **state)
{
	static const struct string_row rows[] = {
		{ "overlong in three", "\xe0\x9f\xbf",
		    "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "a surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "overlong in four", "\xf0\x8f\xbf\xbf",
		    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		{ "above U+10FFFF", "\xf4\x90\x80\x80",
		    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	(void)state;
	CHECK_STRINGS(rows);
}

static void
names_are_escaped_too(void **state)
{
	struct writer writer;

	(void)state;
	writer_open(&writer);
	json_object_begin(&writer.json, NULL);
	json_null(&writer.json, "a\"b");
	json_object_end(&writer.json);
	writer_expect(
	    &writer, "a quote in a name", "{\n  \"a\\\"b\": null\n}\n");
}

static void
empty_ones_stay_on_their_line(void **state)
{
	struct writer writer;

	(void)state;
	writer_open(&writer);
	json_object_begin(&writer.json, NULL);
	json_object_end(&writer.json);
	writer_expect(&writer, "an object", "{}\n");

	writer_open(&writer);
	json_array_begin(&writer.json, NULL);
	json_array_end(&writer.json);
	writer_expect(&writer, "an array", "[]\n");

	writer_open(&writer);
	json_object_begin(&writer.json, NULL);
	json_array_begin(&writer.json, "a");
	json_array_end(&writer.json);
	json_object_begin(&writer.json, "o");
	json_object_end(&writer.json);
	json_object_end(&writer.json);
	writer_expect(&writer, "members", "{\n  \"a\": [],\n  \"o\": {}\n}\n");
}

static void
levels_are_indented_and_commas_are_between(void **state)
{
	struct json *json;
	struct writer writer;

	(void)state;
	writer_open(&writer);
	json = &writer.json;
	json_object_begin(json, NULL);
	json_string(json, "name", "x");
	json_array_begin(json, "list");
	json_object_begin(json, NULL);
	json_integer(json, "n", 1);
	json_bool(json, "b", true);
	json_object_end(json);
	json_object_begin(json, NULL);
	json_object_end(json);
	json_bool(json, NULL, false);
	json_array_begin(json, NULL);
	json_null(json, NULL);
	json_array_end(json);
	json_array_end(json);
	json_null(json, "last");
	json_object_end(json);
	writer_expect(&writer, "all of it",
	    "{\n"
	    "  \"name\": \"x\",\n"
	    "  \"list\": [\n"
	    "    {\n"
	    "      \"n\": 1,\n"
	    "      \"b\": true\n"
	    "    },\n"
	    "    {},\n"
	    "    false,\n"
	    "    [\n"
	    "      null\n"
	    "    ]\n"
	    "  ],\n"
	    "  \"last\": null\n"
	    "}\n");
}

static void
deep_nesting_closes_as_it_opened(void **state)
{
	struct writer writer;

	(void)state;
	writer_open(&writer);
	for (int i = 0; i < 100; i++)
		json_array_begin(&writer.json, NULL);
	for (int i = 0; i < 100; i++)
		json_array_end(&writer.json);
	assert_int_equal(fclose(writer.out), 0);
	assert_int_equal(writer.text[0], '[');
	assert_int_equal(writer.text[writer.length - 2], ']');
	assert_int_equal(writer.text[writer.length - 1], '\n');
	free(writer.text);
}

static void
integers_are_whole(void **state)
{
	static const struct {
		int64_t number;
		const char *json;
	} rows[] = {
		{ 0, "0" },
		{ 65535, "65535" },
		{ -1, "-1" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	struct writer writer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		writer_open(&writer);
		json_integer(&writer.json, NULL, rows[i].number);
		writer_expect(&writer, "integer", rows[i].json);
	}
}

static void
milliseconds_have_three_decimals(void **state)
{
	static const struct {
		int64_t duration;
		const char *json;
	} rows[] = {
		{ 0, "0.000" },
		{ 1, "0.001" },
		{ 999, "0.999" },
		{ 1000, "1.000" },
		{ 10430, "10.430" },
		{ 250000, "250.000" },
		{ INT64_MAX, "9223372036854775.807" },
		{ -1, "-0.001" },
		{ -10430, "-10.430" },
		{ INT64_MIN, "-9223372036854775.808" },
	};
	struct writer writer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		writer_open(&writer);
		json_ms(&writer.json, NULL, rows[i].duration);
		writer_expect(&writer, "milliseconds", rows[i].json);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(utf8_is_passed_on),
		cmocka_unit_test(what_is_not_utf8_is_replaced),
		cmocka_unit_test(overlong_and_surrogate_sequences_are_replaced),
		cmocka_unit_test(names_are_escaped_too),
		cmocka_unit_test(empty_ones_stay_on_their_line),
		cmocka_unit_test(levels_are_indented_and_commas_are_between),
		cmocka_unit_test(deep_nesting_closes_as_it_opened),
		cmocka_unit_test(integers_are_whole),
		cmocka_unit_test(milliseconds_have_three_decimals),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
