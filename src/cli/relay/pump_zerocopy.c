/* SPDX-License-Identifier: ISC */
/*
 * A file is sent with sendfile(2), in full segments. A pipe is sent with
 * splice(2), but not in small pieces: a page goes with each write, however
 * short, and the socket counts the bytes alone, so that memory would have no
 * bound.
 *
 * Nor is a pipe spliced to a connection that paces itself (BBR): splice(2) also
 * makes segments that are not full, each of which waits for the timer, and
 * copies are faster.
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
#include <stdlib.h>
#include <string.h>

#include "relay/file_range.h"
#include "relay/pump_copy.h"
#include "relay/pump_zerocopy.h"
#include "container.h"

/* How much one call may move. */
#define MOVE_BYTES ((size_t)1024 * 1024)
/* A read of this much shows that pages are worth it. */
#define WORTH_BYTES ((size_t)64 * 1024)
/* A pipe that has less is better copied. */
#define LITTLE_BYTES ((size_t)16 * 1024)

enum zerocopy_state {
	ZEROCOPY_COPYING, /* until a read is large */
	ZEROCOPY_SENDING, /* pages */
	ZEROCOPY_REFUSED  /* by the kernel: copying to the end */
};

struct pump_zerocopy {
	struct pump pump;
	struct pump *copy;
	enum pump_result (*send)(struct pump_zerocopy *zerocopy, size_t *moved);
	enum zerocopy_state state;
	struct file_range range; /* what is sent next of a file */
	bool has_sent;           /* pages, at least once */
};

static struct pump_zerocopy *
zerocopy_of(struct pump *pump)
{
	return (container_of(pump, struct pump_zerocopy, pump));
}

/*
 * Returns that the sink has failed. EPIPE is a reset then: sendfile(2) and
 * splice(2) swallow the first error of a socket when it comes midway.
 */
static enum pump_result
sink_failed(const struct pump_zerocopy *zerocopy)
{
	if (errno == EPIPE && zerocopy->has_sent)
		errno = ECONNRESET;
	return (PUMP_SINK_FAILED);
}

/* Goes on with copies, until a read is large or to the end. */
static enum pump_result
copy_on(struct pump_zerocopy *zerocopy, enum zerocopy_state state)
{
	pump_copy_cork(zerocopy->copy, false);
	zerocopy->state = state;
	return (PUMP_MOVED);
}

/*
 * Deals with a call that failed: by the fault of the socket, or because it is
 * not permitted. What is reserved of the file is copied first then.
 */
static enum pump_result
refuse(struct pump_zerocopy *zerocopy)
{
	int error = errno;
	bool broken = stream_shows(zerocopy->pump.to, POLLERR | POLLHUP);

	errno = error;
	if (broken)
		return (sink_failed(zerocopy));
	pump_copy_read_first(zerocopy->copy, &zerocopy->range);
	zerocopy->range.count = 0;
	return (copy_on(zerocopy, ZEROCOPY_REFUSED));
}

static enum pump_result
send_file(struct pump_zerocopy *zerocopy, size_t *moved)
{
	struct file_range *range = &zerocopy->range;
	int from = zerocopy->pump.from->fd;
	ssize_t n;

	if (range->count == 0 && !file_range_reserve(range, from))
		return (copy_on(zerocopy, ZEROCOPY_COPYING));
	pump_copy_cork(zerocopy->copy, true);
	n = sendfile(zerocopy->pump.to->fd, from, &range->next, range->count);
	if (n > 0) {
		zerocopy->has_sent = true;
		range->count -= (size_t)n;
		*moved = (size_t)n;
		return (PUMP_MOVED);
	}
	if (n == -1 && errno == EAGAIN)
		return (PUMP_SINK_FULL);
	if (n == -1 && errno == EINTR)
		return (PUMP_MOVED);
	return (refuse(zerocopy));
}

