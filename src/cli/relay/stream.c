/* SPDX-License-Identifier: ISC */
/*
 * Standard streams: one way to read and write for each kind.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "descriptor.h"
#include "relay/hangup.h"
#include "relay/stream.h"
#include "relay/tls_stream.h"

#define NULL_DEVICE "/dev/null"

/* A system without them refuses such commands of fcntl(2). */
#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ -1
#define F_GETPIPE_SZ -1
#endif

/*
 * Whether the event loop can poll this device; /dev/null it cannot. Where that
 * is not known, it cannot: a read that blocks is better than one that is never
 * made.
 */
static bool
is_pollable(int fd)
{
	int watch = hangup_open(fd);

	if (watch != -1)
		close(watch);
	return (watch != -1);
}

static enum stream_kind
kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == -1)
		return (STREAM_FILE);
	if (S_ISFIFO(status.st_mode))
		return (STREAM_PIPE);
	if (S_ISSOCK(status.st_mode))
		return (STREAM_SOCKET);
	if (!S_ISCHR(status.st_mode))
		return (STREAM_FILE);
	/* Calls on a terminal that is hung up fail with EIO. */
	errno = 0;
	if (isatty(fd) || errno == EIO)
		return (STREAM_TERMINAL);
	return (is_pollable(fd) ? STREAM_DEVICE : STREAM_SINK);
}

/* Opens the same pipe or terminal again; -1 where that is not permitted. */
static int
reopen(int fd, enum stream_direction direction)
{
	char path[64];
	int flags = direction == STREAM_IN ? O_RDONLY : O_WRONLY;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

void
stream_open(
    struct stream *stream, int inherited, enum stream_direction direction)
{
	int fd = -1;

	stream->kind = kind_of(inherited);
	stream->inherited = inherited;
	stream->pipe_bytes_before = 0;
	stream->tls = NULL;
	if (stream->kind == STREAM_PIPE || stream->kind == STREAM_TERMINAL)
		fd = reopen(inherited, direction);
	stream->own = fd != -1;
	stream->fd = stream->own ? fd : inherited;
	if (direction == STREAM_OUT) {
		stream->null = open(NULL_DEVICE, O_RDWR | O_CLOEXEC);
		stream->has_null = stream->null != -1;
	}
}

void
stream_of_socket(struct stream *stream, int fd, struct tls_stream *tls)
{
	*stream = (struct stream){
		.kind = STREAM_SOCKET,
		.inherited = -1,
		.fd = fd,
		.tls = tls,
	};
}

bool
stream_open_sink(struct stream *stream)
{
	*stream = (struct stream){
		.kind = STREAM_SINK,
		.inherited = -1,
		.fd = open(NULL_DEVICE, O_WRONLY | O_CLOEXEC),
	};
	stream->own = stream->fd != -1;
	return (stream->own);
}

void
stream_enlarge(struct stream *stream, int bytes)
{
	int before = fcntl(stream->fd, F_GETPIPE_SZ);
	int now;

	if (before <= 0 || before >= bytes)
		return;
	now = fcntl(stream->fd, F_SETPIPE_SZ, bytes);
	if (now == -1)
		return;
	stream->pipe_bytes = now;
	stream->pipe_bytes_before = before;
}

/* Puts the size of an enlarged pipe back. */
static void
restore_pipe(struct stream *stream)
{
	if (stream->pipe_bytes_before > 0 &&
	    fcntl(stream->fd, F_GETPIPE_SZ) == stream->pipe_bytes)
		fcntl(stream->fd, F_SETPIPE_SZ, stream->pipe_bytes_before);
	stream->pipe_bytes_before = 0;
}

/* Closes the description of our own, if any; the stream is at its end. */
static void
close_own(struct stream *stream)
{
	restore_pipe(stream);
	if (stream->own)
		close(stream->fd);
	stream->own = false;
	stream->fd = stream->inherited;
}

void
stream_release(struct stream *stream)
{
	close_own(stream);
	if (stream->has_null)
		close(stream->null);
	stream->has_null = false;
}

/* Which of 0, 1 and 2 were closed at the start. */
static bool missing[3];

int
stream_open_missing(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		missing[fd] = fcntl(fd, F_GETFD) == -1 && errno == EBADF;
		/* The lowest free descriptor is the one that is missing. */
		if (missing[fd] && open(NULL_DEVICE, O_RDWR) == -1)
			return (-1);
	}
	return (0);
}

bool
stream_was_missing(int fd)
{
	return (fd >= 0 && fd <= 2 && missing[fd]);
}

bool
stream_is_always_ready(const struct stream *stream)
{
	return (stream->kind == STREAM_FILE || stream->kind == STREAM_SINK);
}

int
stream_watched(const struct stream *stream)
{
	return (stream->inherited != -1 ? stream->inherited : stream->fd);
}

bool
stream_discards(const struct stream *stream)
{
	struct stat status, null;

	return (stream->kind == STREAM_SINK &&
	    fstat(stream->fd, &status) == 0 && stat(NULL_DEVICE, &null) == 0 &&
	    status.st_rdev == null.st_rdev);
}

bool
stream_is_in_background(const struct stream *stream)
{
	return (stream->kind == STREAM_TERMINAL &&
	    descriptor_is_in_background(stream->inherited));
}

bool
stream_shows(const struct stream *stream, short events)
{
	struct pollfd entry = { .fd = stream->fd, .events = events };

	return (poll(&entry, 1, 0) == 1 && (entry.revents & events) != 0);
}

