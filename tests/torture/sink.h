/* SPDX-License-Identifier: ISC */
/*
 * sink.h: what reads a stream of known bytes from a descriptor, at its pace,
 * and holds it against what had to come.
 */
#ifndef SINK_H
#define SINK_H

#include "data.h"
#include "pace.h"

struct peer_tls;

struct sink {
	int fd; /* non-blocking; -1: nothing to read from */
	struct data_check check;
	struct pace pace;
	bool ended; /* nothing more will come */
	bool empty; /* there was nothing to read the last time */
	int error;  /* errno, if that is how it ended; ENODATA: TLS without a
		       close_notify */
	struct peer_tls *tls; /* NULL: it reads as it is */
};

void sink_init(struct sink *sink, int fd, const struct data *data, bool crlf,
    const struct pace_plan *plan, uint64_t key);

/* Returns whether it wants to read; lowers *wake if it will later. */
bool sink_wants(const struct sink *sink, int64_t now, int64_t *wake);

/* Reads once, if there is something. */
void sink_run(struct sink *sink);

#endif
