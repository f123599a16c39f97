/* SPDX-License-Identifier: ISC */
/*
 * One writer for descriptor 2, made for the first message.
 */
#include <unistd.h>

#include "report/messages.h"

static struct writer writer;

struct writer *
messages_writer(void)
{
	static bool is_tried;

	if (!is_tried) {
		is_tried = true;
		writer_init(&writer, STDERR_FILENO);
	}
	return (writer.file == NULL ? NULL : &writer);
}

FILE *
messages(void)
{
	struct writer *own = messages_writer();

	return (own == NULL ? stderr : own->file);
}

int
messages_flush(monotime_t patience)
{
	/* There was no message. */
	if (writer.file == NULL)
		return (0);
	writer_set_patience(&writer, patience);
	return (writer_flush(&writer));
}
