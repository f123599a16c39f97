/* SPDX-License-Identifier: ISC */
/*
 * A pump between two streams of a kernel that the input controls: short
 * reads, short writes, EAGAIN, EINTR, calls that are refused, errors. Nothing
 * is lost, doubled or put in another order, each byte is counted once, and what
 * can go on goes on to the end.
 * Linked with system calls of its own, which the Makefile lists.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "relay/crlf.h"
#include "relay/pump.h"
#include "relay/pump_choice.h"

#define SOURCE_FD 100001
#define SINK_FD   100002

#define MOVES_MAX 100000

/* Some buffers, and more than is reserved at once. */
#define SIZE_UNIT      23
#define SIZE_MAX_BYTES ((size_t)65536 * SIZE_UNIT)

/* Errors that refuse a call as such, and errors of a stream. */
static const int refusals[] = { EINVAL, ENOSYS, EPERM, EACCES, ENOMEM,
	EOPNOTSUPP };
static const int failures[] = { EIO, ECONNRESET, EPIPE, ENOSPC, ETIMEDOUT };

static struct {
	struct choices choices;
	size_t size;      /* of the source */
	size_t available; /* of it, to be had */
	size_t read;      /* where the source, or the offset of the file, is */
	size_t file_size; /* as fstat(2) has it */
	size_t delivered; /* bytes that the sink has */
	size_t to_deliver;
	bool crlf;
	bool is_file;
	bool is_terminal;
	bool failed;  /* a call had an error of a stream */
	bool hung_up; /* a terminal: a failed read is its end then */
	int flags;
} kernel;

/* The source, and with CRLF for LF. */
static char source[SIZE_MAX_BYTES], expanded[2 * SIZE_MAX_BYTES];

/* Line ends, and none of them at the same place of a page. */
static void
make_source(void)
{
	struct crlf crlf = { .after_cr = false };

	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = i % 7 == 3 ? '\n'
		    : i % 11 == 2      ? '\r'
				       : (char)(i * 31 + i / 4096);
	crlf_expand(&crlf, source, sizeof(source), expanded);
}

/* Returns how much there is to deliver in all. */
static size_t
to_deliver(void)
{
	size_t more = 0;

	for (size_t i = 0; kernel.crlf && i < kernel.size; i++)
		more += source[i] == '\n' && (i == 0 || source[i - 1] != '\r');
	return (kernel.size + more);
}

/* The sink takes `count` bytes: those that it wants next. */
static void
deliver(const char *bytes, size_t count)
{
	const char *wanted = kernel.crlf ? expanded : source;

	CHECK(count <= kernel.to_deliver - kernel.delivered);
	CHECK(memcmp(bytes, wanted + kernel.delivered, count) == 0);
	kernel.delivered += count;
}

/* How a call goes: how much it moves of `count`, or -1 with errno. */
static ssize_t
decide(size_t count, bool may_refuse, bool may_fail)
{
	switch (choose(&kernel.choices, 8)) {
	case 1:
		return (count > 0 ? 1 : 0);
	case 2:
		return ((
		    ssize_t)(count * (1 + choose(&kernel.choices, 255)) / 256));
	case 3:
	case 4:
		errno = EAGAIN;
		return (-1);
	case 5:
		errno = EINTR;
		return (-1);
	case 6:
		if (!may_refuse)
			break;
		errno = refusals[choose(&kernel.choices, 6)];
		return (-1);
	case 7:
		if (!may_fail || !choose_one_in(&kernel.choices, 8))
			break;
		errno = failures[choose(&kernel.choices, 5)];
		kernel.failed = true;
		return (-1);
	}
	return ((ssize_t)count);
}

static size_t
least(size_t a, size_t b)
{
	return (a < b ? a : b);
}

/* Returns what the source has, of `count`; -1: nothing now. */
static ssize_t
source_has(size_t count, bool may_refuse)
{
	size_t left = kernel.size - kernel.read;
	size_t piece;
	ssize_t n;

	if (left == 0)
		return (0);
	if (!kernel.is_file)
		left = least(left, kernel.available - kernel.read);
	if (left == 0) {
		/* It comes in pieces, one for each time that it is asked. */
		piece = 37 * (size_t)choose(&kernel.choices, 65536);
		left = kernel.size - kernel.read;
		kernel.available = kernel.read +
		    (piece == 0 ? left : least(left, piece));
		errno = EAGAIN;
		return (-1);
	}
	n = decide(least(left, count), may_refuse, true);
	/* Nothing at all would be the end. */
	return (n == 0 ? 1 : n);
}

static ssize_t
source_read(void *bytes, size_t size)
{
	ssize_t n = source_has(size, false);

	if (n > 0 && bytes != NULL)
		memcpy(bytes, source + kernel.read, (size_t)n);
	if (n > 0)
		kernel.read += (size_t)n;
	return (n);
}

static ssize_t
sink_write(const char *bytes, size_t size)
{
	ssize_t n = decide(size, false, true);

	CHECK(size > 0);
	if (n == 0)
		n = 1;
	if (n > 0)
		deliver(bytes, (size_t)n);
	return (n);
}

