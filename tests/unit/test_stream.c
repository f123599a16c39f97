/* SPDX-License-Identifier: ISC */
/*
 * Streams whose reads and writes are interrupted. This program has a read and a
 * write of its own, which fail on request.
 */
/* With it clang takes read for an inline function of libc's. */
#undef _FORTIFY_SOURCE

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/uio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake/real_loop.h"
#include "relay/stream.h"

/* So many calls on this descriptor are interrupted before one is made. */
static struct {
	int fd;
	int left;
} interrupted = { .fd = -1 };

struct fixture {
	FILE *file;
	int pipe[2];
	struct stream stream;
	size_t descriptors;
};

static bool
is_interrupted(int fd)
{
	if (fd != interrupted.fd || interrupted.left == 0)
		return (false);
	interrupted.left--;
	errno = EINTR;
	return (true);
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	const struct iovec all = { .iov_base = bytes, .iov_len = size };

	return (is_interrupted(fd) ? -1 : readv(fd, &all, 1));
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	const struct iovec all = {
		.iov_base = (void *)(uintptr_t)bytes,
		.iov_len = size,
	};

	return (is_interrupted(fd) ? -1 : writev(fd, &all, 1));
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .descriptors = open_descriptors() };
	fixture.file = tmpfile();
	assert_non_null(fixture.file);
	assert_int_equal(pipe(fixture.pipe), 0);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	interrupted.fd = -1;
	stream_release(&fixture->stream);
	fclose(fixture->file);
	close(fixture->pipe[0]);
	close(fixture->pipe[1]);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	return (0);
}

static void
interrupt(const struct stream *stream, int times)
{
	interrupted.fd = stream->fd;
	interrupted.left = times;
}

/* There is no event that would bring the loop back to it. */
static void
an_interrupted_file_is_read_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	char bytes[8] = "";

	fputs("hello", fixture->file);
	rewind(fixture->file);
	stream_open(&fixture->stream, fileno(fixture->file), STREAM_IN);
	assert_true(stream_is_always_ready(&fixture->stream));
	interrupt(&fixture->stream, 3);
	assert_int_equal(
	    stream_read(&fixture->stream, bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "hello");
	assert_int_equal(interrupted.left, 0);
}

static void
an_interrupted_file_is_written_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	char bytes[8] = "";

	stream_open(&fixture->stream, fileno(fixture->file), STREAM_OUT);
	interrupt(&fixture->stream, 3);
	assert_int_equal(stream_write(&fixture->stream, "hello", 5), 5);
	rewind(fixture->file);
	assert_non_null(fgets(bytes, sizeof(bytes), fixture->file));
	assert_string_equal(bytes, "hello");
}

/* The loop comes back when poll(2) shows that it will not block. */
static void
an_interrupted_pipe_is_read_later(void **state)
{
	struct fixture *fixture = *state;
	char bytes[8] = "";

	assert_int_equal(write(fixture->pipe[1], "hello", 5), 5);
	stream_open(&fixture->stream, fixture->pipe[0], STREAM_IN);
	interrupt(&fixture->stream, 1);
	assert_int_equal(
	    stream_read(&fixture->stream, bytes, sizeof(bytes)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(
	    stream_read(&fixture->stream, bytes, sizeof(bytes)), 5);
}

#define KIB 1024

static int
pipe_size(const struct fixture *fixture)
{
	return (fcntl(fixture->pipe[0], F_GETPIPE_SZ));
}

/* After the program has ended the flags of the pipe are as before. */
static void
an_enlarged_pipe_gets_its_size_back(void **state)
{
	static const enum stream_direction directions[] = { STREAM_IN,
		STREAM_OUT, STREAM_OUT };
	struct fixture *fixture = *state;

	assert_int_equal(
	    fcntl(fixture->pipe[0], F_SETPIPE_SZ, 32 * KIB), 32 * KIB);
	for (size_t i = 0; i < 3; i++) {
		int inherited = dup(
		    fixture->pipe[directions[i] == STREAM_IN ? 0 : 1]);

		stream_open(&fixture->stream, inherited, directions[i]);
		stream_enlarge(&fixture->stream, 256 * KIB);
		assert_int_equal(pipe_size(fixture), 256 * KIB);
		/* Something else stands there after stream_end(). */
		if (i == 2)
			assert_int_equal(stream_end(&fixture->stream), 0);
		stream_release(&fixture->stream);
		assert_int_equal(pipe_size(fixture), 32 * KIB);
		close(inherited);
	}
}

static void
a_large_pipe_stays_so(void **state)
{
	struct fixture *fixture = *state;

	fcntl(fixture->pipe[0], F_SETPIPE_SZ, 256 * KIB);
	stream_open(&fixture->stream, fixture->pipe[1], STREAM_OUT);
	stream_enlarge(&fixture->stream, 128 * KIB);
	assert_int_equal(pipe_size(fixture), 256 * KIB);
	stream_release(&fixture->stream);
	assert_int_equal(pipe_size(fixture), 256 * KIB);
}

/* Another process may know better. */
static void
a_pipe_that_was_resized_meanwhile_stays_so(void **state)
{
	struct fixture *fixture = *state;

	stream_open(&fixture->stream, fixture->pipe[1], STREAM_OUT);
	stream_enlarge(&fixture->stream, 256 * KIB);
	fcntl(fixture->pipe[0], F_SETPIPE_SZ, 128 * KIB);
	stream_release(&fixture->stream);
	assert_int_equal(pipe_size(fixture), 128 * KIB);
}

/* Nothing of it is lost, for which it stays as large as it is. */
static void
a_pipe_with_more_in_it_stays_large(void **state)
{
	struct fixture *fixture = *state;
	char *bytes = calloc(1, 200 * KIB);

	assert_non_null(bytes);
	stream_open(&fixture->stream, fixture->pipe[1], STREAM_OUT);
	stream_enlarge(&fixture->stream, 256 * KIB);
	assert_int_equal(
	    stream_write(&fixture->stream, bytes, 200 * KIB), 200 * KIB);
	stream_release(&fixture->stream);
	assert_int_equal(pipe_size(fixture), 256 * KIB);
	assert_int_equal(read(fixture->pipe[0], bytes, 200 * KIB), 200 * KIB);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interrupted_file_is_read_all_the_same),
		TEST(an_interrupted_file_is_written_all_the_same),
		TEST(an_interrupted_pipe_is_read_later),
		TEST(an_enlarged_pipe_gets_its_size_back),
		TEST(a_large_pipe_stays_so),
		TEST(a_pipe_that_was_resized_meanwhile_stays_so),
		TEST(a_pipe_with_more_in_it_stays_large),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
