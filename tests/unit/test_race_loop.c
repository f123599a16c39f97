/* SPDX-License-Identifier: ISC */
/*
 * The race of anything in an event loop: in virtual time, with a timer of the
 * test's own, and on real event bases.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "clock.h"
#include "container.h"
#include "hecat.h"
#include "race_loop.h"
#include "fake/race_run.h"
#include "fake/real_loop.h"
#include "fake/seconds.h"
#include "fake/shortage.h"

#define MANY 100000

static const struct timeval zero;
static const struct timeval second = { .tv_sec = 1 };

/* What a method does beyond what is expected of it. */
struct fixture;
typedef void (*act_fn)(struct fixture *fixture, size_t index);

struct fixture {
	struct timer timer; /* in virtual time */
	struct race_run run;
	monotime_t timer_at;
	bool timer_fails; /* for a time that has not come */
	size_t timers_released;

	struct hecat_race *race; /* NULL: freed */
	bool may_call;           /* inside the loop, or a free */
	size_t inside;           /* methods that have not returned */
	size_t started;
	size_t cancelled;
	size_t done;
	size_t winner;
	act_fn on_start;
	act_fn on_cancel;
	act_fn on_done;
};

static monotime_t
virtual_now(struct timer *timer)
{
	return (container_of(timer, struct fixture, timer)->run.now);
}

static bool
virtual_set(struct timer *timer, monotime_t at)
{
	struct fixture *fixture = container_of(timer, struct fixture, timer);

	if (at > fixture->run.now && at != MONOTIME_NEVER &&
	    fixture->timer_fails)
		return (false);
	fixture->timer_at = at;
	return (true);
}

static void
virtual_release(struct timer *timer)
{
	struct fixture *fixture = container_of(timer, struct fixture, timer);

	fixture->timer_at = MONOTIME_NEVER;
	fixture->timers_released++;
}

static const struct timer_ops virtual_ops = {
	.now = virtual_now,
	.set = virtual_set,
	.release = virtual_release,
};

static const struct race_row no_row = { .entries = "" };

/* Begins a method: none runs inside another one, but for a free. */
static struct fixture *
enter(struct hecat_race *race, void *arg)
{
	struct fixture *fixture = arg;

	assert_true(fixture->may_call);
	assert_ptr_equal(hecat_race_get_arg(race), fixture);
	assert_int_equal(fixture->done, 0);
	fixture->inside++;
	return (fixture);
}

static void
leave(struct fixture *fixture, act_fn act, size_t index)
{
	if (act != NULL)
		act(fixture, index);
	fixture->inside--;
}

static void
on_start(struct hecat_race *race, size_t index, void *arg)
{
	struct fixture *fixture = enter(race, arg);

	assert_int_equal(fixture->inside, 1);
	assert_int_equal(index, fixture->started++);
	assert_int_equal(
	    hecat_race_state_get_entry(hecat_race_get_state(race), index),
	    HECAT_RACE_ENTRY_RUNNING);
	leave(fixture, fixture->on_start, index);
}

static void
on_cancel(struct hecat_race *race, size_t index, void *arg)
{
	struct fixture *fixture = enter(race, arg);

	assert_int_equal(
	    hecat_race_state_get_entry(hecat_race_get_state(race), index),
	    HECAT_RACE_ENTRY_CANCELLED);
	race_run_cancelled(&fixture->run, index);
	fixture->cancelled++;
	leave(fixture, fixture->on_cancel, index);
}

static void
on_done(struct hecat_race *race, size_t winner, void *arg)
{
	struct fixture *fixture = enter(race, arg);

	assert_int_equal(fixture->inside, 1);
	assert_int_equal(
	    hecat_race_state_get_winner(hecat_race_get_state(race)), winner);
	fixture->done++;
	fixture->winner = winner;
	leave(fixture, fixture->on_done, winner);
}

