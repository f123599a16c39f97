/* SPDX-License-Identifier: ISC */
/*
 * Lines of xxd(1), made for a piece at a time and written at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "container.h"
#include "report/file.h"
#include "report/hex_dump.h"
#include "report/messages.h"
#include "text_buffer.h"

#define LINE_BYTES 16

/* Bytes that hold a line, with times and places of any size. */
#define LINE_MAX_TEXT 128

/* Bytes that hold the lines of a piece. */
#define TEXT_MAX (STREAM_TAP_BYTES / LINE_BYTES * LINE_MAX_TEXT)

struct hex_dump {
	struct stream_tap tap;
	struct writer *out; /* `own`, or that of the messages */
	struct writer own;
	struct report_file file;
	monotime_t start;
	uint64_t sent; /* bytes so far */
	uint64_t received;
	bool is_cut; /* there was no room for a piece: nothing follows */
	char text[TEXT_MAX];
};

_Static_assert(TEXT_MAX <= WRITER_KEEP_BYTES,
    "a writer that keeps nothing has room for a piece");

static struct hex_dump *
dump_of(struct stream_tap *tap)
{
	return (container_of(tap, struct hex_dump, tap));
}

/* Adds a line of up to LINE_BYTES bytes. */
static void
add_line(struct text_buffer *text, const char *head, uint64_t place,
    const unsigned char *bytes, size_t count)
{
	text_buffer_add(text, "%s %08" PRIx64 ": ", head, place);
	for (size_t i = 0; i < LINE_BYTES; i++) {
		if (i < count)
			text_buffer_add(text, "%02x", bytes[i]);
		else
			text_buffer_add(text, "  ");
		if (i % 2 == 1)
			text_buffer_add(text, " ");
	}
	text_buffer_add(text, " ");
	for (size_t i = 0; i < count; i++)
		text_buffer_add(text, "%c",
		    bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
	text_buffer_add(text, "\n");
}

/*
 * Returns whether all of a piece is written or kept. It is, but for one that
 * passes while the dump is behind: a signal has ended the relay.
 */
static bool
has_room(const struct hex_dump *dump, size_t size)
{
	return (size <= WRITER_KEEP_BYTES - dump->out->count);
}

/* Writes what has passed in one direction; *place is where that begins. */
static void
write_piece(struct hex_dump *dump, char direction, uint64_t *place,
    const unsigned char *bytes, size_t count)
{
	monotime_t now = clock_now() - dump->start;
	struct text_buffer text = { dump->text, sizeof(dump->text), 0 };
	char head[48];

	if (dump->is_cut || dump->out->error != 0)
		return;
	snprintf(head, sizeof(head), "%c %" PRId64 ".%06" PRId64, direction,
	    now / MONOTIME_PER_SECOND, now % MONOTIME_PER_SECOND);
	for (size_t i = 0; i < count; i += LINE_BYTES)
		add_line(&text, head, *place + i, bytes + i,
		    count - i < LINE_BYTES ? count - i : LINE_BYTES);
	*place += count;
	dump->is_cut = !has_room(dump, text.length);
	if (!dump->is_cut)
		fwrite(text.bytes, 1, text.length, dump->out->file);
}

static void
hex_dump_on_sent(struct stream_tap *tap, const void *bytes, size_t count)
{
	struct hex_dump *dump = dump_of(tap);

	write_piece(dump, '>', &dump->sent, bytes, count);
}

static void
hex_dump_on_received(struct stream_tap *tap, const void *bytes, size_t count)
{
	struct hex_dump *dump = dump_of(tap);

	write_piece(dump, '<', &dump->received, bytes, count);
}

static bool
hex_dump_is_behind(struct stream_tap *tap)
{
	struct hex_dump *dump = dump_of(tap);

	return (writer_is_behind(dump->out) && writer_flush(dump->out) == 0 &&
	    writer_is_behind(dump->out));
}

static const struct stream_tap_ops hex_dump_tap_ops = {
	.sent = hex_dump_on_sent,
	.received = hex_dump_on_received,
	.is_behind = hex_dump_is_behind,
};

/* Opens the output; 0 or an errno. */
static int
open_output(struct hex_dump *dump, const char *path, monotime_t patience)
{
	int error;

	dump->file = REPORT_FILE_NONE;
	if (path == NULL) {
		dump->out = messages_writer();
		return (dump->out == NULL ? ENOMEM : 0);
	}
	error = report_file_open_in_place(&dump->file, path, patience);
	if (error != 0)
		return (error);
	errno = 0;
	if (!writer_init(&dump->own, dump->file.fd))
		return (errno != 0 ? errno : ENOMEM);
	dump->out = &dump->own;
	return (0);
}

struct hex_dump *
hex_dump_new(const char *path, monotime_t patience)
{
	struct hex_dump *dump = calloc(1, sizeof(*dump));
	int error;

	if (dump == NULL)
		return (NULL);
	dump->tap.ops = &hex_dump_tap_ops;
	error = open_output(dump, path, patience);
	if (error == 0)
		return (dump);
	hex_dump_free(dump);
	errno = error;
	return (NULL);
}

void
hex_dump_start(struct hex_dump *dump, monotime_t start)
{
	dump->start = start;
}

struct stream_tap *
hex_dump_tap(struct hex_dump *dump)
{
	return (dump == NULL ? NULL : &dump->tap);
}

int
hex_dump_finish(struct hex_dump *dump, bool is_signalled)
{
	int error;

	writer_set_patience(dump->out,
	    is_signalled ? MESSAGES_SIGNAL_PATIENCE_US : MONOTIME_NEVER);
	error = writer_flush(dump->out);
	if (error == 0 && dump->is_cut)
		error = ETIMEDOUT;
	if (error != 0 || dump->out != &dump->own)
		return (error);
	writer_release(&dump->own);
	return (report_file_commit(&dump->file));
}

void
hex_dump_free(struct hex_dump *dump)
{
	if (dump == NULL)
		return;
	writer_release(&dump->own);
	report_file_release(&dump->file);
	free(dump);
}
