/* SPDX-License-Identifier: ISC */
/*
 * Up to POLLSET_POLL_MAX descriptors are polled by one poll(2), which needs no
 * descriptor of its own. More are added to an epoll(7) once, so that a poll
 * does not visit thousands of them.
 */
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include "pollset.h"

void
pollset_init(struct pollset *set)
{
	TAILQ_INIT(&set->polled);
	TAILQ_INIT(&set->in_epoll);
	TAILQ_INIT(&set->ready);
	set->in_epoll_count = 0;
	set->epoll_fd = -1;
}

void
pollset_release(struct pollset *set)
{
	if (set->epoll_fd != -1)
		close(set->epoll_fd);
	set->epoll_fd = -1;
}

static void
insert(struct pollset_list *list, struct pollset_member *member)
{
	TAILQ_INSERT_TAIL(list, member, entry);
	member->list = list;
}

static void
move(struct pollset_member *member, struct pollset_list *list)
{
	TAILQ_REMOVE(member->list, member, entry);
	insert(list, member);
}

#ifdef __linux__
/* Adds a member to the epoll. Returns false when the kernel refuses. */
static bool
add_to_epoll(struct pollset *set, struct pollset_member *member)
{
	struct epoll_event event = {
		.events = member->events == POLLIN ? EPOLLIN : EPOLLOUT,
		.data.ptr = member,
	};

	if (set->epoll_fd == -1)
		set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd == -1 ||
	    epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, member->fd, &event) == -1)
		return (false);
	member->in_epoll = true;
	set->in_epoll_count++;
	move(member, &set->in_epoll);
	return (true);
}

/*
 * Removes a member: closing its descriptor is not enough when a child, for
 * example, has a copy. An epoll without members is closed.
 */
static void
remove_from_epoll(struct pollset *set, struct pollset_member *member)
{
	struct epoll_event unused;

	epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, member->fd, &unused);
	if (--set->in_epoll_count == 0)
		pollset_release(set);
}

/*
 * Finds the members of the epoll that are ready. The kernel returns them in
 * turn, so a call that returns known ones is the last.
 */
static void
poll_epoll(struct pollset *set)
{
	struct epoll_event events[POLLSET_POLL_MAX];
	int count, found;

	if (TAILQ_EMPTY(&set->in_epoll))
		return;
	do {
		count = epoll_wait(set->epoll_fd, events, POLLSET_POLL_MAX, 0);
		found = 0;
		for (int i = 0; i < count; i++) {
			struct pollset_member *member = events[i].data.ptr;

			if (member->list != &set->in_epoll)
				continue;
			move(member, &set->ready);
			found++;
		}
	} while (found == POLLSET_POLL_MAX);
}
#else
static bool
add_to_epoll(struct pollset *set, struct pollset_member *member)
{
	(void)set;
	(void)member;
	return (false);
}

static void
remove_from_epoll(struct pollset *set, struct pollset_member *member)
{
	(void)set;
	(void)member;
}

static void
poll_epoll(struct pollset *set)
{
	(void)set;
}
#endif

static bool
are_few(const struct pollset_list *list)
{
	const struct pollset_member *member = TAILQ_FIRST(list);

	for (size_t i = 0; i < POLLSET_POLL_MAX && member != NULL; i++)
		member = TAILQ_NEXT(member, entry);
	return (member == NULL);
}

/* Polls `count` descriptors and moves the ready ones. */
static void
poll_entries(struct pollset *set, struct pollset_member *const *members,
    struct pollfd *entries, nfds_t count)
{
	if (poll(entries, count, 0) <= 0)
		return;
	for (nfds_t i = 0; i < count; i++)
		if (entries[i].revents != 0)
			move(members[i], &set->ready);
}

static void
poll_polled(struct pollset *set)
{
	struct pollset_member *members[POLLSET_POLL_MAX], *member, *next;
	struct pollfd entries[POLLSET_POLL_MAX];
	nfds_t count = 0;

	for (member = TAILQ_FIRST(&set->polled); member != NULL;
	     member = next) {
		next = TAILQ_NEXT(member, entry);
		entries[count] = (struct pollfd){
			.fd = member->fd,
			.events = member->events,
		};
		members[count++] = member;
		if (count < POLLSET_POLL_MAX && next != NULL)
			continue;
		poll_entries(set, members, entries, count);
		count = 0;
	}
}

void
pollset_add(
    struct pollset *set, struct pollset_member *member, int fd, short events)
{
	member->fd = fd;
	member->events = events;
	member->in_epoll = false;
	insert(&set->polled, member);
}

void
pollset_remove(struct pollset *set, struct pollset_member *member)
{
	if (member->in_epoll)
		remove_from_epoll(set, member);
	TAILQ_REMOVE(member->list, member, entry);
}

void
pollset_poll(struct pollset *set)
{
	if (!are_few(&set->polled))
		while (!TAILQ_EMPTY(&set->polled) &&
		    add_to_epoll(set, TAILQ_FIRST(&set->polled)))
			continue;
	poll_polled(set);
	poll_epoll(set);
}

struct pollset_member *
pollset_next(struct pollset *set)
{
	struct pollset_member *member = TAILQ_FIRST(&set->ready);

	if (member != NULL)
		move(member, member->in_epoll ? &set->in_epoll : &set->polled);
	return (member);
}
