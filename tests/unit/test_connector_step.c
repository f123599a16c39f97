/* SPDX-License-Identifier: ISC */
/*
 * The step after TCP: connectors on a real loop, whose attempts connect to
 * listening sockets and then go on with a step that ends as planned.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "fake/real_loop.h"
#include "hecat.h"

#define ADDRESSES_MAX 4

struct fixture;

/* What a step has while it runs. */
struct running {
	struct fixture *fixture;
	struct hecat_step *step;
	char plan;
	struct event *event;
};

struct fixture {
	struct event_base *base;
	struct hecat_config *config;
	struct hecat_connector *connector;
	size_t descriptors; /* open when the test began */
	int listening[ADDRESSES_MAX];
	struct address addresses[ADDRESSES_MAX];
	size_t count;
	/*
	 * How the step of each attempt ends: S with success, B the same with a
	 * bufferevent, O with another descriptor, F it fails, E begin() returns
	 * an errno, H never; P with success, when it is polled; N and M with
	 * a success that has no connection. In small letters: inside begin().
	 */
	const char *plan;
	size_t begun;
	size_t cancelled;
	size_t running;
	monotime_t begun_at[ADDRESSES_MAX];
	int untried[ADDRESSES_MAX]; /* addresses were left when it began */
	monotime_t started_at[ADDRESSES_MAX];
	char ends[256]; /* what the observer has seen of each attempt */
	size_t connected;
	size_t failed;
	size_t callbacks; /* both */
	enum hecat_error error;
	bool free_in_begin;
	bool free_in_cancel;
	bool cancel_in_begin;
	bool free_in_event; /* of a step, before it would end */
	bool fail_in_cancel;
	bool end_second; /* in the observer, when the first has ended */
	bool keep;       /* the connection in the connector */
	struct running *steps[ADDRESSES_MAX];
	int fd;
	struct bufferevent *bufferevent;
};

static void
drop_connector(struct fixture *fixture)
{
	struct hecat_connector *connector = fixture->connector;

	fixture->connector = NULL;
	hecat_connector_free(connector);
}

/* Ends a step as `plan` has it, once nothing of it is left. */
static void
end_step(struct fixture *fixture, struct hecat_step *step, char plan)
{
	int fd = hecat_step_get_fd(step);
	int pair[2];

	switch (plan) {
	case 'F':
		hecat_step_fail(step, EPROTO, "it said no");
		break;
	case 'B':
		hecat_step_succeed_bufferevent(step,
		    bufferevent_socket_new(
			fixture->base, fd, BEV_OPT_CLOSE_ON_FREE));
		break;
	case 'N':
		hecat_step_succeed_bufferevent(step, NULL);
		break;
	case 'M':
		hecat_step_succeed(step, -1);
		break;
	case 'O':
		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
		    0);
		close(pair[1]);
		hecat_step_succeed(step, pair[0]);
		break;
	default:
		hecat_step_succeed(step, fd);
		break;
	}
}

static void
free_running(struct running *running)
{
	struct fixture *fixture = running->fixture;

	fixture->running--;
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		if (fixture->steps[i] == running)
			fixture->steps[i] = NULL;
	if (running->event != NULL)
		event_free(running->event);
	free(running);
}

static void
on_step_event(evutil_socket_t fd, short what, void *arg)
{
	struct running *running = arg;
	struct fixture *fixture = running->fixture;
	struct hecat_step *step = running->step;
	char plan = running->plan;

	(void)fd;
	(void)what;
	if (fixture->free_in_event) {
		drop_connector(fixture);
		return;
	}
	free_running(running);
	end_step(fixture, step, plan);
}

static char
planned(struct fixture *fixture, const struct hecat_step *step)
{
	size_t attempt = hecat_step_get_attempt(step);

	assert_true(attempt < strlen(fixture->plan));
	return (fixture->plan[attempt]);
}

