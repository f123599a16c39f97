/* SPDX-License-Identifier: ISC */
/*
 * A writer of known bytes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../tools/peer_tls.h"
#include "source.h"

void
source_init(struct source *source, int fd, const struct data *data,
    const struct pace_plan *plan, uint64_t key)
{
	memset(source, 0, sizeof(*source));
	source->fd = fd;
	source->data = *data;
	source->limit = data->size;
	pace_init(&source->pace, plan, key);
}

bool
source_wants(const struct source *source, int64_t now, int64_t *wake)
{
	return (source->fd != -1 && source->error == 0 && !source->at_end &&
	    source->sent < source->limit &&
	    !pace_pauses(&source->pace, now, wake));
}

void
source_run(struct source *source)
{
	unsigned char bytes[CHUNK_MAX];
	uint64_t left = source->limit - source->sent;
	size_t size;
	ssize_t n;

	if (source->chunk == 0)
		source->chunk = pace_chunk(&source->pace);
	size = left < source->chunk ? (size_t)left : source->chunk;
	data_fill(&source->data, source->sent, bytes, size);
	n = source->tls != NULL ? peer_tls->send(source->tls, bytes, size)
				: write(source->fd, bytes, size);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			source->error = errno;
		return;
	}
	source->sent += (uint64_t)n;
	source->chunk -= (size_t)n;
	if (source->chunk == 0)
		pace_rest(&source->pace);
}

bool
source_is_done(const struct source *source)
{
	return (source->sent == source->data.size);
}
