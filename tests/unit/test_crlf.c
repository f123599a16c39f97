/* SPDX-License-Identifier: ISC */
/*
 * LF to CRLF, however the input is cut into pieces.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "relay/crlf.h"

/* All texts of up to this length over the alphabet are tried. */
#define LENGTH_MAX 7

static const char alphabet[] = { 'a', '\r', '\n', '\0' };
#define LETTERS sizeof(alphabet)

/*
 * The model looks at the whole text at once: a LF that no CR precedes gets
 * one. Returns the length.
 */
static size_t
model(const char *in, size_t size, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[used++] = '\r';
		out[used++] = in[i];
	}
	return (used);
}

/* Converts `in` in the pieces that the bits of `cuts` make of it. */
static size_t
convert(const char *in, size_t size, unsigned cuts, char *out)
{
	struct crlf crlf = { 0 };
	size_t from = 0, used = 0, written;

	for (size_t to = 1; to <= size; to++) {
		if (to < size && (cuts >> (to - 1) & 1) == 0)
			continue;
		written = crlf_expand(&crlf, in + from, to - from, out + used);
		assert_true(written >= to - from);
		assert_true(written <= 2 * (to - from));
		used += written;
		from = to;
	}
	return (used);
}

static void
check_all_cuts(const char *in, size_t size)
{
	char expected[2 * LENGTH_MAX + 1], out[2 * LENGTH_MAX + 1];
	size_t length = model(in, size, expected);

	for (unsigned cuts = 0; cuts < 1U << (size - 1); cuts++) {
		assert_int_equal(convert(in, size, cuts, out), length);
		assert_memory_equal(out, expected, length);
	}
}

static void
every_text_in_every_cut_is_as_the_model_says(void **state)
{
	char in[LENGTH_MAX];
	size_t texts = LETTERS;

	(void)state;
	for (size_t size = 1; size <= LENGTH_MAX; size++, texts *= LETTERS) {
		for (size_t text = 0; text < texts; text++) {
			size_t rest = text;

			for (size_t i = 0; i < size; i++, rest /= LETTERS)
				in[i] = alphabet[rest % LETTERS];
			check_all_cuts(in, size);
		}
	}
}

/* The model itself, by examples. */
static void
lf_becomes_crlf_and_crlf_stays(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "a\nb\n", "a\r\nb\r\n" },
		{ "a\r\nb", "a\r\nb" },
		{ "\n\n", "\r\n\r\n" },
		{ "\r\r\n", "\r\r\n" },
		{ "a\rb", "a\rb" },
		{ "\r", "\r" },
		{ "", "" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crlf crlf = { 0 };
		size_t length = crlf_expand(
		    &crlf, rows[i].in, strlen(rows[i].in), out);

		out[length] = '\0';
		assert_string_equal(out, rows[i].out);
	}
}

static void
an_empty_piece_changes_nothing(void **state)
{
	struct crlf crlf = { 0 };
	char out[4];

	(void)state;
	assert_int_equal(crlf_expand(&crlf, "\r", 1, out), 1);
	assert_int_equal(crlf_expand(&crlf, "", 0, out), 0);
	assert_int_equal(crlf_expand(&crlf, "\n", 1, out), 1);
	assert_memory_equal(out, "\n", 1);
	assert_int_equal(crlf_expand(&crlf, "", 0, out), 0);
	assert_int_equal(crlf_expand(&crlf, "\n", 1, out), 2);
	assert_memory_equal(out, "\r\n", 2);
}

static void
a_buffer_of_line_feeds_doubles(void **state)
{
	static char in[65536], out[2 * sizeof(in)];
	struct crlf crlf = { 0 };

	(void)state;
	memset(in, '\n', sizeof(in));
	assert_int_equal(
	    crlf_expand(&crlf, in, sizeof(in), out), 2 * sizeof(in));
	for (size_t i = 0; i < sizeof(out); i++)
		assert_int_equal(out[i], i % 2 == 0 ? '\r' : '\n');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lf_becomes_crlf_and_crlf_stays),
		cmocka_unit_test(every_text_in_every_cut_is_as_the_model_says),
		cmocka_unit_test(an_empty_piece_changes_nothing),
		cmocka_unit_test(a_buffer_of_line_feeds_doubles),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
