/* SPDX-License-Identifier: ISC */
/*
 * One connector for several connects, and lookups that connect to nothing.
 * connect_drive.h says how a row reads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "fake/connect_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static void
assert_already(struct connect *connect)
{
	errno = 0;
	assert_int_equal(connect_start(connect), -1);
	assert_int_equal(errno, EALREADY);
	connect->only_looks_up = !connect->only_looks_up;
	errno = 0;
	assert_int_equal(connect_start(connect), -1);
	assert_int_equal(errno, EALREADY);
	connect->only_looks_up = !connect->only_looks_up;
}

/* Whatever has happened, until the callback; and nothing changes by it. */
static void
a_second_connect_while_one_runs_is_refused(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){
		.aaaa = "10 6a",
		.a = "20 4a",
		.attempts = "4a=5S",
	    });
	assert_already(&connect);
	while (connect.callbacks == 0) {
		assert_true(fake_world_step(&connect.world));
		if (connect.callbacks == 0)
			assert_already(&connect);
	}
	assert_string_equal(
	    connect.world.text, "6a 10, 4a 260: 4a wins at 265");
	assert_int_equal(connect.world.lookups, 1);
	connect_release(&connect);
}

/* Lets a connect that has ended begin again. */
static void
start_again(struct connect *connect)
{
	connect->callbacks = 0;
	connect->ended = false;
	connect->world.text[0] = '\0';
	connect->world.text_from = connect->world.attempts_started;
	assert_int_equal(connect_start(connect), 0);
}

static void
a_connector_is_used_again_after_its_end(void **state)
{
	struct connect connect;

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){
		.aaaa = "10 6a",
		.a = "20 nodata",
		.attempts = "6a=5R",
	    });
	connect_run(&connect);
	assert_string_equal(connect.world.text, "6a 10: no connection at 20");
	assert_int_equal(hecat_connector_get_error_count(connect.connector), 2);
	assert_int_equal(
	    hecat_connector_get_candidate_count(connect.connector), 1);
	/* The second one knows nothing of the first. */
	connect.world.attempts = "6a=5S";
	start_again(&connect);
	assert_int_equal(hecat_connector_get_error_count(connect.connector), 0);
	assert_int_equal(
	    hecat_connector_get_candidate_count(connect.connector), 0);
	assert_null(hecat_connector_get_peer(connect.connector));
	connect_run(&connect);
	assert_string_equal(connect.world.text, "6a 30: 6a wins at 35");
	assert_int_equal(connect.world.lookups, 2);
	assert_int_equal(connect.world.host_forgotten, 2);
	assert_non_null(hecat_connector_get_peer(connect.connector));
	/* And a list follows a name. */
	connect.addresses = connect.listed;
	connect.address_count = fake_addresses(
	    "4a 4b", 80, connect.listed, FAKE_ANSWER_MAX);
	connect.world.attempts = "4a=5R 4b=5S";
	start_again(&connect);
	connect_run(&connect);
	assert_string_equal(connect.world.text, "4a 35, 4b 40: 4b wins at 45");
	assert_int_equal(connect.world.lookups, 2);
	connect_release(&connect);
}

static void
a_connector_is_used_again_after_a_cancel(void **state)
{
	struct connect connect;

	(void)state;
	for (size_t steps = 0; steps < 3; steps++) {
		connect_init(&connect,
		    &(struct connect_row){
			.addresses = "6a 4a",
			.attempts = "4a=5S",
		    });
		for (size_t i = 0; i < steps; i++)
			assert_true(fake_world_step(&connect.world));
		hecat_connector_cancel(connect.connector);
		assert_int_equal(connect.callbacks, 0);
		assert_true(connect.ended);
		assert_int_equal(connect.result, HECAT_ERROR_CANCELLED);
		start_again(&connect);
		connect_run(&connect);
		assert_int_equal(connect.callbacks, 1);
		assert_int_not_equal(connect.fd, -1);
		connect_release(&connect);
	}
}

/* What a callback does with its own connector. */
struct again {
	struct fake_world world;
	struct hecat_connector *connector;
	size_t callbacks;
	size_t refused;   /* with EALREADY */
	bool in_observer; /* starts inside of the event of the end */
	bool cancels;     /* before that */
	bool cancels_new; /* after it */
};

static int
start_literal(struct again *again)
{
	int result = hecat_connector_connect_hostname(
	    again->connector, "192.0.2.97", "80");

	if (result == -1) {
		assert_int_equal(errno, EALREADY);
		again->refused++;
	}
	return (result);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct again *again = arg;

	assert_ptr_equal(connector, again->connector);
	again->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct again *again = arg;

	assert_int_equal(error, HECAT_ERROR_CONNECT);
	assert_int_equal(hecat_connector_get_error_count(connector), 1);
	if (again->callbacks++ > 2)
		return;
	assert_int_equal(start_literal(again), 0);
	/* Nothing has been called from inside. */
	assert_int_equal(hecat_connector_get_error_count(connector), 0);
}

