/* SPDX-License-Identifier: ISC */
/*
 * plan.h: all that is random about one case, drawn from its key beforehand.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "data.h"
#include "pace.h"

enum kind {
	KIND_FILE,
	KIND_APPEND, /* a file with O_APPEND; only for output */
	KIND_PIPE,
	KIND_SOCKET,
	KIND_TERMINAL,
	KIND_NULL, /* /dev/null */
	KIND_CLOSED
};

/* Who ends first: the other waits until it has seen that. */
enum order { ORDER_TOGETHER, ORDER_SERVER, ORDER_CLIENT, ORDER_NOBODY };

enum reset {
	RESET_NONE,
	RESET_ABORT,     /* the server closes with SO_LINGER 0 */
	RESET_END_ABORT, /* the same after it has ended its side */
	RESET_CLOSE      /* it closes, and what still comes is refused */
};

/* The four ends that move bytes. */
enum mover { FEEDER, COLLECTOR, SERVER_SOURCE, SERVER_SINK, MOVERS };

struct plan_stream {
	enum kind kind;
	bool nonblock; /* O_NONBLOCK is set already */
	bool held;     /* others keep it open, so that no end can be seen */
	size_t header; /* bytes before ours in a file */
};

struct plan {
	bool resets; /* which series of cases it is of */
	unsigned number;
	uint64_t key;
	struct plan_stream in, out;
	bool one_descriptor; /* a socket or a terminal is both */
	uint64_t upload, download;
	struct pace_plan pace[MOVERS];
	int64_t collector_delay; /* for so long it reads nothing */
	enum order order;
	uint64_t held_back; /* bytes that wait for the end of the other side */
	int send_buffer, receive_buffer; /* of the server; 0: as they are */
	bool no_splice, zero_copy, crlf, send_only, recv_only;
	bool no_shutdown, exit_on_peer_eof;
	int shutdown_ms; /* unless no_shutdown; 0: at once */
	int quit_ms;     /* -1: none */
	int idle_ms;     /* 0: none */
	enum reset reset;
	bool reset_on_upload; /* at a byte received, not sent */
	uint64_t reset_at;
	bool verbose;    /* the server waits for the word of the connection */
	bool input_ends; /* with a reset; else it always does */
};

/* Draws case `number` of one of the two series. */
void plan_draw(struct plan *plan, uint64_t seed, bool resets, unsigned number,
    uint64_t max_bytes);

/* Returns whether the program leaves when the server ends. */
bool plan_leaves_with_peer(const struct plan *plan);

/* Returns whether the collector can see standard output end. */
bool plan_end_is_visible(const struct plan *plan);

/* Returns whether not all of the upload, or download, has to arrive. */
bool plan_upload_may_be_cut(const struct plan *plan);
bool plan_download_may_be_cut(const struct plan *plan);

/* Returns whether the bytes on standard output can be checked. */
bool plan_output_is_kept(const struct plan *plan);

struct data plan_upload(const struct plan *plan);
struct data plan_download(const struct plan *plan);

/* Returns the number of bytes that the server has to receive. */
uint64_t plan_expanded_upload(const struct plan *plan);

#define PLAN_ARGUMENTS 16

/* The arguments of the program; `words` is where they are. */
struct plan_command {
	char words[PLAN_ARGUMENTS][32];
	char *argv[PLAN_ARGUMENTS + 1];
};

void plan_command(
    const struct plan *plan, unsigned port, struct plan_command *command);

/* Describes the case in words, each line after "# ". */
void plan_print(FILE *out, const struct plan *plan);

#endif
