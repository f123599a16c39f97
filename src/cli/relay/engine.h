/* SPDX-License-Identifier: ISC */
/*
 * relay/engine.h: moves bytes between a connection and the standard streams,
 * both ways, and reports what happens. Its owner, the relay, decides what
 * follows from that.
 *
 * There are two: engine_pump.h is the fast one, engine_copy.h the portable
 * one.
 *
 * The life of one: a constructor returns it, NULL with errno when that is
 * impossible; engine_start() has it move bytes, from the event loop and perhaps
 * at once; engine_free() frees it, but not from within one of its callbacks.
 * The endpoints belong to the owner and outlive the engine, which never closes
 * one of them.
 */
#ifndef RELAY_ENGINE_H
#define RELAY_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "relay/stream.h"

/* What an engine moves bytes between. */
struct engine_endpoints {
	struct stream connection;
	struct stream in;  /* standard input */
	struct stream out; /* standard output */
};

/*
 * What an engine reports, with the `arg` of its configuration. The functions
 * may ask the engine how much is waiting or unwritten, and have it read no more
 * input, but nothing else.
 */
struct engine_events {
	/* Bytes of standard input were read; they may not be sent yet. */
	void (*input_read)(void *arg);

	/* `count` bytes have gone to the connection, or to standard output. */
	void (*sent)(size_t count, void *arg);
	void (*received)(size_t count, void *arg);

	/*
	 * Standard input is at its end, though not all of it may be sent.
	 * Optional: an engine that sends what it reads at once omits it.
	 */
	void (*input_ended)(void *arg);

	/* Standard input is at its end, and all of it is sent. Once. */
	void (*upload_ended)(void *arg);

	/*
	 * Reading standard input failed. Nothing more is read; what was read
	 * before is still sent. There is no upload_ended.
	 */
	void (*input_failed)(int error, void *arg);

	/*
	 * Nothing more can be sent, for the errno `error`: `undelivered` bytes
	 * were read and cannot be sent. Receiving goes on. Called once.
	 */
	void (*upload_failed)(int error, uint64_t undelivered, void *arg);

	/*
	 * The peer has ended (error 0), or the connection is lost, and
	 * everything that was received is written out. Once.
	 */
	void (*download_ended)(int error, void *arg);

	/* Writing standard output failed. */
	void (*output_failed)(int error, void *arg);

	/* Nothing can go on: out of memory, or the event loop cannot wait. */
	void (*failed)(int error, void *arg);
};

struct engine_config {
	struct event_base *base;
	struct engine_endpoints *endpoints;
	const struct engine_events *events;
	void *arg;         /* of the events */
	bool receive_only; /* do not read standard input */
	bool crlf;         /* CRLF for LF on the way out */
	bool zero_copy;    /* send the pages of a file, not copies */
};

struct engine;

/* What the functions below do for one kind of engine. */
struct engine_ops {
	bool (*start)(struct engine *engine);
	uint64_t (*waiting)(struct engine *engine);
	uint64_t (*unwritten)(struct engine *engine);
	void (*write_received)(struct engine *engine);
	void (*free)(struct engine *engine);
};

/* The common part of every engine, which embeds it. */
struct engine {
	const struct engine_ops *ops;
	struct engine_config config;
	bool input_stopped; /* read no more */
};

/* Begins to move bytes. Returns false, with errno, when that is impossible. */
bool engine_start(struct engine *engine);

/* Reads no more of standard input; what was read is still sent. */
void engine_stop_input(struct engine *engine);

/* Returns how many bytes of standard input were read and are not yet sent. */
uint64_t engine_waiting(struct engine *engine);

/* Returns how many of the bytes it has received are not yet written out. */
uint64_t engine_unwritten(struct engine *engine);

/*
 * Writes out what the connection has received by now, as far as that goes
 * without waiting. Not to be called from within one of the callbacks.
 */
void engine_write_received(struct engine *engine);

/* Frees the engine, which may be NULL. */
void engine_free(struct engine *engine);

/* The following are for the engines. */

/* Adds an event, or a timer that expires `after` a time; reports a failure. */
void engine_watch(
    struct engine *engine, struct event *event, const struct timeval *after);

/*
 * Makes the event of a stream that may not be ready; *event stays NULL for one
 * that always is. Returns false when out of memory.
 */
bool engine_stream_event(struct engine *engine, const struct stream *stream,
    short what, event_callback_fn cb, void *arg, struct event **event);

/*
 * Returns whether standard input is a terminal and this process is in its
 * background, where a read would stop it. Then `again` is set to expire when
 * that is to be checked again.
 */
bool engine_is_in_background(struct engine *engine, struct event *again);

#endif
