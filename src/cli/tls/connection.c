/* SPDX-License-Identifier: ISC */
/*
 * SSL_read(3) and SSL_write(3) between buffers of our own.
 *
 * What OpenSSL has to send goes into a buffer, which is then sent: many records
 * by one system call, and no record is ever half given to the socket, which
 * OpenSSL would have to be called again for before anything else. It receives
 * by calls of its own, many records at a time as well.
 *
 * The bufferevent of the connector does nothing any more, but it owns the
 * socket and the SSL.
 *
 * One that is inside of another connection has that in the place of the socket.
 * What it has sent is what the outer one was given to write, so that the counts
 * of both fit together: the bytes of TCP have records of the outer one, and
 * those have records of the inner one.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "container.h"
#include "hecat_openssl.h"
#include "reason.h"
#include "relay/tls_stream.h"
#include "tls/connection.h"
#include "tls/records.h"

/* Records are made until the buffer has this much. */
#define FULL_BYTES ((size_t)256 * 1024)

/* Room for the record that fills it, and for what a handshake may send. */
#define BUFFER_BYTES (FULL_BYTES + (size_t)64 * 1024)

struct connection {
	struct tls_stream stream;
	struct bufferevent *bufferevent; /* NULL: it is inside of `outer` */
	struct tls_stream *outer;        /* NULL: it is on the socket */
	SSL *ssl;
	unsigned char *buffer;
	size_t sent;  /* of the bytes in the buffer */
	size_t count; /* in the buffer */
	uint64_t encrypted;
	uint64_t written;
	struct records records;
	int send_error; /* of the socket; 0: none */
	bool is_full;   /* a read has an answer, which has no room */
	bool peer_ended;
	bool ended; /* our close_notify is in the buffer, or sent */
	int error;  /* why nothing can be read or written; 0: it can */
	char reason[REASON_MAX];
};

static struct connection *
connection_of(struct tls_stream *stream)
{
	return (container_of(stream, struct connection, stream));
}

/*
 * Whether nothing may be sent any more (RFC 8446 section 6.1). OpenSSL answers
 * new keys of the peer's all the same; a peer that closes and has not read that
 * resets the connection, and what it has sent is lost.
 */
static bool
is_silent(const struct connection *connection)
{
	return (connection->ended &&
	    SSL_version(connection->ssl) >= TLS1_3_VERSION);
}

/* The end of OpenSSL that sends: it fills the buffer. */
static int
buffer_write(BIO *bio, const char *bytes, int length)
{
	struct connection *connection = BIO_get_data(bio);
	size_t size = (size_t)length;

	BIO_clear_retry_flags(bio);
	if (is_silent(connection))
		return (length);
	if (size > BUFFER_BYTES - connection->count) {
		/* It asks for more than it is given data for. */
		BIO_set_retry_write(bio);
		return (-1);
	}
	memcpy(connection->buffer + connection->count, bytes, size);
	connection->count += size;
	connection->encrypted += size;
	return (length);
}

/* The end of an inner OpenSSL that receives: it reads the outer one. */
static int
outer_read(BIO *bio, char *bytes, int size)
{
	struct connection *connection = BIO_get_data(bio);
	struct tls_stream *outer = connection->outer;
	ssize_t n = outer->ops->read(outer, bytes, (size_t)size);

	BIO_clear_retry_flags(bio);
	if (n == -1 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return ((int)n);
}

static long
connection_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return (BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0);
	/* The buffer is sent when the record is complete. */
	return (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP);
}

/* Returns the kind of BIO of all connections; NULL when out of memory. */
static const BIO_METHOD *
connection_bio_method(void)
{
	static BIO_METHOD *method;
	int type;

	if (method != NULL)
		return (method);
	type = BIO_get_new_index();
	if (type != -1)
		method = BIO_meth_new(
		    type | BIO_TYPE_SOURCE_SINK, "hecat connection");
	if (method == NULL)
		return (NULL);
	/* These three cannot fail. */
	BIO_meth_set_write(method, buffer_write);
	BIO_meth_set_read(method, outer_read);
	BIO_meth_set_ctrl(method, connection_ctrl);
	return (method);
}

/* Returns a new BIO for a connection; NULL when out of memory. */
static BIO *
connection_bio_new(struct connection *connection)
{
	const BIO_METHOD *method = connection_bio_method();
	BIO *bio = method == NULL ? NULL : BIO_new(method);

	if (bio == NULL)
		return (NULL);
	BIO_set_data(bio, connection);
	BIO_set_init(bio, 1);
	return (bio);
}

