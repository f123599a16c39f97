/* SPDX-License-Identifier: ISC */
/*
 * A connector is cancelled, freed, or cancelled and started again at every
 * moment of a run: a moment is an event of the observer, a callback, or the
 * call of a method of a step. It is done from inside the moment, and from
 * outside as soon as the loop is back.
 *
 * First each scenario runs undisturbed, and what happens is noted. Then it runs
 * once for each moment, place and action. After a free nothing is called any
 * more but the cancel() of steps; after a cancel there is one event of the end
 * and no callback; a connector that is started again has all that the first run
 * had. The number of runs is printed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "address.h"
#include "fake/connect_drive.h"
#include "fake/real_loop.h"
#include "fake/seconds.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STORY_MAX        4096
#define MOMENTS_MAX      200
#define REAL_ADDRESSES   3

enum action { NOTHING, CANCEL, FREE, START_AGAIN };

struct run;

/* Where a connector runs. */
struct stage {
	void (*begin)(struct run *run);        /* makes the connector */
	int (*start)(struct run *run);         /* to connect or to look up */
	bool (*step)(struct run *run);         /* false: nothing is left */
	void (*call_outside)(struct run *run); /* act(), from the loop */
	void (*end)(struct run *run);          /* checks what is left */
	bool repeats; /* the same moments, in every run */
};

struct scenario {
	const char *name;
	const struct stage *stage;
	struct connect_row row; /* of a stage in virtual time */
	bool only_looks_up;
	const char *host; /* of a real one; NULL: a list, with a step */
	bool refuses;
};

struct run {
	const struct scenario *scenario;
	enum action action;
	size_t at; /* the moment; 0: none */
	bool outside;
	struct hecat_connector *connector;
	size_t moments;
	char story[STORY_MAX]; /* the moments since the last start */
	size_t ended;          /* events of the end since then */
	int result;
	size_t callbacks;
	bool acted;
	bool freed;
	bool is_late; /* it had ended when it was cancelled */
	size_t callbacks_before;
	bool starts; /* again, as soon as that is possible */
	bool started_again;

	struct connect connect; /* in virtual time */

	struct event_base *base; /* for real */
	struct event *outside_event;
	struct event *success; /* of a step */
	struct hecat_step *step;
	int listening[REAL_ADDRESSES];
	struct address addresses[REAL_ADDRESSES];
	size_t descriptors;
};

/* Starts again. Returns whether that was possible. */
static bool
start_again(struct run *run)
{
	if (run->scenario->stage->start(run) == -1) {
		assert_int_equal(errno, EALREADY);
		return (false);
	}
	run->started_again = true;
	run->starts = false;
	run->ended = run->callbacks = 0;
	run->story[0] = '\0';
	return (true);
}

static void
act(struct run *run)
{
	struct hecat_connector *connector = run->connector;

	run->acted = true;
	run->is_late = run->ended > 0;
	run->callbacks_before = run->callbacks;
	if (run->action == FREE) {
		run->freed = true;
		run->connector = NULL;
		hecat_connector_free(connector);
		return;
	}
	hecat_connector_cancel(connector);
	if (run->action == START_AGAIN && !start_again(run))
		run->starts = true;
}

static void
moment(struct run *run, const char *name, int number)
{
	size_t length = strlen(run->story);

	snprintf(run->story + length, sizeof(run->story) - length, "%s %d\n",
	    name, number);
	if (++run->moments != run->at)
		return;
	if (run->outside)
		run->scenario->stage->call_outside(run);
	else
		act(run);
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct run *run = arg;
	enum hecat_event_type type = hecat_event_get_type(event);

	assert_false(run->freed);
	assert_ptr_equal(connector, run->connector);
	assert_int_equal(run->callbacks, 0);
	assert_int_equal(run->ended, 0);
	if (type == HECAT_EVENT_ENDED) {
		run->ended++;
		run->result = hecat_event_get_result(event);
	}
	moment(run, "event", (int)type);
}

