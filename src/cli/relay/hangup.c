/* SPDX-License-Identifier: ISC */
/*
 * epoll(7) reports a hang-up whether it is asked to or not. libevent cannot ask
 * for nothing else, so there is an epoll of our own inside of its own.
 */
#ifdef __linux__
#include <sys/epoll.h>
#endif
#include <unistd.h>

#include "relay/hangup.h"

int
hangup_open(int fd)
{
	int epoll = -1;

	(void)fd;
#ifdef __linux__
	struct epoll_event nothing = { .events = 0 };

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll != -1 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &nothing) == -1) {
		close(epoll);
		epoll = -1;
	}
#endif
	return (epoll);
}

void
hangup_watch(struct hangup *hangup, struct event_base *base, int fd,
    event_callback_fn cb, void *arg)
{
	hangup->epoll = hangup_open(fd);
	if (hangup->epoll == -1)
		return;
	hangup->event = event_new(base, hangup->epoll, EV_READ, cb, arg);
	if (hangup->event == NULL || event_add(hangup->event, NULL) == -1)
		hangup_release(hangup);
}

void
hangup_release(struct hangup *hangup)
{
	if (hangup->event != NULL)
		event_free(hangup->event);
	if (hangup->epoll != -1)
		close(hangup->epoll);
	*hangup = HANGUP_NONE;
}