/* Notes that TLS has failed for good, and why; sets errno. Returns -1. */
static int
fail(struct connection *connection, int error, const char *text)
{
	if (connection->error == 0) {
		connection->error = error;
		snprintf(
		    connection->reason, sizeof(connection->reason), "%s", text);
	}
	errno = connection->error;
	return (-1);
}

/* Writes what an error of OpenSSL's means. */
static int
fail_protocol(struct connection *connection, unsigned long code)
{
	char text[REASON_MAX];

	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return (fail(connection, ENOMEM, "out of memory"));
	hecat_openssl_format_error(code, text, sizeof(text));
	return (fail(connection, EPROTO, text));
}

/* Returns why the outer connection has failed; "": it has not. */
static const char *
outer_reason(const struct connection *connection)
{
	struct tls_stream *outer = connection->outer;

	return (outer == NULL ? "" : outer->ops->reason(outer));
}

/*
 * Settles a call of OpenSSL's that has returned `result` without a byte: sets
 * errno and returns -1, or 0 at the end of the peer.
 */
static int
settle(struct connection *connection, int result)
{
	int system_error = errno;
	struct tls_stream *stream = &connection->stream;
	int error = SSL_get_error(connection->ssl, result);
	unsigned long code = ERR_peek_error();

	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return (-1);
	case SSL_ERROR_ZERO_RETURN:
		/* The kernel reports a reset once; after that it is an end. */
		if (BIO_eof(SSL_get_rbio(connection->ssl)) &&
		    connection->send_error != 0)
			return (fail(connection, connection->send_error, ""));
		stream->is_truncated = BIO_eof(SSL_get_rbio(connection->ssl));
		connection->peer_ended = true;
		return (0);
	case SSL_ERROR_SYSCALL:
		return (fail(connection,
		    system_error != 0 ? system_error : ECONNRESET,
		    outer_reason(connection)));
	default:
		return (fail_protocol(connection, code));
	}
}

/*
 * Whether TLS 1.2 or older negotiates anew, or is to, as the peer has asked for
 * it. Only a read begins that and goes on with it: OpenSSL cannot take data of
 * the peer's between, while it writes.
 */
static bool
renegotiates(const struct connection *connection)
{
	return (SSL_version(connection->ssl) < TLS1_3_VERSION &&
	    (SSL_in_init(connection->ssl) ||
		SSL_renegotiate_pending(connection->ssl)));
}

/* Whether the next read begins a negotiation, though nothing is received. */
static bool
has_to_begin(const struct connection *connection)
{
	return (renegotiates(connection) && !SSL_in_init(connection->ssl));
}

/* Sends some bytes to what is below: like send(2). */
static ssize_t
send_below(struct connection *connection, const void *bytes, size_t size)
{
	struct tls_stream *outer = connection->outer;
	ssize_t n;

	if (outer == NULL)
		return (send(connection->stream.fd, bytes, size,
		    MSG_DONTWAIT | MSG_NOSIGNAL));
	n = outer->ops->write(outer, bytes, size);
	if (n == -1 && errno == EPROTO)
		return (fail(connection, EPROTO, outer_reason(connection)));
	return (n);
}

/*
 * Reads the outer connection while that waits for an answer, and discards what
 * else comes: after the end of the peer nobody reads this one any more.
 */
static void
read_answer(struct connection *connection)
{
	struct tls_stream *outer = connection->outer;
	char bytes[4096];

	if (outer == NULL || !connection->peer_ended)
		return;
	while (outer->is_renegotiating &&
	    outer->ops->read(outer, bytes, sizeof(bytes)) > 0)
		continue;
}

/* Sends what is kept, here and below: as the method. */
static int
send_kept(struct connection *connection)
{
	ssize_t n;

	read_answer(connection);
	while (connection->sent < connection->count) {
		n = send_below(connection,
		    connection->buffer + connection->sent,
		    connection->count - connection->sent);
		if (n == -1) {
			if (errno == EINTR || errno == EWOULDBLOCK)
				errno = EAGAIN;
			else if (connection->send_error == 0)
				connection->send_error = errno;
			return (-1);
		}
		connection->sent += (size_t)n;
	}
	connection->sent = connection->count = 0;
	return (connection->outer == NULL
		? 0
		: connection->outer->ops->flush(connection->outer));
}

