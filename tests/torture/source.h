/* SPDX-License-Identifier: ISC */
/*
 * source.h: what writes a stream of known bytes to a descriptor, at its pace.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "data.h"
#include "pace.h"

struct peer_tls;

struct source {
	int fd; /* non-blocking; -1: nothing to write to (any more) */
	struct data data;
	struct pace pace;
	uint64_t sent;
	uint64_t limit; /* it does not send beyond, for now */
	size_t chunk;   /* what is left of this one */
	bool at_end;    /* the owner has reported the end to the receiver */
	int error;      /* errno, once it has failed */
	struct peer_tls *tls; /* NULL: it writes as it is */
};

void source_init(struct source *source, int fd, const struct data *data,
    const struct pace_plan *plan, uint64_t key);

/* Returns whether it wants to write; lowers *wake if it will later. */
bool source_wants(const struct source *source, int64_t now, int64_t *wake);

/* Writes once; to be called when that does not block. */
void source_run(struct source *source);

/* Returns whether all has been sent. */
bool source_is_done(const struct source *source);

#endif
