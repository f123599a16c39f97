/* SPDX-License-Identifier: ISC */
/*
 * One event for each signal.
 */
#include <signal.h>

#include <event2/event.h>

#include "signals.h"

static const int caught[SIGNALS_COUNT] = { SIGINT, SIGTERM, SIGHUP };

void
signals_release(struct signals *signals)
{
	for (size_t i = 0; i < SIGNALS_COUNT; i++)
		if (signals->events[i] != NULL)
			event_free(signals->events[i]);
	*signals = (struct signals){ .cb = NULL };
}

static void
signals_on_signal(evutil_socket_t number, short what, void *arg)
{
	struct signals *signals = arg;
	signals_cb cb = signals->cb;
	void *cb_arg = signals->arg;

	(void)what;
	/* The next signal ends the program at once. */
	signals_release(signals);
	cb((int)number, cb_arg);
}

void
signals_catch(
    struct signals *signals, struct event_base *base, signals_cb cb, void *arg)
{
	struct sigaction action;

	signals->cb = cb;
	signals->arg = arg;
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		if (sigaction(caught[i], NULL, &action) == -1 ||
		    action.sa_handler == SIG_IGN)
			continue;
		signals->events[i] = evsignal_new(
		    base, caught[i], signals_on_signal, signals);
		if (signals->events[i] != NULL)
			event_add(signals->events[i], NULL);
	}
}