static int
connection_flush(struct tls_stream *stream)
{
	struct connection *connection = connection_of(stream);
	const struct tls_stream *outer = connection->outer;
	int result = send_kept(connection);

	/* What is kept for lack of room comes first. */
	stream->is_renegotiating = (result == 0 && renegotiates(connection)) ||
	    (outer != NULL && outer->is_renegotiating);
	return (result);
}

/* What OpenSSL has to send of its own need not wait for the next write. */
static void
send_answers(struct connection *connection)
{
	int error = errno;

	connection_flush(&connection->stream);
	errno = error;
}

static ssize_t
connection_read(struct tls_stream *stream, void *bytes, size_t size)
{
	struct connection *connection = connection_of(stream);
	const struct tls_stream *outer = connection->outer;
	ssize_t total;
	int n;

	if (connection->error != 0) {
		errno = connection->error;
		return (-1);
	}
	/* What came while the attempt waited for it, if it did. */
	total = connection->bufferevent == NULL
	    ? 0
	    : (ssize_t)bufferevent_read(connection->bufferevent, bytes, size);
	if (total > 0)
		return (total);
	if (connection->is_full)
		send_answers(connection);
	do {
		size_t rest = size - (size_t)total;

		errno = 0;
		n = SSL_read(connection->ssl, (char *)bytes + total,
		    rest > INT_MAX ? INT_MAX : (int)rest);
		total += n > 0 ? n : 0;
	} while (n > 0 && (size_t)total < size &&
	    (SSL_has_pending(connection->ssl) || has_to_begin(connection)));
	connection->is_full = n <= 0 && SSL_want_write(connection->ssl);
	stream->read_needs_room = connection->is_full ||
	    (outer != NULL && outer->read_needs_room);
	if (n <= 0)
		n = settle(connection, n);
	send_answers(connection);
	return (total > 0 ? total : n);
}

/*
 * Nothing can be written before a new negotiation is over; one that the peer
 * has left cannot be. Sets errno; returns -1.
 */
static int
await_negotiation(struct connection *connection)
{
	if (connection->peer_ended)
		return (fail(connection, EPROTO,
		    "the peer ended while TLS was negotiated anew"));
	errno = EAGAIN;
	return (-1);
}

/* Makes one record of `bytes`; returns how many it has, or -1 with errno. */
static int
encrypt(struct connection *connection, const char *bytes, size_t size)
{
	int n;

	if (renegotiates(connection))
		return (await_negotiation(connection));
	errno = 0;
	n = SSL_write(
	    connection->ssl, bytes, size > INT_MAX ? INT_MAX : (int)size);
	if (n > 0) {
		connection->written += (uint64_t)n;
		records_add(&connection->records, connection->encrypted,
		    connection->written);
		return (n);
	}
	return (settle(connection, n) == 0 ? fail(connection, EPIPE, "") : -1);
}

static ssize_t
connection_write(struct tls_stream *stream, const void *bytes, size_t size)
{
	struct connection *connection = connection_of(stream);
	size_t total = 0;
	int n;

	if (connection->error != 0) {
		errno = connection->error;
		return (-1);
	}
	if (connection_flush(stream) == -1)
		return (-1);
	do {
		n = encrypt(
		    connection, (const char *)bytes + total, size - total);
		total += n > 0 ? (size_t)n : 0;
	} while (n > 0 && total < size && connection->count < FULL_BYTES);
	/* Where that fails the next call reports it. */
	send_answers(connection);
	return (total == 0 ? -1 : (ssize_t)total);
}

static int
connection_end(struct tls_stream *stream)
{
	struct connection *connection = connection_of(stream);
	int result;

	if (connection->error != 0) {
		errno = connection->error;
		return (-1);
	}
	if (!connection->ended) {
		if (SSL_in_init(connection->ssl))
			return (await_negotiation(connection));
		result = SSL_shutdown(connection->ssl);
		ERR_clear_error();
		if (result < 0)
			return (fail(connection, EPROTO, "TLS cannot end"));
		connection->ended = true;
	}
	return (connection_flush(stream));
}

/* Returns whether something was received that OpenSSL was not given. */
static bool
has_unread_below(const struct connection *connection)
{
	struct tls_stream *outer = connection->outer;

	if (outer != NULL)
		return (outer->ops->has_unread(outer));
	return (evbuffer_get_length(
		    bufferevent_get_input(connection->bufferevent)) > 0);
}

