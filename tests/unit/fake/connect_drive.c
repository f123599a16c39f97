/* SPDX-License-Identifier: ISC */
/*
 * Rows to worlds, and connectors through them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/connect_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

#define FOR_EVER (600 * MONOTIME_PER_SECOND)

static monotime_t
time_or(const char *text, monotime_t otherwise)
{
	return (text == NULL ? otherwise : milliseconds_parse(text));
}

/* Returns the error that `word` is the name of, or 0. */
static int
error_named(const char *word)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {
		{ "nodata", EAI_NODATA },
		{ "noname", EAI_NONAME },
		{ "again", EAI_AGAIN },
		{ "fail", EAI_FAIL },
		{ "memory", EAI_MEMORY },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(word, errors[i].name) == 0)
			return (errors[i].error);
	return (0);
}

/* Reads "10 6a 6b" or "30 nodata"; NULL is an answer that never comes. */
static void
add_answer(struct connect *connect, int family, const char *text)
{
	struct fake_world *world = &connect->world;
	struct address *addresses = connect->given[world->answer_count];
	struct fake_answer *answer = &world->answers[world->answer_count];
	const char *words;

	if (text == NULL)
		return;
	world->answer_count++;
	words = strchr(text, ' ') + 1;
	answer->family = family;
	answer->time = milliseconds_parse(text);
	answer->error = error_named(words);
	answer->addresses = addresses;
	if (answer->error == 0)
		answer->count = fake_addresses(
		    words, 80, addresses, FAKE_ANSWER_MAX);
}

static size_t
fill_sockaddrs(struct sockaddr_storage *storage, const char *names)
{
	struct address addresses[FAKE_ANSWER_MAX];
	size_t count = 0;

	if (names != NULL)
		count = fake_addresses(names, 7, addresses, FAKE_ANSWER_MAX);
	for (size_t i = 0; i < count; i++)
		memcpy(&storage[i], &addresses[i].sa, addresses[i].length);
	return (count);
}

static void
fill_config(struct connect *connect, const struct connect_row *row)
{
	struct hecat_config *config = &connect->config;

	hecat_config_init(config);
	config->host = row->host == NULL ? "host.example" : row->host;
	config->port = 80;
	config->family = row->family;
	config->connection_attempt_delay = time_or(
	    row->delay, config->connection_attempt_delay);
	config->resolution_delay = time_or(
	    row->resolution_delay, config->resolution_delay);
	if (row->first_address_family_count != 0)
		config->first_address_family_count =
		    row->first_address_family_count;
	config->order = row->order;
	config->success = row->success;
	config->success_open = time_or(row->success_open, 0);
	config->preferred_family = row->preferred_family;
	config->timeout = time_or(row->timeout, config->timeout);
	config->attempt_timeout = time_or(
	    row->attempt_timeout, config->attempt_timeout);
	config->addresses = connect->addresses;
	config->address_count = fill_sockaddrs(
	    connect->addresses, row->addresses);
	config->sources = connect->sources;
	config->source_count = fill_sockaddrs(connect->sources, row->sources);
	config->source_port = row->source_port;
}

/* Returns the path of a file of those lines. */
static const char *
write_gai_conf(struct connect *connect, const char *lines)
{
	size_t length = strlen(lines);
	int fd;

	strcpy(connect->gai_conf, "/tmp/gai.conf.XXXXXX");
	fd = mkstemp(connect->gai_conf);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, lines, length), length);
	close(fd);
	return (connect->gai_conf);
}

static void
fill_world(struct connect *connect, const struct connect_row *row)
{
	struct fake_world *world = &connect->world;

	fake_world_init(world);
	world->attempts = row->attempts;
	world->descriptors = row->descriptors;
	world->unreachable = row->unreachable;
	world->absent_family = row->absent_family;
	world->host = row->words;
	if (row->gai_conf != NULL)
		world->gai_conf = write_gai_conf(connect, row->gai_conf);
	world->resolver_error = row->resolver_error;
	world->resolver_error_until = time_or(
	    row->resolver_error_until, MONOTIME_NEVER);
	world->starved_until = time_or(row->starved_until, 0);
	world->starved_family = row->starved_family;
	add_answer(connect, AF_INET6, row->aaaa);
	add_answer(connect, AF_INET, row->a);
	add_answer(connect, AF_UNSPEC, row->both);
}

static void
append_end(struct connect *connect, const char *words)
{
	text_append(connect->world.text, FAKE_TEXT_MAX, ": %s at ", words);
	milliseconds_append(connect->world.text, FAKE_TEXT_MAX,
	    connect->world.now - FAKE_EPOCH);
}

/* What holds when a callback is made, whichever it is. */
static void
check_callback(struct connect *connect, struct hecat_connector *connector)
{
	assert_true(connect->world.may_call);
	assert_ptr_equal(connector, connect->connector);
	assert_int_equal(connect->callbacks++, 0);
	assert_int_equal(connect->world.attempts_open, 0);
	assert_int_equal(connect->world.lookups_live, 0);
	assert_true(connect->world.timer_at == MONOTIME_NEVER);
	if (!connect->free_inside)
		return;
	hecat_connector_free(connector);
	connect->connector = NULL;
}