static const struct hecat_race_methods methods = {
	.size = sizeof(methods),
	.start = on_start,
	.cancel = on_cancel,
	.done = on_done,
};

static void
fixture_init(struct fixture *fixture, const struct race_row *row)
{
	*fixture = (struct fixture){
		.timer.ops = &virtual_ops,
		.timer_at = MONOTIME_NEVER,
	};
	race_run_init(&fixture->run, row);
}

/* Makes a race in virtual time. */
static struct hecat_race *
race_new(struct fixture *fixture, const struct timeval *delay)
{
	fixture_init(fixture, &no_row);
	fixture->race = race_loop_new(
	    NULL, &fixture->timer, delay, &methods, fixture);
	assert_non_null(fixture->race);
	return (fixture->race);
}

static void
race_free(struct fixture *fixture)
{
	bool before = fixture->may_call;

	fixture->may_call = true;
	hecat_race_free(fixture->race);
	fixture->may_call = before;
	fixture->race = NULL;
}

/* Lets the timer expire if it is to by now. Returns whether it did. */
static bool
expire(struct fixture *fixture)
{
	if (fixture->timer_at > fixture->run.now)
		return (false);
	fixture->timer_at = MONOTIME_NEVER;
	fixture->may_call = true;
	fixture->timer.cb(fixture->timer.arg);
	fixture->may_call = false;
	assert_int_equal(fixture->inside, 0);
	return (true);
}

/* Lets time pass until the timer expires; false when it never will. */
static bool
pass_time(struct fixture *fixture)
{
	if (fixture->timer_at == MONOTIME_NEVER)
		return (false);
	if (fixture->timer_at > fixture->run.now)
		fixture->run.now = fixture->timer_at;
	return (expire(fixture));
}

/* Fails unless the race has been freed, and with it the timer. */
static void
assert_gone(const struct fixture *fixture)
{
	assert_int_equal(fixture->timers_released, 1);
	assert_true(fixture->timer_at == MONOTIME_NEVER);
}

/*
 * The scenarios that both forms have.
 */

static void
end_entry(struct fixture *fixture, size_t index)
{
	struct hecat_race *race = fixture->race;
	size_t winner = hecat_race_state_get_winner(hecat_race_get_state(race));

	if (!fixture->run.script.addresses[index].succeeds)
		assert_int_equal(
		    hecat_race_fail(race, index, RACE_RUN_ERROR + (int)index),
		    0);
	else if (winner == HECAT_RACE_NOBODY)
		assert_int_equal(hecat_race_succeed(race, index), 0);
	else
		ASSERT_ERROR(hecat_race_succeed(race, index), -1, EALREADY);
}

static void
start_as_scripted(struct fixture *fixture, size_t index)
{
	if (race_run_started(&fixture->run, index))
		end_entry(fixture, index);
}

static void
report(struct fixture *fixture)
{
	struct race_run *run = &fixture->run;
	size_t count = race_run_announces(run), index;

	if (count > 0)
		assert_int_equal(hecat_race_more(fixture->race, count), 0);
	if (race_run_closes(run))
		assert_int_equal(
		    hecat_race_close(fixture->race, run->row->source_error), 0);
	while (race_run_ends(run, &index))
		end_entry(fixture, index);
}

static void
run_row(const struct race_row *row)
{
	struct fixture fixture;
	struct race_run *run = &fixture.run;
	struct timeval delay;
	monotime_t next = 0;

	fixture_init(&fixture, row);
	fixture.on_start = start_as_scripted;
	fixture.race = race_loop_new(NULL, &fixture.timer,
	    race_run_delay(run, &delay), &methods, &fixture);
	assert_non_null(fixture.race);
	while (fixture.done == 0 && next != MONOTIME_NEVER) {
		report(&fixture);
		expire(&fixture);
		next = race_run_next(run);
		if (fixture.timer_at < next)
			next = fixture.timer_at;
		if (fixture.done == 0 && next != MONOTIME_NEVER)
			run->now = next;
	}
	/* Nothing is left to do after the end. */
	assert_true(fixture.timer_at == MONOTIME_NEVER);
	race_run_done(run, hecat_race_get_state(fixture.race),
	    fixture.done == 0,
	    fixture.done == 0 ? HECAT_RACE_NOBODY : fixture.winner);
	race_free(&fixture);
	assert_gone(&fixture);
}