static int
begin_step(struct hecat_step *step, void *arg)
{
	struct fixture *fixture = arg;
	char plan = planned(fixture, step);
	struct running *running;

	assert_true(hecat_step_get_fd(step) != -1);
	assert_ptr_equal(hecat_step_get_base(step), fixture->base);
	assert_ptr_equal(hecat_step_get_connector(step), fixture->connector);
	assert_null(hecat_step_get_data(step));
	fixture->begun_at[hecat_step_get_attempt(step)] = clock_now();
	fixture->untried[hecat_step_get_attempt(step)] =
	    hecat_connector_has_untried(fixture->connector);
	fixture->begun++;
	if (fixture->cancel_in_begin)
		hecat_connector_cancel(fixture->connector);
	if (fixture->free_in_begin)
		drop_connector(fixture);
	if (plan == 'E')
		return (EACCES);
	if (plan >= 'a') {
		end_step(fixture, step, (char)(plan - 'a' + 'A'));
		/* What comes after the end changes nothing. */
		hecat_step_fail(step, EIO, "too late");
		return (0);
	}
	running = calloc(1, sizeof(*running));
	assert_non_null(running);
	*running = (struct running){ fixture, step, plan, NULL };
	hecat_step_set_data(step, running);
	fixture->steps[hecat_step_get_attempt(step)] = running;
	fixture->running++;
	if (plan == 'H' || plan == 'P')
		return (0);
	running->event = event_new(
	    fixture->base, -1, 0, on_step_event, running);
	event_active(running->event, EV_TIMEOUT, 0);
	return (0);
}

static void
cancel_step(struct hecat_step *step, void *arg)
{
	struct fixture *fixture = arg;

	fixture->cancelled++;
	/* The socket is open as long as the step. */
	assert_int_not_equal(fcntl(hecat_step_get_fd(step), F_GETFD), -1);
	free_running(hecat_step_get_data(step));
	if (fixture->fail_in_cancel)
		hecat_step_fail(step, EIO, "cancelled");
	if (fixture->free_in_cancel && fixture->connector != NULL)
		drop_connector(fixture);
}

static void
poll_step(struct hecat_step *step, void *arg)
{
	struct fixture *fixture = arg;

	if (planned(fixture, step) != 'P')
		return;
	free_running(hecat_step_get_data(step));
	hecat_step_succeed(step, hecat_step_get_fd(step));
}

static const struct hecat_step_methods methods = {
	.size = sizeof(methods),
	.begin = begin_step,
	.cancel = cancel_step,
	.poll = poll_step,
};

/* Those of a program that was built before there was poll(). */
static const struct hecat_step_methods old_methods = {
	.size = offsetof(struct hecat_step_methods, poll),
	.begin = begin_step,
	.cancel = cancel_step,
	.poll = poll_step,
};

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct fixture *fixture = arg;
	size_t attempt = hecat_event_get_attempt(event);
	const char *text = hecat_event_get_text(event);
	struct timeval tv;

	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_ATTEMPT_STARTED)
		fixture->started_at[attempt] = clock_now();
	if (hecat_event_get_type(event) != HECAT_EVENT_ATTEMPT_ENDED)
		return;
	snprintf(fixture->ends + strlen(fixture->ends),
	    sizeof(fixture->ends) - strlen(fixture->ends), "%zu:%d%s%s%s ",
	    attempt, (int)hecat_event_get_outcome(event),
	    hecat_event_get_established(event, &tv) == NULL ? "" : " TCP",
	    hecat_event_is_in_step(event) ? " in step" : "",
	    text == NULL ? "" : " with text");
	if (fixture->end_second && attempt == 0 && fixture->steps[1] != NULL) {
		struct hecat_step *second = fixture->steps[1]->step;

		free_running(fixture->steps[1]);
		hecat_step_fail(second, EIO, "too");
	}
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	fixture->connected++;
	fixture->callbacks++;
	if (fixture->keep)
		return;
	fixture->fd = hecat_connector_take_fd(connector);
	if (fixture->fd == -1)
		fixture->bufferevent = hecat_connector_take_bufferevent(
		    connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	fixture->error = error;
	fixture->failed++;
	fixture->callbacks++;
}

