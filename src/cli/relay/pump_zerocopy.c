/* SPDX-License-Identifier: ISC */
/*
 * A file is sent with sendfile(2), in whole segments. A pipe is sent with
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

#include "relay/pump_zerocopy.h"

/* What is asked for at once. */
#define MOVE_BYTES ((size_t)1024 * 1024)
/* A pipe that has less is better copied. */
#define LITTLE_BYTES ((size_t)16 * 1024)

enum pump_result
zerocopy_failed(const struct pump *pump)
{
	if (errno == EPIPE && pump->was_zerocopy)
		errno = ECONNRESET;
	return (SINK_FAILED);
}

/* Goes on with copies. */
static enum pump_result
copy_on(struct pump *pump)
{
	pump_cork(pump, false);
	pump->move = pump_copy;
	return (MOVED);
}

/* Deals with a call that was refused: by the socket, or as such. */
static enum pump_result
refuse(struct pump *pump)
{
	int error = errno;
	bool broken = pump_shows(pump->to->fd, POLLERR | POLLHUP);

	errno = error;
	if (broken)
		return (zerocopy_failed(pump));
	pump->zerocopy = NULL;
	return (copy_on(pump));
}

static enum pump_result
zerocopy_file(struct pump *pump, size_t *moved)
{
	struct file_range *range = &pump->range;
	ssize_t n;

	if (range->count == 0 && !file_range_reserve(range, pump->from->fd))
		return (copy_on(pump));
	pump_cork(pump, true);
	n = sendfile(pump->to->fd, pump->from->fd, &range->next, range->count);
	if (n > 0) {
		pump->was_zerocopy = true;
		range->count -= (size_t)n;
		*moved = (size_t)n;
		return (MOVED);
	}
	if (n == -1 && errno == EAGAIN)
		return (SINK_FULL);
	if (n == -1 && errno == EINTR)
		return (MOVED);
	return (refuse(pump));
}

static enum pump_result
zerocopy_pipe(struct pump *pump, size_t *moved)
{
	ssize_t n = splice(pump->from->fd, NULL, pump->to->fd, NULL, MOVE_BYTES,
	    SPLICE_F_NONBLOCK);
	bool has_room;

	if (n == 0)
		return (SOURCE_ENDED);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return (refuse(pump));
	has_room = n >= (ssize_t)LITTLE_BYTES ||
	    pump_shows(pump->to->fd, POLLOUT);
	if (n == -1)
		return (has_room ? SOURCE_EMPTY : SINK_FULL);
	pump->was_zerocopy = true;
	*moved = (size_t)n;
	if (n < (ssize_t)LITTLE_BYTES && has_room)
		return (copy_on(pump));
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

/* Whether reads of a file go past the page cache: it has no pages there. */
static bool
is_direct(int fd)
{
	return ((fcntl(fd, F_GETFL) & O_DIRECT) != 0);
}

void
zerocopy_init(struct pump *pump, bool zero_copy)
{
	/* Linux 6.5 and 6.6 ignore O_NONBLOCK here: not for long, then. */
	const struct timeval tick = { .tv_usec = 1 };
	const struct stream *from = pump->from;
	int to = pump->to->fd;

	if (from->kind == STREAM_FILE && zero_copy && !is_direct(from->fd))
		pump->zerocopy = zerocopy_file;
	else if (from->kind == STREAM_PIPE && !paces(to))
		pump->zerocopy = zerocopy_pipe;
	if (pump->zerocopy != NULL)
		setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick));
}

void
zerocopy_end(struct pump *pump)
{
	file_range_give_back(&pump->range, pump->from->fd);
	pump_cork(pump, false);
}

#endif