static void
scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < race_row_count; i++)
		run_row(&race_rows[i]);
}

/*
 * Arguments.
 */

static void
wrong_arguments(void **state)
{
	static const struct timeval wrong[] = { { .tv_sec = -1 },
		{ .tv_usec = -1 }, { .tv_usec = 1000000 } };
	struct event_base *base = real_loop_new();
	struct hecat_race_methods some = methods;

	(void)state;
	ASSERT_ERROR(
	    hecat_race_new(NULL, &second, &methods, NULL), NULL, EINVAL);
	ASSERT_ERROR(hecat_race_new(base, &second, NULL, NULL), NULL, EINVAL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ASSERT_ERROR(hecat_race_new(base, &wrong[i], &methods, NULL),
		    NULL, EINVAL);
	some.size--;
	ASSERT_ERROR(hecat_race_new(base, &second, &some, NULL), NULL, EINVAL);
	some = methods;
	some.start = NULL;
	ASSERT_ERROR(hecat_race_new(base, &second, &some, NULL), NULL, EINVAL);
	some = methods;
	some.cancel = NULL;
	ASSERT_ERROR(hecat_race_new(base, &second, &some, NULL), NULL, EINVAL);
	some = methods;
	some.done = NULL;
	ASSERT_ERROR(hecat_race_new(base, &second, &some, NULL), NULL, EINVAL);
	ASSERT_ERROR(hecat_race_more(NULL, 1), -1, EINVAL);
	ASSERT_ERROR(hecat_race_close(NULL, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_succeed(NULL, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_fail(NULL, 0, 1), -1, EINVAL);
	hecat_race_free(NULL);
	real_loop_assert_no_events(base);
	event_base_free(base);
}

/* What is refused changes nothing, and wakes nobody. */
static void
a_race_refuses_what_cannot_be(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, NULL);

	(void)state;
	assert_ptr_equal(hecat_race_get_base(race), NULL);
	ASSERT_ERROR(hecat_race_more(race, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_succeed(race, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_fail(race, 0, 1), -1, EINVAL);
	assert_true(fixture.timer_at == MONOTIME_NEVER);
	assert_int_equal(hecat_race_close(race, 7), 0);
	ASSERT_ERROR(hecat_race_close(race, 8), -1, EALREADY);
	ASSERT_ERROR(hecat_race_more(race, 1), -1, EINVAL);
	assert_true(expire(&fixture));
	assert_int_equal(fixture.done, 1);
	assert_int_equal(
	    hecat_race_state_get_source_error(hecat_race_get_state(race)), 7);
	race_free(&fixture);
	assert_gone(&fixture);
}

/* A program of today with the library of tomorrow, and the other way round. */
static void
methods_may_be_longer(void **state)
{
	struct {
		struct hecat_race_methods methods;
		void (*more)(void);
	} longer = { .methods = methods };
	struct fixture fixture;

	(void)state;
	longer.methods.size = sizeof(longer);
	fixture_init(&fixture, &no_row);
	fixture.race = race_loop_new(
	    NULL, &fixture.timer, NULL, &longer.methods, &fixture);
	assert_non_null(fixture.race);
	race_free(&fixture);
	assert_gone(&fixture);
}

/*
 * What a method may do.
 */

/* Fails the entry at once, and has the source go on; the last one is closed. */
static void
fail_at_once(struct fixture *fixture, size_t index)
{
	if (index + 1 < MANY)
		assert_int_equal(hecat_race_more(fixture->race, 1), 0);
	else
		assert_int_equal(hecat_race_close(fixture->race, 0), 0);
	assert_int_equal(hecat_race_fail(fixture->race, index, 1), 0);
}

/* The number of those is no depth of calls. */
static void
many_failures_in_no_time(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	fixture.on_start = fail_at_once;
	assert_int_equal(hecat_race_more(race, 1), 0);
	assert_int_equal(fixture.started, 0);
	assert_true(expire(&fixture));
	assert_int_equal(fixture.started, MANY);
	assert_int_equal(fixture.done, 1);
	assert_int_equal(fixture.winner, HECAT_RACE_NOBODY);
	race_free(&fixture);
	assert_gone(&fixture);
}

/* Announces one more, as a generator does, and never closes the source. */
static void
start_of_endless(struct fixture *fixture, size_t index)
{
	assert_int_equal(hecat_race_more(fixture->race, 1), 0);
	if (index % 10 == 4)
		assert_int_equal(hecat_race_fail(fixture->race, index, 1), 0);
	if (index == 95)
		assert_int_equal(hecat_race_succeed(fixture->race, index), 0);
}

static void
an_endless_source(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	fixture.on_start = start_of_endless;
	assert_int_equal(hecat_race_more(race, 1), 0);
	while (fixture.done == 0)
		assert_true(pass_time(&fixture));
	assert_int_equal(fixture.winner, 95);
	assert_int_equal(fixture.started, 96);
	assert_int_equal(fixture.cancelled, 95 - 10);
	/* A second for each start, but for those after a failure. */
	assert_true(fixture.run.now == (95 - 10) * MONOTIME_PER_SECOND);
	race_free(&fixture);
	assert_gone(&fixture);
}

static void
end_others(struct fixture *fixture, size_t index)
{
	struct hecat_race *race = fixture->race;

	/* It is being cancelled: whatever comes of it comes too late. */
	ASSERT_ERROR(hecat_race_succeed(race, index), -1, EALREADY);
	ASSERT_ERROR(hecat_race_fail(race, index, 1), -1, EALREADY);
	if (index == 0) {
		/* This one is not cancelled yet, and ends by itself. */
		assert_int_equal(hecat_race_fail(race, 2, 5), 0);
		ASSERT_ERROR(hecat_race_succeed(race, 3), -1, EALREADY);
		assert_int_equal(hecat_race_more(race, 4), 0);
		assert_int_equal(hecat_race_close(race, 6), 0);
	}
}

static void
entries_may_end_while_others_are_cancelled(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &zero);

	(void)state;
	fixture.on_cancel = end_others;
	assert_int_equal(hecat_race_more(race, 5), 0);
	assert_true(expire(&fixture));
	assert_int_equal(fixture.started, 5);
	assert_int_equal(hecat_race_succeed(race, 1), 0);
	assert_int_equal(fixture.cancelled, 0);
	assert_true(expire(&fixture));
	assert_row("#3 has failed", "1 4 5", fixture.run.cancelled);
	assert_int_equal(fixture.winner, 1);
	assert_int_equal(
	    hecat_race_state_get_error(hecat_race_get_state(race), 2), 5);
	assert_int_equal(
	    hecat_race_state_get_entry(hecat_race_get_state(race), 0),
	    HECAT_RACE_ENTRY_CANCELLED);
	/* Nor does anything follow later. */
	ASSERT_ERROR(hecat_race_fail(race, 0, 1), -1, EALREADY);
	ASSERT_ERROR(hecat_race_succeed(race, 0), -1, EALREADY);
	assert_false(expire(&fixture));
	race_free(&fixture);
	assert_int_equal(fixture.cancelled, 3);
	assert_gone(&fixture);
}

/* In done() everything is legal, and nothing comes of it. */
static void
call_all(struct fixture *fixture, size_t winner)
{
	struct hecat_race *race = fixture->race;

	assert_int_equal(winner, 0);
	assert_int_equal(hecat_race_more(race, 1), 0);
	assert_int_equal(hecat_race_close(race, 0), 0);
	ASSERT_ERROR(hecat_race_succeed(race, 0), -1, EINVAL);
	ASSERT_ERROR(hecat_race_succeed(race, 1), -1, EINVAL);
	ASSERT_ERROR(hecat_race_fail(race, 0, 1), -1, EINVAL);
}

static void
nothing_follows_the_end(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, NULL);

	(void)state;
	fixture.on_done = call_all;
	assert_int_equal(hecat_race_more(race, 1), 0);
	assert_true(expire(&fixture));
	assert_int_equal(hecat_race_succeed(race, 0), 0);
	assert_true(expire(&fixture));
	assert_int_equal(fixture.done, 1);
	assert_false(expire(&fixture));
	race_free(&fixture);
	assert_gone(&fixture);
}

/*
 * Freeing.
 */

static void
free_inside(struct fixture *fixture, size_t index)
{
	struct hecat_race *race = fixture->race;

	(void)index;
	if (race == NULL)
		return;
	race_free(fixture);
	/* The memory is there as long as the method has not returned. */
	assert_int_equal(fixture->timers_released, 0);
	hecat_race_free(race);
	assert_int_equal(
	    hecat_race_state_get_running_count(hecat_race_get_state(race)), 0);
	(void)hecat_race_more(race, 1);
	(void)hecat_race_close(race, 1);
	(void)hecat_race_fail(race, index, 1);
	(void)hecat_race_succeed(race, index);
}

static void
free_from_the_outside(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	race_free(&fixture);
	assert_gone(&fixture);
	race = race_new(&fixture, &second);
	assert_int_equal(hecat_race_more(race, 3), 0);
	race_free(&fixture);
	assert_int_equal(fixture.started + fixture.cancelled, 0);
	assert_gone(&fixture);
	/* Of three that have started one has failed. */
	race = race_new(&fixture, &zero);
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	assert_int_equal(hecat_race_fail(race, 1, 1), 0);
	race_free(&fixture);
	assert_row("two of three", "1 3", fixture.run.cancelled);
	assert_int_equal(fixture.done, 0);
	assert_gone(&fixture);
	/* One has won, and the loop does not know yet. */
	race = race_new(&fixture, &zero);
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	assert_int_equal(hecat_race_succeed(race, 1), 0);
	race_free(&fixture);
	assert_row("the others", "1 3", fixture.run.cancelled);
	assert_int_equal(fixture.done, 0);
	assert_gone(&fixture);
}

static void
free_inside_start(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	fixture.on_start = free_inside;
	assert_true(pass_time(&fixture));
	assert_row("also the one that starts", "1 2", fixture.run.cancelled);
	assert_int_equal(fixture.started, 2);
	assert_int_equal(fixture.done, 0);
	assert_gone(&fixture);
}

/* The free goes on with those that are left. */
static void
free_inside_cancel(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &zero);

	(void)state;
	fixture.on_cancel = free_inside;
	assert_int_equal(hecat_race_more(race, 4), 0);
	assert_true(expire(&fixture));
	assert_int_equal(hecat_race_succeed(race, 1), 0);
	assert_true(expire(&fixture));
	assert_row("each once", "1 3 4", fixture.run.cancelled);
	assert_int_equal(fixture.done, 0);
	assert_gone(&fixture);
}

static void
free_inside_the_cancel_of_a_free(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &zero);

	(void)state;
	fixture.on_cancel = free_inside;
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	fixture.may_call = true;
	hecat_race_free(race);
	assert_row("each once", "1 2 3", fixture.run.cancelled);
	assert_gone(&fixture);
}

