/* SPDX-License-Identifier: ISC */
/*
 * A pump sends a file or a pipe without a copy, copies where that is not to be
 * had, and survives what others do to its ends. This program has a sendfile(2)
 * and a splice(2) of its own, which are counted, and fail on request.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/real_loop.h"
#include "relay/pump.h"
#include "relay/pump_choice.h"

#define KIB  ((size_t)1024)
#define MIB  (1024 * KIB)
#define SIZE (3 * MIB + 300 * KIB + 7)

static struct {
	size_t calls;
	size_t good; /* calls that succeed */
	int error;   /* and the others fail so; 0: none does */
} zerocopy;

static bool
is_refused(void)
{
	bool refused = zerocopy.error != 0 && zerocopy.calls >= zerocopy.good;

	zerocopy.calls++;
	errno = zerocopy.error;
	return (refused);
}

ssize_t
sendfile(int to, int from, off_t *offset, size_t count)
{
	if (is_refused())
		return (-1);
	return (syscall(SYS_sendfile, to, from, offset, count));
}

ssize_t
splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t count,
    unsigned int flags)
{
	if (is_refused())
		return (-1);
	return (syscall(
	    SYS_splice, from, from_offset, to, to_offset, count, flags));
}

struct fixture {
	char *bytes; /* no two pages of them are alike */
	int file;    /* which has them */
	int ends[2]; /* a pipe */
	size_t fed;  /* into it */
	struct stream from;
	struct stream to;
	int peer;
	size_t received;
	struct pump *pump;
	struct pump_config config;
};

static const struct pump_config plain = { .zero_copy = false };

/* Makes a connection with the congestion control `name`, if there is. */
static bool
connect_both(struct fixture *fixture, const char *name)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &length);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, length), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	stream_of_socket(&fixture->to, fd, NULL);
	fixture->peer = accept(listener, NULL, NULL);
	assert_true(fixture->peer != -1);
	close(listener);
	return (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
		    (socklen_t)strlen(name)) == 0);
}

static void
make_sources(struct fixture *fixture)
{
	fixture->bytes = malloc(SIZE);
	fixture->file = memfd_create("source", MFD_CLOEXEC);
	assert_non_null(fixture->bytes);
	assert_true(fixture->file != -1);
	for (size_t i = 0; i < SIZE; i++)
		fixture->bytes[i] = (char)(i * 31 + i / 4096);
	assert_int_equal(write(fixture->file, fixture->bytes, SIZE), SIZE);
	lseek(fixture->file, 0, SEEK_SET);
	assert_int_equal(pipe2(fixture->ends, O_NONBLOCK), 0);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	memset(&zerocopy, 0, sizeof(zerocopy));
	fixture.config.zero_copy = true;
	real_loop_begin();
	make_sources(&fixture);
	assert_true(connect_both(&fixture, "reno"));
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	pump_free(fixture->pump);
	close(fixture->to.fd);
	close(fixture->peer);
	close(fixture->file);
	close(fixture->ends[0]);
	close(fixture->ends[1]);
	free(fixture->bytes);
	return (0);
}

static void
begin(struct fixture *fixture, enum stream_kind kind)
{
	int fd = kind == STREAM_FILE ? fixture->file : fixture->ends[0];

	fixture->from = (struct stream){
		.kind = kind, .inherited = fd, .fd = fd
	};
	fixture->pump = pump_choose(
	    &fixture->from, &fixture->to, &fixture->config);
	assert_non_null(fixture->pump);
}

/* Moves as long as possible, and returns why it stopped. */
static enum pump_result
move_all(struct fixture *fixture)
{
	enum pump_result last;
	size_t moved;

	do
		last = pump_move(fixture->pump, &moved);
	while (last == PUMP_MOVED && real_loop_in_time());
	return (last);
}

/* Takes what has arrived and compares it. */
static void
take(struct fixture *fixture)
{
	static char buffer[64 * 1024];
	ssize_t n;

	while ((n = recv(fixture->peer, buffer, sizeof(buffer), MSG_DONTWAIT)) >
	    0) {
		assert_memory_equal(
		    buffer, fixture->bytes + fixture->received, (size_t)n);
		fixture->received += (size_t)n;
	}
}

