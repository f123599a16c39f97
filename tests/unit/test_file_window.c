/* SPDX-License-Identifier: ISC */
/*
 * A window shows a file as read(2) would, and a mover that sends from one
 * survives what others do to the file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_window.h"
#include "relay_move.h"

#define KIB       ((size_t)1024)
#define MIB       (1024 * KIB)
#define FILE_SIZE (3 * MIB + 300 * KIB + 7)

struct fixture {
	int fd;
	char *bytes; /* of the file */
	struct file_window window;
};

/* No two pages of it are alike. */
static void
fill(char *bytes)
{
	for (size_t i = 0; i < FILE_SIZE; i++)
		bytes[i] = (char)(i * 31 + i / 4096);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture.bytes = malloc(FILE_SIZE);
	/* A file system might compress it, and then it has too few blocks. */
	fixture.fd = memfd_create("window", MFD_CLOEXEC);
	assert_non_null(fixture.bytes);
	assert_true(fixture.fd != -1);
	fill(fixture.bytes);
	assert_int_equal(
	    write(fixture.fd, fixture.bytes, FILE_SIZE), FILE_SIZE);
	lseek(fixture.fd, 0, SEEK_SET);
	fixture.window = (struct file_window){ .fd = fixture.fd };
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	file_window_release(&fixture->window);
	close(fixture->fd);
	free(fixture->bytes);
	return (0);
}

/* Looks at all that is shown from `from` on; returns where that ends. */
static size_t
look(struct fixture *fixture, size_t from)
{
	const char *bytes = NULL;
	size_t count;

	lseek(fixture->fd, (off_t)from, SEEK_SET);
	while ((count = file_window_next(&fixture->window, &bytes)) > 0) {
		assert_in_range(count, 1, MIB);
		assert_in_range(from + count, 1, FILE_SIZE);
		assert_memory_equal(bytes, fixture->bytes + from, count);
		from += count;
		assert_int_equal(lseek(fixture->fd, 0, SEEK_CUR), from);
	}
	return (from);
}

static void
it_shows_the_file_from_its_offset_on(void **state)
{
	static const size_t starts[] = { 0, 1, 4095, 4096, MIB - 1, MIB,
		MIB + 70 * KIB + 5 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		assert_int_equal(look(fixture, starts[i]), FILE_SIZE);
}

/* The offset stays for read(2). */
static void
a_short_rest_is_not_shown(void **state)
{
	struct fixture *fixture = *state;
	size_t from = FILE_SIZE - 10 * KIB;

	assert_int_equal(look(fixture, from), from);
	assert_int_equal(look(fixture, FILE_SIZE), FILE_SIZE);
	assert_int_equal(look(fixture, FILE_SIZE + MIB), FILE_SIZE + MIB);
}

/* Counts all that a process is shown. */
static size_t
count_shown(int fd)
{
	struct file_window window = { .fd = fd };
	const char *bytes;
	size_t count, total = 0;

	while ((count = file_window_next(&window, &bytes)) > 0)
		total += count;
	file_window_release(&window);
	return (total);
}

/*
 * Each part is shown to one of two processes with the same open file. (Of a
 * memfd even read(2) may give both the same.)
 */
static void
an_offset_may_be_shared(void **state)
{
	const off_t size = (off_t)(100 * MIB);
	FILE *file = tmpfile();
	size_t *shown = mmap(NULL, sizeof(*shown), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t own;
	pid_t pid;

	(void)state;
	assert_non_null(file);
	assert_true(shown != MAP_FAILED);
	assert_int_equal(posix_fallocate(fileno(file), 0, size), 0);
	for (int round = 0; round < 20; round++) {
		lseek(fileno(file), 0, SEEK_SET);
		pid = fork();
		assert_true(pid != -1);
		if (pid == 0) {
			*shown = count_shown(fileno(file));
			_exit(0);
		}
		own = count_shown(fileno(file));
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(own + *shown, size);
	}
	munmap(shown, sizeof(*shown));
	fclose(file);
}

static void
what_has_grown_is_shown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ftruncate(fixture->fd, 200 * KIB), 0);
	assert_int_equal(look(fixture, 0), 200 * KIB);
	lseek(fixture->fd, 200 * KIB, SEEK_SET);
	assert_int_equal(write(fixture->fd, fixture->bytes + 200 * KIB,
			     FILE_SIZE - 200 * KIB),
	    FILE_SIZE - 200 * KIB);
	assert_int_equal(look(fixture, 200 * KIB), FILE_SIZE);
}

