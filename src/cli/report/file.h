/* SPDX-License-Identifier: ISC */
/*
 * report/file.h: the file of a report.
 *
 * A new file, or one that replaces a regular file, is written under a temporary
 * name in the same folder, with the mode and the owner of the old one, and
 * renamed when it is complete: until then the old file stays. Written in place
 * are: a file that is not a regular one (a FIFO, a device, a link), a file with
 * several names, one in a folder where no file can be made, and one whose owner
 * cannot be set.
 *
 * The life of one: report_file_open(); write to `fd`; report_file_commit();
 * report_file_release(), in any case.
 */
#ifndef REPORT_FILE_H
#define REPORT_FILE_H

#include <stdbool.h>

#include "clock.h"

struct report_file {
	int fd;
	int folder;      /* descriptor of its folder; -1: written in place */
	char *temporary; /* its name until it is complete */
	char *name;
};

#define REPORT_FILE_NONE ((struct report_file){ .fd = -1, .folder = -1 })

/*
 * Opens the file at `path`. The reader of a FIFO is waited for, for `patience`
 * at most. Returns 0 or an errno; ETIMEDOUT: no process opened it to read.
 */
int report_file_open(
    struct report_file *file, const char *path, monotime_t patience);

/* The same, but the file itself is emptied and written, so that it grows. */
int report_file_open_in_place(
    struct report_file *file, const char *path, monotime_t patience);

/* Closes the file and gives it its final name. Returns 0 or an errno. */
int report_file_commit(struct report_file *file);

/* Frees it. A file that was not committed is removed; the old one stays. */
void report_file_release(struct report_file *file);

#endif
