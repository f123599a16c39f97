/* SPDX-License-Identifier: ISC */
/*
 * A few descriptors are asked about with one poll(2). More are handed over to
 * epoll once and for all, so that nobody walks through thousands of them for
 * every look. The few never cost a descriptor of its own.
 */
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include "pollset.h"

void
ready_set_init(struct ready_set *set)
{
	TAILQ_INIT(&set->asked);
	TAILQ_INIT(&set->kept);
	TAILQ_INIT(&set->ready);
	set->kept_count = 0;
	set->kernel = -1;
}

void
ready_set_release(struct ready_set *set)
{
	if (set->kernel != -1)
		close(set->kernel);
	set->kernel = -1;
}

static void
insert(struct ready_list *list, struct ready_member *member)
{
	TAILQ_INSERT_TAIL(list, member, entry);
	member->list = list;
}

static void
move(struct ready_member *member, struct ready_list *list)
{
	TAILQ_REMOVE(member->list, member, entry);
	insert(list, member);
}

#ifdef __linux__
/* Hands a member over to the kernel. Returns false when it does not take it. */
static bool
keep(struct ready_set *set, struct ready_member *member)
{
	struct epoll_event event = {
		.events = member->events == POLLIN ? EPOLLIN : EPOLLOUT,
		.data.ptr = member,
	};

	if (set->kernel == -1)
		set->kernel = epoll_create1(EPOLL_CLOEXEC);
	if (set->kernel == -1 ||
	    epoll_ctl(set->kernel, EPOLL_CTL_ADD, member->fd, &event) == -1)
		return (false);
	member->kept = true;
	set->kept_count++;
	move(member, &set->kept);
	return (true);
}

/*
 * A copy of the descriptor, in a child perhaps, would stay in there. Without a
 * member the kernel's set is a descriptor too many.
 */
static void
let_go(struct ready_set *set, struct ready_member *member)
{
	struct epoll_event unused;

	epoll_ctl(set->kernel, EPOLL_CTL_DEL, member->fd, &unused);
	if (--set->kept_count == 0)
		ready_set_release(set);
}

/*
 * Finds those that are ready among what the kernel keeps. It tells of them in
 * turn, so that one which was told before ends the round.
 */
static void
look_at_kept(struct ready_set *set)
{
	struct epoll_event events[READY_SET_FEW];
	int count, found;

	if (TAILQ_EMPTY(&set->kept))
		return;
	do {
		count = epoll_wait(set->kernel, events, READY_SET_FEW, 0);
		found = 0;
		for (int i = 0; i < count; i++) {
			struct ready_member *member = events[i].data.ptr;

			if (member->list != &set->kept)
				continue;
			move(member, &set->ready);
			found++;
		}
	} while (found == READY_SET_FEW);
}
#else
static bool
keep(struct ready_set *set, struct ready_member *member)
{
	(void)set;
	(void)member;
	return (false);
}

static void
let_go(struct ready_set *set, struct ready_member *member)
{
	(void)set;
	(void)member;
}

static void
look_at_kept(struct ready_set *set)
{
	(void)set;
}
#endif

static bool
are_few(const struct ready_list *list)
{
	const struct ready_member *member = TAILQ_FIRST(list);

	for (size_t i = 0; i < READY_SET_FEW && member != NULL; i++)
		member = TAILQ_NEXT(member, entry);
	return (member == NULL);
}

/* Asks about so many, and finds those of them that are ready. */
static void
ask(struct ready_set *set, struct ready_member *const *members,
    struct pollfd *entries, nfds_t count)
{
	if (poll(entries, count, 0) <= 0)
		return;
	for (nfds_t i = 0; i < count; i++)
		if (entries[i].revents != 0)
			move(members[i], &set->ready);
}

static void
look_at_asked(struct ready_set *set)
{
	struct ready_member *members[READY_SET_FEW], *member, *next;
	struct pollfd entries[READY_SET_FEW];
	nfds_t count = 0;

	for (member = TAILQ_FIRST(&set->asked); member != NULL; member = next) {
		next = TAILQ_NEXT(member, entry);
		entries[count] = (struct pollfd){
			.fd = member->fd,
			.events = member->events,
		};
		members[count++] = member;
		if (count < READY_SET_FEW && next != NULL)
			continue;
		ask(set, members, entries, count);
		count = 0;
	}
}

void
ready_set_add(
    struct ready_set *set, struct ready_member *member, int fd, short events)
{
	member->fd = fd;
	member->events = events;
	member->kept = false;
	insert(&set->asked, member);
}

void
ready_set_remove(struct ready_set *set, struct ready_member *member)
{
	if (member->kept)
		let_go(set, member);
	TAILQ_REMOVE(member->list, member, entry);
}

void
ready_set_look(struct ready_set *set)
{
	if (!are_few(&set->asked))
		while (!TAILQ_EMPTY(&set->asked) &&
		    keep(set, TAILQ_FIRST(&set->asked)))
			continue;
	look_at_asked(set);
	look_at_kept(set);
}

struct ready_member *
ready_set_next(struct ready_set *set)
{
	struct ready_member *member = TAILQ_FIRST(&set->ready);

	if (member != NULL)
		move(member, member->kept ? &set->kept : &set->asked);
	return (member);
}
