/* SPDX-License-Identifier: ISC */
/*
 * connect_drive.h: runs a connector through a scenario in a fake world.
 *
 * A row has the answers of the resolver and their times ("10 6a 6b" for
 * addresses after 10 ms, "30 nodata" for none), and what becomes of the
 * attempts. The outcome names every start, in ms, and the end:
 *
 *	"6a 10, 4a 260: 4a wins at 280"
 *
 * fake_address.h has the addresses "6a" and "4a", and fake_world.c how
 * the end of an attempt is written; what is not named there is a black hole.
 */
#ifndef CONNECT_DRIVE_H
#define CONNECT_DRIVE_H

#include <stddef.h>

#include "config.h"
#include "fake/fake_world.h"

struct connect_row {
	const char *rule;
	const char *aaaa; /* the answer; NULL: it never comes */
	const char *a;
	const char *aaaa_rest; /* `aaaa` is a part, and this the rest */
	const char *a_rest;
	const char *both;      /* the answer to a question for both */
	const char *addresses; /* given, not looked up */
	const char *host;      /* NULL: a name */
	const char *attempts;
	const char *outcome;
	const char *delay;            /* ms or "none"; NULL: the default */
	const char *resolution_delay; /* likewise, and so on */
	const char *timeout;
	const char *attempt_timeout;
	const char *sources;
	const char *excluded; /* prefixes, with spaces between */
	uint16_t source_port;
	enum hecat_success success;
	const char *success_open;
	size_t first_address_family_count;
	enum hecat_order order;
	int family;
	int preferred_family;
	int absent_family; /* the host has no address of it */
	const char *unreachable;
	const char *words;    /* the host, as fake_host.h has it */
	const char *gai_conf; /* its lines */
	size_t descriptors;
	int resolver_error; /* errno: the lookup cannot be started */
	const char *resolver_error_from;  /* NULL: from the beginning */
	const char *resolver_error_until; /* NULL: to the end */
	const char *no_descriptor_until;  /* lookups; NULL: they are not */
	int no_descriptor_family;
};

/* What an observer does inside an event. */
enum connect_interference { CONNECT_UNDISTURBED, CONNECT_CANCEL, CONNECT_FREE };

/* A connect under way, and all that it points to. */
struct connect {
	struct fake_world world;
	struct address given[5][FAKE_ANSWER_MAX]; /* of answers */
	struct address listed[FAKE_ANSWER_MAX];
	struct hecat_config config;
	const char *host;
	const char *service;
	const struct address *addresses; /* to connect to; NULL: the host */
	size_t address_count;
	bool only_looks_up;
	char gai_conf[32]; /* path of a file that is removed again */
	struct hecat_connector *connector;
	bool free_inside; /* the callback */
	enum connect_interference interference;
	size_t interfere_at; /* that event, counted from 1 */
	bool interfered;
	size_t events;
	bool ended; /* the event was there, with that result */
	int result;
	size_t callbacks;
	enum hecat_error error;
	int fd; /* -1: none */
};

/* Makes the connector and its world, and starts it; it has not run yet. */
void connect_init(struct connect *connect, const struct connect_row *row);

/* Fills in a world without answers, and the defaults. */
void connect_init_empty(struct connect *connect);

/*
 * Makes the connector of a connect whose config and world are filled in, and
 * starts it.
 */
void connect_begin(struct connect *connect);

/*
 * Starts the connector once more. Returns what the library does; errno is its
 * own.
 */
int connect_start(struct connect *connect);

/* Runs until nothing is left to happen, and checks that it ended well. */
void connect_run(struct connect *connect);

/* Frees the connector if it is still there, and checks what it leaves. */
void connect_release(struct connect *connect);

/*
 * Fails the test when the outcome of a row is another. Each row is run with
 * simultaneous events in every order, freed in the callback and after it; once
 * more for each thing that happens, to be freed after it; and twice for each
 * event that is observed, to be cancelled and freed inside of it.
 */
void connect_drive_all(const struct connect_row *rows, size_t count);

#define CHECK_ALL(rows) \
	connect_drive_all(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
