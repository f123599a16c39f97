/* SPDX-License-Identifier: ISC */
/*
 * relay/tls_stream.h: what the relay needs of a connection that speaks TLS. It
 * knows no TLS library: the one who made the connection has the functions.
 *
 * Bytes are read decrypted, and encrypted when they are written. What the
 * socket does not take is kept, up to a few hundred KiB, and sent by the next
 * write or flush. The socket is non-blocking.
 */
#ifndef RELAY_TLS_STREAM_H
#define RELAY_TLS_STREAM_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_stream;

/*
 * Where a function fails with an errno, EAGAIN means: not now; EPROTO: TLS has
 * failed, and reason() has why; any other is that of the socket.
 */
struct tls_stream_ops {
	/*
	 * Reads what has been received, as much as is there. Returns the bytes;
	 * 0: the peer has ended; -1 with errno.
	 */
	ssize_t (*read)(struct tls_stream *tls, void *bytes, size_t size);

	/*
	 * Takes and encrypts some or all of `bytes`. Returns how many; -1 with
	 * errno. After EAGAIN it is called with the same bytes again.
	 */
	ssize_t (*write)(
	    struct tls_stream *tls, const void *bytes, size_t size);

	/* Sends what is kept. Returns 0 when nothing is; -1 with errno. */
	int (*flush)(struct tls_stream *tls);

	/*
	 * Sends a close_notify, after what is kept: nothing can be written any
	 * more. Returns 0, or -1 with errno.
	 */
	int (*end)(struct tls_stream *tls);

	/*
	 * Returns whether bytes, or the end, were received that poll(2) does
	 * not show, as they have left the socket. It may be a part of a record.
	 */
	bool (*has_unread)(struct tls_stream *tls);

	/*
	 * Returns how many bytes TCP has, or will have, to send for what was
	 * written: the records.
	 */
	uint64_t (*encrypted)(struct tls_stream *tls);

	/*
	 * Returns how many of the bytes written have arrived when `encrypted`
	 * bytes have. It does not become less from call to call.
	 */
	uint64_t (*decryptable)(struct tls_stream *tls, uint64_t encrypted);

	/*
	 * Has both count from here on: what was written before, as to a proxy,
	 * is acknowledged by an answer.
	 */
	void (*recount)(struct tls_stream *tls);

	/* Returns why TLS has failed; valid until free(). */
	const char *(*reason)(struct tls_stream *tls);

	/* Frees it and closes the socket. */
	void (*free)(struct tls_stream *tls);
};

/* The common part of every one, which embeds it. */
struct tls_stream {
	const struct tls_stream_ops *ops;
	int fd;            /* the connected socket */
	bool is_truncated; /* the peer has ended without a close_notify */
	/* As of the last call: nothing can be written, or sent, until a read
	   has found the peer's answer. */
	bool is_renegotiating;
	/* Nothing can be read until the socket takes more: an answer is due. */
	bool read_needs_room;
};

#endif
