/* SPDX-License-Identifier: ISC */
/*
 * pollset.h: any number of descriptors that wait to become writable or
 * readable, polled together.
 *
 * With epoll the cost of a poll is two system calls and that of the ready
 * descriptors, not that of all members. Without epoll, or when the kernel
 * refuses it, poll(2) polls POLLSET_POLL_MAX descriptors at a time.
 *
 * The life of a set: pollset_init(); pollset_add() and pollset_remove();
 * pollset_poll(), then pollset_next() until it returns NULL; pollset_release()
 * when all members have been removed.
 */
#ifndef POLLSET_H
#define POLLSET_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

/* The most descriptors of one poll(2); a larger set uses epoll. */
#define POLLSET_POLL_MAX 64

/* A descriptor; the caller makes it part of a struct of its own. */
struct pollset_member {
	TAILQ_ENTRY(pollset_member) entry;
	struct pollset_list *list; /* the list of the set that it is in */
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
 * Adds `fd`, which waits for `events`, POLLOUT or POLLIN. It must stay open
 * until the member is removed.
 */
void pollset_add(
    struct pollset *set, struct pollset_member *member, int fd, short events);
void pollset_remove(struct pollset *set, struct pollset_member *member);

/* Polls every descriptor once, without waiting. */
void pollset_poll(struct pollset *set);

/*
 * Returns the next member that was found ready or has an error; NULL: there are
 * no more. Members may be added and removed between two calls.
 */
struct pollset_member *pollset_next(struct pollset *set);

#endif
