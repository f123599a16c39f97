/* SPDX-License-Identifier: ISC */
/*
 * report/writer.h: text for a descriptor whose reader may be slow, or never
 * read.
 *
 * A writer has a FILE to print to. Bytes that the descriptor does not take at
 * once are kept, up to WRITER_KEEP_BYTES, and written before the next ones.
 * When there is no room for more, the writer waits for its patience, which is 0
 * at first, and then drops bytes; a reader that reads again later is sent the
 * number of them. So a report never delays what it reports. The flags of the
 * descriptor are never changed (relay/stream.h).
 *
 * The life of a writer: writer_init(); print to `file`, writer_flush(), any
 * number of times; writer_release(). The descriptor stays the caller's.
 */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "clock.h"
#include "relay/stream.h"

#define WRITER_KEEP_BYTES 65536

enum writer_state {
	WRITER_UNUSED, /* nothing was written: `stream` is not open */
	WRITER_OPEN,
	WRITER_EXPIRED /* open, and its patience has expired: it never waits */
};

struct writer {
	FILE *file; /* print here; it is flushed line by line */
	int fd;     /* the caller's */
	enum writer_state state;
	struct stream stream;
	monotime_t patience; /* since the descriptor last took bytes */
	int error;           /* the first errno; ETIMEDOUT: bytes are left */
	uint64_t dropped;    /* bytes that are not reported to the reader yet */
	size_t start;        /* of the kept bytes */
	size_t count;
	char kept[WRITER_KEEP_BYTES];
	char buffer[BUFSIZ]; /* of the FILE */
};

/* Prepares to write to `fd`, which stays open. Returns false with errno. */
bool writer_init(struct writer *writer, int fd);

/* Sets how long a write may wait for room from now on; 0: not at all. */
void writer_set_patience(struct writer *writer, monotime_t patience);

/*
 * Writes all kept bytes, waiting for the patience at most. Returns 0, or the
 * first errno of this writer: earlier bytes may be lost.
 */
int writer_flush(struct writer *writer);

/* Returns whether bytes are kept that the descriptor has not taken yet. */
bool writer_is_behind(const struct writer *writer);

/* Closes the FILE, not the descriptor. Kept bytes are lost: flush before. */
void writer_release(struct writer *writer);

#endif