static void
a_file_with_holes_is_not_shown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ftruncate(fixture->fd, 0), 0);
	assert_int_equal(ftruncate(fixture->fd, FILE_SIZE), 0);
	assert_int_equal(look(fixture, 0), 0);
}

static void
what_is_no_file_is_not_shown(void **state)
{
	const char *bytes;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(
	    file_window_next(&(struct file_window){ .fd = ends[0] }, &bytes),
	    0);
	close(ends[0]);
	close(ends[1]);
}

static void
what_is_given_back_is_for_read(void **state)
{
	struct fixture *fixture = *state;
	const char *bytes;
	char byte;

	assert_int_equal(file_window_next(&fixture->window, &bytes), MIB);
	file_window_give_back(&fixture->window, MIB - 5);
	assert_int_equal(file_window_next(&fixture->window, &bytes), 0);
	assert_int_equal(read(fixture->fd, &byte, 1), 1);
	assert_int_equal(byte, fixture->bytes[5]);
}

struct transfer {
	struct mover mover;
	struct stream from;
	struct stream to;
	int peer;
	size_t received;
};

static void
begin(struct transfer *transfer, int fd)
{
	int ends[2];

	*transfer = (struct transfer){
		.from = { .kind = STREAM_FILE, .inherited = fd, .fd = fd },
	};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_of_socket(&transfer->to, ends[0]);
	transfer->peer = ends[1];
	assert_true(mover_init(
	    &transfer->mover, &transfer->from, &transfer->to, false));
}

static void
end(struct transfer *transfer)
{
	mover_release(&transfer->mover);
	close(transfer->to.fd);
	close(transfer->peer);
}

/* Moves until the socket is full, or there is something else to tell. */
static enum moved
move_all(struct transfer *transfer)
{
	enum moved last;
	size_t moved;

	do
		last = mover_move(&transfer->mover, &moved);
	while (last == MOVED);
	return (last);
}

/* Takes what has arrived and compares it with the file. */
static void
take(struct transfer *transfer, const char *bytes)
{
	static char buffer[64 * 1024];
	ssize_t n;

	while ((n = recv(transfer->peer, buffer, sizeof(buffer),
		    MSG_DONTWAIT)) > 0) {
		assert_memory_equal(
		    buffer, bytes + transfer->received, (size_t)n);
		transfer->received += (size_t)n;
	}
}

static enum moved
move_to_the_end(struct transfer *transfer, const char *bytes)
{
	enum moved last;

	while ((last = move_all(transfer)) == SINK_FULL)
		take(transfer, bytes);
	take(transfer, bytes);
	return (last);
}

static void
a_file_is_sent(void **state)
{
	struct fixture *fixture = *state;
	struct transfer transfer;

	lseek(fixture->fd, 12345, SEEK_SET);
	begin(&transfer, fixture->fd);
	assert_int_equal(
	    move_to_the_end(&transfer, fixture->bytes + 12345), SOURCE_ENDED);
	assert_int_equal(transfer.received, FILE_SIZE - 12345);
	assert_int_equal(mover_waiting(&transfer.mover), 0);
	end(&transfer);
}

/*
 * The first window is shown and the socket full when the file is cut off,
 * between two pages so that nothing is made up. That is the end of it then, as
 * with read(2).
 */
static void
a_file_that_is_cut_off_ends_there(void **state)
{
	struct fixture *fixture = *state;
	struct transfer transfer;
	size_t left = 600 * KIB;

	begin(&transfer, fixture->fd);
	assert_int_equal(move_all(&transfer), SINK_FULL);
	assert_true(mover_waiting(&transfer.mover) > MIB - left);
	assert_int_equal(ftruncate(fixture->fd, (off_t)left), 0);
	assert_int_equal(
	    move_to_the_end(&transfer, fixture->bytes), SOURCE_ENDED);
	assert_int_equal(transfer.received, left);
	assert_int_equal(lseek(fixture->fd, 0, SEEK_CUR), left);
	end(&transfer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_shows_the_file_from_its_offset_on),
		TEST(a_short_rest_is_not_shown),
		TEST(an_offset_may_be_shared),
		TEST(what_has_grown_is_shown),
		TEST(a_file_with_holes_is_not_shown),
		TEST(what_is_no_file_is_not_shown),
		TEST(what_is_given_back_is_for_read),
		TEST(a_file_is_sent),
		TEST(a_file_that_is_cut_off_ends_there),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
