/* SPDX-License-Identifier: ISC */
/*
 * Every character there is, and every byte that is none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fake/hostile.h"
#include "fake/output_check.h"
#include "fake/seconds.h"
#include "text.h"
#include "text_buffer.h"

/* Writes `code` in the form of UTF-8, whether it is a character or not. */
static void
encode(uint32_t code, char *text)
{
	size_t more = code < 0x80 ? 0
	    : code < 0x800        ? 1
	    : code < 0x10000      ? 2
				  : 3;
	static const unsigned char leads[] = { 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = more; i > 0; i--, code >>= 6)
		text[i] = (char)(0x80 | (code & 0x3f));
	text[0] = (char)(leads[more] | code);
	text[more + 1] = '\0';
}

static void
every_character_is_read_as_itself(void **state)
{
	char text[8];
	uint32_t read;
	size_t length;

	(void)state;
	for (uint32_t code = 1; code < 0x110100; code++) {
		bool is_one = (code < 0xd800 || code > 0xdfff) &&
		    code <= 0x10ffff;

		encode(code, text);
		length = text_decode(text, &read);
		assert_int_equal(length, is_one ? strlen(text) : 0);
		if (is_one)
			assert_int_equal(read, code);
	}
}

/* The oracle lets the line feed through, which is no part of a text. */
static void
a_character_is_shown_unless_a_terminal_obeys_it(void **state)
{
	char text[8];

	(void)state;
	for (uint32_t code = 1; code < 0x110100; code++) {
		bool harmless;

		/* Deprecated controls of the format: hidden, though harmless.
		 */
		if (code >= 0x206a && code <= 0x206f)
			continue;
		encode(code, text);
		harmless = output_fault(text, strlen(text), "") == NULL &&
		    code != '\n';
		if ((text_shown(text) > 0) != harmless)
			fail_msg("U+%04X", code);
	}
}

/* Every sequence of up to three bytes, and what follows none. */
static void
whatever_the_bytes_are_what_is_shown_is_harmless(void **state)
{
	static const char bytes[] =
	    "a\n\x1b\x80\x9b\xbf\xc0\xc2\xc3\xe0\xe2\xed"
	    "\xf0\xf4\xf5\xff";
	size_t count = sizeof(bytes) - 1;
	char text[5] = "", shown[8];

	(void)state;
	for (size_t i = 0; i < count * count * count * count; i++) {
		text[0] = bytes[i % count];
		text[1] = bytes[i / count % count];
		text[2] = bytes[i / count / count % count];
		text[3] = bytes[i / count / count / count];
		text_show(shown, sizeof(shown), text);
		hostile_check(text, output_fault(shown, strlen(shown), ""));
		assert_null(strchr(shown, '\n'));
		assert_true(text_length(text) <= 4);
		assert_int_equal(text_bytes(text, text_length(text)), 4);
	}
}

static void
what_is_not_shown_is_a_question_mark_each(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		const char *shown;
	} rows[] = {
		{ "nothing", "", "" },
		{ "letters", "b\u00fccher \u65e5\U0001f431",
		    "b\u00fccher \u65e5\U0001f431" },
		{ "a control", "a\x1b[m", "a?[m" },
		{ "a C1 control is one character",
		    "a\xc2\x9b"
		    "b",
		    "a?b" },
		{ "a direction", "\u202etset", "?tset" },
		{ "bytes that are none", "\xff\xfe.", "??." },
		{ "cut off", "\xe2\x82", "??" },
	};
	char shown[64], *printed;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *out = open_memstream(&printed, &size);

		assert_row(rows[i].what, rows[i].shown,
		    text_show(shown, sizeof(shown), rows[i].text));
		text_print(out, rows[i].text);
		fclose(out);
		assert_row(rows[i].what, rows[i].shown, printed);
		free(printed);
	}
}

static void
a_text_is_cut_between_characters(void **state)
{
	char shown[16];

	(void)state;
	assert_string_equal(text_show(shown, 1, "a"), "");
	assert_string_equal(text_show(shown, 3, "abc"), "ab");
	assert_string_equal(text_show(shown, 3, "a\u00fc"), "a");
	assert_string_equal(text_show(shown, 4, "a\u00fc"), "a\u00fc");
	assert_string_equal(text_show(shown, 2, "\xff\xff"), "?");
	assert_int_equal(text_bytes("a\u00fc\u65e5", 2), 3);
	assert_int_equal(text_bytes("a\u00fc\u65e5", 9), 6);
	assert_int_equal(text_length("a\u00fc\u65e5"), 3);
}

static void
a_quoted_text_is_printable_and_cut(void **state)
{
	char quoted[TEXT_QUOTE_MAX], longer[200];

	(void)state;
	assert_string_equal(text_quote(quoted, ""), "''");
	assert_string_equal(
	    text_quote(quoted, "a'b\\\n\xff"), "'a\\'b\\\\\\x0a\\xff'");
	memset(longer, '\n', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	text_quote(quoted, longer);
	assert_true(strlen(quoted) < TEXT_QUOTE_MAX);
	assert_string_equal(quoted + strlen(quoted) - 4, "...'");
}

static void
a_text_buffer_is_cut_at_its_end(void **state)
{
	static const char *const items[] = { "a", "b", "c" };
	char bytes[12];
	struct text_buffer buffer = { bytes, sizeof(bytes), 0 };

	(void)state;
	text_buffer_add_list(&buffer, "-", items, 3);
	assert_string_equal(bytes, "-a, -b or -");
	assert_int_equal(buffer.length, 11);
	text_buffer_add(&buffer, "%s", "more");
	assert_string_equal(bytes, "-a, -b or -");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_read_as_itself),
		cmocka_unit_test(
		    a_character_is_shown_unless_a_terminal_obeys_it),
		cmocka_unit_test(
		    whatever_the_bytes_are_what_is_shown_is_harmless),
		cmocka_unit_test(what_is_not_shown_is_a_question_mark_each),
		cmocka_unit_test(a_text_is_cut_between_characters),
		cmocka_unit_test(a_quoted_text_is_printable_and_cut),
		cmocka_unit_test(a_text_buffer_is_cut_at_its_end),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
