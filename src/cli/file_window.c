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

/* What is mapped at once; parts begin and end at multiples of it. */
#define WINDOW_BYTES ((off_t)1024 * 1024)
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

/* Maps the file from `start` on, a multiple of WINDOW_BYTES. */
static bool
map(struct file_window *window, off_t start)
{
	int fixed = window->base != NULL ? MAP_FIXED : 0;
	void *base = mmap(window->base, (size_t)WINDOW_BYTES, PROT_READ,
	    MAP_SHARED | fixed, window->fd, start);

	if (base == MAP_FAILED) {
		/* What was there may be gone, and the place taken. */
		*window = FILE_WINDOW_NONE;
		return (false);
	}
	window->base = base;
	return (true);
}

size_t
file_window_next(struct file_window *window, const char **bytes)
{
	struct stat status;
	off_t from, start, end;

	if (window->fd == -1 || fstat(window->fd, &status) == -1 ||
	    !is_solid(&status))
		return (0);
	from = lseek(window->fd, 0, SEEK_CUR);
	if (from == -1 || status.st_size - from < WORTH_BYTES)
		return (0);
	start = from - from % WINDOW_BYTES;
	end = start + WINDOW_BYTES;
	if (end > status.st_size)
		end = status.st_size;
	if (!map(window, start) || lseek(window->fd, end, SEEK_SET) == -1)
		return (0);
	*bytes = window->base + (from - start);
	return ((size_t)(end - from));
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
		munmap(window->base, (size_t)WINDOW_BYTES);
	*window = FILE_WINDOW_NONE;
}