/* Hands `n` bytes from place `from` of the source to the sink. */
static void
hand_over(size_t from, ssize_t n)
{
	if (n > 0)
		deliver(source + from, (size_t)n);
}

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
int __real_poll(struct pollfd *entries, nfds_t count, int timeout);
int __real_fcntl64(int fd, int command, ...);
int __real_fstat64(int fd, struct stat *status);
off_t __real_lseek64(int fd, off_t offset, int whence);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_pread64(int fd, void *bytes, size_t size, off_t offset);
ssize_t __wrap_splice(int from, off_t *from_offset, int to, off_t *to_offset,
    size_t size, unsigned flags);
ssize_t __wrap_sendfile64(int to, int from, off_t *offset, size_t size);
int __wrap_poll(struct pollfd *entries, nfds_t count, int timeout);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fstat64(int fd, struct stat *status);
off_t __wrap_lseek64(int fd, off_t offset, int whence);
int __wrap_setsockopt(
    int fd, int level, int name, const void *value, socklen_t length);
int __wrap_getsockopt(
    int fd, int level, int name, void *value, socklen_t *length);

ssize_t
__wrap_read(int fd, void *bytes, size_t size)
{
	if (fd != SOURCE_FD)
		return (__real_read(fd, bytes, size));
	return (source_read(bytes, size));
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t size, int flags)
{
	if (fd != SOURCE_FD)
		return (__real_recv(fd, bytes, size, flags));
	CHECK((flags & MSG_DONTWAIT) != 0);
	if ((flags & MSG_TRUNC) != 0) {
		size_t from = kernel.read;
		ssize_t n = source_read(NULL, size);

		hand_over(from, n);
		return (n);
	}
	return (source_read(bytes, size));
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t size)
{
	if (fd != SINK_FD)
		return (__real_write(fd, bytes, size));
	return (sink_write(bytes, size));
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	if (fd != SINK_FD)
		return (__real_send(fd, bytes, size, flags));
	CHECK((flags & MSG_DONTWAIT) != 0 && (flags & MSG_NOSIGNAL) != 0);
	return (sink_write(bytes, size));
}

ssize_t
__wrap_pread64(int fd, void *bytes, size_t size, off_t offset)
{
	size_t left = (size_t)offset < kernel.size
	    ? kernel.size - (size_t)offset
	    : 0;
	ssize_t n = left == 0 ? 0 : decide(least(left, size), false, true);

	CHECK(fd == SOURCE_FD && kernel.is_file);
	if (n == 0 && left > 0)
		n = 1;
	if (n > 0)
		memcpy(bytes, source + offset, (size_t)n);
	return (n);
}

ssize_t
__wrap_splice(int from, off_t *from_offset, int to, off_t *to_offset,
    size_t size, unsigned flags)
{
	size_t begin = kernel.read;
	ssize_t n;

	CHECK(from == SOURCE_FD && to == SINK_FD && !kernel.crlf);
	CHECK(from_offset == NULL && to_offset == NULL && flags != 0);
	n = source_has(size, true);
	if (n > 0)
		kernel.read += (size_t)n;
	hand_over(begin, n);
	return (n);
}

ssize_t
__wrap_sendfile64(int to, int from, off_t *offset, size_t size)
{
	size_t left = (size_t)*offset < kernel.size
	    ? kernel.size - (size_t)*offset
	    : 0;
	ssize_t n = left == 0 ? 0 : decide(least(left, size), true, true);

	CHECK(from == SOURCE_FD && to == SINK_FD && offset != NULL);
	if (n == 0 && left > 0)
		n = 1;
	if (n > 0) {
		hand_over((size_t)*offset, n);
		*offset += n;
	}
	return (n);
}

int
__wrap_poll(struct pollfd *entries, nfds_t count, int timeout)
{
	static const short events[] = { POLLIN | POLLOUT, POLLOUT, POLLIN,
		POLLERR | POLLOUT, POLLHUP | POLLIN };

	if (count != 1 || (entries->fd != SINK_FD && entries->fd != SOURCE_FD))
		return (__real_poll(entries, count, timeout));
	CHECK(timeout == 0);
	switch (choose(&kernel.choices, 8)) {
	case 6:
		return (0);
	case 7:
		errno = EINTR;
		return (-1);
	default:
		entries->revents = events[choose(&kernel.choices, 5)] &
		    (entries->events | POLLERR | POLLHUP);
		/* Only a stream with an error ends so. */
		kernel.failed = kernel.failed ||
		    (entries->revents & (POLLERR | POLLHUP)) != 0;
		kernel.hung_up = kernel.hung_up ||
		    (kernel.is_terminal && entries->fd == SOURCE_FD &&
			(entries->revents & POLLHUP) != 0);
		return (entries->revents != 0);
	}
}

int
__wrap_fcntl64(int fd, int command, ...)
{
	va_list list;
	long argument;

	va_start(list, command);
	argument = va_arg(list, long);
	va_end(list);
	if (fd != SINK_FD && fd != SOURCE_FD)
		return (__real_fcntl64(fd, command, argument));
	/* The flags of the standard streams are not ours to set. */
	CHECK(command != F_SETFL);
	return (command == F_GETFL ? kernel.flags : 65536);
}

