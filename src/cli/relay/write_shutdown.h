/* SPDX-License-Identifier: ISC */
/*
 * relay/write_shutdown.h: shuts the write side of the connection down when
 * half_close.h says so.
 *
 * The life of one: write_shutdown_new(); write_shutdown_start() once input has
 * ended and is sent; from then on it comes back by its timer until the FIN is
 * sent, and is polled whenever something may have changed;
 * write_shutdown_stop() when the connection will be left anyway;
 * write_shutdown_free().
 *
 * What is called the FIN here may be what TLS has in its place, a close_notify.
 */
#ifndef RELAY_WRITE_SHUTDOWN_H
#define RELAY_WRITE_SHUTDOWN_H

#include "clock.h"
#include "relay/half_close.h"

struct event_base;
struct write_shutdown;

/* It may not be freed inside any of them. */
struct write_shutdown_events {
	/*
	 * Returns the facts as the kernel has them now, not as the events that
	 * were handled: after a stop (SIGTSTP) the loop comes to its timers
	 * first, whatever has come meanwhile.
	 */
	struct half_close_facts (*gather)(void *arg);

	/*
	 * Sends the FIN. Returns 0, or an errno: EAGAIN has it called again
	 * soon.
	 */
	int (*send)(void *arg);

	/* The FIN is sent, or queued; or, with an errno, it cannot be sent. */
	void (*shut_down)(int error, void *arg);

	/* The FIN has waited for a second. */
	void (*waits)(void *arg);

	/*
	 * The peer has been quiet for `leave_wait` after the FIN, or without
	 * one where it is never sent.
	 */
	void (*quiet)(void *arg);

	/* A timer cannot be set: `error`. */
	void (*failed)(int error, void *arg);
};

struct write_shutdown_config {
	struct event_base *base;
	monotime_t wait;       /* of half_close_wait() */
	monotime_t leave_wait; /* MONOTIME_NEVER: its end is waited for */
	const struct write_shutdown_events *events;
	void *arg;
};

/* Makes one. Returns NULL when out of memory. */
struct write_shutdown *write_shutdown_new(
    const struct write_shutdown_config *config);

/* Input has ended and is sent: begins to wait. */
void write_shutdown_start(struct write_shutdown *self);

/* Does what is due now, or sets the timer. */
void write_shutdown_poll(struct write_shutdown *self);

/* Does nothing from now on. */
void write_shutdown_stop(struct write_shutdown *self);

/* Frees it, which may be NULL. */
void write_shutdown_free(struct write_shutdown *self);

#endif
