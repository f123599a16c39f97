/* SPDX-License-Identifier: ISC */
/*
 * Which descriptors are ready, and how often the system is asked. This program
 * has a poll and an epoll_wait of its own, which count.
 */
/* With it clang takes poll for an inline function of libc's. */
#undef _FORTIFY_SOURCE

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include "pollset.h"
#include "fake/real_loop.h"

#define MAX 400

static struct {
	size_t calls;   /* of poll and epoll_wait */
	bool no_kernel; /* it keeps no set */
} asked;

struct fixture {
	struct pollset set;
	struct pollset_member members[MAX];
	size_t count;
	int full[2];  /* pipes: nothing can be written to this one, */
	int empty[2]; /* and to this one something can */
	size_t descriptors;
};

int
poll(struct pollfd *entries, nfds_t count, int timeout)
{
	const struct timespec none = { .tv_sec = 0 };

	assert_int_equal(timeout, 0);
	asked.calls++;
	return (ppoll(entries, count, &none, NULL));
}

#ifdef __linux__
int
epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
	assert_int_equal(timeout, 0);
	asked.calls++;
	return (epoll_pwait(epoll, events, max, 0, NULL));
}

int
epoll_create1(int flags)
{
	(void)flags;
	errno = EMFILE;
	return (asked.no_kernel ? -1 : epoll_create(1));
}
#endif

/* Fills a pipe so that nothing more can be written to it. */
static void
fill(int fd)
{
	static const char bytes[4096];

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
}

static void
drain(int fd)
{
	char bytes[4096];

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static int
setup(void **state)
{
	static struct fixture fixture;

	asked.calls = 0;
	asked.no_kernel = false;
	fixture = (struct fixture){ .descriptors = open_descriptors() };
	pollset_init(&fixture.set);
	assert_int_equal(pipe(fixture.full), 0);
	assert_int_equal(pipe(fixture.empty), 0);
	fill(fixture.full[1]);
	*state = &fixture;
	return (0);
}

/* Adds a descriptor of its own for one of the pipes. */
static void
add(struct fixture *fixture, const int pipe_ends[2])
{
	int fd = dup(pipe_ends[1]);

	assert_true(fd != -1);
	assert_true(fixture->count < MAX);
	pollset_add(
	    &fixture->set, &fixture->members[fixture->count++], fd, POLLOUT);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < fixture->count; i++)
		close(fixture->members[i].fd);
	for (size_t i = 0; i < 2; i++) {
		close(fixture->full[i]);
		close(fixture->empty[i]);
	}
	pollset_release(&fixture->set);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	return (0);
}

/* Polls and returns the number of ready ones, each returned once at most. */
static size_t
look(struct fixture *fixture)
{
	bool told[MAX] = { false };
	struct pollset_member *member;
	size_t count = 0;

	pollset_poll(&fixture->set);
	while ((member = pollset_next(&fixture->set)) != NULL) {
		size_t number = (size_t)(member - fixture->members);

		assert_false(told[number]);
		told[number] = true;
		count++;
	}
	return (count);
}

/* Adds up to `count`, every `nth` of them ready, and looks at each step. */
static void
check_growth(struct fixture *fixture, size_t count, size_t nth)
{
	size_t ready = 0;

	while (fixture->count < count) {
		bool is_ready = fixture->count % nth == 0;

		add(fixture, is_ready ? fixture->empty : fixture->full);
		ready += is_ready;
		assert_int_equal(look(fixture), ready);
	}
	assert_int_equal(look(fixture), ready);
	drain(fixture->full[0]);
	assert_int_equal(look(fixture), count);
}

static void
nothing_is_asked_about_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(look(fixture), 0);
	assert_int_equal(asked.calls, 0);
}

static void
those_that_are_ready_are_found_among_few(void **state)
{
	check_growth(*state, 5, 2);
}

static void
those_that_are_ready_are_found_among_many(void **state)
{
	check_growth(*state, MAX, 3);
}