static void
set_delay(struct fixture *fixture, monotime_t delay)
{
	struct timeval tv = clock_timeval(delay);

	assert_int_equal(
	    hecat_config_set_connection_attempt_delay(fixture->config, &tv), 0);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .fd = -1, .base = real_loop_new() };
	fixture.descriptors = open_descriptors();
	fixture.config = hecat_config_new();
	assert_non_null(fixture.config);
	assert_int_equal(
	    hecat_config_set_step(fixture.config, &methods, &fixture), 0);
	assert_int_equal(
	    hecat_config_set_observer(fixture.config, observe, &fixture), 0);
	assert_int_equal(
	    hecat_config_set_order(fixture.config, HECAT_ORDER_RESOLVER), 0);
	/* The next attempt is started by an end, however slow the machine is.
	 */
	set_delay(&fixture, 100 * MONOTIME_PER_SECOND);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_config_free(fixture->config);
	if (fixture->bufferevent != NULL)
		bufferevent_free(fixture->bufferevent);
	if (fixture->fd != -1)
		close(fixture->fd);
	for (size_t i = 0; i < fixture->count; i++)
		close(fixture->listening[i]);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(fixture->running, 0);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

/* Adds an address that accepts. */
static void
add_listener(struct fixture *fixture)
{
	struct address *address = &fixture->addresses[fixture->count];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address_parse(address, "127.0.0.1", 0);
	assert_int_equal(bind(fd, &address->sa, address->length), 0);
	assert_int_equal(getsockname(fd, &address->sa, &address->length), 0);
	assert_int_equal(listen(fd, 128), 0);
	fixture->listening[fixture->count++] = fd;
}

/* Connects to an address for each attempt of the plan. */
static void
connect_to(struct fixture *fixture, const char *plan)
{
	struct evutil_addrinfo list[ADDRESSES_MAX] = { 0 };
	size_t count = strlen(plan);

	fixture->plan = plan;
	while (fixture->count < count)
		add_listener(fixture);
	for (size_t i = 0; i < count; i++) {
		list[i].ai_addr = &fixture->addresses[i].sa;
		list[i].ai_addrlen = fixture->addresses[i].length;
		list[i].ai_next = i + 1 < count ? &list[i + 1] : NULL;
	}
	if (fixture->connector == NULL)
		fixture->connector = hecat_connector_new(fixture->base,
		    fixture->config, on_connected, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(
	    hecat_connector_connect_addrinfo(fixture->connector, list), 0);
}

/* Returns the number of the address that `fd` is connected to; -1: none. */
static int
connected_to(const struct fixture *fixture, int fd)
{
	struct address peer = { .length = sizeof(peer.in6) };

	if (getpeername(fd, &peer.sa, &peer.length) == -1)
		return (-1);
	for (size_t i = 0; i < fixture->count; i++)
		if (address_equal(&fixture->addresses[i], &peer))
			return ((int)i);
	return (-1);
}

static void
run_to_the_end(struct fixture *fixture, const char *plan, const char *ends)
{
	connect_to(fixture, plan);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->callbacks, 1);
	assert_string_equal(fixture->ends, ends);
}

static void
a_step_that_succeeds_wins(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "S", "0:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), 0);
	assert_int_equal(fixture->cancelled, 0);
}

static void
one_that_fails_goes_on_to_the_next(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "FES", "0:5 TCP with text 1:5 TCP 2:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), 2);
	assert_int_equal(
	    hecat_connector_get_error_count(fixture->connector), 2);
}

/* TCP decides, and one step is begun, whichever other attempts have TCP. */
static void
a_step_outside_of_the_race_follows_it(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 0);
	hecat_config_set_step_in_race(fixture->config, 0);
	run_to_the_end(fixture, "SSS", "1:3 TCP 2:3 TCP 0:0 TCP ");
	assert_int_equal(fixture->begun, 1);
	assert_int_equal(connected_to(fixture, fixture->fd), 0);
	assert_int_equal(fixture->untried[0], 0);
}