static void
free_inside_done(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &zero);

	(void)state;
	fixture.on_done = free_inside;
	assert_int_equal(hecat_race_more(race, 2), 0);
	assert_true(expire(&fixture));
	assert_int_equal(hecat_race_succeed(race, 1), 0);
	assert_true(expire(&fixture));
	assert_row("the loser", "1", fixture.run.cancelled);
	assert_int_equal(fixture.done, 1);
	assert_gone(&fixture);
}

/*
 * Random races: what always holds.
 */

static unsigned
choice(unsigned *seed, unsigned count)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16 & 0x7fff) % count;
}

static void
check_random_race(unsigned seed)
{
	struct fixture fixture;
	struct timeval delay = { .tv_usec = choice(&seed, 4) * 100000 };
	struct hecat_race *race = race_new(&fixture, &delay);
	const struct hecat_race_state *state = hecat_race_get_state(race);
	size_t announced = 0, failed = 0, won = 0, cancelled = 0, index;
	bool closed = false;

	for (size_t steps = 0; fixture.done == 0; steps++) {
		index = fixture.started == 0
		    ? 0
		    : choice(&seed, (unsigned)fixture.started);
		switch (choice(&seed, 6)) {
		case 0:
			announced += !closed && hecat_race_more(race, 1) == 0;
			break;
		case 1:
			if (announced > 20 || steps > 1000)
				closed = hecat_race_close(race, 0) == 0 ||
				    closed;
			break;
		case 2:
		case 3:
			failed += hecat_race_fail(race, index, 1) == 0;
			break;
		case 4:
			if (choice(&seed, 20) == 0)
				won += hecat_race_succeed(race, index) == 0;
			break;
		default:
			fixture.run.now += choice(&seed, 100) * 1000;
			expire(&fixture);
		}
	}
	assert_true(won <= 1);
	assert_int_equal(won == 1, fixture.winner != HECAT_RACE_NOBODY);
	assert_int_equal(fixture.started, hecat_race_state_get_count(state));
	for (size_t i = 0; i < fixture.started; i++)
		cancelled += hecat_race_state_get_entry(state, i) ==
		    HECAT_RACE_ENTRY_CANCELLED;
	assert_int_equal(cancelled, fixture.cancelled);
	assert_int_equal(failed + won + cancelled, fixture.started);
	if (won == 0)
		assert_int_equal(failed, announced);
	race_free(&fixture);
	assert_int_equal(cancelled, fixture.cancelled);
	assert_gone(&fixture);
}