/* Writes the next bytes to the pipe, up to `end`, and closes it at the last. */
static void
feed(struct fixture *fixture, size_t end)
{
	ssize_t n;

	while (fixture->fed < end &&
	    (n = write(fixture->ends[1], fixture->bytes + fixture->fed,
		 end - fixture->fed)) > 0)
		fixture->fed += (size_t)n;
	if (fixture->fed == SIZE) {
		close(fixture->ends[1]);
		fixture->ends[1] = -1;
	}
}

/* Moves up to an end or a failure, which it returns. */
static enum pump_result
move_to_the_end(struct fixture *fixture)
{
	enum pump_result last;

	do {
		if (fixture->from.kind == STREAM_PIPE)
			feed(fixture, SIZE);
		last = move_all(fixture);
		take(fixture);
	} while ((last == PUMP_SINK_FULL || last == PUMP_SOURCE_EMPTY) &&
	    real_loop_in_time());
	return (last);
}

/* Waits until `count` bytes have arrived in all, and no more. */
static void
assert_received(struct fixture *fixture, size_t count)
{
	while (fixture->received < count && real_loop_in_time())
		take(fixture);
	assert_int_equal(fixture->received, count);
	assert_int_equal(pump_waiting(fixture->pump), 0);
}

/* Makes the queues of the connection small. */
static void
set_small(struct fixture *fixture)
{
	const int small = 64 * 1024;

	setsockopt(
	    fixture->to.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(fixture->peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
}

/* Takes all that was sent. */
static void
take_all(struct fixture *fixture)
{
	int left;

	do {
		take(fixture);
		assert_int_equal(ioctl(fixture->to.fd, SIOCOUTQ, &left), 0);
	} while (left > 0 && real_loop_in_time());
	take(fixture);
}

static bool
is_corked(const struct fixture *fixture)
{
	int value = 0;
	socklen_t length = sizeof(value);

	getsockopt(fixture->to.fd, IPPROTO_TCP, TCP_CORK, &value, &length);
	return (value != 0);
}

static void
a_file_is_sent_by_its_pages(void **state)
{
	struct fixture *fixture = *state;

	lseek(fixture->file, 12345, SEEK_SET);
	fixture->bytes += 12345;
	begin(fixture, STREAM_FILE);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, SIZE - 12345);
	fixture->bytes -= 12345;
	assert_int_equal(lseek(fixture->file, 0, SEEK_CUR), SIZE);
	assert_true(zerocopy.calls >= 3);
}

/* What goes first, before it is known to be much, is copied. */
static void
begin_zerocopy(struct fixture *fixture, enum stream_kind kind)
{
	size_t moved;

	begin(fixture, kind);
	if (kind == STREAM_PIPE)
		feed(fixture, 64 * KIB);
	assert_int_equal(pump_move(fixture->pump, &moved), PUMP_MOVED);
	assert_int_equal(pump_waiting(fixture->pump), 0);
}

/* Whole segments go while there is more, and the rest with the end. */
static void
the_end_of_a_file_is_not_held_back(void **state)
{
	struct fixture *fixture = *state;
	size_t moved;

	for (int zero_copy = 0; zero_copy <= 1; zero_copy++) {
		if (zero_copy != 0) {
			teardown(state);
			setup(state);
		}
		fixture->config.zero_copy = zero_copy != 0;
		begin_zerocopy(fixture, STREAM_FILE);
		assert_int_equal(pump_move(fixture->pump, &moved), PUMP_MOVED);
		assert_true(is_corked(fixture));
		assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
		assert_false(is_corked(fixture));
	}
}

/* Nor is it where no read is short: only the end tells that there is no more.
 */
static void
the_end_of_a_file_of_full_reads_is_not_held_back(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ftruncate(fixture->file, MIB), 0);
	fixture->config.zero_copy = false;
	begin(fixture, STREAM_FILE);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_true(is_corked(fixture));
	pump_end(fixture->pump);
	assert_false(is_corked(fixture));
}