/* Returns the name of the destination that attempt `number` had. */
static void
append_winner(struct connect *connect, size_t number)
{
	const char *start = connect->world.text;
	char words[FAKE_TEXT_MAX] = "";

	for (; number > 0; number--)
		start = strstr(start, ", ") + 2;
	text_append(
	    words, FAKE_TEXT_MAX, "%.*s wins", (int)strcspn(start, " "), start);
	append_end(connect, words);
}

static void
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	struct connect *connect = arg;

	connect->fd = fd;
	if (!connect->world.quiet)
		append_winner(connect, (size_t)(fd - fake_world_fd(0)));
	check_callback(connect, connector);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	static const char *const words[] = {
		[HECAT_ERROR_CONNECT] = "no connection",
		[HECAT_ERROR_RESOLVE] = "no address",
		[HECAT_ERROR_TIMEOUT] = "time is up",
		[HECAT_ERROR_MEMORY] = "no memory",
	};
	struct connect *connect = arg;

	connect->error = error;
	append_end(connect, words[error]);
	check_callback(connect, connector);
}

/* Interferes when it is time; what may be observed afterwards is the end. */
static void
observe(const struct hecat_event *event, void *arg)
{
	struct connect *connect = arg;

	assert_false(connect->ended);
	assert_false(
	    connect->interfered && connect->interference == CONNECT_FREE);
	if (event->type == HECAT_EVENT_ENDED) {
		connect->ended = true;
		connect->result = event->result;
	}
	if (++connect->events != connect->interfere_at)
		return;
	connect->interfered = true;
	if (connect->interference == CONNECT_CANCEL) {
		hecat_connector_cancel(connect->connector);
	} else {
		hecat_connector_free(connect->connector);
		connect->connector = NULL;
	}
}

void
connect_begin(struct connect *connect)
{
	struct connector_env env = fake_world_env(&connect->world);

	connect->fd = -1;
	connect->connector = connector_new(
	    &env, &connect->config, on_connected, on_failed, connect);
	connect->world.may_call = true;
}

void
connect_init(struct connect *connect, const struct connect_row *row)
{
	*connect = (struct connect){ .fd = -1 };
	fill_world(connect, row);
	fill_config(connect, row);
	connect->config.observer = observe;
	connect->config.observer_arg = connect;
	connect_begin(connect);
	assert_non_null(connect->connector);
}

/* Without a descriptor it asks again for ever, which is as good as a hang. */
static void
run(struct connect *connect)
{
	struct fake_world *world = &connect->world;

	while (fake_world_step(world)) {
		if (!world->refused || world->now - world->progress < FOR_EVER)
			continue;
		world->now = world->progress;
		break;
	}
}

void
connect_run(struct connect *connect)
{
	run(connect);
	if (connect->callbacks == 0)
		append_end(connect, "hangs");
	else
		assert_int_equal(connect->world.attempts_live, 0);
}

void
connect_release(struct connect *connect)
{
	size_t callbacks = connect->callbacks;

	if (connect->connector != NULL)
		hecat_connector_free(connect->connector);
	connect->connector = NULL;
	assert_false(fake_world_step(&connect->world));
	assert_int_equal(connect->callbacks, callbacks);
	fake_world_release(&connect->world);
	if (connect->gai_conf[0] != '\0')
		unlink(connect->gai_conf);
}

static void
check_outcome(
    const struct connect_row *row, enum fake_order order, bool free_inside)
{
	struct connect connect;

	connect_init(&connect, row);
	connect.world.order = order;
	connect.free_inside = free_inside;
	connect_run(&connect);
	assert_row(row->rule, row->outcome, connect.world.text);
	connect_release(&connect);
}

/* Frees the connector after `count` events. Returns whether there were more. */
static bool
check_free(const struct connect_row *row, size_t events)
{
	struct connect connect;
	bool more = true;

	connect_init(&connect, row);
	for (size_t i = 0; i < events && more; i++)
		more = fake_world_step(&connect.world) &&
		    connect.world.now - connect.world.progress < FOR_EVER;
	connect_release(&connect);
	return (more);
}

/*
 * Cancels or frees the connector inside of an event. Returns whether there was
 * that event.
 */
static bool
check_interference(const struct connect_row *row, size_t event,
    enum connect_interference interference)
{
	struct connect connect;

	connect_init(&connect, row);
	connect.interference = interference;
	connect.interfere_at = event;
	run(&connect);
	if (connect.interfered) {
		assert_int_equal(connect.callbacks, 0);
		assert_int_equal(connect.world.attempts_open, 0);
		assert_int_equal(connect.world.lookups_live, 0);
	}
	/* The event may have been the end. */
	if (connect.interfered && interference == CONNECT_CANCEL)
		assert_true(connect.ended &&
		    (connect.events == event ||
			connect.result == HECAT_ERROR_CANCELLED));
	connect_release(&connect);
	return (connect.interfered);
}

static void
check_every_interference(const struct connect_row *row)
{
	size_t event = 1;

	while (check_interference(row, event, CONNECT_CANCEL)) {
		assert_true(check_interference(row, event, CONNECT_FREE));
		event++;
	}
	assert_true(event > 1);
}

void
connect_drive_all(const struct connect_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (int order = 0; order < FAKE_ORDER_COUNT; order++) {
			check_outcome(&rows[i], (enum fake_order)order, false);
			check_outcome(&rows[i], (enum fake_order)order, true);
		}
		for (size_t events = 0; check_free(&rows[i], events);)
			events++;
		check_every_interference(&rows[i]);
	}
}