size_t
stream_received(const struct stream *stream)
{
	int count = 0;

	if (ioctl(stream->fd, FIONREAD, &count) == -1 || count < 0)
		return (0);
	return ((size_t)count);
}

/* Whether a call would not block now, as far as poll(2) can tell. */
static bool
is_ready(const struct stream *stream, short events)
{
	struct pollfd entry = { .fd = stream->fd, .events = events };

	if (stream->own || stream_is_always_ready(stream))
		return (true);
	switch (poll(&entry, 1, 0)) {
	case 1:
		return (true);
	case 0:
		errno = EAGAIN;
		break;
	default: /* not known; later it is, if the call was interrupted */
		if (errno == EINTR)
			errno = EAGAIN;
		break;
	}
	return (false);
}

/*
 * Whether a terminal has lost its other side. For a moment reading it fails
 * with EIO, before it shows the end.
 */
static bool
has_hung_up(const struct stream *stream)
{
	return (
	    stream->kind == STREAM_TERMINAL && stream_shows(stream, POLLHUP));
}

/*
 * Whether a call is to be made again at once: on some file systems a call on a
 * file can be interrupted, and no event would follow. Elsewhere one does, and
 * the call might block now.
 */
static bool
is_interrupted(const struct stream *stream, ssize_t n)
{
	return (n == -1 && errno == EINTR && stream_is_always_ready(stream));
}

static ssize_t
read_some(const struct stream *stream, void *bytes, size_t size)
{
	ssize_t n;

	if (stream->tls != NULL)
		return (stream->tls->ops->read(stream->tls, bytes, size));
	if (stream->kind == STREAM_SOCKET) {
		n = recv(stream->fd, bytes, size, MSG_DONTWAIT);
	} else {
		if (!is_ready(stream, POLLIN))
			return (-1);
		do
			n = read(stream->fd, bytes, size);
		while (is_interrupted(stream, n));
		if (n == -1 && errno == EIO && has_hung_up(stream))
			return (0);
		/* nohup(1) replaces a terminal by what cannot be read. */
		if (n == -1 && errno == EBADF)
			return (0);
	}
	if (n == -1 && (errno == EINTR || errno == EWOULDBLOCK))
		errno = EAGAIN;
	return (n);
}

static ssize_t
write_some(const struct stream *stream, const void *bytes, size_t size)
{
	ssize_t n;

	if (stream->tls != NULL)
		return (stream->tls->ops->write(stream->tls, bytes, size));
	if (stream->kind == STREAM_SOCKET) {
		n = send(stream->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		if (!is_ready(stream, POLLOUT))
			return (-1);
		/* poll(2) promises this much room, and no more. */
		if (!stream->own && !stream_is_always_ready(stream) &&
		    size > PIPE_BUF)
			size = PIPE_BUF;
		do
			n = write(stream->fd, bytes, size);
		while (is_interrupted(stream, n));
	}
	if (n == -1 && (errno == EINTR || errno == EWOULDBLOCK))
		errno = EAGAIN;
	return (n);
}

bool
stream_is_held(const struct stream *stream)
{
	return (
	    stream->tap != NULL && stream->tap->ops->is_behind(stream->tap));
}

/* Returns how much of `size` bytes may pass at once. */
static size_t
limited(const struct stream *stream, size_t size)
{
	return (stream->tap != NULL && size > STREAM_TAP_BYTES
		? STREAM_TAP_BYTES
		: size);
}

ssize_t
stream_read(const struct stream *stream, void *bytes, size_t size)
{
	ssize_t n = read_some(stream, bytes, limited(stream, size));

	if (n > 0 && stream->tap != NULL)
		stream->tap->ops->received(stream->tap, bytes, (size_t)n);
	return (n);
}

ssize_t
stream_write(const struct stream *stream, const void *bytes, size_t size)
{
	ssize_t n = write_some(stream, bytes, limited(stream, size));

	if (n > 0 && stream->tap != NULL)
		stream->tap->ops->sent(stream->tap, bytes, (size_t)n);
	return (n);
}

int
stream_flush(const struct stream *stream)
{
	return (stream->tls == NULL ? 0 : stream->tls->ops->flush(stream->tls));
}

bool
stream_has_unread(const struct stream *stream)
{
	return (
	    stream->tls != NULL && stream->tls->ops->has_unread(stream->tls));
}

bool
stream_is_same_socket(const struct stream *a, const struct stream *b)
{
	struct stat left, right;

	return (a->kind == STREAM_SOCKET && b->kind == STREAM_SOCKET &&
	    fstat(a->inherited, &left) == 0 &&
	    fstat(b->inherited, &right) == 0 && left.st_dev == right.st_dev &&
	    left.st_ino == right.st_ino);
}

/* Closes a copy, since what is left to be written may fail only then. */
static int
close_error(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	/* One that was interrupted is closed; it is not closed again. */
	return (copy != -1 && close(copy) == -1 && errno != EINTR ? errno : 0);
}

int
stream_end(struct stream *stream)
{
	int error = 0;

	close_own(stream);
	if (stream->inherited != -1) {
		error = close_error(stream->inherited);
		/* At once: a lookup's thread may open something, too. */
		if (!stream->has_null ||
		    dup2(stream->null, stream->inherited) == -1)
			/* Out of descriptors; the reader has to see EOF. */
			close(stream->inherited);
	}
	stream_release(stream);
	return (error);
}