/*
 * What was read of a file arrives as it was then, whatever becomes of the file:
 * it is the program's own, not the file's pages.
 */
static void
a_file_is_copied_unless_asked_for(void **state)
{
	static const char zeros[4096];
	struct fixture *fixture = *state;
	off_t taken;

	fixture->config.zero_copy = false;
	begin(fixture, STREAM_FILE);
	set_small(fixture);
	assert_int_equal(move_all(fixture), PUMP_SINK_FULL);
	taken = lseek(fixture->file, 0, SEEK_CUR);
	for (off_t at = 0; at < taken; at += (off_t)sizeof(zeros))
		assert_int_equal(
		    pwrite(fixture->file, zeros, sizeof(zeros), at),
		    sizeof(zeros));
	assert_int_equal(ftruncate(fixture->file, taken), 0);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, (size_t)taken);
	assert_int_equal(zerocopy.calls, 0);
}

/* Nor is it when there is to be no more, and others go on from there. */
static void
what_is_sent_before_a_stop_is_all(void **state)
{
	struct fixture *fixture = *state;

	begin_zerocopy(fixture, STREAM_FILE);
	set_small(fixture);
	assert_int_equal(move_all(fixture), PUMP_SINK_FULL);
	pump_end(fixture->pump);
	assert_false(is_corked(fixture));
	take_all(fixture);
	assert_int_equal(lseek(fixture->file, 0, SEEK_CUR), fixture->received);
}

/* What is reserved belongs to no other process. */
static void
a_range_is_sent_although_it_is_copied(void **state)
{
	struct fixture *fixture = *state;
	size_t moved;

	zerocopy.error = EINVAL;
	begin_zerocopy(fixture, STREAM_FILE);
	assert_int_equal(pump_move(fixture->pump, &moved), PUMP_MOVED);
	/* As another process would that has the same open file. */
	lseek(fixture->file, 0, SEEK_END);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, 256 * KIB + MIB);
}

/* What is not even copied then is left to other processes. */
static void
what_is_left_of_a_range_that_is_copied_is_released(void **state)
{
	struct fixture *fixture = *state;

	zerocopy.error = EINVAL;
	begin_zerocopy(fixture, STREAM_FILE);
	set_small(fixture);
	assert_int_equal(move_all(fixture), PUMP_SINK_FULL);
	assert_int_equal(zerocopy.calls, 1);
	pump_end(fixture->pump);
	take_all(fixture);
	assert_int_equal(lseek(fixture->file, 0, SEEK_CUR),
	    fixture->received + pump_waiting(fixture->pump));
}

static void
a_short_file_is_copied(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ftruncate(fixture->file, 60 * KIB), 0);
	begin(fixture, STREAM_FILE);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, 60 * KIB);
	assert_int_equal(zerocopy.calls, 0);
}

static void
a_pipe_is_copied_to_a_connection_that_paces(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->to.fd);
	close(fixture->peer);
	if (!connect_both(fixture, "bbr")) {
		print_message("BBR may not be chosen here\n");
		skip();
	}
	begin(fixture, STREAM_PIPE);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, SIZE);
	assert_int_equal(zerocopy.calls, 0);
}

/* A file system need not have it, and what is read then goes on from there. */
static void
what_is_refused_is_copied(void **state)
{
	static const enum stream_kind kinds[] = { STREAM_FILE, STREAM_PIPE };
	static const size_t good[] = { 0, 2 };

	for (size_t i = 0; i < 4; i++) {
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		zerocopy.good = good[i % 2];
		zerocopy.error = EINVAL;
		begin(*state, kinds[i / 2]);
		assert_int_equal(move_to_the_end(*state), PUMP_SOURCE_ENDED);
		assert_received(*state, SIZE);
		assert_int_equal(zerocopy.calls, good[i % 2] + 1);
		assert_false(is_corked(*state));
	}
}

/* Has the peer send the next bytes, up to `end`. */
static void
answer(struct fixture *fixture, size_t end)
{
	ssize_t n = send(fixture->peer, fixture->bytes + fixture->fed,
	    end - fixture->fed, 0);

	assert_int_equal(n, end - fixture->fed);
	fixture->fed = end;
}