static void
and_its_failure_is_that_of_the_connect(void **state)
{
	struct fixture *fixture = *state;

	hecat_config_set_step_in_race(fixture->config, 0);
	run_to_the_end(fixture, "FS", "0:5 TCP with text ");
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	assert_int_equal(fixture->begun, 1);
}

static void
or_inside_begin(void **state)
{
	struct fixture *fixture = *state;

	hecat_config_set_step_in_race(fixture->config, 0);
	run_to_the_end(fixture, "fS", "0:5 TCP with text ");
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	assert_int_equal(hecat_config_is_step_in_race(fixture->config), 0);
}

static void
each_end_inside_begin_is_one(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "fs", "0:5 TCP with text 1:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), 1);
}

static void
all_fail_and_the_reasons_are_kept(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;
	char text[512];

	run_to_the_end(fixture, "FE", "0:5 TCP with text 1:5 TCP ");
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	entry = hecat_connector_get_error(fixture->connector, 0);
	assert_int_equal(
	    hecat_error_entry_get_outcome(entry), HECAT_OUTCOME_STEP_FAILED);
	assert_int_equal(hecat_error_entry_get_error(entry), EPROTO);
	assert_string_equal(hecat_error_entry_get_text(entry), "it said no");
	entry = hecat_connector_get_error(fixture->connector, 1);
	assert_int_equal(hecat_error_entry_get_error(entry), EACCES);
	assert_string_equal(
	    hecat_error_entry_get_text(entry), strerror(EACCES));
	hecat_connector_format_errors(fixture->connector, text, sizeof(text));
	assert_non_null(strstr(text, "it said no"));
}

static void
a_bufferevent_is_handed_over(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "B", "0:0 TCP ");
	assert_int_equal(fixture->fd, -1);
	assert_non_null(fixture->bufferevent);
	assert_int_equal(
	    connected_to(fixture, bufferevent_getfd(fixture->bufferevent)), 0);
	assert_null(hecat_connector_take_bufferevent(fixture->connector));
	assert_int_equal(errno, ENOTCONN);
}

static void
a_success_without_a_connection_is_none(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "NMnm", "0:5 TCP 1:5 TCP 2:5 TCP 3:5 TCP ");
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	assert_int_equal(hecat_error_entry_get_error(
			     hecat_connector_get_error(fixture->connector, 0)),
	    ENOMEM);
	assert_int_equal(hecat_error_entry_get_error(
			     hecat_connector_get_error(fixture->connector, 1)),
	    EBADF);
}

/* The teardown sees that no descriptor is left. */
static void
what_is_not_taken_is_closed(void **state)
{
	struct fixture *fixture = *state;

	fixture->keep = true;
	run_to_the_end(fixture, "B", "0:0 TCP ");
	assert_int_equal(hecat_connector_get_fd(fixture->connector), -1);
	fixture->callbacks = 0;
	*fixture->ends = '\0';
	run_to_the_end(fixture, "S", "0:0 TCP ");
	assert_int_not_equal(hecat_connector_get_fd(fixture->connector), -1);
}

static void
another_descriptor_takes_the_place_of_the_own(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "O", "0:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), -1);
	assert_int_not_equal(fcntl(fixture->fd, F_GETFD), -1);
}

static void
a_hung_step_loses(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 10 * MONOTIME_PER_MS);
	run_to_the_end(fixture, "HS", "0:3 TCP in step 1:0 TCP ");
	assert_int_equal(fixture->cancelled, 1);
	assert_int_equal(fixture->untried[0], 1);
	assert_int_equal(fixture->untried[1], 0);
	assert_int_equal(hecat_connector_has_untried(fixture->connector), 0);
	/* But not before it had its time. */
	assert_true(fixture->started_at[1] - fixture->begun_at[0] >=
	    100 * MONOTIME_PER_MS - MONOTIME_PER_MS);
}