static void
random_races(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 2000; seed++)
		check_random_race(seed);
}

/*
 * Memory.
 */

/* A race that cannot wait for a delay ends. */
static void
no_memory_for_the_timer(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	fixture.timer_fails = true;
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	assert_row("what ran", "1", fixture.run.cancelled);
	assert_int_equal(fixture.done, 1);
	assert_int_equal(fixture.winner, HECAT_RACE_NOBODY);
	assert_int_equal(
	    hecat_race_state_get_source_error(hecat_race_get_state(race)),
	    ENOMEM);
	assert_int_equal(hecat_race_close(race, 7), 0);
	assert_int_equal(
	    hecat_race_state_get_source_error(hecat_race_get_state(race)),
	    ENOMEM);
	assert_false(expire(&fixture));
	race_free(&fixture);
	assert_gone(&fixture);
}

/* The end of such a race may be freed inside, too. */
static void
no_memory_and_a_free(void **state)
{
	struct fixture fixture;
	struct hecat_race *race = race_new(&fixture, &second);

	(void)state;
	fixture.timer_fails = true;
	fixture.on_cancel = free_inside;
	assert_int_equal(hecat_race_more(race, 3), 0);
	assert_true(expire(&fixture));
	assert_row("what ran", "1", fixture.run.cancelled);
	assert_int_equal(fixture.done, 0);
	assert_gone(&fixture);
}