static enum pump_result
send_pipe(struct pump_zerocopy *zerocopy, size_t *moved)
{
	const struct stream *to = zerocopy->pump.to;
	ssize_t n = splice(zerocopy->pump.from->fd, NULL, to->fd, NULL,
	    MOVE_BYTES, SPLICE_F_NONBLOCK);
	bool has_room;

	if (n == 0)
		return (PUMP_SOURCE_ENDED);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return (refuse(zerocopy));
	has_room = n >= (ssize_t)LITTLE_BYTES || stream_shows(to, POLLOUT);
	if (n == -1)
		return (has_room ? PUMP_SOURCE_EMPTY : PUMP_SINK_FULL);
	zerocopy->has_sent = true;
	*moved = (size_t)n;
	if (n < (ssize_t)LITTLE_BYTES && has_room)
		return (copy_on(zerocopy, ZEROCOPY_COPYING));
	return (PUMP_MOVED);
}

static enum pump_result
pump_zerocopy_move(struct pump *pump, size_t *moved)
{
	struct pump_zerocopy *zerocopy = zerocopy_of(pump);
	enum pump_result result;

	if (zerocopy->state == ZEROCOPY_SENDING &&
	    pump_waiting(zerocopy->copy) == 0)
		return (zerocopy->send(zerocopy, moved));
	result = pump_move(zerocopy->copy, moved);
	if (zerocopy->state == ZEROCOPY_COPYING &&
	    pump_copy_read_size(zerocopy->copy) >= WORTH_BYTES)
		zerocopy->state = ZEROCOPY_SENDING;
	return (result == PUMP_SINK_FAILED ? sink_failed(zerocopy) : result);
}

static size_t
pump_zerocopy_waiting(struct pump *pump)
{
	return (pump_waiting(zerocopy_of(pump)->copy));
}

static void
pump_zerocopy_end(struct pump *pump)
{
	struct pump_zerocopy *zerocopy = zerocopy_of(pump);

	file_range_release(&zerocopy->range, pump->from->fd);
	pump_end(zerocopy->copy);
}

static void
pump_zerocopy_free(struct pump *pump)
{
	struct pump_zerocopy *zerocopy = zerocopy_of(pump);

	pump_free(zerocopy->copy);
	free(zerocopy);
}

static const struct pump_ops pump_zerocopy_ops = {
	.move = pump_zerocopy_move,
	.waiting = pump_zerocopy_waiting,
	.end = pump_zerocopy_end,
	.free = pump_zerocopy_free,
};

/* Whether a connection sends by a timer. */
static bool
paces(int fd)
{
	char name[16] = "";
	socklen_t length = sizeof(name);

	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length);
	return (strncmp(name, "bbr", 3) == 0);
}

/* Whether reads of a file bypass the page cache: it has no pages there. */
static bool
is_direct(int fd)
{
	return ((fcntl(fd, F_GETFL) & O_DIRECT) != 0);
}

bool
pump_zerocopy_suits(const struct stream *from, const struct stream *to)
{
	if (from->kind == STREAM_FILE)
		return (!is_direct(from->fd));
	return (from->kind == STREAM_PIPE && !paces(to->fd));
}

struct pump *
pump_zerocopy_new(const struct stream *from, const struct stream *to)
{
	/* Linux 6.5 and 6.6 ignore O_NONBLOCK here: not for long, then. */
	const struct timeval tick = { .tv_usec = 1 };
	struct pump_zerocopy *zerocopy = calloc(1, sizeof(*zerocopy));

	if (zerocopy == NULL)
		return (NULL);
	zerocopy->pump = (struct pump){ &pump_zerocopy_ops, from, to };
	zerocopy->send = from->kind == STREAM_FILE ? send_file : send_pipe;
	zerocopy->copy = pump_copy_new(from, to, false);
	if (zerocopy->copy == NULL) {
		free(zerocopy);
		return (NULL);
	}
	setsockopt(to->fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick));
	return (&zerocopy->pump);
}

#endif