/* A callback comes once, after the event of the end and not after a cancel. */
static void
note_callback(struct run *run, struct hecat_connector *connector, int error)
{
	assert_false(run->freed);
	assert_ptr_equal(connector, run->connector);
	assert_int_equal(run->ended, 1);
	assert_int_equal(run->result, error);
	assert_int_equal(run->callbacks++, 0);
	moment(run, "callback", error);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	note_callback(arg, connector, 0);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	note_callback(arg, connector, (int)error);
}

/*
 * In virtual time.
 */

static int
start_virtual(struct run *run)
{
	run->connect.connector = run->connector;
	return (connect_start(&run->connect));
}

static void
begin_virtual(struct run *run)
{
	struct connect *connect = &run->connect;
	struct connector_env env;

	/* The row is read as everywhere; its connector gives way to this one.
	 */
	connect_init(connect, &run->scenario->row);
	hecat_connector_free(connect->connector);
	connect->only_looks_up = run->scenario->only_looks_up;
	connect->world.released = 0;
	connect->world.may_call = false;
	connect->world.quiet = true;
	connect->config.observer = observe;
	connect->config.observer_arg = run;
	env = fake_world_env(&connect->world);
	run->connector = connector_new(
	    &env, &connect->config, on_connected, on_failed, run);
	assert_non_null(run->connector);
	assert_int_equal(start_virtual(run), 0);
}

static bool
step_virtual(struct run *run)
{
	size_t moments = run->moments;

	if (!fake_world_step(&run->connect.world))
		return (false);
	if (run->outside && !run->acted && moments < run->at &&
	    run->moments >= run->at)
		act(run);
	return (true);
}

/* The step of the loop that is under way ends first: step_virtual(). */
static void
call_outside_virtual(struct run *run)
{
	(void)run;
}

static void
end_virtual(struct run *run)
{
	if (run->connector != NULL) {
		assert_int_equal(run->connect.world.attempts_open, 0);
		assert_int_equal(run->connect.world.lookups_live, 0);
	}
	run->connect.connector = run->connector;
	connect_release(&run->connect);
}

static const struct stage virtual = {
	.begin = begin_virtual,
	.start = start_virtual,
	.step = step_virtual,
	.call_outside = call_outside_virtual,
	.end = end_virtual,
	.repeats = true,
};

/*
 * For real: three listeners, whose attempts start at once and go on with a
 * step: the first fails, the second hangs, the third succeeds; or one that a
 * name stands for, without a step.
 */

static void
succeed(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	struct hecat_step *step = run->step;

	(void)fd;
	(void)what;
	run->step = NULL;
	hecat_step_succeed(step, hecat_step_get_fd(step));
}

static int
begin_step(struct hecat_step *step, void *arg)
{
	struct run *run = arg;
	size_t attempt = hecat_step_get_attempt(step);

	assert_false(run->freed);
	if (attempt == 2) {
		run->step = step;
		event_active(run->success, EV_TIMEOUT, 0);
	}
	moment(run, "begin", (int)attempt);
	return (attempt == 0 ? EPROTO : 0);
}

static void
cancel_step(struct hecat_step *step, void *arg)
{
	struct run *run = arg;

	if (step == run->step) {
		event_del(run->success);
		run->step = NULL;
	}
	if (!run->freed)
		moment(run, "cancel", (int)hecat_step_get_attempt(step));
}

static void
poll_step(struct hecat_step *step, void *arg)
{
	struct run *run = arg;

	assert_false(run->freed);
	moment(run, "poll", (int)hecat_step_get_attempt(step));
}

static void
act_from_loop(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;

	(void)fd;
	(void)what;
	act(run);
}

static void
call_outside_real(struct run *run)
{
	event_active(run->outside_event, EV_TIMEOUT, 0);
}

static void
add_listener(struct run *run, size_t i)
{
	struct address *address = &run->addresses[i];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address_parse(address, "127.0.0.1", 0);
	assert_int_equal(bind(fd, &address->sa, address->length), 0);
	assert_int_equal(getsockname(fd, &address->sa, &address->length), 0);
	if (!run->scenario->refuses)
		assert_int_equal(listen(fd, 16), 0);
	run->listening[i] = fd;
}

