/* SPDX-License-Identifier: ISC */
/*
 * recv(2) with MSG_TRUNC and no buffer.
 */
#ifdef __linux__

#include <sys/types.h>
#include <sys/socket.h>
#include <stdlib.h>

#include "relay/pump_discard.h"
#include "container.h"

/* How much one call may drop. */
#define MOVE_BYTES ((size_t)1024 * 1024)

struct pump_discard {
	struct pump pump;
	bool in_batches;
};

static struct pump_discard *
discard_of(struct pump *pump)
{
	return (container_of(pump, struct pump_discard, pump));
}

static enum pump_result
pump_discard_move(struct pump *pump, size_t *moved)
{
	ssize_t n = recv(
	    pump->from->fd, NULL, MOVE_BYTES, MSG_TRUNC | MSG_DONTWAIT);

	if (n == -1)
		return (pump_source_error());
	*moved = (size_t)n;
	return (n == 0 ? PUMP_SOURCE_ENDED : PUMP_MOVED);
}

static bool
pump_discard_set_batches(struct pump *pump, bool in_batches)
{
	struct pump_discard *discard = discard_of(pump);
	int bytes = in_batches ? (int)PUMP_BATCH_BYTES : 1;

	if (discard->in_batches != in_batches &&
	    setsockopt(pump->from->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes,
		sizeof(bytes)) == 0)
		discard->in_batches = in_batches;
	return (discard->in_batches);
}

static void
pump_discard_free(struct pump *pump)
{
	free(discard_of(pump));
}

static const struct pump_ops pump_discard_ops = {
	.move = pump_discard_move,
	.set_batches = pump_discard_set_batches,
	.free = pump_discard_free,
};

struct pump *
pump_discard_new(const struct stream *socket, const struct stream *null)
{
	struct pump_discard *discard = calloc(1, sizeof(*discard));

	if (discard == NULL)
		return (NULL);
	discard->pump = (struct pump){ &pump_discard_ops, socket, null };
	return (&discard->pump);
}

#endif
