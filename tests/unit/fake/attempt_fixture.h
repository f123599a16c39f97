/* SPDX-License-Identifier: ISC */
/*
 * attempt_fixture.h: a provider of real attempts, a loop to run them in, and
 * loopback sockets for them to meet.
 */
#ifndef ATTEMPT_FIXTURE_H
#define ATTEMPT_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "attempt.h"

struct event_base;

struct attempt_fixture {
	struct event_base *base;
	struct attempt_provider *provider;
	struct attempt *attempt;
	enum hecat_success success; /* of those that are started */
	monotime_t open_time;
	size_t descriptors;  /* open when the test began */
	size_t ended;        /* callbacks */
	int error;           /* 0: none of them failed */
	bool release_inside; /* the callback */
};

/* The setup and teardown of a test; *state is the fixture. */
int attempt_setup(void **state);
/* Fails the test when it has left anything behind. */
int attempt_teardown(void **state);

struct address literal(const char *text);

/*
 * Binds a socket to a port of the system's choice, noted in *address. Returns
 * -1 where the host does not have the address.
 */
int bound_socket(struct address *address);
int listener(struct address *address, int backlog);

/*
 * Start the attempt of the fixture, from a port of the wildcard address where
 * there is no source; 0 or an errno.
 */
int start_from(struct attempt_fixture *fixture,
    const struct address *destination, const struct address *source,
    uint16_t source_port);
int start(struct attempt_fixture *fixture, const struct address *destination);
void release(struct attempt_fixture *fixture);

/* Polls, without the loop, until `count` attempts have ended. */
void poll_until(struct attempt_fixture *fixture, size_t ended);
/* Polls until the first attempt has ended; returns its error. */
int poll_to_the_end(struct attempt_fixture *fixture);

#endif