static int
start_real(struct run *run)
{
	struct evutil_addrinfo list[REAL_ADDRESSES] = { { .ai_flags = 0 } };
	char service[8];

	snprintf(service, sizeof(service), "%u",
	    (unsigned)address_port(&run->addresses[0]));
	if (run->scenario->host != NULL)
		return (hecat_connector_connect_hostname(
		    run->connector, run->scenario->host, service));
	for (size_t i = 0; i < REAL_ADDRESSES; i++) {
		list[i].ai_addr = &run->addresses[i].sa;
		list[i].ai_addrlen = run->addresses[i].length;
		list[i].ai_next = i + 1 < REAL_ADDRESSES ? &list[i + 1] : NULL;
	}
	return (hecat_connector_connect_addrinfo(run->connector, list));
}

static struct hecat_config *
new_config(struct run *run)
{
	static const struct hecat_step_methods methods = {
		.size = sizeof(methods),
		.begin = begin_step,
		.cancel = cancel_step,
		.poll = poll_step,
	};
	static const struct timeval at_once = { .tv_sec = 0 };
	struct hecat_config *config = hecat_config_new();

	assert_non_null(config);
	hecat_config_set_observer(config, observe, run);
	if (run->scenario->host != NULL)
		return (config);
	hecat_config_set_step(config, &methods, run);
	hecat_config_set_connection_attempt_delay(config, &at_once);
	hecat_config_set_order(config, HECAT_ORDER_RESOLVER);
	return (config);
}

static void
begin_real(struct run *run)
{
	struct hecat_config *config = new_config(run);

	run->descriptors = open_descriptors();
	run->base = real_loop_new();
	run->outside_event = evtimer_new(run->base, act_from_loop, run);
	run->success = evtimer_new(run->base, succeed, run);
	assert_true(run->outside_event != NULL && run->success != NULL);
	for (size_t i = 0; i < REAL_ADDRESSES; i++)
		add_listener(run, i);
	run->connector = hecat_connector_new(
	    run->base, config, on_connected, on_failed, run);
	assert_non_null(run->connector);
	hecat_config_free(config);
	assert_int_equal(start_real(run), 0);
}

/* It is at its end when no callback is to come, or has come. */
static bool
step_real(struct run *run)
{
	bool undisturbed = !run->acted || run->started_again || run->starts;

	if (!undisturbed || run->callbacks > 0) {
		real_loop_settle(run->base);
		/* What is due there may have been done by this. */
		return (run->starts || (run->started_again && run->ended == 0));
	}
	event_base_loop(run->base, EVLOOP_ONCE);
	return (real_loop_in_time());
}

static void
end_real(struct run *run)
{
	hecat_connector_free(run->connector);
	real_loop_settle(run->base);
	assert_null(run->step);
	event_free(run->outside_event);
	event_free(run->success);
	real_loop_assert_no_events(run->base);
	event_base_free(run->base);
	for (size_t i = 0; i < REAL_ADDRESSES; i++)
		close(run->listening[i]);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
	assert_int_equal(open_descriptors(), run->descriptors);
}

static const struct stage real = {
	.begin = begin_real,
	.start = start_real,
	.step = step_real,
	.call_outside = call_outside_real,
	.end = end_real,
};

/*
 * Scenarios.
 */