int
__wrap_fstat64(int fd, struct stat *status)
{
	if (fd != SINK_FD && fd != SOURCE_FD)
		return (__real_fstat64(fd, status));
	memset(status, 0, sizeof(*status));
	if (fd == SINK_FD)
		return (stat("/dev/null", status));
	status->st_mode = S_IFREG;
	status->st_size = (off_t)kernel.file_size;
	return (0);
}

off_t
__wrap_lseek64(int fd, off_t offset, int whence)
{
	off_t place = offset;

	if (fd != SOURCE_FD)
		return (__real_lseek64(fd, offset, whence));
	CHECK(kernel.is_file && (whence == SEEK_SET || whence == SEEK_CUR));
	if (whence == SEEK_CUR)
		place += (off_t)kernel.read;
	CHECK(place >= 0);
	kernel.read = (size_t)place;
	return (place);
}

int
__wrap_setsockopt(
    int fd, int level, int name, const void *value, socklen_t length)
{
	(void)level;
	(void)name;
	(void)value;
	(void)length;
	CHECK(fd == SINK_FD || fd == SOURCE_FD);
	return (choose_one_in(&kernel.choices, 8) ? -1 : 0);
}

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	(void)level;
	(void)name;
	CHECK(fd == SINK_FD);
	if (*length >= 4)
		memcpy(value, choose_one_in(&kernel.choices, 4) ? "bbr" : "ren",
		    4);
	return (0);
}

/* Prepares a kernel, and the streams to move between. */
static void
begin(const uint8_t *data, size_t size, struct stream *from, struct stream *to)
{
	static const enum stream_kind kinds[] = { STREAM_PIPE, STREAM_FILE,
		STREAM_TERMINAL, STREAM_DEVICE, STREAM_SINK, STREAM_SOCKET };
	struct choices *choices = &kernel.choices;
	bool is_upload;
	enum stream_kind kind;

	memset(&kernel, 0, sizeof(kernel));
	*choices = (struct choices){ data, size };
	is_upload = !choose_one_in(choices, 2);
	kind = kinds[choose(choices, is_upload ? 4 : 6)];
	kernel.size = choose_one_in(choices, 2)
	    ? choose(choices, 65536) * (size_t)SIZE_UNIT
	    : choose(choices, 600);
	kernel.crlf = is_upload && choose_one_in(choices, 4);
	kernel.is_file = is_upload && kind == STREAM_FILE;
	kernel.is_terminal = is_upload && kind == STREAM_TERMINAL;
	/* It may be cut while it is read. */
	kernel.file_size = kernel.size +
	    (choose_one_in(choices, 8) ? choose(choices, 65536) * (size_t)9
				       : 0);
	kernel.to_deliver = to_deliver();
	kernel.flags = choose_one_in(choices, 8) ? O_DIRECT | O_APPEND : 0;
	*from = (struct stream){
		.kind = is_upload ? kind : STREAM_SOCKET,
		.inherited = -1,
		.fd = SOURCE_FD,
		.own = choose_one_in(choices, 2),
	};
	*to = (struct stream){
		.kind = is_upload ? STREAM_SOCKET : kind,
		.inherited = -1,
		.fd = SINK_FD,
		.own = from->own,
	};
}

/* What is counted is what there is. */
static void
check_counts(struct pump *pump, size_t moved)
{
	size_t taken = kernel.delivered + pump_waiting(pump);

	CHECK(moved == kernel.delivered);
	pump_end(pump);
	CHECK(kernel.delivered + pump_waiting(pump) == taken);
	/* What was reserved of the file and not sent is released. */
	if (!kernel.crlf)
		CHECK(kernel.read == taken);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream from, to;
	struct pump_config config = { .crlf = false };
	struct pump *pump;
	enum pump_result last = PUMP_MOVED;
	size_t moved, total = 0, moves = 0;

	if (source[0] == source[3])
		make_source();
	begin(data, size, &from, &to);
	config.crlf = kernel.crlf;
	config.zero_copy = choose_one_in(&kernel.choices, 2);
	pump = pump_choose(&from, &to, &config);
	CHECK(pump != NULL);
	while (last != PUMP_SOURCE_ENDED && last != PUMP_SOURCE_FAILED &&
	    last != PUMP_SINK_FAILED) {
		last = pump_move(pump, &moved);
		total += moved;
		CHECK(total == kernel.delivered);
		CHECK(last == PUMP_MOVED || moved == 0);
		/* A pump has to go on once the kernel does. */
		CHECK(kernel.choices.left > 0 || moves++ < MOVES_MAX);
		if (choose_one_in(&kernel.choices, 16))
			pump_set_batches(
			    pump, choose_one_in(&kernel.choices, 2));
	}
	if (last == PUMP_SOURCE_ENDED) {
		CHECK(kernel.hung_up || kernel.delivered == kernel.to_deliver);
		CHECK(pump_waiting(pump) == 0);
	} else {
		CHECK(kernel.failed);
	}
	check_counts(pump, total);
	pump_free(pump);
	return (0);
}
