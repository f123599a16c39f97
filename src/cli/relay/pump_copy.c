/* SPDX-License-Identifier: ISC */
/*
 * The ways to move bytes, and which one for which pair. `make bench` decides:
 *
 *	a pipe to the socket     spliced (pump_zerocopy.c), once 64 KiB came at
 *once a file to the socket     likewise, if asked for; or else all else to the
 *socket   read and send, 256 KiB at a time the socket to a pipe     splice(2)
 *	the socket to a file     receive and write, 256 KiB at a time
 *	the socket to /dev/null  dropped in the kernel, without a copy, and in
 *	                         batches: a receiver this quick is woken for
 *	                         each packet, at the sender's cost
 *
 * To a file splice(2) takes the offset first and sets it later: of two
 * processes that share the open file one would overwrite what the other has
 * written. write(2) does both in one step.
 *
 * The pages of a pipe that are spliced leave for the other end, and whoever
 *fills it never gets one back that is in its cache: it is made only so large.
 *The one that leads out may be larger, as its pages are those of the socket.
 */
#ifdef __linux__

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "relay/pump_zerocopy.h"
#include "relay/pump.h"

#define BUFFER_BYTES ((size_t)256 * 1024)
/* A pipe gets its size once it has carried PIPE_GROW_AFTER bytes. */
#define IN_PIPE_BYTES   (256 * 1024)
#define OUT_PIPE_BYTES  (1024 * 1024)
#define PIPE_GROW_AFTER ((size_t)64 * 1024)
/* What is asked for at once where there is no buffer. */
#define MOVE_BYTES ((size_t)1024 * 1024)

/* Where reads begin that go past the page cache. */
#define ALIGNMENT 4096

/* Says what an error of a source means; errno stays. */
static enum pump_result
source_error(void)
{
	bool again = errno == EAGAIN || errno == EINTR;

	return (again ? SOURCE_EMPTY : SOURCE_FAILED);
}

bool
pump_shows(int fd, int events)
{
	struct pollfd entry = { .fd = fd, .events = (short)events };

	return (poll(&entry, 1, 0) == 1 && (entry.revents & events) != 0);
}

/*
 * Whether splice(2) is not to be had: not for this pair, or not at all, where
 * the system is old or a filter of system calls refuses it. The plain way goes
 * on; if the fault was another, it meets it again.
 */
static bool
is_refused(int error)
{
	return (error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
	    error == EPERM || error == EACCES || error == ENOMEM);
}

/*
 * Says what an error between a socket and a pipe means. EPIPE may be a reset
 * that the socket had in store. Or the pipe, which then shows POLLERR, has no
 * reader: that is EPIPE even where there is nothing to write, so a copy is
 * made, which fails only if there is something.
 */
static enum pump_result
splice_error(struct pump *pump)
{
	int error = errno;
	bool full;

	if (error == EAGAIN || error == EINTR) {
		full = !pump_shows(pump->to->fd, POLLOUT);
		return (full ? SINK_FULL : SOURCE_EMPTY);
	}
	if (is_refused(error) ||
	    (error == EPIPE && pump_shows(pump->to->fd, POLLERR))) {
		pump->move = pump_copy;
		return (MOVED);
	}
	errno = error;
	return (SOURCE_FAILED);
}

/*
 * Moves what splice(2) would not. It never gets past urgent data: it says that
 * there is nothing, or that it was all. What a socket has left only recv(2)
 * can tell.
 */
static enum pump_result
pump_rest(struct pump *pump, enum pump_result spliced, size_t *moved)
{
	if (spliced != SOURCE_EMPTY && spliced != SOURCE_ENDED)
		return (spliced);
	return (pump_copy(pump, moved));
}

static enum pump_result
pump_splice(struct pump *pump, size_t *moved)
{
	ssize_t n = splice(pump->from->fd, NULL, pump->to->fd, NULL, MOVE_BYTES,
	    SPLICE_F_NONBLOCK);

	if (n <= 0)
		return (pump_rest(
		    pump, n == 0 ? SOURCE_ENDED : splice_error(pump), moved));
	*moved = (size_t)n;
	return (MOVED);
}

static enum pump_result
pump_discard(struct pump *pump, size_t *moved)
{
	ssize_t n = recv(
	    pump->from->fd, NULL, MOVE_BYTES, MSG_TRUNC | MSG_DONTWAIT);

	if (n == -1)
		return (source_error());
	*moved = (size_t)n;
	return (n == 0 ? SOURCE_ENDED : MOVED);
}