static void
on_event(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct again *again = arg;

	if (hecat_event_get_type(event) != HECAT_EVENT_ENDED ||
	    !again->in_observer)
		return;
	again->in_observer = false;
	/* What a cancel would close cannot be taken, before or after it. */
	assert_int_equal(hecat_connector_take_fd(connector), -1);
	assert_null(hecat_connector_get_peer(connector));
	if (again->cancels)
		hecat_connector_cancel(connector);
	assert_int_equal(hecat_connector_take_fd(connector), -1);
	assert_null(hecat_connector_get_peer(connector));
	start_literal(again);
	if (again->cancels_new)
		hecat_connector_cancel(connector);
}

static void
again_init(struct again *again, const char *attempts)
{
	struct hecat_config *config = hecat_config_new();
	struct connector_env env;

	*again = (struct again){ .callbacks = 0 };
	fake_world_init(&again->world);
	again->world.attempt_default = attempts;
	again->world.quiet = true;
	env = fake_world_env(&again->world);
	assert_int_equal(hecat_config_set_observer(config, on_event, again), 0);
	again->connector = connector_new(
	    &env, config, on_connected, on_failed, again);
	hecat_config_free(config);
	assert_non_null(again->connector);
	assert_int_equal(start_literal(again), 0);
	again->world.may_call = true;
}

static void
again_run(struct again *again)
{
	while (fake_world_step(&again->world))
		continue;
	hecat_connector_free(again->connector);
	fake_world_release(&again->world);
}

static void
a_connector_is_used_again_inside_its_callback(void **state)
{
	struct again again;

	(void)state;
	again_init(&again, "5R");
	again_run(&again);
	assert_int_equal(again.callbacks, 4);
	assert_int_equal(again.world.attempts_started, 4);
	assert_int_equal(again.refused, 0);
}

/* It has not ended before its callback; but a cancel is an end. */
static void
the_event_of_the_end_is_before_the_end(void **state)
{
	struct again again;

	(void)state;
	again_init(&again, "5S");
	again.in_observer = true;
	again_run(&again);
	assert_int_equal(again.refused, 1);
	assert_int_equal(again.callbacks, 1);
	assert_int_equal(again.world.attempts_started, 1);

	again_init(&again, "5S");
	again.in_observer = again.cancels = true;
	again_run(&again);
	assert_int_equal(again.refused, 0);
	assert_int_equal(again.callbacks, 1);
	assert_int_equal(again.world.attempts_started, 2);
}

static void
what_starts_inside_of_a_cancel_is_cancelled_there(void **state)
{
	struct again again;

	(void)state;
	again_init(&again, "5S");
	again.in_observer = again.cancels = again.cancels_new = true;
	hecat_connector_cancel(again.connector);
	assert_false(again.in_observer);
	assert_int_equal(start_literal(&again), 0);
	again_run(&again);
	assert_int_equal(again.refused, 0);
	assert_int_equal(again.callbacks, 1);
	assert_int_equal(again.world.attempts_started, 1);
}

static void
a_new_connector_starts_nothing(void **state)
{
	struct fake_world world;
	struct connector_env env;
	struct hecat_connector *connector;

	(void)state;
	fake_world_init(&world);
	env = fake_world_env(&world);
	connector = connector_new(&env, NULL, on_connected, on_failed, NULL);
	assert_non_null(connector);
	world.may_call = true;
	assert_false(fake_world_step(&world));
	assert_int_equal(hecat_connector_get_error_count(connector), 0);
	assert_int_equal(hecat_connector_get_fd(connector), -1);
	assert_null(hecat_connector_get_peer(connector));
	assert_null(hecat_connector_get_candidate(connector, 0));
	hecat_connector_cancel(connector);
	hecat_connector_free(connector);
	fake_world_release(&world);
}

/* Renders the candidates: "6a 4a". */
static void
render_candidates(char *text, const struct hecat_connector *connector)
{
	size_t count = hecat_connector_get_candidate_count(connector);
	char name[FAKE_ADDRESS_NAME_MAX];
	struct address address;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_true(address_from_sockaddr(&address,
		    hecat_connector_get_candidate(connector, i),
		    sizeof(address.in6)));
		assert_int_equal(address_port(&address), 80);
		text_append(text, FAKE_TEXT_MAX, "%s%s", i > 0 ? " " : "",
		    fake_address_name(&address, name));
	}
	assert_null(hecat_connector_get_candidate(connector, count));
}

/* A lookup alone: its outcome, and the candidates then. */
struct lookup_row {
	struct connect_row connect;
	const char *candidates;
};

