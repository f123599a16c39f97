/* SPDX-License-Identifier: ISC */
/*
 * relay/file_range.h: a regular file sent by its pages, part by part.
 *
 * sendfile(2) takes the file's offset and sets it later, so that two processes
 * that share the open file could send the same part. A claim moves the offset
 * past a part first, in one step, as read(2) does; the part is the claimer's.
 */
#ifndef RELAY_FILE_RANGE_H
#define RELAY_FILE_RANGE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

struct file_range {
	off_t next;   /* where the part that is not yet sent begins */
	size_t count; /* how long it is; 0: nothing is claimed */
};

/*
 * Claims the next part of a regular file. Returns false when it is not worth
 * it: what is left is short, or unknown. read(2) the rest then, which also
 * finds the end.
 */
bool file_range_reserve(struct file_range *range, int fd);

/* Reads what is claimed, as read(2) does; 0: the file was cut off before. */
ssize_t file_range_read(
    struct file_range *range, int fd, char *bytes, size_t size);

/*
 * Moves the offset back to what has not been sent, unless another process has
 * gone on from there.
 */
void file_range_give_back(struct file_range *range, int fd);

#endif
