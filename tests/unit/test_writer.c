/* SPDX-License-Identifier: ISC */
/*
 * A writer whose reader does not read, reads later, or has closed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/writer.h"

#define PIPE_BYTES ((size_t)4096)

/* How long a test may be patient: nothing waits so long. */
#define SOON (20 * MONOTIME_PER_MS)

struct fixture {
	int pair[2];
	struct writer writer;
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	signal(SIGPIPE, SIG_IGN);
	if (fixture == NULL || pipe(fixture->pair) == -1 ||
	    fcntl(fixture->pair[1], F_SETPIPE_SZ, PIPE_BYTES) == -1 ||
	    !writer_init(&fixture->writer, fixture->pair[1]))
		return (-1);
	*state = fixture;
	return (0);
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	writer_release(&fixture->writer);
	if (fixture->pair[0] != -1)
		close(fixture->pair[0]);
	close(fixture->pair[1]);
	free(fixture);
	return (0);
}

/* Writes lines of 64 bytes, numbered from `first`. */
static void
write_lines(struct fixture *fixture, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		fprintf(fixture->writer.file, "%063u\n", i);
}

/* Reads what is in the pipe now; all of it fits `bytes`. */
static size_t
read_now(const struct fixture *fixture, char *bytes, size_t size)
{
	ssize_t n;

	assert_int_equal(fcntl(fixture->pair[0], F_SETFL, O_NONBLOCK), 0);
	n = read(fixture->pair[0], bytes, size);
	return (n == -1 ? 0 : (size_t)n);
}

/* Reads lines until there are none, letting the writer go on. */
static void
read_lines(struct fixture *fixture, unsigned count)
{
	char bytes[PIPE_BYTES];
	unsigned next = 0;
	size_t n;

	while ((n = read_now(fixture, bytes, sizeof(bytes))) > 0) {
		assert_int_equal(n % 64, 0);
		for (size_t i = 0; i < n; i += 64)
			assert_int_equal(strtoul(bytes + i, NULL, 10), next++);
		writer_flush(&fixture->writer);
	}
	assert_int_equal(next, count);
}

static void
a_line_goes_out_at_once(void **state)
{
	struct fixture *fixture = *state;
	char bytes[64];

	fprintf(fixture->writer.file, "one ");
	assert_int_equal(read_now(fixture, bytes, sizeof(bytes)), 0);
	fprintf(fixture->writer.file, "two\n");
	assert_int_equal(read_now(fixture, bytes, sizeof(bytes)), 8);
	assert_memory_equal(bytes, "one two\n", 8);
}

static void
the_descriptor_stays_as_it_was(void **state)
{
	struct fixture *fixture = *state;

	write_lines(fixture, 0, 200);
	assert_int_equal(fcntl(fixture->pair[1], F_GETFL) & O_NONBLOCK, 0);
}

static void
what_is_not_read_is_kept_and_comes_later_in_order(void **state)
{
	struct fixture *fixture = *state;

	write_lines(fixture, 0, 500);
	assert_true(writer_is_behind(&fixture->writer));
	read_lines(fixture, 500);
	assert_false(writer_is_behind(&fixture->writer));
	assert_int_equal(fixture->writer.error, 0);
}

static void
what_does_not_fit_is_dropped_with_a_word(void **state)
{
	struct fixture *fixture = *state;
	const size_t all = PIPE_BYTES + WRITER_KEEP_BYTES;
	char bytes[PIPE_BYTES + 1];
	char *note = NULL;
	size_t n;

	write_lines(fixture, 0, (unsigned)(all / 64) + 3);
	assert_int_equal(fixture->writer.dropped, 3 * 64);
	/* It is reported once, after the earlier bytes. */
	while ((n = read_now(fixture, bytes, PIPE_BYTES)) > 0) {
		bytes[n] = '\0';
		note = strstr(bytes, "hecat: 192 bytes");
		fprintf(fixture->writer.file, "on\n");
		if (note != NULL)
			break;
	}
	assert_non_null(note);
	assert_int_equal(fixture->writer.dropped, 0);
	assert_int_equal(fixture->writer.error, 0);
}

static void
it_waits_as_patiently_as_is_set_and_once(void **state)
{
	struct fixture *fixture = *state;
	monotime_t start = clock_now(), first;

	writer_set_patience(&fixture->writer, SOON);
	write_lines(fixture, 0, 4000);
	first = clock_now() - start;
	assert_true(first >= SOON);
	assert_int_equal(writer_flush(&fixture->writer), ETIMEDOUT);
	assert_int_equal(fixture->writer.state, WRITER_EXPIRED);
}

static void
a_reader_that_has_gone_is_no_death(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->pair[0]);
	fixture->pair[0] = -1;
	write_lines(fixture, 0, 1);
	assert_int_equal(writer_flush(&fixture->writer), EPIPE);
	assert_false(writer_is_behind(&fixture->writer));
}

static void
errno_survives_a_message(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->pair[0]);
	fixture->pair[0] = -1;
	errno = ENOENT;
	fprintf(fixture->writer.file, "text\n");
	assert_int_equal(errno, ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_goes_out_at_once),
		TEST(the_descriptor_stays_as_it_was),
		TEST(what_is_not_read_is_kept_and_comes_later_in_order),
		TEST(what_does_not_fit_is_dropped_with_a_word),
		TEST(it_waits_as_patiently_as_is_set_and_once),
		TEST(a_reader_that_has_gone_is_no_death),
		TEST(errno_survives_a_message),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