static const struct lookup_row lookups[] = {
	{ { .rule = "both families, sorted and interleaved",
	      .aaaa = "20 6a 6b",
	      .a = "10 4a 4b",
	      .outcome = ": looked up at 20" },
	    "6a 4a 6b 4b" },
	{ { .rule = "one family has none",
	      .aaaa = "20 nodata",
	      .a = "10 4a",
	      .outcome = ": looked up at 20" },
	    "4a" },
	{ { .rule = "neither has one",
	      .aaaa = "20 nodata",
	      .a = "30 nodata",
	      .outcome = ": no address at 30" },
	    "" },
	{ { .rule = "one answer never comes",
	      .a = "10 4a",
	      .timeout = "500",
	      .outcome = ": time is up at 500" },
	    "4a" },
	{ { .rule = "one family only",
	      .a = "10 4a",
	      .family = AF_INET,
	      .outcome = ": looked up at 10" },
	    "4a" },
	{ { .rule = "as answered",
	      .both = "10 4a 6a 4b",
	      .order = HECAT_ORDER_RESOLVER,
	      .outcome = ": looked up at 10" },
	    "4a 6a 4b" },
	{ { .rule = "a list",
	      .addresses = "4a 4b 6a 4a",
	      .outcome = ": looked up at 0" },
	    "6a 4a 4b" },
	{ { .rule = "a list of two families, of which one is wanted",
	      .addresses = "4a 6a 4b 6b",
	      .family = AF_INET6,
	      .outcome = ": looked up at 0" },
	    "6a 6b" },
	{ { .rule = "a list in its order",
	      .addresses = "4a 4b 6a",
	      .order = HECAT_ORDER_RESOLVER,
	      .outcome = ": looked up at 0" },
	    "4a 4b 6a" },
	{ { .rule = "a list of the other family",
	      .addresses = "4a 4b",
	      .family = AF_INET6,
	      .outcome = ": no address at 0" },
	    "" },
	{ { .rule = "a literal",
	      .host = "192.0.2.97",
	      .outcome = ": looked up at 0" },
	    "4a" },
	{ { .rule = "what has no source is a candidate as well",
	      .addresses = "6a 4a",
	      .sources = "4s",
	      .outcome = ": looked up at 0" },
	    "4a 6a" },
	{ { .rule = "memory is lacking for an answer",
	      .aaaa = "10 memory",
	      .a = "20 nodata",
	      .outcome = ": no memory at 20" },
	    "" },
	{ { .rule = "a descriptor is lacking for a while",
	      .resolver_error = EMFILE,
	      .resolver_error_until = "150",
	      .aaaa = "10 6a",
	      .a = "10 4a",
	      .outcome = ": looked up at 210" },
	    "6a 4a" },
};

static void
begin_lookup(struct connect *connect, const struct connect_row *row)
{
	connect_init(connect, row);
	hecat_connector_cancel(connect->connector);
	connect->ended = false;
	connect->events = 0;
	connect->only_looks_up = true;
	start_again(connect);
}

static void
a_lookup_alone_connects_to_nothing(void **state)
{
	char text[FAKE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(lookups); i++)
		for (int order = 0; order < FAKE_ORDER_COUNT; order++) {
			const struct lookup_row *row = &lookups[i];
			struct connect connect;

			begin_lookup(&connect, &row->connect);
			connect.world.order = (enum fake_order)order;
			connect_run(&connect);
			assert_row(row->connect.rule, row->connect.outcome,
			    connect.world.text);
			render_candidates(text, connect.connector);
			assert_row(row->connect.rule, row->candidates, text);
			assert_int_equal(connect.world.attempts_started, 0);
			assert_int_equal(connect.fd, -1);
			assert_null(
			    hecat_connector_get_peer(connect.connector));
			assert_true(connect.ended);
			connect_release(&connect);
		}
}

/* In every event, and between them. */
static void
a_lookup_alone_is_cancelled_and_freed_at_any_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH_OF(lookups); i++)
		for (int frees = 0; frees < 2; frees++) {
			bool more = true;

			for (size_t at = 1; more; at++) {
				struct connect connect;

				begin_lookup(&connect, &lookups[i].connect);
				connect.interference = frees ? CONNECT_FREE
							     : CONNECT_CANCEL;
				connect.interfere_at = at;
				while (fake_world_step(&connect.world))
					continue;
				more = connect.interfered;
				assert_int_equal(connect.callbacks, !more);
				assert_int_equal(connect.world.lookups_live, 0);
				connect_release(&connect);
			}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_connect_while_one_runs_is_refused),
		cmocka_unit_test(a_connector_is_used_again_after_its_end),
		cmocka_unit_test(a_connector_is_used_again_after_a_cancel),
		cmocka_unit_test(a_connector_is_used_again_inside_its_callback),
		cmocka_unit_test(the_event_of_the_end_is_before_the_end),
		cmocka_unit_test(
		    what_starts_inside_of_a_cancel_is_cancelled_there),
		cmocka_unit_test(a_new_connector_starts_nothing),
		cmocka_unit_test(a_lookup_alone_connects_to_nothing),
		cmocka_unit_test(
		    a_lookup_alone_is_cancelled_and_freed_at_any_time),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
