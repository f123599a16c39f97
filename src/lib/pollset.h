/* SPDX-License-Identifier: ISC */
/*
 * pollset.h: descriptors that wait to become writable or readable, any number
 * of them, polled all at once.
 *
 * A poll costs as much as there are descriptors that are ready, not as many as
 * wait: two system calls, where the kernel can keep the set (epoll). Elsewhere,
 * and where it refuses, poll(2) polls POLLSET_POLL_MAX at a time.
 *
 * The life of a set: init; add and remove; poll, then next until there is none;
 * release, when all members have been removed.
 */
#ifndef POLLSET_H
#define POLLSET_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

/* The most in one poll(2). More are kept in an epoll. */
#define POLLSET_POLL_MAX 64

/* A descriptor; part of a struct of its owner's. */
struct pollset_member {
	TAILQ_ENTRY(pollset_member) entry;
	struct pollset_list *list; /* of the set, the one it is in */
	int fd;
	short events; /* POLLOUT or POLLIN */
	bool in_epoll;
};

TAILQ_HEAD(pollset_list, pollset_member);

struct pollset {
	struct pollset_list polled; /* with poll(2) */
	struct pollset_list in_epoll;
	struct pollset_list ready; /* found ready, not yet returned */
	size_t in_epoll_count;
	int epoll_fd; /* of in_epoll_count members; -1: none */
};

void pollset_init(struct pollset *set);
void pollset_release(struct pollset *set);

/*
 * Adds `fd`, which waits for `events`, POLLOUT or POLLIN, and is to stay open
 * until the member is removed.
 */
void pollset_add(
    struct pollset *set, struct pollset_member *member, int fd, short events);
void pollset_remove(struct pollset *set, struct pollset_member *member);

/* Polls every descriptor once, without waiting. */
void pollset_poll(struct pollset *set);

/*
 * Returns the next member that was found ready, or failed; NULL when that was
 * all. Members may be added and removed in between.
 */
struct pollset_member *pollset_next(struct pollset *set);

#endif
