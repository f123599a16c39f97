/* SPDX-License-Identifier: ISC */
/*
 * A time that begins when something is put off and ends with the first thing
 * that got its descriptor, and a timer that runs while nothing does.
 */
#include <event2/event.h>

#include "descriptor_wait.h"

void
descriptor_wait_init(struct descriptor_wait *wait, struct event_base *base,
    descriptor_wait_cb cb, void *arg)
{
	*wait = (struct descriptor_wait){
		.base = base,
		.since = MONOTIME_NEVER,
		.cb = cb,
		.arg = arg,
	};
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct descriptor_wait *wait = arg;

	(void)fd;
	(void)what;
	wait->cb(wait->arg);
}

/* Lets the timer expire at the end of the wait. */
static void
start_timer(struct descriptor_wait *wait)
{
	monotime_t rest = wait->since + DESCRIPTOR_WAIT_MAX - clock_now();
	struct timeval after = clock_timeval(rest > 0 ? rest : 0);

	if (wait->timer == NULL)
		wait->timer = evtimer_new(wait->base, on_timer, wait);
	if (wait->timer == NULL ||
	    (!evtimer_pending(wait->timer, NULL) &&
		evtimer_add(wait->timer, &after) == -1))
		wait->cb(wait->arg);
}

/*
 * A lookup that starts anew may lack a descriptor again: only its answer ends
 * the wait.
 */
void
descriptor_wait_follow(
    struct descriptor_wait *wait, const struct hecat_event *event, bool pending)
{
	switch (hecat_event_get_type(event)) {
	case HECAT_EVENT_OUT_OF_DESCRIPTORS:
		if (wait->since == MONOTIME_NEVER)
			wait->since = clock_now();
		break;
	case HECAT_EVENT_ANSWER:
	case HECAT_EVENT_ATTEMPT_STARTED:
	case HECAT_EVENT_ENDED:
		wait->since = MONOTIME_NEVER;
		break;
	default:
		break;
	}
	if (wait->since != MONOTIME_NEVER && !pending)
		start_timer(wait);
	else if (wait->timer != NULL)
		evtimer_del(wait->timer);
}

void
descriptor_wait_release(struct descriptor_wait *wait)
{
	if (wait->timer != NULL)
		event_free(wait->timer);
	wait->timer = NULL;
}
