/* SPDX-License-Identifier: ISC */
/*
 * report/file.h: the file of a report.
 *
 * A regular file, or one that is not there yet, is written beside its place and
 * renamed into it when it is whole, with the mode and the owner of the old one:
 * until then the old one is there. All else is written in place: what is no
 * regular file (a FIFO, a device, a link), one that has several names, and one
 * in a folder where nothing can be made, or whose owner cannot be given.
 */
#ifndef REPORT_FILE_H
#define REPORT_FILE_H

#include <stdbool.h>

#include "clock.h"

struct report_file {
	int fd;          /* write here */
	int folder;      /* of the file; -1: it is written in place */
	char *temporary; /* its name there until it is whole */
	char *name;
};

#define REPORT_FILE_NONE ((struct report_file){ .fd = -1, .folder = -1 })

/*
 * Opens it. A FIFO has to have a reader, which is waited for, for `patience` at
 * most. Returns 0 or an errno; ETIMEDOUT: there was no reader.
 */
int report_file_open(
    struct report_file *file, const char *path, monotime_t patience);

/* Puts what was written in its place. Returns 0 or an errno. */
int report_file_commit(struct report_file *file);

/* Closes it. What was not committed is removed, and the old file stays. */
void report_file_release(struct report_file *file);

#endif
