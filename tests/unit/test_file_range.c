/* SPDX-License-Identifier: ISC */
/*
 * Reservations take a file part by part, as read(2) would, also from two
 * processes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "relay/file_range.h"

#define KIB       ((size_t)1024)
#define MIB       (1024 * KIB)
#define FILE_SIZE (3 * MIB + 300 * KIB + 7)

/* What another process takes once the offset has been read. */
static size_t taken_meanwhile;

off_t
lseek(int fd, off_t offset, int whence)
{
	off_t at = (off_t)syscall(SYS_lseek, fd, offset, whence);

	if (offset == 0 && whence == SEEK_CUR && taken_meanwhile > 0) {
		syscall(SYS_lseek, fd, (off_t)taken_meanwhile, SEEK_CUR);
		taken_meanwhile = 0;
	}
	return (at);
}

static int
setup(void **state)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), FILE_SIZE), 0);
	*state = file;
	return (0);
}

static int
teardown(void **state)
{
	return (fclose(*state));
}

/* Reserves all that there is from `from` on; returns where that ends. */
static size_t
reserve_all(int fd, size_t from)
{
	struct file_range range;

	lseek(fd, (off_t)from, SEEK_SET);
	while (file_range_reserve(&range, fd)) {
		assert_int_equal(range.next, from);
		assert_in_range(range.count, 64 * KIB, MIB);
		from += range.count;
		assert_int_equal(lseek(fd, 0, SEEK_CUR), from);
	}
	return (from);
}

/* All but a short rest, which is for read(2). */
static void
a_file_is_reserved_from_its_offset_on(void **state)
{
	static const size_t starts[] = { 0, 1, 4095, 4096, MIB - 1, MIB,
		FILE_SIZE - 64 * KIB };
	size_t end;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		end = reserve_all(fileno(*state), starts[i]);
		assert_in_range(end, FILE_SIZE - 64 * KIB + 1, FILE_SIZE);
	}
}

/* The offset stays, also one behind the end. */
static void
a_short_rest_is_not_reserved(void **state)
{
	static const size_t starts[] = { FILE_SIZE - 64 * KIB + 1, FILE_SIZE,
		FILE_SIZE + MIB };
	int fd = fileno(*state);

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		assert_int_equal(reserve_all(fd, starts[i]), starts[i]);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), starts[i]);
	}
}

/* Counts all that a process can reserve, which stops short of the end. */
static size_t
count_reserved(int fd)
{
	struct file_range range;
	size_t total = 0;

	while (file_range_reserve(&range, fd))
		total += range.count;
	return (total);
}

static void
a_part_is_reserved_once(void **state)
{
	const off_t size = (off_t)(100 * MIB);
	size_t *reserved = mmap(NULL, sizeof(*reserved), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = fileno(*state);
	size_t own;
	pid_t pid;

	assert_true(reserved != MAP_FAILED);
	assert_int_equal(ftruncate(fd, size), 0);
	for (int round = 0; round < 50; round++) {
		lseek(fd, 0, SEEK_SET);
		pid = fork();
		assert_true(pid != -1);
		if (pid == 0) {
			*reserved = count_reserved(fd);
			_exit(0);
		}
		own = count_reserved(fd);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(own + *reserved, size);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), size);
	}
	munmap(reserved, sizeof(*reserved));
}

/* The next part is, and what is too short for one is left to read(2). */
static void
what_another_has_taken_meanwhile_is_not_reserved(void **state)
{
	struct file_range range;
	int fd = fileno(*state);

	taken_meanwhile = MIB;
	assert_true(file_range_reserve(&range, fd));
	assert_int_equal(range.next, MIB);
	assert_int_equal(range.count, MIB);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 2 * MIB);
	range.count = 0;
	taken_meanwhile = MIB;
	assert_false(file_range_reserve(&range, fd));
	assert_int_equal(range.count, 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3 * MIB);
}

static void
what_has_grown_is_reserved(void **state)
{
	int fd = fileno(*state);

	assert_int_equal(ftruncate(fd, 200 * KIB), 0);
	assert_int_equal(reserve_all(fd, 0), 200 * KIB);
	assert_int_equal(ftruncate(fd, 2 * MIB), 0);
	assert_int_equal(reserve_all(fd, 200 * KIB), 2 * MIB);
}

static void
what_is_no_file_is_not_reserved(void **state)
{
	struct file_range range;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_false(file_range_reserve(&range, ends[0]));
	close(ends[0]);
	close(ends[1]);
}

static void
what_is_released_is_for_others(void **state)
{
	struct file_range range;
	int fd = fileno(*state);

	assert_true(file_range_reserve(&range, fd));
	range.next += 5;
	range.count -= 5;
	file_range_release(&range, fd);
	assert_int_equal(range.count, 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
}

/* They would send the same twice. */
static void
nothing_is_released_once_others_went_on(void **state)
{
	struct file_range range, next;
	int fd = fileno(*state);

	assert_true(file_range_reserve(&range, fd));
	assert_true(file_range_reserve(&next, fd));
	file_range_release(&range, fd);
	assert_int_equal(range.count, 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 2 * MIB);
}

/* Only that, wherever the offset is, and up to where the file is cut off. */
static void
a_reserved_part_can_be_read(void **state)
{
	static char bytes[2 * MIB];
	struct file_range range;
	int fd = fileno(*state);

	assert_int_equal(pwrite(fd, "x", 1, 10), 1);
	assert_true(file_range_reserve(&range, fd));
	lseek(fd, 2 * MIB, SEEK_SET);
	assert_int_equal(file_range_read(&range, fd, bytes, 10), 10);
	assert_int_equal(file_range_read(&range, fd, bytes, 1), 1);
	assert_int_equal(bytes[0], 'x');
	assert_int_equal(
	    file_range_read(&range, fd, bytes, sizeof(bytes)), MIB - 11);
	assert_int_equal(range.count, 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 2 * MIB);

	assert_true(file_range_reserve(&range, fd));
	assert_int_equal(ftruncate(fd, 2 * MIB), 0);
	assert_int_equal(file_range_read(&range, fd, bytes, 10), 0);
	assert_int_equal(range.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_reserved_from_its_offset_on),
		TEST(a_short_rest_is_not_reserved),
		TEST(a_part_is_reserved_once),
		TEST(what_another_has_taken_meanwhile_is_not_reserved),
		TEST(what_has_grown_is_reserved),
		TEST(what_is_no_file_is_not_reserved),
		TEST(what_is_released_is_for_others),
		TEST(nothing_is_released_once_others_went_on),
		TEST(a_reserved_part_can_be_read),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
