/* SPDX-License-Identifier: ISC */
/*
 * relay/engine.h: between the relay, which knows when what ends, and an
 * engine, which moves the bytes. Only those two include this.
 */
#ifndef RELAY_ENGINE_H
#define RELAY_ENGINE_H

#include "relay/relay.h"
#include "relay/stream.h"

struct event;
struct event_base;
struct timeval;

/* Moves bytes both ways and tells the relay of every end, once. */
struct relay_engine {
	/* Starts to move; returns the engine's state, NULL without memory. */
	void *(*start)(struct relay *relay);
	void (*release)(void *state);
	/* Returns how much of standard input is read and not yet sent. */
	uint64_t (*waiting)(const void *state);
	/*
	 * Writes out what the connection has received by now, as far as that
	 * goes without waiting. Not to be called from within the engine.
	 */
	void (*write_received)(void *state);
	/* Returns how much of what was received is not yet written out. */
	uint64_t (*unwritten)(const void *state);
};

/* What an engine works with; the relay owns it. */
struct relay_ends {
	struct event_base *base;
	struct stream connection;
	struct stream in;
	struct stream out;
	bool receive_only; /* leave `in` alone */
	bool input_is_cut; /* read no more of `in`, send what was read */
	bool crlf;         /* expand line ends on the way out */
	bool zero_copy;    /* send the pages of a file, not copies */
};

struct relay_ends *relay_ends(struct relay *relay);

/*
 * Adds an event of the engine's, or a timer `after` a time. Where that is not
 * possible nothing would ever come back, so the relay ends.
 */
void relay_watch(
    struct relay *relay, struct event *event, const struct timeval *after);

/*
 * What an engine tells. The relay never calls back into the engine from these,
 * and frees it later, from the event loop.
 */

/* Standard input was read, which counts as movement until it is sent. */
void relay_input_read(struct relay *relay);

/* So many bytes have gone to the connection, or to standard output. */
void relay_sent(struct relay *relay, size_t count);
void relay_received(struct relay *relay, size_t count);

/*
 * Standard input has ended, though not all of it may be sent. An engine need
 * not tell: when all is sent the relay knows.
 */
void relay_input_ended(struct relay *relay);

/* Standard input has ended, and all of it is sent. */
void relay_upload_ended(struct relay *relay);

/*
 * Nothing more can be sent: `error` says why, and `undelivered` bytes were
 * read for nothing. Receiving goes on.
 */
void relay_upload_failed(struct relay *relay, int error, uint64_t undelivered);

/* The peer has ended (error 0) or is lost, and all it sent is written out. */
void relay_download_ended(struct relay *relay, int error);

/* Nothing can go on: out of memory, or the event loop refuses to wait. */
void relay_failed(struct relay *relay, int error);

void relay_input_failed(struct relay *relay, int error);
void relay_output_failed(struct relay *relay, int error);

/* A bufferevent and plain reads and writes: works everywhere. */
extern const struct relay_engine relay_engine_copy;

#ifdef __linux__
/* The cheapest way for each pair of ends, as relay_pump.h knows it. */
extern const struct relay_engine relay_engine_splice;
#endif

#endif
