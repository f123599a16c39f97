/* SPDX-License-Identifier: ISC */
/*
 * One way to make each kind of stream.
 */
#include <sys/socket.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standard.h"

#define HEADER_BYTE '#'

static void
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		err(2, "O_NONBLOCK");
}

static void
write_all(int fd, const void *bytes, size_t size)
{
	const char *rest = bytes;

	while (size > 0) {
		ssize_t n = write(fd, rest, size);

		if (n == -1)
			err(2, "temporary file");
		rest += n;
		size -= (size_t)n;
	}
}

static void
write_data(int fd, const struct data *data)
{
	unsigned char bytes[CHUNK_MAX];

	for (uint64_t offset = 0; offset < data->size;) {
		uint64_t left = data->size - offset;
		size_t n = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);

		data_fill(data, offset, bytes, n);
		write_all(fd, bytes, n);
		offset += n;
	}
}

/* Makes a file with a header, and the data if it is for input. */
static void
open_file(struct standard_stream *stream, const struct plan_stream *plan,
    const struct data *data)
{
	const char *folder = getenv("TMPDIR");
	char path[4096], header[8192];
	int flags = data != NULL ? O_RDONLY : O_WRONLY;

	snprintf(path, sizeof(path), "%s/torture.XXXXXX",
	    folder != NULL ? folder : "/tmp");
	stream->file = mkostemp(path, O_CLOEXEC);
	if (stream->file == -1)
		err(2, "%s", path);
	memset(header, HEADER_BYTE, plan->header);
	write_all(stream->file, header, plan->header);
	if (data != NULL)
		write_data(stream->file, data);
	if (plan->kind == KIND_APPEND)
		flags |= O_APPEND;
	stream->child = open(path, flags | O_CLOEXEC);
	unlink(path);
	if (stream->child == -1)
		err(2, "%s", path);
	if (plan->kind == KIND_FILE &&
	    lseek(stream->child, (off_t)plan->header, SEEK_SET) == -1)
		err(2, "lseek");
}

static void
open_terminal(struct standard_stream *stream)
{
	char path[64];

	stream->other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (stream->other == -1 || grantpt(stream->other) == -1 ||
	    unlockpt(stream->other) == -1 ||
	    ptsname_r(stream->other, path, sizeof(path)) != 0)
		err(2, "pseudo-terminal");
	stream->child = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (stream->child == -1 ||
	    tcgetattr(stream->child, &stream->settings) == -1)
		err(2, "%s", path);
	cfmakeraw(&stream->settings);
	if (tcsetattr(stream->child, TCSANOW, &stream->settings) == -1 ||
	    tcgetattr(stream->child, &stream->settings) == -1)
		err(2, "%s", path);
	stream->is_terminal = true;
}

/* Opens a stream; `data` is NULL for output. */
static void
open_stream(struct standard_stream *stream, const struct plan_stream *plan,
    const struct data *data)
{
	int pair[2] = { -1, -1 };

	switch (plan->kind) {
	case KIND_FILE:
	case KIND_APPEND:
		open_file(stream, plan, data);
		break;
	case KIND_PIPE:
		if (pipe2(pair, O_CLOEXEC) == -1)
			err(2, "pipe");
		stream->child = pair[data != NULL ? 0 : 1];
		stream->other = pair[data != NULL ? 1 : 0];
		break;
	case KIND_SOCKET:
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
		    -1)
			err(2, "socketpair");
		stream->child = pair[0];
		stream->other = pair[1];
		break;
	case KIND_TERMINAL:
		open_terminal(stream);
		break;
	case KIND_NULL:
		stream->child = open("/dev/null", O_RDWR | O_CLOEXEC);
		break;
	case KIND_CLOSED:
		break;
	}
}

static void
prepare(struct standard_stream *stream, const struct plan_stream *plan)
{
	if (stream->other != -1)
		set_nonblocking(stream->other);
	if (stream->child == -1)
		return;
	if (plan->nonblock)
		set_nonblocking(stream->child);
	stream->flags = fcntl(stream->child, F_GETFL);
}

void
standard_open(struct standard *standard, const struct plan *plan)
{
	static const struct standard_stream none = {
		.child = -1,
		.other = -1,
		.file = -1,
	};
	struct data upload = plan_upload(plan);

	standard->plan = plan;
	standard->in = none;
	standard->out = none;
	open_stream(&standard->in, &plan->in, &upload);
	if (plan->one_descriptor) {
		standard->out = standard->in;
		standard->out.child = fcntl(
		    standard->in.child, F_DUPFD_CLOEXEC, 3);
		standard->out.other = fcntl(
		    standard->in.other, F_DUPFD_CLOEXEC, 3);
	} else {
		open_stream(&standard->out, &plan->out, NULL);
	}
	prepare(&standard->in, &plan->in);
	prepare(&standard->out, &plan->out);
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
standard_release(struct standard *standard)
{
	const struct standard_stream *out = &standard->out;

	/* A file has no reader that waits for its end. */
	if (!standard->plan->out.held && out->other != -1)
		close_end(&standard->out.child);
}

void
standard_end_input(struct standard *standard)
{
	if (standard->in.other == -1)
		return;
	if (standard->plan->one_descriptor)
		shutdown(standard->in.other, SHUT_WR);
	close_end(&standard->in.other);
}

void
standard_close(struct standard *standard)
{
	close_end(&standard->in.child);
	close_end(&standard->in.other);
	close_end(&standard->in.file);
	close_end(&standard->out.child);
	close_end(&standard->out.other);
	close_end(&standard->out.file);
}