/* The end, or an error, that a read has found behind its bytes is unread. */
static bool
connection_has_unread(struct tls_stream *stream)
{
	const struct connection *connection = connection_of(stream);

	return (connection->error != 0 || has_unread_below(connection) ||
	    SSL_has_pending(connection->ssl) == 1 || has_to_begin(connection) ||
	    connection->peer_ended ||
	    (SSL_get_shutdown(connection->ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
}

static uint64_t
connection_encrypted(struct tls_stream *stream)
{
	const struct connection *connection = connection_of(stream);
	struct tls_stream *outer = connection->outer;

	if (outer == NULL)
		return (connection->encrypted);
	/* What the outer one has not taken will be as much, at least. */
	return (outer->ops->encrypted(outer) + connection->count -
	    connection->sent);
}

static uint64_t
connection_decryptable(struct tls_stream *stream, uint64_t encrypted)
{
	struct connection *connection = connection_of(stream);
	struct tls_stream *outer = connection->outer;

	if (outer != NULL)
		encrypted = outer->ops->decryptable(outer, encrypted);
	return (records_arrived(&connection->records, encrypted));
}

static void
connection_recount(struct tls_stream *stream)
{
	struct connection *connection = connection_of(stream);

	if (connection->outer != NULL)
		connection->outer->ops->recount(connection->outer);
	connection->encrypted = connection->count - connection->sent;
	connection->written = 0;
	memset(&connection->records, 0, sizeof(connection->records));
}

static const char *
connection_reason(struct tls_stream *stream)
{
	return (connection_of(stream)->reason);
}

/*
 * Frees what is below, and the SSL. The bufferevent closes the socket of the
 * BIO that its SSL writes to. The outer connection ends behind the inner one.
 */
static void
free_below(struct connection *connection)
{
	struct tls_stream *outer = connection->outer;
	BIO *socket;

	if (outer == NULL) {
		socket = SSL_get_rbio(connection->ssl);
		BIO_up_ref(socket);
		SSL_set0_wbio(connection->ssl, socket);
		bufferevent_free(connection->bufferevent);
		return;
	}
	SSL_free(connection->ssl);
	if (connection->ended && connection->sent == connection->count)
		outer->ops->end(outer);
	outer->ops->free(outer);
}

static void
connection_free(struct tls_stream *stream)
{
	struct connection *connection = connection_of(stream);

	free_below(connection);
	free(connection->buffer);
	free(connection);
}

static const struct tls_stream_ops connection_ops = {
	.read = connection_read,
	.write = connection_write,
	.flush = connection_flush,
	.end = connection_end,
	.has_unread = connection_has_unread,
	.encrypted = connection_encrypted,
	.decryptable = connection_decryptable,
	.recount = connection_recount,
	.reason = connection_reason,
	.free = connection_free,
};

/*
 * Makes one with its buffer for the SSL, which it does not own yet. Returns
 * NULL with errno.
 */
static struct connection *
prepare(SSL *ssl)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	BIO *bio = NULL;

	if (connection != NULL)
		connection->buffer = malloc(BUFFER_BYTES);
	if (connection != NULL && connection->buffer != NULL)
		bio = connection_bio_new(connection);
	if (bio == NULL) {
		if (connection != NULL)
			free(connection->buffer);
		free(connection);
		ERR_clear_error();
		errno = ENOMEM;
		return (NULL);
	}
	connection->stream.ops = &connection_ops;
	connection->ssl = ssl;
	SSL_set0_wbio(ssl, bio);
	SSL_set_mode(ssl,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* An end without a close_notify is no error, after which nothing could
	   be written: settle() finds it by BIO_eof(). */
	SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return (connection);
}

struct tls_stream *
connection_new(struct bufferevent *bufferevent)
{
	struct connection *connection = prepare(
	    bufferevent_openssl_get_ssl(bufferevent));

	if (connection == NULL) {
		bufferevent_free(bufferevent);
		errno = ENOMEM;
		return (NULL);
	}
	bufferevent_disable(bufferevent, EV_READ | EV_WRITE);
	connection->stream.fd = bufferevent_getfd(bufferevent);
	connection->bufferevent = bufferevent;
	return (&connection->stream);
}

struct tls_stream *
connection_new_inside(SSL *ssl, struct tls_stream *outer)
{
	struct connection *connection = prepare(ssl);
	BIO *bio;

	if (connection == NULL) {
		SSL_free(ssl);
		outer->ops->free(outer);
		errno = ENOMEM;
		return (NULL);
	}
	bio = SSL_get_wbio(ssl);
	BIO_up_ref(bio);
	SSL_set0_rbio(ssl, bio);
	connection->stream.fd = outer->fd;
	connection->outer = outer;
	return (&connection->stream);
}
