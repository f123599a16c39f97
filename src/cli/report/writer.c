/* SPDX-License-Identifier: ISC */
/*
 * A FILE over a stream that never blocks, and a buffer between the two.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "report/writer.h"

/* Holds the sentence about what was dropped. */
#define NOTE_BYTES 96

/* Writes without blocking. Returns how much; 0: nothing now, or never. */
static size_t
write_some(struct writer *writer, const char *bytes, size_t size)
{
	ssize_t n;

	if (!writer->is_open) {
		stream_open(&writer->stream, writer->fd, STREAM_OUT);
		writer->is_open = true;
	}
	n = stream_write(&writer->stream, bytes, size);
	if (n >= 0)
		return ((size_t)n);
	if (errno != EAGAIN && writer->error == 0)
		writer->error = errno;
	return (0);
}

/* Whether writing may still come to something. */
static bool
is_writable(const struct writer *writer)
{
	return (writer->error == 0 || writer->error == ETIMEDOUT);
}

/* Writes what is kept, as far as that goes. Returns whether something went. */
static bool
write_kept(struct writer *writer)
{
	size_t before = writer->count, n;

	while (writer->count > 0) {
		n = write_some(
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

/* Returns milliseconds for poll(2), rounded up. */
static int
poll_time(monotime_t rest)
{
	monotime_t ms = (rest + MONOTIME_PER_MS - 1) / MONOTIME_PER_MS;

	return (ms > INT_MAX ? INT_MAX : (int)ms);
}

/* Waits for room, as patiently as was set. Returns whether there is some. */
static bool
wait_for_room(struct writer *writer)
{
	struct pollfd entry = {
		.fd = writer->stream.fd,
		.events = POLLOUT,
	};
	monotime_t end = clock_after(clock_now(), writer->patience), rest;
	int result;

	if (writer->has_given_up || writer->patience == 0)
		return (false);
	do {
		rest = end == MONOTIME_NEVER ? MONOTIME_NEVER
					     : end - clock_now();
		if (rest <= 0)
			break;
		result = poll(
		    &entry, 1, rest == MONOTIME_NEVER ? -1 : poll_time(rest));
		if (result == 1)
			return (true);
	} while (result == 0 || errno == EINTR);
	writer->has_given_up = true;
	return (false);
}

/* Writes out what is kept, waiting where that is needed. */
static void
drain(struct writer *writer)
{
	write_kept(writer);
	while (
	    writer->count > 0 && is_writable(writer) && wait_for_room(writer))
		write_kept(writer);
}

/* Keeps bytes; false: there is no room for all of them. */
static bool
keep(struct writer *writer, const char *bytes, size_t size)
{
	if (size > WRITER_KEEP_BYTES - writer->count)
		return (false);
	memmove(writer->kept, writer->kept + writer->start, writer->count);
	writer->start = 0;
	memcpy(writer->kept + writer->count, bytes, size);
	writer->count += size;
	return (true);
}

/* Tells a reader that is back what it has missed. */
static void
tell_dropped(struct writer *writer)
{
	char note[NOTE_BYTES];
	int length;

	if (writer->dropped == 0 || writer->count > 0)
		return;
	length = snprintf(note, sizeof(note),
	    "hecat: %" PRIu64 " bytes of messages were dropped: not read\n",
	    writer->dropped);
	if (length > 0 && keep(writer, note, (size_t)length))
		writer->dropped = 0;
}

/* Writes, keeps or drops `size` bytes. */
static void
put(struct writer *writer, const char *bytes, size_t size)
{
	size_t n;

	if (writer->count > 0 && write_kept(writer))
		tell_dropped(writer);
	if (writer->count == 0) {
		n = write_some(writer, bytes, size);
		bytes += n;
		size -= n;
	}
	if (size == 0 || !is_writable(writer) || keep(writer, bytes, size))
		return;
	drain(writer);
	if (keep(writer, bytes, size) || !is_writable(writer))
		return;
	writer->dropped += size;
	if (writer->patience > 0)
		writer->error = ETIMEDOUT;
}

static ssize_t
on_write(void *cookie, const char *bytes, size_t size)
{
	int error = errno;

	put(cookie, bytes, size);
	errno = error;
	return ((ssize_t)size);
}

#if defined(__linux__)
static FILE *
open_file(struct writer *writer)
{
	static const cookie_io_functions_t functions = { .write = on_write };

	return (fopencookie(writer, "w", functions));
}
#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
    defined(__APPLE__)
static int
on_write_bsd(void *cookie, const char *bytes, int size)
{
	return ((int)on_write(cookie, bytes, (size_t)size));
}

static FILE *
open_file(struct writer *writer)
{
	return (funopen(writer, NULL, on_write_bsd, NULL, NULL));
}
#else
/* Nobody else lets a stream call back: it writes, and may block. */
static FILE *
open_file(struct writer *writer)
{
	int copy = fcntl(writer->fd, F_DUPFD_CLOEXEC, 3);
	FILE *file = copy == -1 ? NULL : fdopen(copy, "w");

	(void)on_write;
	if (copy != -1 && file == NULL)
		close(copy);
	return (file);
}
#endif

bool
writer_init(struct writer *writer, int fd)
{
	writer->fd = fd;
	writer->is_open = false;
	writer->patience = 0;
	writer->has_given_up = false;
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
	drain(writer);
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
	if (writer->is_open)
		stream_release(&writer->stream);
	writer->file = NULL;
}
