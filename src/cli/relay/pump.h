/* SPDX-License-Identifier: ISC */
/*
 * relay/pump.h: moves bytes from one stream to another, in the way that costs
 * least for the two. Only the fast engine includes this.
 *
 * A pump does a system call or two at a time and never blocks. What it has
 * taken from its source and not yet given to its sink it keeps, up to the size
 * of one buffer or range, and gives first at the next move.
 */
#ifndef RELAY_PUMP_H
#define RELAY_PUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/crlf.h"
#include "relay/file_range.h"
#include "relay/stream.h"

enum pump_result {
	MOVED,
	SOURCE_EMPTY,
	SOURCE_ENDED,
	SOURCE_FAILED, /* errno says how */
	SINK_FULL,
	SINK_FAILED /* likewise */
};

/* What a user may ask for; all of it false as a rule. */
struct pump_config {
	bool crlf;      /* CRLF for LF */
	bool zero_copy; /* send the pages of a file */
};

struct pump;

/* Moves once and says how much. */
typedef enum pump_result pump_fn(struct pump *pump, size_t *moved);

struct pump {
	const struct stream *from;
	const struct stream *to;
	pump_fn *move;
	char *buffer;
	const char *pending; /* what has been read */
	size_t count;        /* and not been written */
	char *expanded;      /* the read with CRLF for LF; NULL: as it is */
	struct crlf crlf;
	pump_fn *zerocopy; /* instead of a copy, where it pays; NULL: never */
	bool was_zerocopy;
	bool corked;             /* the socket sends whole segments alone */
	struct file_range range; /* what is sent next of a file */
	bool in_batches;         /* the source waits until it has one */
	struct stream *pipe;     /* to be enlarged; NULL: none, or done */
	int pipe_bytes;          /* to this size */
	size_t total;            /* moved until then */
};

/*
 * Prepares to move between two streams, one of which is the connection. The
 * streams are the caller's and stay open. Returns false without memory; release
 * it all the same.
 */
bool pump_init(struct pump *pump, struct stream *from, struct stream *to,
    const struct pump_config *config);
void pump_release(struct pump *pump);

/* Moves once; `moved` is what has reached the sink. */
enum pump_result pump_move(struct pump *pump, size_t *moved);

/* Moves no more. What is claimed of a file and not sent is left for others. */
void pump_end(struct pump *pump);

/* A source in batches waits for this much. */
#define PUMP_BATCH_BYTES ((size_t)1024 * 1024)

/*
 * Has the source say that it is ready once it has a batch, or ended, where each
 * wake-up costs more than a move; or else, as usual, once it has a byte.
 */
void pump_set_batches(struct pump *pump, bool in_batches);

/* Returns how much has been taken from the source and not reached the sink. */
size_t pump_waiting(const struct pump *pump);

#endif
