/* SPDX-License-Identifier: ISC */
/*
 * A file is lent with sendfile(2), in whole segments. A pipe is lent with
 * splice(2), but not for a little: a page goes with each write, however small,
 * and the socket counts the bytes alone, so that memory would have no bound.
 *
 * Nor to a connection that paces itself (BBR): splice(2) also makes segments
 * that are not full, each of which waits for the timer, and copies reach more.
 */
#ifdef __linux__

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "relay_lend.h"

/* What is asked for at once. */
#define MOVE_BYTES ((size_t)1024 * 1024)
/* A pipe that has less is better copied. */
#define LITTLE_BYTES ((size_t)16 * 1024)

enum moved
lend_failed(const struct mover *mover)
{
	if (errno == EPIPE && mover->has_lent)
		errno = ECONNRESET;
	return (SINK_FAILED);
}

/* Goes on with copies. */
static enum moved
copy_on(struct mover *mover)
{
	mover_cork(mover, false);
	mover->move = mover_copy;
	return (MOVED);
}

/* Deals with a loan that was refused: by the socket, or as such. */
static enum moved
refuse(struct mover *mover)
{
	int error = errno;
	bool broken = mover_shows(mover->to->fd, POLLERR | POLLHUP);

	errno = error;
	if (broken)
		return (lend_failed(mover));
	mover->lend = NULL;
	return (copy_on(mover));
}

static enum moved
lend_file(struct mover *mover, size_t *moved)
{
	struct file_claim *claim = &mover->claim;
	ssize_t n;

	if (claim->count == 0 && !file_claim_next(claim, mover->from->fd))
		return (copy_on(mover));
	mover_cork(mover, true);
	n = sendfile(
	    mover->to->fd, mover->from->fd, &claim->next, claim->count);
	if (n > 0) {
		mover->has_lent = true;
		claim->count -= (size_t)n;
		*moved = (size_t)n;
		return (MOVED);
	}
	if (n == -1 && errno == EAGAIN)
		return (SINK_FULL);
	if (n == -1 && errno == EINTR)
		return (MOVED);
	return (refuse(mover));
}

static enum moved
lend_pipe(struct mover *mover, size_t *moved)
{
	ssize_t n = splice(mover->from->fd, NULL, mover->to->fd, NULL,
	    MOVE_BYTES, SPLICE_F_NONBLOCK);
	bool has_room;

	if (n == 0)
		return (SOURCE_ENDED);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return (refuse(mover));
	has_room = n >= (ssize_t)LITTLE_BYTES ||
	    mover_shows(mover->to->fd, POLLOUT);
	if (n == -1)
		return (has_room ? SOURCE_EMPTY : SINK_FULL);
	mover->has_lent = true;
	*moved = (size_t)n;
	if (n < (ssize_t)LITTLE_BYTES && has_room)
		return (copy_on(mover));
	return (MOVED);
}

/* Whether a connection has a timer send what is given to it. */
static bool
paces(int fd)
{
	char name[16] = "";
	socklen_t length = sizeof(name);

	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length);
	return (strncmp(name, "bbr", 3) == 0);
}

/* Whether reads of a file go past the page cache: it has no pages to lend. */
static bool
is_direct(int fd)
{
	return ((fcntl(fd, F_GETFL) & O_DIRECT) != 0);
}

void
lend_init(struct mover *mover, bool zero_copy)
{
	/* Linux 6.5 and 6.6 ignore O_NONBLOCK here: not for long, then. */
	const struct timeval tick = { .tv_usec = 1 };
	const struct stream *from = mover->from;
	int to = mover->to->fd;

	if (from->kind == STREAM_FILE && zero_copy && !is_direct(from->fd))
		mover->lend = lend_file;
	else if (from->kind == STREAM_PIPE && !paces(to))
		mover->lend = lend_pipe;
	if (mover->lend != NULL)
		setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick));
}

void
lend_end(struct mover *mover)
{
	file_claim_give_back(&mover->claim, mover->from->fd);
	mover_cork(mover, false);
}

#endif