static void
a_step_has_the_time_of_its_attempt(void **state)
{
	struct fixture *fixture = *state;
	struct timeval timeout = clock_timeval(500 * MONOTIME_PER_MS);

	assert_int_equal(
	    hecat_config_set_attempt_timeout(fixture->config, &timeout), 0);
	run_to_the_end(fixture, "HH", "0:2 TCP in step 1:2 TCP in step ");
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	assert_int_equal(fixture->cancelled, 2);
}

static void
the_budget_ends_a_step(void **state)
{
	struct fixture *fixture = *state;
	struct timeval timeout = clock_timeval(500 * MONOTIME_PER_MS);

	assert_int_equal(
	    hecat_config_set_timeout(fixture->config, &timeout), 0);
	run_to_the_end(fixture, "H", "0:3 TCP in step ");
	assert_int_equal(fixture->error, HECAT_ERROR_TIMEOUT);
	assert_int_equal(fixture->cancelled, 1);
}

/*
 * The first one is asked before the second is declared the winner, and has
 * ended by then.
 */
static void
of_two_that_are_done_the_first_wins(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 0);
	run_to_the_end(fixture, "PS", "1:3 TCP 0:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), 0);
}

static void
without_poll_the_one_that_reports_wins(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
	    hecat_config_set_step(fixture->config, &old_methods, fixture), 0);
	set_delay(fixture, 0);
	run_to_the_end(fixture, "PS", "0:3 TCP in step 1:0 TCP ");
	assert_int_equal(connected_to(fixture, fixture->fd), 1);
}

static void
run_until_begun(struct fixture *fixture, const char *plan)
{
	connect_to(fixture, plan);
	real_loop_run(fixture->base, &fixture->begun, 1);
}

static void
a_cancel_cancels_the_step(void **state)
{
	struct fixture *fixture = *state;

	run_until_begun(fixture, "H");
	hecat_connector_cancel(fixture->connector);
	assert_int_equal(fixture->cancelled, 1);
	assert_string_equal(fixture->ends, "0:3 TCP in step ");
	assert_int_equal(fixture->callbacks, 0);
}

static void
so_does_a_free(void **state)
{
	struct fixture *fixture = *state;

	run_until_begun(fixture, "H");
	drop_connector(fixture);
	assert_int_equal(fixture->cancelled, 1);
}

/* Each plan, with the connector freed at `when`: nothing is called or left. */
static void
check_freed(struct fixture *fixture, bool *when)
{
	static const char *const plans[] = { "S", "s", "B", "b", "F", "f", "E",
		"H", "O", "o", "HS", "PS" };

	set_delay(fixture, 0);
	*when = true;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		fixture->begun = 0;
		run_until_begun(fixture, plans[i]);
		real_loop_settle(fixture->base);
		if (fixture->connector != NULL)
			drop_connector(fixture);
		assert_int_equal(fixture->running, 0);
		if (fixture->fd != -1)
			close(fixture->fd);
		fixture->fd = -1;
		if (fixture->bufferevent != NULL)
			bufferevent_free(fixture->bufferevent);
		fixture->bufferevent = NULL;
	}
}

static void
what_cancel_reports_is_nothing(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 0);
	fixture->fail_in_cancel = true;
	run_to_the_end(
	    fixture, "HHS", "0:3 TCP in step 1:3 TCP in step 2:0 TCP ");
	assert_int_equal(fixture->cancelled, 2);
}

/* While the connector goes through its attempts. */
static void
the_observer_may_end_another_step(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 0);
	fixture->end_second = true;
	connect_to(fixture, "HHS");
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->connected, 1);
	assert_int_equal(fixture->cancelled, 1);
}

static void
no_step_begins_after_a_free(void **state)
{
	struct fixture *fixture = *state;

	set_delay(fixture, 0);
	fixture->free_in_begin = true;
	run_until_begun(fixture, "sH");
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->begun, 1);
	assert_null(fixture->connector);
}

