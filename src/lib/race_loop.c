/* SPDX-License-Identifier: ISC */
/*
 * The race of anything in an event loop. Whatever is reported sets the timer to
 * expire at once; when it does, all that the state machine asks for is done, in
 * one loop.
 */
#include <errno.h>
#include <stdlib.h>

#include "race_loop.h"
#include "race_state.h"

struct hecat_race {
	struct event_base *base; /* of hecat_race_get_base() */
	struct timer *timer;
	struct hecat_race_state *state;
	const struct hecat_race_methods *methods;
	void *arg;
	size_t cancelled; /* entries before this one need no cancel() */
	size_t entered;   /* calls into the race that may call a method */
	bool done;        /* the end was reported, or is being */
	bool freed;
};

static monotime_t
race_loop_now(const struct hecat_race *race)
{
	return (race->timer->ops->now(race->timer));
}

/*
 * Cancels each entry that still runs, once. A method may free the race, which
 * comes here, too: it goes on with those that are left.
 */
static void
race_loop_cancel(struct hecat_race *race)
{
	size_t index;

	while (race->cancelled < hecat_race_state_get_count(race->state)) {
		index = race->cancelled++;
		if (hecat_race_state_get_entry(race->state, index) ==
		    HECAT_RACE_ENTRY_CANCELLED)
			race->methods->cancel(race, index, race->arg);
	}
}

/* Reports the end, unless a method has freed the race. */
static void
race_loop_finish(struct hecat_race *race, size_t winner)
{
	race->done = true;
	race_loop_cancel(race);
	if (!race->freed)
		race->methods->done(race, winner, race->arg);
}

/* Waits until `due`; without memory for that the race ends. */
static void
race_loop_wait(struct hecat_race *race, monotime_t due)
{
	if (race->timer->ops->set(race->timer, due))
		return;
	race_state_abandon(race->state, ENOMEM);
	race_loop_finish(race, HECAT_RACE_NOBODY);
}

/* Does one thing that is to be done. Returns whether another may follow. */
static bool
race_loop_act(struct hecat_race *race)
{
	monotime_t due = MONOTIME_NEVER;
	size_t index;

	switch (
	    race_state_next(race->state, race_loop_now(race), &index, &due)) {
	case HECAT_RACE_START:
		race->methods->start(race, index, race->arg);
		return (true);
	case HECAT_RACE_DONE:
		race_loop_finish(race, index);
		return (false);
	case HECAT_RACE_WAIT:
	case HECAT_RACE_WAIT_EVENT:
	case HECAT_RACE_ERROR:
		break;
	}
	race_loop_wait(race, due);
	return (false);
}

static void
race_loop_destroy(struct hecat_race *race)
{
	race->timer->ops->release(race->timer);
	hecat_race_state_free(race->state);
	free(race);
}

/* Ends a call: the outermost one takes away what was freed inside. */
static void
race_loop_leave(struct hecat_race *race)
{
	race->entered--;
	if (race->entered == 0 && race->freed)
		race_loop_destroy(race);
}

static void
race_loop_on_timer(void *arg)
{
	struct hecat_race *race = arg;

	race->entered++;
	while (race_loop_act(race))
		continue;
	race_loop_leave(race);
}

/*
 * Has the state machine asked what to do now, from the event loop. Inside a
 * method that follows anyway.
 */
static void
race_loop_wake(struct hecat_race *race)
{
	if (race->entered == 0 && !race->done)
		(void)race->timer->ops->set(race->timer, race_loop_now(race));
}

/* Returns `result`, after a change of the state if that is 0. */
static int
race_loop_changed(struct hecat_race *race, int result)
{
	if (result == 0)
		race_loop_wake(race);
	return (result);
}

/* Sets errno and returns -1. */
static int
refuse(int error)
{
	errno = error;
	return (-1);
}

int
hecat_race_more(struct hecat_race *race, size_t count)
{
	if (race == NULL)
		return (refuse(EINVAL));
	return (
	    race_loop_changed(race, hecat_race_state_more(race->state, count)));
}

int
hecat_race_close(struct hecat_race *race, int error)
{
	if (race == NULL)
		return (refuse(EINVAL));
	return (race_loop_changed(
	    race, hecat_race_state_close(race->state, error)));
}

int
hecat_race_succeed(struct hecat_race *race, size_t index)
{
	if (race == NULL)
		return (refuse(EINVAL));
	return (race_loop_changed(
	    race, hecat_race_state_succeed(race->state, index)));
}

int
hecat_race_fail(struct hecat_race *race, size_t index, int error)
{
	if (race == NULL)
		return (refuse(EINVAL));
	/* One that is cancelled stays so, whatever comes of it. */
	if (index < race->cancelled &&
	    hecat_race_state_get_entry(race->state, index) ==
		HECAT_RACE_ENTRY_CANCELLED)
		return (refuse(EALREADY));
	return (race_loop_changed(race,
	    race_state_fail(race->state, index, error, race_loop_now(race))));
}

static bool
methods_are_valid(const struct hecat_race_methods *methods)
{
	return (methods != NULL &&
	    methods->size >= offsetof(struct hecat_race_methods, done) +
		    sizeof(methods->done) &&
	    methods->start != NULL && methods->cancel != NULL &&
	    methods->done != NULL);
}

struct hecat_race *
race_loop_new(struct event_base *base, struct timer *timer,
    const struct timeval *delay, const struct hecat_race_methods *methods,
    void *arg)
{
	struct hecat_race_state *state = NULL;
	struct hecat_race *race = NULL;
	int error = EINVAL;

	if (!methods_are_valid(methods))
		goto fail;
	state = hecat_race_state_new(delay);
	error = state == NULL ? errno : ENOMEM;
	if (state == NULL || timer == NULL)
		goto fail;
	race = calloc(1, sizeof(*race));
	if (race == NULL)
		goto fail;
	*race = (struct hecat_race){
		.base = base,
		.timer = timer,
		.state = state,
		.methods = methods,
		.arg = arg,
	};
	timer->cb = race_loop_on_timer;
	timer->arg = race;
	return (race);
fail:
	if (timer != NULL)
		timer->ops->release(timer);
	hecat_race_state_free(state);
	errno = error;
	return (NULL);
}

struct hecat_race *
hecat_race_new(struct event_base *base, const struct timeval *delay,
    const struct hecat_race_methods *methods, void *arg)
{
	if (base == NULL) {
		errno = EINVAL;
		return (NULL);
	}
	return (
	    race_loop_new(base, timer_event_new(base), delay, methods, arg));
}

void
hecat_race_free(struct hecat_race *race)
{
	if (race == NULL)
		return;
	race->freed = true;
	race->entered++;
	race_state_abandon(race->state, 0);
	race_loop_cancel(race);
	race_loop_leave(race);
}

const struct hecat_race_state *
hecat_race_get_state(const struct hecat_race *race)
{
	return (race->state);
}

struct event_base *
hecat_race_get_base(const struct hecat_race *race)
{
	return (race->base);
}

void *
hecat_race_get_arg(const struct hecat_race *race)
{
	return (race->arg);
}
