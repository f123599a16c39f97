/* SPDX-License-Identifier: ISC */
/*
 * transfer.h: one case, from the start of the program to its end.
 *
 * A loop over poll(2) plays the feeder of standard input, the collector of
 * standard output and both directions of the server.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "child.h"
#include "server.h"
#include "standard.h"

struct transfer {
	const struct plan *plan;
	struct standard standard;
	struct server server;
	struct source feeder;
	struct sink collector;
	struct child child;
	bool timed_out;
	int64_t deadline;
	int64_t child_end; /* when the program was seen to end */
};

/* Runs the program as planned; what became of it is in *transfer. */
void transfer_run(
    struct transfer *transfer, const struct plan *plan, const char *program);

void transfer_close(struct transfer *transfer);

/* Writes in one line how far each side has got. */
void transfer_print(FILE *out, const struct transfer *transfer);

#endif