static void
a_few_cost_no_descriptor(void **state)
{
	struct fixture *fixture = *state;
	size_t before = open_descriptors();

	check_growth(fixture, POLLSET_POLL_MAX, 2);
	assert_int_equal(open_descriptors(), before + POLLSET_POLL_MAX);
}

/* The number of calls is that of the polls, with any number of members. */
static void
a_look_costs_two_calls_at_most(void **state)
{
	struct fixture *fixture = *state;

	while (fixture->count < MAX) {
		add(fixture, fixture->full);
		assert_int_equal(look(fixture), 0);
#ifdef __linux__
		assert_true(asked.calls <= 2);
#else
		assert_true(
		    asked.calls <= fixture->count / POLLSET_POLL_MAX + 1);
#endif
		asked.calls = 0;
	}
}

static void
where_the_kernel_keeps_none_they_are_asked_about(void **state)
{
	asked.no_kernel = true;
	check_growth(*state, MAX, 3);
}

/* Although its descriptor is still open. */
static void
what_was_removed_is_not_found(void **state)
{
	struct fixture *fixture = *state;

	while (fixture->count < MAX)
		add(fixture, fixture->full);
	assert_int_equal(look(fixture), 0);
	pollset_remove(&fixture->set, &fixture->members[7]);
	pollset_remove(&fixture->set, &fixture->members[MAX - 1]);
	drain(fixture->full[0]);
	assert_int_equal(look(fixture), MAX - 2);
}

/* Among few and among many. */
static void
one_can_wait_to_read(void **state)
{
	struct fixture *fixture = *state;

	for (size_t many = 0; many < 2; many++) {
		struct pollset_member *reader =
		    &fixture->members[fixture->count++];

		pollset_add(
		    &fixture->set, reader, dup(fixture->empty[0]), POLLIN);
		assert_int_equal(look(fixture), 0);
		assert_int_equal(write(fixture->empty[1], "x", 1), 1);
		assert_int_equal(look(fixture), 1 + many);
		drain(fixture->empty[0]);
		while (fixture->count < MAX / 2)
			add(fixture, fixture->full);
		assert_int_equal(look(fixture), 0);
	}
}

/* Its descriptor is of use to others then. */
static void
the_set_in_the_kernel_goes_with_its_last_member(void **state)
{
	struct fixture *fixture = *state;
	size_t before = open_descriptors();

	for (size_t round = 0; round < 2; round++) {
		while (fixture->count < MAX)
			add(fixture, fixture->full);
		assert_int_equal(look(fixture), 0);
		while (fixture->count > 0) {
			struct pollset_member *last =
			    &fixture->members[--fixture->count];

			pollset_remove(&fixture->set, last);
			close(last->fd);
		}
		assert_int_equal(open_descriptors(), before);
	}
}

/* Found by the same poll, and removed before it is returned. */
static void
what_is_removed_in_between_is_not_told(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++)
		add(fixture, fixture->empty);
	pollset_poll(&fixture->set);
	assert_ptr_equal(pollset_next(&fixture->set), &fixture->members[0]);
	pollset_remove(&fixture->set, &fixture->members[0]);
	pollset_remove(&fixture->set, &fixture->members[1]);
	assert_ptr_equal(pollset_next(&fixture->set), &fixture->members[2]);
	assert_null(pollset_next(&fixture->set));
	assert_int_equal(look(fixture), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_asked_about_nothing),
		TEST(those_that_are_ready_are_found_among_few),
		TEST(those_that_are_ready_are_found_among_many),
		TEST(a_few_cost_no_descriptor),
		TEST(a_look_costs_two_calls_at_most),
		TEST(where_the_kernel_keeps_none_they_are_asked_about),
		TEST(what_was_removed_is_not_found),
		TEST(one_can_wait_to_read),
		TEST(the_set_in_the_kernel_goes_with_its_last_member),
		TEST(what_is_removed_in_between_is_not_told),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