/* What is handed in goes, also when a race cannot be made. */
static void
a_timer_is_released_with_every_error(void **state)
{
	static const struct timeval wrong = { .tv_sec = -1 };
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, &no_row);
	ASSERT_ERROR(
	    race_loop_new(NULL, NULL, &second, &methods, NULL), NULL, ENOMEM);
	ASSERT_ERROR(
	    race_loop_new(NULL, &fixture.timer, &wrong, &methods, NULL), NULL,
	    EINVAL);
	assert_int_equal(fixture.timers_released, 1);
	ASSERT_ERROR(race_loop_new(NULL, &fixture.timer, &second, NULL, NULL),
	    NULL, EINVAL);
	assert_int_equal(fixture.timers_released, 2);
}

/*
 * Real event bases.
 */

/* A race of the first of three timers that ends, on a real base. */
struct sprint {
	struct event_base *base;
	struct hecat_race *race;
	struct event *timers[3];
	monotime_t started[3];
	size_t cancelled;
	size_t done;
	size_t winner;
	size_t *finished; /* counts the races that are done */
};

static void
sprint_on_end(evutil_socket_t fd, short what, void *arg)
{
	struct sprint *sprint = arg;
	const struct hecat_race_state *state = hecat_race_get_state(
	    sprint->race);

	(void)fd;
	(void)what;
	/* The second one is the only one that ends. */
	assert_int_equal(
	    hecat_race_state_get_entry(state, 1), HECAT_RACE_ENTRY_RUNNING);
	assert_int_equal(hecat_race_succeed(sprint->race, 1), 0);
	assert_int_equal(sprint->done, 0);
}

