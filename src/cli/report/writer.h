/* SPDX-License-Identifier: ISC */
/*
 * report/writer.h: text for a descriptor whose reader may be slow, or not read
 * at all.
 *
 * A writer is a FILE. What its descriptor does not take at once is kept, up to
 * WRITER_KEEP_BYTES, and written with what comes next. What goes beyond is
 * waited for as long as the writer is patient, which at first it is not, and
 * then dropped; a reader that comes back later gets the number of bytes. So a
 * report is never in the way of what it reports. The descriptor is never
 * changed (stream.h).
 */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "clock.h"
#include "relay/stream.h"

#define WRITER_KEEP_BYTES 65536

struct writer {
	FILE *file; /* write here; lines go out one by one */
	int fd;     /* the caller's */
	struct stream stream;
	bool is_open;        /* `stream` is */
	monotime_t patience; /* since the descriptor last took something */
	bool has_given_up;   /* its patience has expired */
	int error;           /* the first errno; ETIMEDOUT: patience expired */
	uint64_t dropped;    /* bytes since this was last reported */
	size_t start;        /* of what is kept */
	size_t count;
	char kept[WRITER_KEEP_BYTES];
	char buffer[BUFSIZ]; /* of the FILE */
};

/* Prepares to write to `fd`, which stays open. Returns false with errno. */
bool writer_init(struct writer *writer, int fd);

/* Sets how long a write may wait for room from now on; 0: not at all. */
void writer_set_patience(struct writer *writer, monotime_t patience);

/*
 * Writes out what there is, as patiently as was set. Returns 0, or the first
 * errno of this writer: what was written before may be lost.
 */
int writer_flush(struct writer *writer);

/* Returns whether the reader is behind: it has not taken all there was. */
bool writer_is_behind(const struct writer *writer);

/* Closes the FILE, not the descriptor. What is kept is lost: flush before. */
void writer_release(struct writer *writer);

#endif
