/* SPDX-License-Identifier: ISC */
/*
 * One read fills the buffer, and the writes that follow empty it.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <stdlib.h>

#include "relay/crlf.h"
#include "relay/pump_copy.h"
#include "container.h"

#define BUFFER_BYTES ((size_t)256 * 1024)

/* Where reads begin that bypass the page cache. */
#define ALIGNMENT 4096

struct pump_copy {
	struct pump pump;
	char *buffer;
	char *expanded; /* the buffer with CRLF for LF; NULL: as it is */
	struct crlf crlf;
	const char *pending;     /* what was read and not yet written, */
	size_t count;            /* in bytes */
	size_t read_size;        /* of the last read */
	struct file_range range; /* to be read before the source goes on */
	bool corked;             /* the sink sends full segments only */
};

static struct pump_copy *
copy_of(struct pump *pump)
{
	return (container_of(pump, struct pump_copy, pump));
}

void
pump_copy_cork(struct pump *pump, bool corked)
{
	struct pump_copy *copy = copy_of(pump);
	int value = corked;

	if (copy->corked == corked)
		return;
	copy->corked = corked;
#ifdef TCP_CORK
	setsockopt(pump->to->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
#else
	(void)value;
#endif
}

size_t
pump_copy_read_size(struct pump *pump)
{
	return (copy_of(pump)->read_size);
}

void
pump_copy_read_first(struct pump *pump, const struct file_range *range)
{
	copy_of(pump)->range = *range;
}

static ssize_t
read_next(struct pump_copy *copy)
{
	const struct stream *from = copy->pump.from;

	if (copy->range.count > 0)
		return (file_range_read(
		    &copy->range, from->fd, copy->buffer, BUFFER_BYTES));
	return (stream_read(from, copy->buffer, BUFFER_BYTES));
}

/* Fills the buffer with one read. */
static enum pump_result
fill(struct pump_copy *copy)
{
	ssize_t n = read_next(copy);

	copy->read_size = n > 0 ? (size_t)n : 0;
	if (n == -1)
		return (pump_source_error());
	if (n == 0)
		return (PUMP_SOURCE_ENDED);
	copy->pending = copy->buffer;
	copy->count = (size_t)n;
	/* A last segment that is not full would wake the receiver twice. */
	if (copy->pump.from->kind == STREAM_FILE)
		pump_copy_cork(&copy->pump, copy->count == BUFFER_BYTES);
	if (copy->expanded != NULL) {
		copy->count = crlf_expand(
		    &copy->crlf, copy->buffer, copy->count, copy->expanded);
		copy->pending = copy->expanded;
	}
	return (PUMP_MOVED);
}

static enum pump_result
pump_copy_move(struct pump *pump, size_t *moved)
{
	struct pump_copy *copy = copy_of(pump);
	enum pump_result filled;
	ssize_t n;

	/* The end of the source is reported when the sink has everything. */
	if (stream_flush(pump->to) == -1)
		return (pump_sink_error());
	filled = copy->count > 0 ? PUMP_MOVED : fill(copy);
	if (filled != PUMP_MOVED)
		return (filled);
	n = stream_write(pump->to, copy->pending, copy->count);
	if (n == -1)
		return (pump_sink_error());
	copy->pending += n;
	copy->count -= (size_t)n;
	*moved = (size_t)n;
	return (PUMP_MOVED);
}

static size_t
pump_copy_waiting(struct pump *pump)
{
	return (copy_of(pump)->count);
}

static void
pump_copy_end(struct pump *pump)
{
	file_range_release(&copy_of(pump)->range, pump->from->fd);
	pump_copy_cork(pump, false);
}

static void
pump_copy_free(struct pump *pump)
{
	struct pump_copy *copy = copy_of(pump);

	free(copy->buffer);
	free(copy->expanded);
	free(copy);
}

static const struct pump_ops pump_copy_ops = {
	.move = pump_copy_move,
	.waiting = pump_copy_waiting,
	.end = pump_copy_end,
	.free = pump_copy_free,
};

struct pump *
pump_copy_new(const struct stream *from, const struct stream *to, bool crlf)
{
	struct pump_copy *copy = calloc(1, sizeof(*copy));

	if (copy == NULL)
		return (NULL);
	copy->pump = (struct pump){ &pump_copy_ops, from, to };
	copy->buffer = aligned_alloc(ALIGNMENT, BUFFER_BYTES);
	if (crlf)
		copy->expanded = malloc(2 * BUFFER_BYTES);
	if (copy->buffer != NULL && (!crlf || copy->expanded != NULL))
		return (&copy->pump);
	pump_copy_free(&copy->pump);
	return (NULL);
}
