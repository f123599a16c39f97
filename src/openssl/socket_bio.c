/* SPDX-License-Identifier: ISC */
/*
 * recv(2) and send(2) with MSG_NOSIGNAL, and what libevent asks a BIO for: its
 * descriptor.
 */
#include <sys/socket.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "socket_bio.h"

static BIO_METHOD *method;

static int
fd_of(BIO *bio)
{
	return ((int)(intptr_t)BIO_get_data(bio) - 1);
}

/* Notes whether a call that failed may be made again. */
static void
note_retry(BIO *bio, ssize_t result, int flag)
{
	BIO_clear_retry_flags(bio);
	if (result == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
}

static int
socket_write(BIO *bio, const char *data, int length)
{
	ssize_t sent;

	errno = 0;
	sent = send(fd_of(bio), data, (size_t)length, MSG_NOSIGNAL);
	note_retry(bio, sent, BIO_FLAGS_WRITE);
	return ((int)sent);
}

static int
socket_read(BIO *bio, char *data, int length)
{
	ssize_t received;

	errno = 0;
	received = recv(fd_of(bio), data, (size_t)length, 0);
	note_retry(bio, received, BIO_FLAGS_READ);
	if (received == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return ((int)received);
}

static long
socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	switch (command) {
	case BIO_C_GET_FD:
		if (pointer != NULL)
			*(int *)pointer = fd_of(bio);
		return (fd_of(bio));
	case BIO_CTRL_GET_CLOSE:
		return (BIO_get_shutdown(bio));
	case BIO_CTRL_SET_CLOSE:
		BIO_set_shutdown(bio, (int)number);
		return (1);
	case BIO_CTRL_EOF:
		return (BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0);
	case BIO_CTRL_DUP:
	case BIO_CTRL_FLUSH:
		return (1);
	default:
		return (0);
	}
}

static int
socket_destroy(BIO *bio)
{
	if (bio != NULL && BIO_get_shutdown(bio) && BIO_get_init(bio))
		close(fd_of(bio));
	return (bio != NULL);
}

static void
make_method(void)
{
	int type = BIO_get_new_index();
	BIO_METHOD *made = type == -1
	    ? NULL
	    : BIO_meth_new(
		  type | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "hecat");

	if (made == NULL)
		return;
	if (BIO_meth_set_write(made, socket_write) &&
	    BIO_meth_set_read(made, socket_read) &&
	    BIO_meth_set_ctrl(made, socket_ctrl) &&
	    BIO_meth_set_destroy(made, socket_destroy))
		method = made;
	else
		BIO_meth_free(made);
}

const BIO_METHOD *
socket_bio_method(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_method);
	return (method);
}

BIO *
socket_bio_new(int fd)
{
	const BIO_METHOD *kind = socket_bio_method();
	BIO *bio = kind == NULL ? NULL : BIO_new(kind);

	if (bio == NULL)
		return (NULL);
	/* A pointer that is NULL could mean descriptor 0. */
	BIO_set_data(bio, (void *)(intptr_t)(fd + 1));
	BIO_set_shutdown(bio, BIO_NOCLOSE);
	BIO_set_init(bio, 1);
	return (bio);
}
