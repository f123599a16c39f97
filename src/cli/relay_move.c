/* SPDX-License-Identifier: ISC */
/*
 * The ways to move bytes, and which one for which pair. `make bench` decides:
 *
 *	a pipe to the socket     lent (relay_lend.c), once 64 KiB came at once
 *	a file to the socket     likewise, if asked for; or else
 *	all else to the socket   read and send, 256 KiB at a time
 *	the socket to a pipe     splice(2)
 *	the socket to a file     receive and write, 256 KiB at a time
 *	the socket to /dev/null  dropped in the kernel, without a copy, and in
 *	                         batches: a receiver this quick is woken for
 *	                         each packet, at the sender's cost
 *
 * To a file splice(2) takes the offset first and sets it later: of two
 * processes that share the open file one would overwrite what the other has
 * written. write(2) does both in one step.
 *
 * The pages of a pipe that are lent leave for the other end, and whoever fills
 * it never gets one back that is in its cache: it is made only so large. The
 * one that leads out may be larger, as its pages are those of the socket.
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

#include "relay_lend.h"
#include "relay_move.h"

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
static enum moved
source_error(void)
{
	bool again = errno == EAGAIN || errno == EINTR;

	return (again ? SOURCE_EMPTY : SOURCE_FAILED);
}

bool
mover_shows(int fd, int events)
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
static enum moved
splice_error(struct mover *mover)
{
	int error = errno;
	bool full;

	if (error == EAGAIN || error == EINTR) {
		full = !mover_shows(mover->to->fd, POLLOUT);
		return (full ? SINK_FULL : SOURCE_EMPTY);
	}
	if (is_refused(error) ||
	    (error == EPIPE && mover_shows(mover->to->fd, POLLERR))) {
		mover->move = mover_copy;
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
static enum moved
move_rest(struct mover *mover, enum moved spliced, size_t *moved)
{
	if (spliced != SOURCE_EMPTY && spliced != SOURCE_ENDED)
		return (spliced);
	return (mover_copy(mover, moved));
}

static enum moved
move_spliced(struct mover *mover, size_t *moved)
{
	ssize_t n = splice(mover->from->fd, NULL, mover->to->fd, NULL,
	    MOVE_BYTES, SPLICE_F_NONBLOCK);

	if (n <= 0)
		return (move_rest(
		    mover, n == 0 ? SOURCE_ENDED : splice_error(mover), moved));
	*moved = (size_t)n;
	return (MOVED);
}

static enum moved
move_nowhere(struct mover *mover, size_t *moved)
{
	ssize_t n = recv(
	    mover->from->fd, NULL, MOVE_BYTES, MSG_TRUNC | MSG_DONTWAIT);

	if (n == -1)
		return (source_error());
	*moved = (size_t)n;
	return (n == 0 ? SOURCE_ENDED : MOVED);
}

void
mover_cork(struct mover *mover, bool corked)
{
	int value = corked;

	if (mover->corked == corked)
		return;
	mover->corked = corked;
	setsockopt(mover->to->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

/* Reads from the source, or first what is left in the claim. */
static ssize_t
read_next(struct mover *mover)
{
	if (mover->claim.count > 0)
		return (file_claim_read(&mover->claim, mover->from->fd,
		    mover->buffer, BUFFER_BYTES));
	return (stream_read(mover->from, mover->buffer, BUFFER_BYTES));
}

/* Fills the buffer with one read. */
static enum moved
fill(struct mover *mover)
{
	ssize_t n = read_next(mover);

	if (n == -1)
		return (source_error());
	if (n == 0)
		return (SOURCE_ENDED);
	mover->pending = mover->buffer;
	mover->count = (size_t)n;
	if (mover->lend != NULL && mover->count >= LEND_WORTH_BYTES)
		mover->move = mover->lend;
	/* An odd tail would wake the receiver on its own. */
	if (mover->from->kind == STREAM_FILE)
		mover_cork(mover, mover->count == BUFFER_BYTES);
	if (mover->expanded != NULL) {
		mover->count = crlf_expand(
		    &mover->crlf, mover->buffer, mover->count, mover->expanded);
		mover->pending = mover->expanded;
	}
	return (MOVED);
}

enum moved
mover_copy(struct mover *mover, size_t *moved)
{
	enum moved filled = mover->count > 0 ? MOVED : fill(mover);
	ssize_t n;

	if (filled != MOVED)
		return (filled);
	n = stream_write(mover->to, mover->pending, mover->count);
	if (n == -1)
		return (errno == EAGAIN ? SINK_FULL : lend_failed(mover));
	mover->pending += n;
	mover->count -= (size_t)n;
	*moved = (size_t)n;
	return (MOVED);
}

/* Enlarges the pipe of a mover that has shown to carry much. */
static void
enlarge_pipe(struct mover *mover, size_t moved)
{
	if (mover->pipe == NULL)
		return;
	mover->total += moved;
	if (mover->total < PIPE_GROW_AFTER)
		return;
	stream_enlarge(mover->pipe, mover->pipe_bytes);
	mover->pipe = NULL;
}

enum moved
mover_move(struct mover *mover, size_t *moved)
{
	enum moved result;

	*moved = 0;
	/* What was read goes first. */
	result = mover->count > 0 ? mover_copy(mover, moved)
				  : mover->move(mover, moved);
	if (*moved > 0)
		enlarge_pipe(mover, *moved);
	return (result);
}

void
mover_set_batches(struct mover *mover, bool in_batches)
{
	int bytes = in_batches ? (int)MOVER_BATCH_BYTES : 1;

	if (mover->move == move_nowhere && mover->in_batches != in_batches &&
	    setsockopt(mover->from->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes,
		sizeof(bytes)) == 0)
		mover->in_batches = in_batches;
}

void
mover_end(struct mover *mover)
{
	lend_end(mover);
}

size_t
mover_waiting(const struct mover *mover)
{
	return (mover->count);
}

static mover_fn *
choose_move(struct mover *mover, bool zero_copy)
{
	const struct stream *to = mover->to;

	if (mover->from->kind != STREAM_SOCKET) {
		lend_init(mover, zero_copy);
		return (mover_copy);
	}
	if (to->kind == STREAM_PIPE)
		return (move_spliced);
	if (stream_discards(to))
		return (move_nowhere);
	return (mover_copy);
}

/* Finds the pipe that is worth to be enlarged. */
static void
choose_pipe(struct mover *mover, struct stream *from, struct stream *to)
{
	if (to->kind == STREAM_PIPE) {
		mover->pipe = to;
		mover->pipe_bytes = OUT_PIPE_BYTES;
	} else if (from->kind == STREAM_PIPE) {
		mover->pipe = from;
		mover->pipe_bytes = IN_PIPE_BYTES;
	}
}

bool
mover_init(struct mover *mover, struct stream *from, struct stream *to,
    const struct mover_config *config)
{
	*mover = (struct mover){
		.from = from,
		.to = to,
	};
	mover->move = config->crlf ? mover_copy
				   : choose_move(mover, config->zero_copy);
	choose_pipe(mover, from, to);
	mover->buffer = aligned_alloc(ALIGNMENT, BUFFER_BYTES);
	if (mover->buffer == NULL || !config->crlf)
		return (mover->buffer != NULL);
	mover->expanded = malloc(2 * BUFFER_BYTES);
	return (mover->expanded != NULL);
}

void
mover_release(struct mover *mover)
{
	if (mover->move == NULL)
		return;
	lend_end(mover);
	free(mover->buffer);
	free(mover->expanded);
}

#endif
