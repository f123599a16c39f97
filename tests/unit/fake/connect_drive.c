/* SPDX-License-Identifier: ISC */
/*
 * Rows to worlds, and connectors through them.
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

/* Adds an answer in one, or in two parts. */
static void
add_answers(
    struct connect *connect, int family, const char *first, const char *rest)
{
	add_answer(connect, family, first);
	if (rest == NULL)
		return;
	connect->world.answers[connect->world.answer_count - 1].more = true;
	add_answer(connect, family, rest);
}

/* Adds the prefixes that are excluded. */
static void
add_excluded(struct hecat_config *config, const char *prefixes)
{
	char copy[256] = "", *rest;
	struct prefix prefix;

	if (prefixes != NULL)
		text_append(copy, sizeof(copy), "%s", prefixes);
	for (char *text = strtok_r(copy, " ", &rest); text != NULL;
	     text = strtok_r(NULL, " ", &rest)) {
		assert_int_equal(prefix_parse(&prefix, text), PREFIX_PARSED);
		assert_int_equal(
		    hecat_config_add_excluded(config, &prefix.address.sa,
			(int)prefix.address.length, prefix.length),
		    0);
	}
}

/* Adds the sources, and a bare port of both wildcard addresses. */
static void
add_sources(struct hecat_config *config, const char *names, uint16_t port)
{
	struct address sources[FAKE_ANSWER_MAX];
	size_t count = 0;

	if (names != NULL)
		count = fake_addresses(names, port, sources, FAKE_ANSWER_MAX);
	if (count == 0 && port != 0) {
		address_parse(&sources[count++], "::", port);
		address_parse(&sources[count++], "0.0.0.0", port);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(hecat_config_add_source(config, &sources[i].sa,
				     (int)sources[i].length),
		    0);
}

static void
fill_config(struct connect *connect, const struct connect_row *row)
{
	struct hecat_config *config = &connect->config;

	config_init(config);
	connect->host = row->host == NULL ? "host.example" : row->host;
	connect->service = "80";
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
	config->success_open_time = time_or(
	    row->success_open, config->success_open_time);
	config->preferred_family = row->preferred_family;
	config->timeout = time_or(row->timeout, config->timeout);
	config->attempt_timeout = time_or(
	    row->attempt_timeout, config->attempt_timeout);
	add_sources(config, row->sources, row->source_port);
	add_excluded(&connect->config, row->excluded);
	if (row->addresses == NULL)
		return;
	connect->addresses = connect->listed;
	connect->address_count = fake_addresses(
	    row->addresses, 80, connect->listed, FAKE_ANSWER_MAX);
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
	world->resolver_error_from = time_or(row->resolver_error_from, 0);
	world->resolver_error_until = time_or(
	    row->resolver_error_until, MONOTIME_NEVER);
	world->no_descriptor_until = time_or(row->no_descriptor_until, 0);
	world->no_descriptor_family = row->no_descriptor_family;
	add_answers(connect, AF_INET6, row->aaaa, row->aaaa_rest);
	add_answers(connect, AF_INET, row->a, row->a_rest);
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

	for (; number > connect->world.text_from; number--)
		start = strstr(start, ", ") + 2;
	text_append(
	    words, FAKE_TEXT_MAX, "%.*s wins", (int)strcspn(start, " "), start);
	append_end(connect, words);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct connect *connect = arg;
	int fd = hecat_connector_take_fd(connector);

	connect->fd = fd;
	if (connect->only_looks_up)
		append_end(connect, "looked up");
	else if (!connect->world.quiet)
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
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct connect *connect = arg;

	assert_ptr_equal(connector, connect->connector);
	assert_false(connect->ended);
	assert_false(
	    connect->interfered && connect->interference == CONNECT_FREE);
	if (hecat_event_get_type(event) == HECAT_EVENT_ENDED) {
		connect->ended = true;
		connect->result = hecat_event_get_result(event);
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

/* Starts with the list, a copy of which is freed again at once. */
static int
start_list(struct connect *connect)
{
	struct evutil_addrinfo *list = calloc(
	    connect->address_count, sizeof(*list));
	struct address *copies = calloc(
	    connect->address_count, sizeof(*copies));
	int result, error;

	assert_true(list != NULL && copies != NULL);
	for (size_t i = 0; i < connect->address_count; i++) {
		copies[i] = connect->addresses[i];
		list[i].ai_addr = &copies[i].sa;
		list[i].ai_addrlen = copies[i].length;
		if (i > 0)
			list[i - 1].ai_next = &list[i];
	}
	result = connect->only_looks_up
	    ? hecat_connector_lookup_addrinfo(connect->connector, list)
	    : hecat_connector_connect_addrinfo(connect->connector, list);
	error = errno;
	memset(copies, 0x5a, connect->address_count * sizeof(*copies));
	free(copies);
	free(list);
	errno = error;
	return (result);
}

int
connect_start(struct connect *connect)
{
	int result;

	connect->world.may_call = false;
	if (connect->addresses != NULL)
		result = start_list(connect);
	else if (connect->only_looks_up)
		result = hecat_connector_lookup_hostname(
		    connect->connector, connect->host, connect->service);
	else
		result = hecat_connector_connect_hostname(
		    connect->connector, connect->host, connect->service);
	connect->world.may_call = true;
	return (result);
}

void
connect_begin(struct connect *connect)
{
	struct connector_env env = fake_world_env(&connect->world);

	connect->fd = -1;
	connect->connector = connector_new(
	    &env, &connect->config, on_connected, on_failed, connect);
	assert_non_null(connect->connector);
	assert_int_equal(connect_start(connect), 0);
}

void
connect_init_empty(struct connect *connect)
{
	*connect = (struct connect){
		.fd = -1,
		.host = "host.example",
		.service = "80",
	};
	fake_world_init(&connect->world);
	config_init(&connect->config);
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
	config_release(&connect->config);
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
