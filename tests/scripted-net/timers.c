/* SPDX-License-Identifier: ISC */
/*
 * What is due later: a binary heap by time, then by order of addition.
 */
#include <stdlib.h>
#include <time.h>

#include "memory.h"
#include "timers.h"

struct timer {
	int64_t due;
	uint64_t number;
	timer_action action;
	void *context;
	void *subject;
	bool owned;
};

struct timers {
	struct timer *heap;
	size_t count;
	uint64_t added;
};

int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec * NS_PER_S + now.tv_nsec);
}

struct timers *
timers_new(void)
{
	return (memory_new(1, sizeof(struct timers)));
}

void
timers_free(struct timers *timers)
{
	size_t i;

	for (i = 0; i < timers->count; i++)
		if (timers->heap[i].owned)
			free(timers->heap[i].subject);
	free(timers->heap);
	free(timers);
}

static bool
earlier(const struct timer *a, const struct timer *b)
{
	if (a->due != b->due)
		return (a->due < b->due);
	return (a->number < b->number);
}

static void
swap(struct timer *a, struct timer *b)
{
	struct timer kept = *a;

	*a = *b;
	*b = kept;
}

/* Moves the entry at `i` up to its place. */
static void
rise(struct timer *heap, size_t i)
{
	while (i > 0 && earlier(&heap[i], &heap[(i - 1) / 2])) {
		swap(&heap[i], &heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

/* Moves the entry at the root down to its place. */
static void
sink(struct timer *heap, size_t count)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < count) {
		if (child + 1 < count &&
		    earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], &heap[i]))
			return;
		swap(&heap[child], &heap[i]);
		i = child;
	}
}

void
timers_add(struct timers *timers, int64_t due, timer_action action,
    void *context, void *subject, bool owned)
{
	struct timer *timer;

	timers->heap = memory_grow(
	    timers->heap, timers->count, sizeof(*timers->heap));
	timer = &timers->heap[timers->count];
	timer->due = due;
	timer->number = timers->added++;
	timer->action = action;
	timer->context = context;
	timer->subject = subject;
	timer->owned = owned;
	rise(timers->heap, timers->count++);
}

bool
timers_next(const struct timers *timers, int64_t *due)
{
	if (timers->count == 0)
		return (false);
	*due = timers->heap[0].due;
	return (true);
}

void
timers_run(struct timers *timers, int64_t now)
{
	struct timer timer, *last;

	while (timers->count > 0 && timers->heap[0].due <= now) {
		timer = timers->heap[0];
		last = &timers->heap[--timers->count];
		timers->heap[0] = *last;
		last->subject = NULL;
		sink(timers->heap, timers->count);
		timer.action(timer.context, timer.subject);
		if (timer.owned)
			free(timer.subject);
	}
}
