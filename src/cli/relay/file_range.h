/* SPDX-License-Identifier: ISC */
/*
 * relay/file_range.h: a part of a regular file that is reserved for this
 * process, so that its pages can be sent.
 *
 * sendfile(2) reads the file's offset first and sets it later, so that two
 * processes that share the open file could send the same part. A reservation
 * moves the offset past a part first, in one step, as read(2) does; from then
 * on the part belongs to this process. What of it is not sent in the end is
 * released.
 */
#ifndef RELAY_FILE_RANGE_H
#define RELAY_FILE_RANGE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

struct file_range {
	off_t next;   /* the offset of what is sent next */
	size_t count; /* bytes from there on; 0: nothing is reserved */
};

/*
 * Reserves the next part of a regular file. Returns false when it is not worth
 * it: the rest of the file is short, or of unknown length. read(2) is to be
 * used then, which also finds the end.
 */
bool file_range_reserve(struct file_range *range, int fd);

/*
 * Reads from the reserved part as read(2) does. Returns 0 when the file has
 * been truncated before it.
 */
ssize_t file_range_read(
    struct file_range *range, int fd, char *bytes, size_t size);

/*
 * Releases what is left of the part: moves the offset of the file back to it,
 * unless another process has moved the offset since.
 */
void file_range_release(struct file_range *range, int fd);

#endif