/* Moves all bytes of the peer, to its EOF. */
static void
move_answer(struct fixture *fixture)
{
	enum pump_result last;

	do {
		last = move_all(fixture);
		assert_true(
		    last == PUMP_SOURCE_EMPTY || last == PUMP_SOURCE_ENDED);
	} while (last == PUMP_SOURCE_EMPTY && real_loop_in_time());
	assert_int_equal(last, PUMP_SOURCE_ENDED);
	assert_int_equal(pump_waiting(fixture->pump), 0);
}

/* What splice(2) does not take to a pipe is written. */
static void
what_is_not_spliced_is_written(void **state)
{
	static char bytes[64 * 1024];
	struct fixture *fixture = *state;
	struct stream pipe = {
		.kind = STREAM_PIPE, .own = true, .fd = fixture->ends[1]
	};
	size_t moved;

	zerocopy.error = EINVAL;
	fixture->pump = pump_choose(&fixture->to, &pipe, &plain);
	assert_non_null(fixture->pump);
	answer(fixture, 20 * KIB);
	while (zerocopy.calls == 0 && real_loop_in_time())
		pump_move(fixture->pump, &moved);
	answer(fixture, 40 * KIB);
	shutdown(fixture->peer, SHUT_WR);
	move_answer(fixture);
	assert_int_equal(zerocopy.calls, 1);
	assert_int_equal(
	    read(fixture->ends[0], bytes, sizeof(bytes)), 40 * KIB);
	assert_memory_equal(bytes, fixture->bytes, 40 * KIB);
}

/* splice(2) would take the offset of a file and set it later. */
static void
a_file_is_written_where_its_offset_is_then(void **state)
{
	static char bytes[64 * 1024];
	struct fixture *fixture = *state;
	struct stream file = { .kind = STREAM_FILE, .fd = fixture->file };

	assert_int_equal(ftruncate(fixture->file, 0), 0);
	fixture->pump = pump_choose(&fixture->to, &file, &plain);
	assert_non_null(fixture->pump);
	answer(fixture, 20 * KIB);
	do
		assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	while (lseek(fixture->file, 0, SEEK_CUR) < 20 * (off_t)KIB &&
	    real_loop_in_time());
	assert_int_equal(write(fixture->file, "other", 5), 5);
	answer(fixture, 40 * KIB);
	shutdown(fixture->peer, SHUT_WR);
	move_answer(fixture);
	assert_int_equal(zerocopy.calls, 0);
	assert_int_equal(
	    pread(fixture->file, bytes, sizeof(bytes), 0), 40 * KIB + 5);
	assert_memory_equal(bytes, fixture->bytes, 20 * KIB);
	assert_memory_equal(bytes + 20 * KIB, "other", 5);
	assert_memory_equal(
	    bytes + 20 * KIB + 5, fixture->bytes + 20 * KIB, 20 * KIB);
}

/*
 * The socket is full when the file is cut off, between two pages so that
 * nothing is made up. That is the end of it then, as with read(2).
 */
static void
a_file_that_is_cut_off_ends_there(void **state)
{
	struct fixture *fixture = *state;
	const size_t left = 900 * KIB;

	begin_zerocopy(fixture, STREAM_FILE);
	set_small(fixture);
	assert_int_equal(move_all(fixture), PUMP_SINK_FULL);
	assert_true(zerocopy.calls > 0);
	assert_int_equal(ftruncate(fixture->file, (off_t)left), 0);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, left);
	assert_int_equal(lseek(fixture->file, 0, SEEK_CUR), left);
}

