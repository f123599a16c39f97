/* SPDX-License-Identifier: ISC */
/*
 * relay/pump.h: moves bytes from one stream to another.
 *
 * There is a pump for each way of doing so: pump_copy.h, pump_splice.h,
 * pump_discard.h, pump_zerocopy.h. pump_choice.h knows which one is the
 * cheapest for a pair of streams.
 *
 * A pump does a system call or two at a time and never blocks. It keeps what it
 * has taken from its source and not yet handed to its sink, up to the size of
 * one buffer or file range, and hands that over first at the next move.
 *
 * The life of one: a constructor returns it, NULL when out of memory;
 * pump_move() is called until the source has ended or one of the two streams
 * has failed; pump_end() stops it for good; pump_free()
 * frees it at any time. The streams belong to the caller and outlive the pump.
 */
#ifndef RELAY_PUMP_H
#define RELAY_PUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/stream.h"

enum pump_result {
	PUMP_MOVED,
	PUMP_SOURCE_EMPTY,
	PUMP_SOURCE_ENDED,
	PUMP_SOURCE_FAILED, /* with errno */
	PUMP_SINK_FULL,
	PUMP_SINK_FAILED /* with errno */
};

struct pump;

/* What the functions below do for one kind of pump. */
struct pump_ops {
	enum pump_result (*move)(struct pump *pump, size_t *moved);
	size_t (*waiting)(struct pump *pump); /* NULL: it keeps nothing */
	bool (*set_batches)(struct pump *pump, bool in_batches); /* NULL: the
						source has none */
	void (*end)(struct pump *pump); /* NULL: there is nothing to do */
	void (*free)(struct pump *pump);
};

/* The common part of every pump, which embeds it. */
struct pump {
	const struct pump_ops *ops;
	const struct stream *from;
	const struct stream *to;
};

/* Moves once. *moved is the number of bytes that have reached the sink. */
enum pump_result pump_move(struct pump *pump, size_t *moved);

/* Returns how many bytes were taken from the source and not handed over yet. */
size_t pump_waiting(struct pump *pump);

/* A source in batches waits for this many bytes. */
#define PUMP_BATCH_BYTES ((size_t)1024 * 1024)

/*
 * Has the source become readable once it has a batch, or has ended, where each
 * wake-up costs more than a move; or else, as usual, once it has a byte.
 * Returns whether it waits for a batch now.
 */
bool pump_set_batches(struct pump *pump, bool in_batches);

/*
 * No move follows. What is held back for a full segment is sent, and what was
 * reserved of a file and not sent is left to other processes.
 */
void pump_end(struct pump *pump);

/* Ends and frees the pump, which may be NULL. */
void pump_free(struct pump *pump);

/*
 * Return what errno, which stays, means for a source that cannot be read, or a
 * sink that cannot be written.
 */
enum pump_result pump_source_error(void);
enum pump_result pump_sink_error(void);

#endif
