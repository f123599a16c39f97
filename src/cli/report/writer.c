/* SPDX-License-Identifier: ISC */
/*
 * A FILE whose bytes go to a stream that never blocks, or into a buffer.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "report/writer.h"

/* Bytes of the line about dropped bytes. */
#define NOTE_BYTES 96

/* Writes without blocking. Returns the number of bytes; 0 on errors too. */
static size_t
writer_write_some(struct writer *writer, const char *bytes, size_t size)
{
	ssize_t n;

	if (writer->state == WRITER_UNUSED) {
		stream_open(&writer->stream, writer->fd, STREAM_OUT);
		writer->state = WRITER_OPEN;
	}
	n = stream_write(&writer->stream, bytes, size);
	if (n >= 0)
		return ((size_t)n);
	if (errno != EAGAIN && writer->error == 0)
		writer->error = errno;
	return (0);
}

/* Returns whether the descriptor may still take bytes. */
static bool
is_writable(const struct writer *writer)
{
	return (writer->error == 0 || writer->error == ETIMEDOUT);
}

/* Writes kept bytes without blocking. Returns whether some were written. */
static bool
writer_write_kept(struct writer *writer)
{
	size_t before = writer->count, n;

	while (writer->count > 0) {
		n = writer_write_some(
		    writer, writer->kept + writer->start, writer->count);
		if (n == 0)
			break;
		writer->start += n;
		writer->count -= n;
	}
	if (writer->count == 0)
		writer->start = 0;
	return (writer->count < before);
}

/* Returns the timeout of poll(2) for a duration, rounded up. */
static int
poll_timeout(monotime_t rest)
{
	monotime_t ms = (rest + MONOTIME_PER_MS - 1) / MONOTIME_PER_MS;

	return (ms > INT_MAX ? INT_MAX : (int)ms);
}

/* Waits for room, for the patience at most. Returns whether there is some. */
static bool
writer_wait(struct writer *writer)
{
	struct pollfd entry = {
		.fd = writer->stream.fd,
		.events = POLLOUT,
	};
	monotime_t end = clock_after(clock_now(), writer->patience), rest;
	int result;

	if (writer->state == WRITER_EXPIRED || writer->patience == 0)
		return (false);
	do {
		rest = end == MONOTIME_NEVER ? MONOTIME_NEVER
					     : end - clock_now();
		if (rest <= 0)
			break;
		result = poll(&entry, 1,
		    rest == MONOTIME_NEVER ? -1 : poll_timeout(rest));
		if (result == 1)
			return (true);
	} while (result == 0 || errno == EINTR);
	writer->state = WRITER_EXPIRED;
	return (false);
}

/* Writes all kept bytes, waiting for the patience at most. */
static void
writer_drain(struct writer *writer)
{
	writer_write_kept(writer);
	while (writer->count > 0 && is_writable(writer) && writer_wait(writer))
		writer_write_kept(writer);
}

/* Keeps bytes; false: there is no room for all of them. */
static bool
writer_keep(struct writer *writer, const char *bytes, size_t size)
{
	if (size > WRITER_KEEP_BYTES - writer->count)
		return (false);
	memmove(writer->kept, writer->kept + writer->start, writer->count);
	writer->start = 0;
	memcpy(writer->kept + writer->count, bytes, size);
	writer->count += size;
	return (true);
}

/* Reports the dropped bytes to a reader that reads again. */
static void
writer_report_dropped(struct writer *writer)
{
	char note[NOTE_BYTES];
	int length;

	if (writer->dropped == 0 || writer->count > 0)
		return;
	length = snprintf(note, sizeof(note),
	    "hecat: %" PRIu64 " bytes of messages were dropped: not read\n",
	    writer->dropped);
	if (length > 0 && writer_keep(writer, note, (size_t)length))
		writer->dropped = 0;
}

/* Writes, keeps or drops `size` bytes. */
static void
writer_put(struct writer *writer, const char *bytes, size_t size)
{
	size_t n;

	if (writer->count > 0 && writer_write_kept(writer))
		writer_report_dropped(writer);
	if (writer->count == 0) {
		n = writer_write_some(writer, bytes, size);
		bytes += n;
		size -= n;
	}
	if (size == 0 || !is_writable(writer) ||
	    writer_keep(writer, bytes, size))
		return;
	writer_drain(writer);
	if (writer_keep(writer, bytes, size) || !is_writable(writer))
		return;
	writer->dropped += size;
	if (writer->patience > 0)
		writer->error = ETIMEDOUT;
}

static ssize_t
writer_on_write(void *cookie, const char *bytes, size_t size)
{
	int error = errno;

	writer_put(cookie, bytes, size);
	errno = error;
	return ((ssize_t)size);
}

#if defined(__linux__)
static FILE *
open_file(struct writer *writer)
{
	static const cookie_io_functions_t functions = {
		.write = writer_on_write
	};

	return (fopencookie(writer, "w", functions));
}
#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
    defined(__APPLE__)
static int
writer_on_write_bsd(void *cookie, const char *bytes, int size)
{
	return ((int)writer_on_write(cookie, bytes, (size_t)size));
}

static FILE *
open_file(struct writer *writer)
{
	return (funopen(writer, NULL, writer_on_write_bsd, NULL, NULL));
}
#else
/* Other systems have no FILE with callbacks: this one may block. */
static FILE *
open_file(struct writer *writer)
{
	int copy = fcntl(writer->fd, F_DUPFD_CLOEXEC, 3);
	FILE *file = copy == -1 ? NULL : fdopen(copy, "w");

	(void)writer_on_write;
	if (copy != -1 && file == NULL)
		close(copy);
	return (file);
}
#endif

bool
writer_init(struct writer *writer, int fd)
{
	writer->fd = fd;
	writer->state = WRITER_UNUSED;
	writer->patience = 0;
	writer->error = 0;
	writer->dropped = 0;
	writer->start = writer->count = 0;
	writer->file = open_file(writer);
	if (writer->file == NULL)
		return (false);
	setvbuf(writer->file, writer->buffer, _IOLBF, sizeof(writer->buffer));
	return (true);
}

void
writer_set_patience(struct writer *writer, monotime_t patience)
{
	writer->patience = patience;
}

int
writer_flush(struct writer *writer)
{
	if (writer->file == NULL)
		return (0);
	errno = 0;
	if ((fflush(writer->file) == EOF || ferror(writer->file)) &&
	    writer->error == 0)
		writer->error = errno != 0 ? errno : EIO;
	writer_drain(writer);
	if (writer->count > 0 && is_writable(writer) && writer->patience > 0)
		writer->error = ETIMEDOUT;
	return (writer->error);
}

bool
writer_is_behind(const struct writer *writer)
{
	return (writer->count > 0);
}

void
writer_release(struct writer *writer)
{
	if (writer->file == NULL)
		return;
	fclose(writer->file);
	if (writer->state != WRITER_UNUSED)
		stream_release(&writer->stream);
	writer->file = NULL;
}