static void
sprint_start(struct hecat_race *race, size_t index, void *arg)
{
	static const struct timeval never = { .tv_sec = 3600 };
	static const struct timeval soon = { .tv_usec = 30000 };
	struct sprint *sprint = arg;

	assert_ptr_equal(hecat_race_get_base(race), sprint->base);
	sprint->started[index] = clock_now();
	sprint->timers[index] = evtimer_new(
	    sprint->base, sprint_on_end, sprint);
	assert_non_null(sprint->timers[index]);
	assert_int_equal(
	    evtimer_add(sprint->timers[index], index == 1 ? &soon : &never), 0);
}

static void
sprint_cancel(struct hecat_race *race, size_t index, void *arg)
{
	struct sprint *sprint = arg;

	(void)race;
	event_free(sprint->timers[index]);
	sprint->cancelled++;
}

static void
sprint_done(struct hecat_race *race, size_t winner, void *arg)
{
	struct sprint *sprint = arg;

	event_free(sprint->timers[winner]);
	sprint->winner = winner;
	sprint->done++;
	++*sprint->finished;
	hecat_race_free(race);
	sprint->race = NULL;
}

static const struct hecat_race_methods sprint_methods = {
	.size = sizeof(sprint_methods),
	.start = sprint_start,
	.cancel = sprint_cancel,
	.done = sprint_done,
};

/* Returns false when out of memory. */
static bool
sprint_begin(struct sprint *sprint, struct event_base *base, size_t *finished,
    const struct timeval *delay)
{
	*sprint = (struct sprint){ .base = base, .finished = finished };
	sprint->race = hecat_race_new(base, delay, &sprint_methods, sprint);
	if (sprint->race == NULL)
		return (false);
	if (hecat_race_more(sprint->race, 2) == 0 &&
	    hecat_race_close(sprint->race, 0) == 0)
		return (true);
	hecat_race_free(sprint->race);
	return (false);
}

static void
two_races_on_one_base(void **state)
{
	static const struct timeval delays[2] = { { .tv_usec = 20000 },
		{ .tv_usec = 50000 } };
	struct event_base *base = real_loop_new();
	struct sprint sprints[2];
	size_t finished = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    sprint_begin(&sprints[i], base, &finished, &delays[i]));
	assert_int_equal(sprints[0].started[0] + sprints[1].started[0], 0);
	real_loop_run(base, &finished, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(sprints[i].winner, 1);
		assert_int_equal(sprints[i].cancelled, 1);
		assert_int_equal(sprints[i].done, 1);
		/* Never early; how late is the machine's. */
		assert_true(sprints[i].started[1] - sprints[i].started[0] >=
		    delays[i].tv_usec);
	}
	real_loop_assert_no_events(base);
	event_base_free(base);
}