static void
the_connector_may_be_freed_inside_begin(void **state)
{
	struct fixture *fixture = *state;

	check_freed(fixture, &fixture->free_in_begin);
	assert_int_equal(fixture->callbacks, 0);
}

static void
and_cancelled(void **state)
{
	struct fixture *fixture = *state;

	check_freed(fixture, &fixture->cancel_in_begin);
	assert_int_equal(fixture->callbacks, 0);
}

static void
and_freed_inside_cancel(void **state)
{
	struct fixture *fixture = *state;

	check_freed(fixture, &fixture->free_in_cancel);
}

static void
and_in_the_middle_of_a_step(void **state)
{
	struct fixture *fixture = *state;

	check_freed(fixture, &fixture->free_in_event);
}

static void
methods_that_cannot_be_used_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct hecat_step_methods bad = methods;
	void *arg = NULL;

	bad.size = sizeof(size_t);
	assert_int_equal(
	    hecat_config_set_step(fixture->config, &bad, NULL), -1);
	assert_int_equal(errno, EINVAL);
	bad = methods;
	bad.begin = NULL;
	assert_int_equal(
	    hecat_config_set_step(fixture->config, &bad, NULL), -1);
	bad = methods;
	bad.cancel = NULL;
	assert_int_equal(
	    hecat_config_set_step(fixture->config, &bad, NULL), -1);
	assert_int_equal(hecat_config_set_step(NULL, &methods, NULL), -1);
	assert_ptr_equal(
	    hecat_config_get_step(fixture->config, NULL), &methods);
	assert_ptr_equal(
	    hecat_config_get_step(fixture->config, &arg), &methods);
	assert_ptr_equal(arg, fixture);
	/* Without a step an attempt is a success with TCP. */
	assert_int_equal(hecat_config_set_step(fixture->config, NULL, NULL), 0);
	run_to_the_end(fixture, "H", "0:0 TCP ");
	assert_int_equal(fixture->begun, 0);
}

static void
a_list_has_no_host(void **state)
{
	struct fixture *fixture = *state;

	run_to_the_end(fixture, "S", "0:0 TCP ");
	assert_null(hecat_connector_get_host(fixture->connector));
	assert_int_equal(hecat_connector_connect_hostname(
			     fixture->connector, "127.0.0.1", "9"),
	    0);
	assert_string_equal(
	    hecat_connector_get_host(fixture->connector), "127.0.0.1");
}

#define STEP_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STEP_TEST(a_step_that_succeeds_wins),
		STEP_TEST(one_that_fails_goes_on_to_the_next),
		STEP_TEST(a_step_outside_of_the_race_follows_it),
		STEP_TEST(and_its_failure_is_that_of_the_connect),
		STEP_TEST(or_inside_begin),
		STEP_TEST(each_end_inside_begin_is_one),
		STEP_TEST(all_fail_and_the_reasons_are_kept),
		STEP_TEST(a_bufferevent_is_handed_over),
		STEP_TEST(a_success_without_a_connection_is_none),
		STEP_TEST(what_is_not_taken_is_closed),
		STEP_TEST(another_descriptor_takes_the_place_of_the_own),
		STEP_TEST(a_hung_step_loses),
		STEP_TEST(a_step_has_the_time_of_its_attempt),
		STEP_TEST(the_budget_ends_a_step),
		STEP_TEST(of_two_that_are_done_the_first_wins),
		STEP_TEST(without_poll_the_one_that_reports_wins),
		STEP_TEST(a_cancel_cancels_the_step),
		STEP_TEST(so_does_a_free),
		STEP_TEST(what_cancel_reports_is_nothing),
		STEP_TEST(the_observer_may_end_another_step),
		STEP_TEST(no_step_begins_after_a_free),
		STEP_TEST(the_connector_may_be_freed_inside_begin),
		STEP_TEST(and_cancelled),
		STEP_TEST(and_freed_inside_cancel),
		STEP_TEST(and_in_the_middle_of_a_step),
		STEP_TEST(methods_that_cannot_be_used_are_refused),
		STEP_TEST(a_list_has_no_host),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
