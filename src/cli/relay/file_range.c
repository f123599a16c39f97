/* SPDX-License-Identifier: ISC */
/*
 * Parts of a file, reserved by moving its offset.
 */
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "relay/file_range.h"

/* How much is reserved at once. */
#define RESERVE_BYTES ((off_t)1024 * 1024)
/* Where less than this is left, reading it costs no more. */
#define WORTH_BYTES ((off_t)64 * 1024)

bool
file_range_reserve(struct file_range *range, int fd)
{
	struct stat status;
	off_t count, end, rest;

	if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode))
		return (false);
	rest = status.st_size - lseek(fd, 0, SEEK_CUR);
	if (rest < WORTH_BYTES)
		return (false);
	count = rest < RESERVE_BYTES ? rest : RESERVE_BYTES;
	/* In one step: another process may have moved it since. */
	end = lseek(fd, count, SEEK_CUR);
	if (end > status.st_size)
		lseek(fd, -count, SEEK_CUR);
	if (end == -1 || end > status.st_size)
		return (false);
	range->next = end - count;
	range->count = (size_t)count;
	return (true);
}

ssize_t
file_range_read(struct file_range *range, int fd, char *bytes, size_t size)
{
	size_t count = range->count < size ? range->count : size;
	ssize_t n = pread(fd, bytes, count, range->next);

	if (n > 0) {
		range->next += n;
		range->count -= (size_t)n;
	} else if (n == 0) {
		file_range_release(range, fd);
	}
	return (n);
}

void
file_range_release(struct file_range *range, int fd)
{
	off_t end = range->next + (off_t)range->count;

	if (range->count > 0 && lseek(fd, 0, SEEK_CUR) == end)
		lseek(fd, range->next, SEEK_SET);
	range->count = 0;
}