static const struct scenario scenarios[] = {
	{ .name = "the other family wins",
	    .stage = &virtual,
	    .row = { .aaaa = "10 6a", .a = "20 4a", .attempts = "4a=5S" } },
	{ .name = "the Resolution Delay, and an answer that is late",
	    .stage = &virtual,
	    .row = { .a = "10 4a 4b",
		.aaaa = "400 6a",
		.attempts = "4b=30R 6a=5S" } },
	{ .name = "every address refuses or has no route",
	    .stage = &virtual,
	    .row = { .addresses = "6a 4a 6b",
		.attempts = "6a=5R 4a=U 6b=300R" } },
	{ .name = "the budget expires",
	    .stage = &virtual,
	    .row = { .aaaa = "10 6a 6b", .a = "10 4a", .timeout = "700" } },
	{ .name = "each attempt times out",
	    .stage = &virtual,
	    .row = { .addresses = "6a 4a", .attempt_timeout = "100" } },
	{ .name = "there is no such name",
	    .stage = &virtual,
	    .row = { .aaaa = "10 noname", .a = "30 noname" } },
	{ .name = "a lookup alone",
	    .stage = &virtual,
	    .row = { .aaaa = "20 6a 6b", .a = "10 4a" },
	    .only_looks_up = true },
	{ .name = "the first byte counts",
	    .stage = &virtual,
	    .row = { .addresses = "6a 6b 6c",
		.success = HECAT_SUCCESS_DATA,
		.attempts = "6a=20S 6b=5S,10C 6c=5S,30D" } },
	{ .name = "two succeed at the same time",
	    .stage = &virtual,
	    .row = { .addresses = "6a 6b", .attempts = "6a=300S 6b=50S" } },
	{ .name = "steps: one fails, one hangs, one succeeds", .stage = &real },
	{ .name = "a name that answers", .stage = &real, .host = "localhost" },
	{ .name = "a name that refuses",
	    .stage = &real,
	    .host = "localhost",
	    .refuses = true },
};

/* What holds after an action that is not undone by another start. */
static void
check_after(const struct run *run)
{
	if (run->action == FREE || run->started_again)
		return;
	assert_int_equal(run->callbacks, run->callbacks_before);
	assert_int_equal(run->ended, 1);
	if (!run->is_late)
		assert_int_equal(run->result, HECAT_ERROR_CANCELLED);
}

/* Runs the scenario to its end. */
static void
go(struct run *run, const struct scenario *scenario)
{
	const struct stage *stage = scenario->stage;

	run->scenario = scenario;
	stage->begin(run);
	while (stage->step(run)) {
		if (!run->starts)
			continue;
		/* The cancel has ended by now. */
		check_after(run);
		assert_true(start_again(run));
	}
	if (run->starts) {
		check_after(run);
		assert_true(start_again(run));
		while (stage->step(run))
			continue;
	}
	if (run->acted)
		check_after(run);
	if (!run->acted || run->started_again)
		assert_int_equal(run->callbacks, 1);
	stage->end(run);
}

/* The run that goes on; without a scenario: none. */
static struct run run;

/* Runs it with one action at one moment. Returns whether there was that one. */
static bool
disturb(const struct scenario *scenario, size_t at, enum action action,
    bool outside, const struct run *undisturbed)
{
	run = (struct run){ .action = action, .at = at, .outside = outside };
	go(&run, scenario);
	if (scenario->stage->repeats)
		assert_true(run.acted);
	if (run.started_again)
		assert_int_equal(run.result, undisturbed->result);
	if (run.started_again && scenario->stage->repeats)
		assert_string_equal(run.story, undisturbed->story);
	run.scenario = NULL;
	return (run.acted);
}

/* Says which run has failed. */
static int
teardown(void **state)
{
	(void)state;
	if (run.scenario != NULL)
		print_message("%s: action %d at moment %zu from %s, after\n%s",
		    run.scenario->name, (int)run.action, run.at,
		    run.outside ? "outside" : "inside", run.story);
	return (0);
}

static void
at_every_moment(void **state)
{
	static struct run undisturbed;
	size_t runs = 0, moments = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i];

		undisturbed = (struct run){ .action = NOTHING };
		go(&undisturbed, scenario);
		assert_true(undisturbed.moments > 2 &&
		    undisturbed.moments < MOMENTS_MAX);
		moments += undisturbed.moments;
		for (size_t at = 1; at <= undisturbed.moments; at++)
			for (int action = CANCEL; action <= START_AGAIN;
			     action++)
				for (int outside = 0; outside < 2; outside++)
					runs += disturb(scenario, at,
					    (enum action)action, outside,
					    &undisturbed);
	}
	print_message("# %zu runs, at %zu moments of %zu scenarios\n", runs,
	    moments, LENGTH_OF(scenarios));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(at_every_moment, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
