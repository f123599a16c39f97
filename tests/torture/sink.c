/* SPDX-License-Identifier: ISC */
/*
 * A reader of known bytes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../tools/peer_tls.h"
#include "sink.h"

void
sink_init(struct sink *sink, int fd, const struct data *data, bool crlf,
    const struct pace_plan *plan, uint64_t key)
{
	memset(sink, 0, sizeof(*sink));
	sink->fd = fd;
	data_check_init(&sink->check, data, crlf);
	pace_init(&sink->pace, plan, key);
}

bool
sink_wants(const struct sink *sink, int64_t now, int64_t *wake)
{
	return (sink->fd != -1 && !sink->ended &&
	    !pace_pauses(&sink->pace, now, wake));
}

void
sink_run(struct sink *sink)
{
	unsigned char bytes[CHUNK_MAX];
	size_t size = pace_chunk(&sink->pace);
	ssize_t n = sink->tls != NULL ? peer_tls->recv(sink->tls, bytes, size)
				      : read(sink->fd, bytes, size);

	sink->empty = n == -1 && errno == EAGAIN;
	if (n > 0) {
		data_check_add(&sink->check, bytes, (size_t)n);
		pace_rest(&sink->pace);
	} else if (n == 0) {
		sink->ended = true;
	} else if (errno != EAGAIN && errno != EINTR) {
		sink->error = errno;
		sink->ended = true;
	}
}
