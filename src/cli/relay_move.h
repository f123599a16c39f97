/* SPDX-License-Identifier: ISC */
/*
 * relay_move.h: moves bytes from one stream to another, in the way that costs
 * least for the two. Only the fast engine includes this.
 *
 * A mover does a system call or two at a time and never blocks. What it has
 * taken from its source and not yet given to its sink it keeps, up to the size
 * of one buffer or claim, and gives first at the next move.
 */
#ifndef RELAY_MOVE_H
#define RELAY_MOVE_H

#include <stdbool.h>
#include <stddef.h>

#include "crlf.h"
#include "file_claim.h"
#include "stream.h"

enum moved {
	MOVED,
	SOURCE_EMPTY,
	SOURCE_ENDED,
	SOURCE_FAILED, /* errno says how */
	SINK_FULL,
	SINK_FAILED /* likewise */
};

/* What a user may ask for; all of it false as a rule. */
struct mover_config {
	bool crlf;      /* CRLF for LF */
	bool zero_copy; /* lend the pages of a file */
};

struct mover;

/* Moves once and says how much. */
typedef enum moved mover_fn(struct mover *mover, size_t *moved);

struct mover {
	const struct stream *from;
	const struct stream *to;
	mover_fn *move;
	char *buffer;
	const char *pending; /* what has been read */
	size_t count;        /* and not been written */
	char *expanded;      /* the read with CRLF for LF; NULL: as it is */
	struct crlf crlf;
	mover_fn *lend; /* instead of a copy, where it pays; NULL: never */
	bool has_lent;
	bool corked;             /* the socket sends whole segments alone */
	struct file_claim claim; /* what is lent next of a file */
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
bool mover_init(struct mover *mover, struct stream *from, struct stream *to,
    const struct mover_config *config);
void mover_release(struct mover *mover);

/* Moves once; `moved` is what has reached the sink. */
enum moved mover_move(struct mover *mover, size_t *moved);

/* Moves no more. What is claimed of a file and not sent is left for others. */
void mover_end(struct mover *mover);

/* A source in batches waits for this much. */
#define MOVER_BATCH_BYTES ((size_t)1024 * 1024)

/*
 * Has the source say that it is ready once it has a batch, or ended, where each
 * wake-up costs more than a move; or else, as usual, once it has a byte.
 */
void mover_set_batches(struct mover *mover, bool in_batches);

/* Returns how much has been taken from the source and not reached the sink. */
size_t mover_waiting(const struct mover *mover);

#endif