static void
a_pipe_is_spliced_while_it_is_full(void **state)
{
	struct fixture *fixture = *state;
	size_t calls;

	begin(fixture, STREAM_PIPE);
	feed(fixture, 60 * KIB);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	assert_received(fixture, 60 * KIB);
	assert_int_equal(zerocopy.calls, 0);

	feed(fixture, 124 * KIB);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	feed(fixture, 188 * KIB);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	assert_received(fixture, 188 * KIB);
	assert_true(zerocopy.calls > 0);

	/* A page for each of many bytes would be without bound. */
	feed(fixture, 188 * KIB + 1);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	calls = zerocopy.calls;
	feed(fixture, 188 * KIB + 2);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	assert_received(fixture, 188 * KIB + 2);
	assert_int_equal(zerocopy.calls, calls);
	assert_int_equal(move_to_the_end(fixture), PUMP_SOURCE_ENDED);
	assert_received(fixture, SIZE);
}

/* Neither an empty pipe nor a full socket is taken for the other. */
static void
zerocopy_knows_which_end_to_wait_for(void **state)
{
	struct fixture *fixture = *state;

	begin_zerocopy(fixture, STREAM_PIPE);
	take_all(fixture);
	set_small(fixture);
	feed(fixture, 128 * KIB);
	assert_int_equal(move_all(fixture), PUMP_SOURCE_EMPTY);
	while (feed(fixture, SIZE), move_all(fixture) != PUMP_SINK_FULL)
		assert_true(real_loop_in_time());
	feed(fixture, SIZE);
	assert_int_equal(move_all(fixture), PUMP_SINK_FULL);
}

/* Waits for POLLHUP: the reset has come. */
static void
reset(struct fixture *fixture)
{
	struct linger linger = { .l_onoff = 1 };
	struct pollfd entry = { .fd = fixture->to.fd };

	setsockopt(
	    fixture->peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fixture->peer);
	fixture->peer = -1;
	assert_int_equal(poll(&entry, 1, 5000), 1);
}

/* With the error of the socket, which the kernel returns once. */
static void
a_reset_is_the_fault_of_the_socket(void **state)
{
	static const enum stream_kind kinds[] = { STREAM_FILE, STREAM_PIPE };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++) {
		begin_zerocopy(fixture, kinds[i]);
		feed(fixture, 128 * KIB);
		reset(fixture);
		assert_int_equal(move_all(fixture), PUMP_SINK_FAILED);
		assert_int_equal(errno, ECONNRESET);
		teardown(state);
		setup(state);
	}
}

/* The socket has no error left when a call was cut short by it. */
static void
a_reset_midway_is_one(void **state)
{
	static const enum stream_kind kinds[] = { STREAM_FILE, STREAM_PIPE };
	struct fixture *fixture = *state;
	int error;
	socklen_t length;
	size_t moved;

	for (size_t i = 0; i < 2; i++) {
		begin_zerocopy(fixture, kinds[i]);
		feed(fixture, 128 * KIB);
		assert_int_equal(pump_move(fixture->pump, &moved), PUMP_MOVED);
		feed(fixture, 192 * KIB);
		reset(fixture);
		length = sizeof(error);
		getsockopt(
		    fixture->to.fd, SOL_SOCKET, SO_ERROR, &error, &length);
		assert_int_equal(error, ECONNRESET);
		assert_int_equal(move_all(fixture), PUMP_SINK_FAILED);
		assert_int_equal(errno, ECONNRESET);
		teardown(state);
		setup(state);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_sent_by_its_pages),
		TEST(the_end_of_a_file_is_not_held_back),
		TEST(the_end_of_a_file_of_full_reads_is_not_held_back),
		TEST(a_file_is_copied_unless_asked_for),
		TEST(what_is_sent_before_a_stop_is_all),
		TEST(a_range_is_sent_although_it_is_copied),
		TEST(what_is_left_of_a_range_that_is_copied_is_released),
		TEST(a_short_file_is_copied),
		TEST(a_pipe_is_copied_to_a_connection_that_paces),
		TEST(what_is_refused_is_copied),
		TEST(what_is_not_spliced_is_written),
		TEST(a_file_is_written_where_its_offset_is_then),
		TEST(a_file_that_is_cut_off_ends_there),
		TEST(a_pipe_is_spliced_while_it_is_full),
		TEST(zerocopy_knows_which_end_to_wait_for),
		TEST(a_reset_is_the_fault_of_the_socket),
		TEST(a_reset_midway_is_one),
	};

	signal(SIGPIPE, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
