/* SPDX-License-Identifier: ISC */
/*
 * splice(2) as long as the kernel has it, and copies where it stops short.
 */
#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "relay/pump_copy.h"
#include "relay/pump_splice.h"
#include "container.h"

/* How much one call may move. */
#define MOVE_BYTES ((size_t)1024 * 1024)

struct pump_splice {
	struct pump pump;
	struct pump *copy; /* moves what splice(2) does not */
	bool refused;      /* from now on the copy moves everything */
};

static struct pump_splice *
splice_of(struct pump *pump)
{
	return (container_of(pump, struct pump_splice, pump));
}

/*
 * Returns whether splice(2) cannot be used: not for this pair, or not at all,
 * where the system is old or a filter of system calls refuses it. The copy goes
 * on; if the error had another cause, it meets that error again.
 */
static bool
is_refusal(int error)
{
	return (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
	    error == EPERM || error == EACCES || error == ENOMEM);
}

/*
 * Returns what errno means between a socket and a pipe. EPIPE may be a reset
 * that the socket had pending. Or the pipe, which shows POLLERR then, has no
 * reader: that is EPIPE even where there is nothing to write, so a copy is
 * made, which fails only if there is something.
 */
static enum pump_result
splice_error(struct pump_splice *self)
{
	const struct stream *to = self->pump.to;
	int error = errno;

	if (error == EAGAIN || error == EINTR)
		return (stream_shows(to, POLLOUT) ? PUMP_SOURCE_EMPTY
						  : PUMP_SINK_FULL);
	if (is_refusal(error) ||
	    (error == EPIPE && stream_shows(to, POLLERR))) {
		self->refused = true;
		return (PUMP_MOVED);
	}
	errno = error;
	return (PUMP_SOURCE_FAILED);
}

/*
 * splice(2) never gets past urgent data: it reports that there is nothing, or
 * that the source has ended. Only recv(2) knows what a socket has left.
 */
static enum pump_result
pump_splice_move(struct pump *pump, size_t *moved)
{
	struct pump_splice *self = splice_of(pump);
	enum pump_result result = PUMP_SOURCE_ENDED;
	ssize_t n;

	if (self->refused || pump_waiting(self->copy) > 0)
		return (pump_move(self->copy, moved));
	n = splice(pump->from->fd, NULL, pump->to->fd, NULL, MOVE_BYTES,
	    SPLICE_F_NONBLOCK);
	if (n > 0) {
		*moved = (size_t)n;
		return (PUMP_MOVED);
	}
	if (n == -1)
		result = splice_error(self);
	if (result == PUMP_SOURCE_EMPTY || result == PUMP_SOURCE_ENDED)
		result = pump_move(self->copy, moved);
	return (result);
}

static size_t
pump_splice_waiting(struct pump *pump)
{
	return (pump_waiting(splice_of(pump)->copy));
}

static void
pump_splice_free(struct pump *pump)
{
	struct pump_splice *self = splice_of(pump);

	pump_free(self->copy);
	free(self);
}

static const struct pump_ops pump_splice_ops = {
	.move = pump_splice_move,
	.waiting = pump_splice_waiting,
	.free = pump_splice_free,
};

struct pump *
pump_splice_new(const struct stream *socket, const struct stream *pipe)
{
	struct pump_splice *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->pump = (struct pump){ &pump_splice_ops, socket, pipe };
	self->copy = pump_copy_new(socket, pipe, false);
	if (self->copy != NULL)
		return (&self->pump);
	free(self);
	return (NULL);
}

#endif