static void
race_start(struct hecat_race *race, size_t index, void *arg)
{
	(void)arg;
	/* The first one hangs, the second one wins. */
	if (index == 1)
		assert_int_equal(hecat_race_succeed(race, index), 0);
}

static void
race_cancel(struct hecat_race *race, size_t index, void *arg)
{
	(void)race;
	(void)arg;
	assert_int_equal(index, 0);
}

static void
race_done(struct hecat_race *race, size_t winner, void *arg)
{
	size_t *result = arg;

	*result = winner;
	if (winner == HECAT_RACE_NOBODY)
		assert_int_equal(hecat_race_state_get_source_error(
				     hecat_race_get_state(race)),
		    ENOMEM);
	hecat_race_free(race);
}

/* Returns whether the race could be made; it ends, whatever is lacking. */
static bool
race_without_memory(struct event_base *base, size_t *winner)
{
	static const struct hecat_race_methods few = {
		.size = sizeof(few),
		.start = race_start,
		.cancel = race_cancel,
		.done = race_done,
	};
	static const struct timeval delay = { .tv_usec = 1000 };
	struct hecat_race *race = hecat_race_new(base, &delay, &few, winner);

	*winner = MANY;
	if (race == NULL) {
		assert_int_equal(errno, ENOMEM);
		return (false);
	}
	if (hecat_race_more(race, 2) == -1) {
		assert_int_equal(errno, ENOMEM);
		hecat_race_free(race);
		return (false);
	}
	assert_int_equal(hecat_race_close(race, 0), 0);
	while (*winner == MANY && real_loop_in_time())
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_true(*winner != MANY);
	return (true);
}

/*
 * Each allocation fails, alone or with all that follow, on a base that has had
 * no timer. Returns how many of the races have ended without a winner.
 */
static size_t
refuse_each(bool lasts)
{
	size_t winner, lost = 0, not_made = 0, won = 0, refused = 1;

	for (size_t granted = 0; refused > 0; granted++) {
		struct event_base *base = real_loop_new();

		shortage_begin(SHORTAGE_memory, granted, lasts, ENOMEM);
		if (!race_without_memory(base, &winner))
			not_made++;
		else if (winner == HECAT_RACE_NOBODY)
			lost++;
		else
			won++;
		shortage_end();
		refused = shortage_refused();
		real_loop_assert_no_events(base);
		event_base_free(base);
	}
	/* Timer and race are two allocations each, the entries two more. */
	assert_true(not_made >= 4);
	assert_true(won >= 1);
	return (lost);
}

static void
out_of_memory(void **state)
{
	(void)state;
	if (!shortage_has_memory())
		skip();
	shortage_count_thread(true);
	refuse_each(false);
	assert_true(refuse_each(true) >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scenarios),
		cmocka_unit_test(wrong_arguments),
		cmocka_unit_test(a_race_refuses_what_cannot_be),
		cmocka_unit_test(methods_may_be_longer),
		cmocka_unit_test(many_failures_in_no_time),
		cmocka_unit_test(an_endless_source),
		cmocka_unit_test(entries_may_end_while_others_are_cancelled),
		cmocka_unit_test(nothing_follows_the_end),
		cmocka_unit_test(free_from_the_outside),
		cmocka_unit_test(free_inside_start),
		cmocka_unit_test(free_inside_cancel),
		cmocka_unit_test(free_inside_the_cancel_of_a_free),
		cmocka_unit_test(free_inside_done),
		cmocka_unit_test(random_races),
		cmocka_unit_test(no_memory_for_the_timer),
		cmocka_unit_test(no_memory_and_a_free),
		cmocka_unit_test(a_timer_is_released_with_every_error),
		cmocka_unit_test(two_races_on_one_base),
		cmocka_unit_test(out_of_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
