/* SPDX-License-Identifier: ISC */
/*
 * relay/stream.h: a standard stream, read or written without ever blocking and
 * without ever changing it.
 *
 * O_NONBLOCK belongs to the open file description, which a standard stream
 * shares with other processes: the shell, the rest of the pipeline. So it is
 * never set on one. A pipe or a terminal is opened anew through /proc/self/fd,
 * as a description of our own; a socket is read and written with MSG_DONTWAIT;
 * a regular file never blocks; and where none of that is possible poll(2) is
 * called before each read and write.
 *
 * The life of one: stream_open(), reads and writes, and in the end
 * stream_release(), or stream_end() for an output whose reader is to see EOF.
 * Only stream_end() closes the inherited descriptor.
 */
#ifndef RELAY_STREAM_H
#define RELAY_STREAM_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

struct stream_tap;
struct tls_stream;

/* As many bytes as a stream with a tap reads or writes at once. */
#define STREAM_TAP_BYTES ((size_t)8192)

struct stream_tap_ops {
	/* Bytes were written, or read, as plain text: in this order. */
	void (*sent)(struct stream_tap *tap, const void *bytes, size_t count);
	void (*received)(
	    struct stream_tap *tap, const void *bytes, size_t count);

	/* Returns whether nothing may pass for now. */
	bool (*is_behind)(struct stream_tap *tap);
};

/* Sees what passes a stream; the common part of one, which embeds it. */
struct stream_tap {
	const struct stream_tap_ops *ops;
};

enum stream_kind {
	STREAM_FILE, /* a regular file: always ready */
	STREAM_SINK, /* a device that does not poll (/dev/null): always ready */
	STREAM_PIPE, /* also a FIFO */
	STREAM_SOCKET,
	STREAM_TERMINAL,
	STREAM_DEVICE /* a device that polls */
};

struct stream {
	enum stream_kind kind;
	int inherited;  /* 0 or 1; -1: not a standard stream */
	int fd;         /* what is read and written */
	bool own;       /* fd is a description of our own, non-blocking */
	bool may_block; /* of a connection: its flag O_NONBLOCK is not set */
	int pipe_bytes; /* the size of a pipe that was enlarged, */
	int pipe_bytes_before;  /* and the one before; 0: it was not */
	bool has_null;          /* of an output: /dev/null is open as `null`, */
	int null;               /* which takes its place when it ends */
	struct tls_stream *tls; /* reads and writes for it; NULL: it is plain */
	struct stream_tap *tap; /* sees what passes; NULL: none does */
};

enum stream_direction { STREAM_IN, STREAM_OUT };

/*
 * Finds out about the inherited descriptor and prepares it for `direction`. All
 * that the stream ever opens is opened here: there may be no right to later.
 */
void stream_open(
    struct stream *stream, int inherited, enum stream_direction direction);

/* Makes `fd`, a socket of the caller's, a stream too; `tls` may be NULL. */
void stream_of_socket(struct stream *stream, int fd, struct tls_stream *tls);

/*
 * Makes a stream that discards all that is written. Returns false with errno.
 */
bool stream_open_sink(struct stream *stream);

/*
 * Enlarges a pipe to `bytes`; without permission it stays as it is. It gets its
 * size back at the end of the stream, unless more is in it by then, or another
 * process has resized it meanwhile.
 */
void stream_enlarge(struct stream *stream, int bytes);

/* Closes what the stream has opened; not the inherited descriptor. */
void stream_release(struct stream *stream);

/*
 * Opens /dev/null on those of the descriptors 0, 1 and 2 that are closed, so
 * that nothing else can take their place. Returns -1 with errno.
 */
int stream_open_missing(void);

/* Returns whether 0, 1 or 2 was closed: what is written there is lost. */
bool stream_was_missing(int fd);

/* Returns whether the stream is always ready: there is nothing to watch. */
bool stream_is_always_ready(const struct stream *stream);

/* Returns whether all that is written is dropped: it is /dev/null. */
bool stream_discards(const struct stream *stream);

/*
 * Returns the descriptor to watch. It is the inherited one where there is one:
 * a FIFO that is opened anew after its last writer has gone never shows the
 * end to poll(2).
 */
int stream_watched(const struct stream *stream);

/*
 * Returns whether a read would stop this process (SIGTTIN): the stream is a
 * terminal, and the process in its background.
 */
bool stream_is_in_background(const struct stream *stream);

/* Returns whether poll(2) reports one of `events` for the stream now. */
bool stream_shows(const struct stream *stream, short events);

/* Returns whether nothing may be read or written until the tap has caught up.
 */
bool stream_is_held(const struct stream *stream);

/* Returns how many bytes a socket has received that were not read yet. */
size_t stream_received(const struct stream *stream);

/* Like read(2) and write(2); EAGAIN where they would block. */
ssize_t stream_read(const struct stream *stream, void *bytes, size_t size);
ssize_t stream_write(
    const struct stream *stream, const void *bytes, size_t size);

/*
 * Sends what a stream keeps that encrypts: -1 with errno, EAGAIN where not all
 * of it could be sent.
 */
int stream_flush(const struct stream *stream);

/*
 * Returns whether bytes were received that poll(2) does not show, as they have
 * left the socket and are not decrypted yet.
 */
bool stream_has_unread(const struct stream *stream);

/* Returns whether both are one socket, as inetd sets them up. */
bool stream_is_same_socket(const struct stream *a, const struct stream *b);

/*
 * Closes a standard stream for good, so that its reader sees EOF, and leaves
 * /dev/null in its place. Returns 0, or the errno of the close.
 */
int stream_end(struct stream *stream);

#endif
