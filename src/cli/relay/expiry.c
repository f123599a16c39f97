/* SPDX-License-Identifier: ISC */
/*
 * A timer that, once it has expired, goes through the loop once more.
 */
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay/expiry.h"

struct expiry {
	struct event *timer;
	expiry_cb cb;
	void *arg;
	bool
	    polling; /* the timer has expired, and the descriptors come first */
};

static bool
set_timer(struct expiry *expiry, monotime_t after)
{
	struct timeval interval = clock_timeval(after);

	if (event_add(expiry->timer, &interval) == 0)
		return (true);
	errno = errno != 0 ? errno : ENOMEM;
	return (false);
}

/* Where the timer cannot be set again, too soon is better than never. */
static void
expiry_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct expiry *expiry = arg;

	(void)fd;
	(void)what;
	expiry->polling = !expiry->polling;
	if (!expiry->polling || !set_timer(expiry, 0)) {
		expiry->polling = false;
		expiry->cb(expiry->arg);
	}
}

struct expiry *
expiry_new(struct event_base *base, expiry_cb cb, void *arg)
{
	struct expiry *expiry = calloc(1, sizeof(*expiry));

	if (expiry == NULL)
		return (NULL);
	expiry->cb = cb;
	expiry->arg = arg;
	expiry->timer = evtimer_new(base, expiry_on_timer, expiry);
	if (expiry->timer != NULL)
		return (expiry);
	free(expiry);
	return (NULL);
}

bool
expiry_set(struct expiry *expiry, monotime_t after)
{
	if (after == MONOTIME_NEVER)
		return (true);
	expiry->polling = false;
	return (set_timer(expiry, after));
}

void
expiry_free(struct expiry *expiry)
{
	if (expiry == NULL)
		return;
	event_free(expiry->timer);
	free(expiry);
}