void
pump_cork(struct pump *pump, bool corked)
{
	int value = corked;

	if (pump->corked == corked)
		return;
	pump->corked = corked;
	setsockopt(pump->to->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

/* Reads from the source, or first what is left in the range. */
static ssize_t
read_next(struct pump *pump)
{
	if (pump->range.count > 0)
		return (file_range_read(
		    &pump->range, pump->from->fd, pump->buffer, BUFFER_BYTES));
	return (stream_read(pump->from, pump->buffer, BUFFER_BYTES));
}

/* Fills the buffer with one read. */
static enum pump_result
fill(struct pump *pump)
{
	ssize_t n = read_next(pump);

	if (n == -1)
		return (source_error());
	if (n == 0)
		return (SOURCE_ENDED);
	pump->pending = pump->buffer;
	pump->count = (size_t)n;
	if (pump->zerocopy != NULL && pump->count >= ZEROCOPY_WORTH_BYTES)
		pump->move = pump->zerocopy;
	/* An odd tail would wake the receiver on its own. */
	if (pump->from->kind == STREAM_FILE)
		pump_cork(pump, pump->count == BUFFER_BYTES);
	if (pump->expanded != NULL) {
		pump->count = crlf_expand(
		    &pump->crlf, pump->buffer, pump->count, pump->expanded);
		pump->pending = pump->expanded;
	}
	return (MOVED);
}

enum pump_result
pump_copy(struct pump *pump, size_t *moved)
{
	enum pump_result filled = pump->count > 0 ? MOVED : fill(pump);
	ssize_t n;

	if (filled != MOVED)
		return (filled);
	n = stream_write(pump->to, pump->pending, pump->count);
	if (n == -1)
		return (errno == EAGAIN ? SINK_FULL : zerocopy_failed(pump));
	pump->pending += n;
	pump->count -= (size_t)n;
	*moved = (size_t)n;
	return (MOVED);
}

/* Enlarges the pipe of a pump that has shown to carry much. */
static void
enlarge_pipe(struct pump *pump, size_t moved)
{
	if (pump->pipe == NULL)
		return;
	pump->total += moved;
	if (pump->total < PIPE_GROW_AFTER)
		return;
	stream_enlarge(pump->pipe, pump->pipe_bytes);
	pump->pipe = NULL;
}

enum pump_result
pump_move(struct pump *pump, size_t *moved)
{
	enum pump_result result;

	*moved = 0;
	/* What was read goes first. */
	result = pump->count > 0 ? pump_copy(pump, moved)
				 : pump->move(pump, moved);
	if (*moved > 0)
		enlarge_pipe(pump, *moved);
	return (result);
}

void
pump_set_batches(struct pump *pump, bool in_batches)
{
	int bytes = in_batches ? (int)PUMP_BATCH_BYTES : 1;

	if (pump->move == pump_discard && pump->in_batches != in_batches &&
	    setsockopt(pump->from->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes,
		sizeof(bytes)) == 0)
		pump->in_batches = in_batches;
}

void
pump_end(struct pump *pump)
{
	zerocopy_end(pump);
}

size_t
pump_waiting(const struct pump *pump)
{
	return (pump->count);
}

static pump_fn *
choose_move(struct pump *pump, bool zero_copy)
{
	const struct stream *to = pump->to;

	if (pump->from->kind != STREAM_SOCKET) {
		zerocopy_init(pump, zero_copy);
		return (pump_copy);
	}
	if (to->kind == STREAM_PIPE)
		return (pump_splice);
	if (stream_discards(to))
		return (pump_discard);
	return (pump_copy);
}

/* Finds the pipe that is worth to be enlarged. */
static void
choose_pipe(struct pump *pump, struct stream *from, struct stream *to)
{
	if (to->kind == STREAM_PIPE) {
		pump->pipe = to;
		pump->pipe_bytes = OUT_PIPE_BYTES;
	} else if (from->kind == STREAM_PIPE) {
		pump->pipe = from;
		pump->pipe_bytes = IN_PIPE_BYTES;
	}
}

bool
pump_init(struct pump *pump, struct stream *from, struct stream *to,
    const struct pump_config *config)
{
	*pump = (struct pump){
		.from = from,
		.to = to,
	};
	pump->move = config->crlf ? pump_copy
				  : choose_move(pump, config->zero_copy);
	choose_pipe(pump, from, to);
	pump->buffer = aligned_alloc(ALIGNMENT, BUFFER_BYTES);
	if (pump->buffer == NULL || !config->crlf)
		return (pump->buffer != NULL);
	pump->expanded = malloc(2 * BUFFER_BYTES);
	return (pump->expanded != NULL);
}

void
pump_release(struct pump *pump)
{
	if (pump->move == NULL)
		return;
	zerocopy_end(pump);
	free(pump->buffer);
	free(pump->expanded);
}

#endif
