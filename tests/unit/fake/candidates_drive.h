/* SPDX-License-Identifier: ISC */
/*
 * candidates_drive.h: a list of candidates, filled and emptied by a row.
 * fake_address.h has the addresses "6a" and "4a".
 */
#ifndef CANDIDATES_DRIVE_H
#define CANDIDATES_DRIVE_H

#include "candidates.h"

#define DRIVE_BATCH_MAX 64
#define DRIVE_TEXT_MAX  512

/*
 * The answers, a comma after each; ">2" adds what stands before it and tries
 * two; one that begins with "<" is added ahead. In the end everything is tried:
 * `tried` is the order of it all.
 */
struct row {
	const char *rule;
	const char *answers;
	const char *tried;
	const char *unreachable;           /* destinations without a source */
	const char *sources;               /* that attempts are bound to */
	size_t first_address_family_count; /* 0: 1 */
	int preferred_family;
	enum hecat_order order;
	bool equal; /* no precedences: rule 6 does not part the families */
};

/* A host that reaches everything but `unreachable`. */
struct host {
	const char *unreachable;
	size_t asked;
};

/* The list under test with all that it points to. */
struct fixture {
	struct host host;
	struct policy_table table;
	struct address sources[DRIVE_BATCH_MAX];
	struct candidates candidates;
	bool ahead; /* what is added next */
	char tried[DRIVE_TEXT_MAX];
};

/* `row` may be without answers; release what was made. */
void fixture_init(struct fixture *fixture, const struct row *row);
void fixture_release(struct fixture *fixture);

/* Adds the addresses of those names; returns what candidates_add() does. */
int fixture_add(struct fixture *fixture, const char *names);

/* Tries the next pair and writes it down. Returns whether there was one. */
bool fixture_try(struct fixture *fixture);

/* Fails the test when the tried addresses are not those of the row. */
void candidates_drive_all(const struct row *rows, size_t count);

#define CHECK_ALL(rows) \
	candidates_drive_all(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
