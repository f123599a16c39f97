/* SPDX-License-Identifier: ISC */
/*
 * pollset.h: descriptors that wait to become writable or readable, any number
 * of them, and one look at all.
 *
 * A look costs as much as there are descriptors that are ready, not as many as
 * wait: two system calls, where the kernel can keep the set (epoll). Elsewhere,
 * and where it does not, poll(2) is asked for READY_SET_FEW at a time.
 *
 * The life of a set: init; add and remove; look, then next until there is none;
 * release, when all members have been removed.
 */
#ifndef POLLSET_H
#define POLLSET_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

/* So many are asked about in one call. The kernel keeps what is more. */
#define READY_SET_FEW 64

/* A descriptor; part of a struct of its owner's. */
struct ready_member {
	TAILQ_ENTRY(ready_member) entry;
	struct ready_list *list; /* of the set, the one it is in */
	int fd;
	short events; /* POLLOUT or POLLIN */
	bool kept;    /* by the kernel */
};

TAILQ_HEAD(ready_list, ready_member);

struct ready_set {
	struct ready_list asked; /* about with poll(2) */
	struct ready_list kept;  /* by the kernel */
	struct ready_list ready; /* found so, and not told yet */
	size_t kept_count;
	int kernel; /* the set the kernel keeps, of kept_count; -1: none */
};

void ready_set_init(struct ready_set *set);
void ready_set_release(struct ready_set *set);

/*
 * Adds `fd`, which waits for `events`, POLLOUT or POLLIN, and is to stay open
 * until the member is removed.
 */
void ready_set_add(
    struct ready_set *set, struct ready_member *member, int fd, short events);
void ready_set_remove(struct ready_set *set, struct ready_member *member);

/* Looks at every descriptor once, and does not wait. */
void ready_set_look(struct ready_set *set);

/*
 * Returns the next member that the look found ready, or failed; NULL
 * when that was all. Members may be added and removed in between.
 */
struct ready_member *ready_set_next(struct ready_set *set);

#endif
