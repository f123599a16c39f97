/* SPDX-License-Identifier: ISC */
/*
 * One mapping that is replaced in place: to unmap each part before the next
 * costs a third more.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <stdbool.h>
#include <unistd.h>

#include "file_window.h"

/* What is shown at once; parts end at multiples of it. */
#define WINDOW_BYTES ((off_t)1024 * 1024)
/* A mapping begins at a multiple of this, which pages are no larger than. */
#define START_BYTES  ((off_t)64 * 1024)
#define MAPPED_BYTES (WINDOW_BYTES + START_BYTES)
/* A rest shorter than this is not worth a mapping. */
#define WORTH_BYTES ((off_t)64 * 1024)
/* Of stat(2). */
#define BLOCK_BYTES 512

/* Whether it is a regular file that has no holes. */
static bool
is_solid(const struct stat *status)
{
	return (S_ISREG(status->st_mode) &&
	    status->st_blocks * BLOCK_BYTES >= status->st_size);
}

/* Maps the file from `start` on, a multiple of START_BYTES. */
static bool
map(struct file_window *window, off_t start)
{
	int fixed = window->base != NULL ? MAP_FIXED : 0;
	void *base = mmap(window->base, (size_t)MAPPED_BYTES, PROT_READ,
	    MAP_SHARED | fixed, window->fd, start);

	if (base == MAP_FAILED) {
		/* What was there may be gone, and the place taken. */
		*window = FILE_WINDOW_NONE;
		return (false);
	}
	window->base = base;
	return (true);
}

/* Returns how much to show next; 0: it is not worth it. */
static off_t
next_part(const struct file_window *window, const struct stat *status)
{
	off_t from = lseek(window->fd, 0, SEEK_CUR);
	off_t rest = status->st_size - from;
	off_t count = WINDOW_BYTES - from % WINDOW_BYTES;

	if (from == -1 || rest < WORTH_BYTES)
		return (0);
	return (count < rest ? count : rest);
}

size_t
file_window_next(struct file_window *window, const char **bytes)
{
	int fd = window->fd;
	struct stat status;
	off_t count, end, from, start;

	if (fd == -1 || fstat(fd, &status) == -1 || !is_solid(&status))
		return (0);
	count = next_part(window, &status);
	if (count == 0)
		return (0);
	/* In one step, as read(2) does: another process may have moved it. */
	end = lseek(fd, count, SEEK_CUR);
	if (end == -1)
		return (0);
	from = end - count;
	start = from - from % START_BYTES;
	if (end > status.st_size || !map(window, start)) {
		lseek(fd, -count, SEEK_CUR);
		return (0);
	}
	*bytes = window->base + (from - start);
	return ((size_t)count);
}

void
file_window_give_back(struct file_window *window, size_t count)
{
	int fd = window->fd;

	file_window_release(window);
	lseek(fd, -(off_t)count, SEEK_CUR);
}

void
file_window_release(struct file_window *window)
{
	if (window->base != NULL)
		munmap(window->base, (size_t)MAPPED_BYTES);
	*window = FILE_WINDOW_NONE;
}
