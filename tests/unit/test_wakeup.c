/* SPDX-License-Identifier: ISC */
/*
 * How a thread wakes an event loop: with an eventfd and with a pipe, and when
 * writes fail. This program has an eventfd(2) and a write(2) of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake/real_loop.h"
#include "wakeup.h"

static int eventfd_error;   /* errno; 0: there is one */
static int write_errors[4]; /* of the next writes; 0: none */
static size_t writes;

int
eventfd(unsigned count, int flags)
{
	if (eventfd_error != 0) {
		errno = eventfd_error;
		return (-1);
	}
	return ((int)syscall(SYS_eventfd2, count, flags));
}

/* Only the descriptors of wake-ups are written to while errors are set. */
ssize_t
write(int fd, const void *bytes, size_t size)
{
	if (writes < 4 && write_errors[writes] != 0) {
		errno = write_errors[writes++];
		return (-1);
	}
	return (syscall(SYS_write, fd, bytes, size));
}

static void
fail_writes(int first, int second)
{
	writes = 0;
	memset(write_errors, 0, sizeof(write_errors));
	write_errors[0] = first;
	write_errors[1] = second;
}

static int
setup(void **state)
{
	(void)state;
	fail_writes(0, 0);
	return (0);
}

static bool
is_readable(const struct wakeup *wakeup)
{
	struct pollfd poll_fd = { .fd = wakeup->readable, .events = POLLIN };

	assert_true(poll(&poll_fd, 1, 0) >= 0);
	return (poll_fd.revents != 0);
}

static void
goes_through_its_life(size_t descriptors)
{
	size_t before = open_descriptors();
	struct wakeup wakeup;

	assert_true(wakeup_init(&wakeup));
	assert_int_equal(open_descriptors(), before + descriptors);
	assert_true(fcntl(wakeup.readable, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(wakeup.readable, F_GETFL) & O_NONBLOCK);
	assert_false(is_readable(&wakeup));
	wakeup_clear(&wakeup); /* does not wait */
	for (size_t i = 0; i < 3; i++) {
		wakeup_signal(&wakeup);
		wakeup_signal(&wakeup);
		assert_true(is_readable(&wakeup));
		wakeup_clear(&wakeup);
		assert_false(is_readable(&wakeup));
	}
	wakeup_release(&wakeup);
	wakeup_release(&wakeup);
	assert_int_equal(open_descriptors(), before);
	wakeup_signal(&wakeup); /* without a reader */
	wakeup_clear(&wakeup);
}

static void
one_descriptor_is_enough(void **state)
{
	(void)state;
	eventfd_error = 0;
	goes_through_its_life(1);
}

static void
a_pipe_does_where_there_is_no_eventfd(void **state)
{
	(void)state;
	eventfd_error = ENOSYS;
	goes_through_its_life(2);
	eventfd_error = EPERM;
	goes_through_its_life(2);
}

static void
out_of_descriptors_is_an_error(void **state)
{
	struct wakeup wakeup;

	(void)state;
	eventfd_error = EMFILE;
	assert_false(wakeup_init(&wakeup));
	assert_int_equal(errno, EMFILE);
	wakeup_release(&wakeup);
}

/* Signals and wakes up although the first two writes fail. */
static void
wakes_up_after(int first, int second)
{
	struct wakeup wakeup;

	assert_true(wakeup_init(&wakeup));
	fail_writes(first, second);
	wakeup_signal(&wakeup);
	assert_true(is_readable(&wakeup));
	wakeup_signal(&wakeup);
	assert_true(is_readable(&wakeup));
	fail_writes(0, 0);
	wakeup_release(&wakeup);
}

static void
an_interrupted_write_is_repeated(void **state)
{
	(void)state;
	eventfd_error = 0;
	wakes_up_after(EINTR, EINTR);
	eventfd_error = ENOSYS;
	wakes_up_after(EINTR, EINTR);
}

static void
a_pipe_that_cannot_be_written_is_closed_and_wakes(void **state)
{
	(void)state;
	eventfd_error = ENOSYS;
	wakes_up_after(EIO, 0);
	wakes_up_after(EINTR, ENOSPC);
}

/* What is full is readable, and is not closed. */
static void
a_full_pipe_wakes(void **state)
{
	char bytes[4096] = { 0 };
	struct wakeup wakeup;

	(void)state;
	eventfd_error = ENOSYS;
	assert_true(wakeup_init(&wakeup));
	while (write(wakeup.writable, bytes, sizeof(bytes)) > 0)
		continue;
	wakeup_signal(&wakeup);
	assert_true(is_readable(&wakeup));
	wakeup_clear(&wakeup);
	assert_false(is_readable(&wakeup));
	wakeup_signal(&wakeup);
	assert_true(is_readable(&wakeup));
	wakeup_release(&wakeup);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_descriptor_is_enough),
		TEST(a_pipe_does_where_there_is_no_eventfd),
		TEST(out_of_descriptors_is_an_error),
		TEST(an_interrupted_write_is_repeated),
		TEST(a_pipe_that_cannot_be_written_is_closed_and_wakes),
		TEST(a_full_pipe_wakes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
