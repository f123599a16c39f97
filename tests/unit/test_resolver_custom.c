/* SPDX-License-Identifier: ISC */
/*
 * A resolver of the caller's own: connectors on a real loop whose names are
 * answered by a script.
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
#include "clock.h"
#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"
#include "gai_error.h"
#include "hecat.h"
#include "text.h"

#define SEEN_MAX 512

struct fixture {
	struct event_base *base;
	struct hecat_config *config;
	struct hecat_connector *connector;
	struct address listener;
	int listening;
	size_t descriptors; /* open when the test began */

	/*
	 * What the resolver does with a lookup, a word each: "6=" and "4=" with
	 * addresses ("4=127.0.0.1,127.0.0.2"), "0=" with addresses of both, an
	 * error behind "!" ("6=!again"), "+" at the end: more will follow.
	 * Words behind "|" are answered from the loop.
	 */
	const char *script;
	int start_error;
	size_t started;
	size_t cancelled;
	int family;
	char name[64];
	struct hecat_lookup *lookup; /* that is not answered completely */
	const char *rest;
	struct event *answer_rest;
	bool frees_in_start;
	bool cancels_in_start;

	char seen[SEEN_MAX]; /* by the observer, a word each */
	size_t callbacks;
	enum hecat_error error; /* 0: connected */
	char peer[ADDRESS_TEXT_MAX];
};

static const struct sockaddr_in server = {
	.sin_family = AF_INET, .sin_port = 0x3500, /* 53 */
};

/* Reads one word of a script, and answers as it says. */
static void
answer_word(struct fixture *fixture, const char *word)
{
	struct address addresses[8];
	struct evutil_addrinfo nodes[8] = { { .ai_flags = 0 } };
	struct hecat_answer answer = {
		.size = sizeof(answer),
		.family = *word == '6' ? AF_INET6
		    : *word == '4'     ? AF_INET
				       : AF_UNSPEC,
		.more = word[strlen(word) - 1] == '+',
		.server = (const struct sockaddr *)&server,
		.has_ttl = 1,
		.ttl = 17,
	};
	char copy[128], *rest, *text;
	size_t count = 0;

	if (word[2] == '!') {
		answer.error = word[3] == 'a' ? EAI_AGAIN : EAI_NONAME;
		answer.text = "SERVFAIL\tfrom 192.0.2.53";
		answer.name = "name.corp.test";
	} else {
		snprintf(copy, sizeof(copy), "%s", word + 2);
		for (text = strtok_r(copy, ",+", &rest); text != NULL;
		     text = strtok_r(NULL, ",+", &rest)) {
			assert_int_equal(
			    address_parse(&addresses[count], text, 0),
			    ADDRESS_PARSED);
			nodes[count].ai_addr = &addresses[count].sa;
			nodes[count].ai_addrlen = addresses[count].length;
			if (count > 0)
				nodes[count - 1].ai_next = &nodes[count];
			count++;
		}
		answer.addresses = count > 0 ? nodes : NULL;
	}
	assert_int_equal(hecat_lookup_answer(fixture->lookup, &answer), 0);
}

/* Answers the words up to "|"; returns what follows. */
static const char *
answer_words(struct fixture *fixture, const char *script)
{
	char word[128];

	while (*script != '\0' && *script != '|') {
		size_t length = strcspn(script, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, script);
		answer_word(fixture, word);
		script += length + strspn(script + length, " ");
	}
	return (*script == '|' ? script + 1 + strspn(script + 1, " ") : NULL);
}

static void
on_answer_rest(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *fixture = arg;

	(void)fd;
	(void)what;
	fixture->rest = answer_words(fixture, fixture->rest);
	if (fixture->rest != NULL)
		event_active(fixture->answer_rest, EV_TIMEOUT, 0);
}

static int
start_lookup(struct hecat_lookup *lookup, void *arg)
{
	struct fixture *fixture = arg;

	fixture->started++;
	if (fixture->start_error != 0)
		return (fixture->start_error);
	fixture->lookup = lookup;
	fixture->family = hecat_lookup_get_family(lookup);
	snprintf(fixture->name, sizeof(fixture->name), "%s",
	    hecat_lookup_get_name(lookup));
	assert_ptr_equal(hecat_lookup_get_base(lookup), fixture->base);
	assert_ptr_equal(
	    hecat_lookup_get_connector(lookup), fixture->connector);
	assert_null(hecat_lookup_get_data(lookup));
	hecat_lookup_set_data(lookup, fixture);
	assert_ptr_equal(hecat_lookup_get_data(lookup), fixture);
	fixture->rest = answer_words(fixture, fixture->script);
	if (fixture->rest != NULL)
		event_active(fixture->answer_rest, EV_TIMEOUT, 0);
	if (fixture->cancels_in_start)
		hecat_connector_cancel(fixture->connector);
	if (fixture->frees_in_start) {
		hecat_connector_free(fixture->connector);
		fixture->connector = NULL;
	}
	return (0);
}

static void
cancel_lookup(struct hecat_lookup *lookup, void *arg)
{
	struct fixture *fixture = arg;
	const struct hecat_answer late = { .size = sizeof(late) };

	assert_ptr_equal(lookup, fixture->lookup);
	fixture->lookup = NULL;
	event_del(fixture->answer_rest);
	fixture->cancelled++;
	/* Too late for anything. */
	assert_int_equal(hecat_lookup_answer(lookup, &late), -1);
	assert_int_equal(errno, EINVAL);
}

static const struct hecat_resolver_methods methods = {
	.size = sizeof(methods),
	.start = start_lookup,
	.cancel = cancel_lookup,
};

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct fixture *fixture = arg;
	struct address from = address_copy(hecat_event_get_server(event));
	char text[ADDRESS_TEXT_MAX];

	(void)connector;
	if (hecat_event_get_type(event) != HECAT_EVENT_ANSWER)
		return;
	snprintf(text, sizeof(text), "%s%s%zu%s%s ",
	    hecat_event_get_family(event) == AF_INET6      ? "6:"
		: hecat_event_get_family(event) == AF_INET ? "4:"
							   : "0:",
	    hecat_event_get_error(event) == 0                       ? ""
		: hecat_event_get_error(event) == EAI_AGAIN         ? "again:"
		: hecat_event_get_error(event) == EAI_NONAME        ? "noname:"
		: hecat_event_get_error(event) == GAI_ERROR_NO_DATA ? "nodata:"
		: hecat_event_get_error(event) == EAI_MEMORY        ? "memory:"
								    : "?",
	    hecat_event_get_address_count(event),
	    hecat_event_has_more(event) ? "+" : "",
	    from.length > 0 && hecat_event_get_ttl(event) == 17 ? "" : "?");
	strncat(fixture->seen, text, SEEN_MAX - strlen(fixture->seen) - 1);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;
	struct address peer = address_copy(hecat_connector_get_peer(connector));

	assert_ptr_equal(connector, fixture->connector);
	address_format_host(&peer, fixture->peer);
	fixture->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	assert_ptr_equal(connector, fixture->connector);
	fixture->error = error;
	fixture->callbacks++;
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){
		.base = real_loop_new(),
		.config = hecat_config_new(),
		.descriptors = open_descriptors(),
	};
	address_parse(&fixture.listener, "127.0.0.1", 0);
	fixture.listening = listener(&fixture.listener, 64);
	fixture.answer_rest = evtimer_new(
	    fixture.base, on_answer_rest, &fixture);
	assert_int_equal(
	    hecat_config_set_resolver(fixture.config, &methods, &fixture), 0);
	assert_int_equal(
	    hecat_config_set_observer(fixture.config, observe, &fixture), 0);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_config_free(fixture->config);
	event_free(fixture->answer_rest);
	close(fixture->listening);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	real_loop_assert_left(fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

/* Starts a connect to `host` at the port of the listener. */
static void
begin(struct fixture *fixture, const char *host)
{
	char service[8];

	snprintf(service, sizeof(service), "%u",
	    (unsigned)address_port(&fixture->listener));
	fixture->seen[0] = '\0';
	fixture->error = 0;
	fixture->callbacks = fixture->started = fixture->cancelled = 0;
	hecat_connector_free(fixture->connector);
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_non_null(fixture->connector);
	assert_int_equal(
	    hecat_connector_connect_hostname(fixture->connector, host, service),
	    0);
	assert_int_equal(fixture->started, 0);
}

static void
run(struct fixture *fixture, const char *script)
{
	fixture->script = script;
	begin(fixture, "name.test");
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->callbacks, 1);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->callbacks, 1);
}

static void
it_is_asked_and_answers(void **state)
{
	static const struct {
		const char *script;
		const char *seen;
		enum hecat_error error;
		size_t cancelled;
	} rows[] = {
		{ "6=!noname 4=127.0.0.1", "6:noname:0 4:1 ", 0, 0 },
		{ "| 6=!noname | 4=127.0.0.1", "6:noname:0 4:1 ", 0, 0 },
		{ "4=127.0.0.1 | 6=", "4:1 6:nodata:0 ", 0, 0 },
		{ "6= 4=127.0.0.1+", "6:nodata:0 4:1+ ", 0, 1 },
		{ "0=127.0.0.1", "6:nodata:0 4:1 ", 0, 0 },
		{ "6=!again 0=127.0.0.1", "6:again:0 4:1 ", 0, 0 },
		{ "6=+ 6=+ 6= 4=127.0.0.1", "6:0+ 6:0+ 6:nodata:0 4:1 ", 0, 0 },
		{ "6=!again 4=!again", "6:again:0 4:again:0 ",
		    HECAT_ERROR_RESOLVE, 0 },
		{ "0=!noname", "6:noname:0 4:noname:0 ", HECAT_ERROR_RESOLVE,
		    0 },
		{ "0=", "6:nodata:0 4:nodata:0 ", HECAT_ERROR_RESOLVE, 0 },
		/* An address of IPv4 in the notation of IPv6 is what it is. */
		{ "4= 6=::ffff:127.0.0.1", "4:nodata:0 6:1 ", 0, 0 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(fixture, rows[i].script);
		assert_string_equal(fixture->seen, rows[i].seen);
		assert_int_equal(fixture->error, rows[i].error);
		assert_int_equal(fixture->started, 1);
		assert_int_equal(fixture->cancelled, rows[i].cancelled);
		assert_int_equal(fixture->family, AF_UNSPEC);
		assert_string_equal(fixture->name, "name.test");
		if (rows[i].error == 0)
			assert_string_equal(fixture->peer, "127.0.0.1");
	}
}

static void
one_family(void **state)
{
	struct fixture *fixture = *state;

	hecat_config_set_family(fixture->config, AF_INET);
	run(fixture, "4=127.0.0.1");
	assert_string_equal(fixture->seen, "4:1 ");
	assert_int_equal(fixture->family, AF_INET);
	/* What is not of it is left out. */
	run(fixture, "0=::1,127.0.0.1");
	assert_string_equal(fixture->seen, "4:1 ");
	run(fixture, "0=::1");
	assert_string_equal(fixture->seen, "4:nodata:0 ");
	assert_int_equal(fixture->error, HECAT_ERROR_RESOLVE);
}

/* With an order of the resolver's own its answers are one. */
static void
all_answers_together(void **state)
{
	static const struct {
		const char *script;
		const char *seen;
		enum hecat_error error;
	} rows[] = {
		{ "4=127.0.0.1 | 6=!again", "0:1 ", 0 },
		{ "4=127.0.0.3+ | 4=127.0.0.1 | 6=", "0:2 ", 0 },
		{ "6=!noname 4=!again", "0:again:0 ", HECAT_ERROR_RESOLVE },
		{ "6=!again 4=!noname", "0:again:0 ", HECAT_ERROR_RESOLVE },
		{ "6=+ 6= 4=", "0:nodata:0 ", HECAT_ERROR_RESOLVE },
		{ "0=127.0.0.1", "0:1 ", 0 },
	};
	struct fixture *fixture = *state;
	struct address first;

	hecat_config_set_order(fixture->config, HECAT_ORDER_RESOLVER);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(fixture, rows[i].script);
		assert_string_equal(fixture->seen, rows[i].seen);
		assert_int_equal(fixture->error, rows[i].error);
	}
	run(fixture, rows[1].script);
	first = address_copy(
	    hecat_connector_get_candidate(fixture->connector, 0));
	assert_string_equal(
	    address_format_host(&first, fixture->name), "127.0.0.3");
}

/* What the resolver says of a failure is in the list of errors. */
static void
its_words_are_kept(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;
	char text[256];

	run(fixture, "6=!noname 4=!again");
	entry = hecat_connector_get_error(fixture->connector, 1);
	assert_int_equal(hecat_error_entry_get_error(entry), EAI_AGAIN);
	assert_string_equal(
	    hecat_error_entry_get_text(entry), "SERVFAIL?from 192.0.2.53");
	assert_int_equal(
	    hecat_error_entry_get_server(entry)->sa_family, AF_INET);
	hecat_connector_format_errors(fixture->connector, text, sizeof(text));
	assert_non_null(strstr(text, "AAAA lookup, A lookup: SERVFAIL?from"));
}

static void
ports_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	struct evutil_addrinfo node = {
		.ai_addr = &fixture->listener.sa,
		.ai_addrlen = fixture->listener.length,
	};
	struct hecat_answer answer = {
		.size = sizeof(answer),
		.family = AF_UNSPEC,
		.addresses = &node,
	};

	fixture->script = "|";
	hecat_connector_free(fixture->connector);
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_int_equal(hecat_connector_connect_hostname(
			     fixture->connector, "name.test", "1"),
	    0);
	real_loop_run(fixture->base, &fixture->started, 1);
	assert_int_equal(hecat_lookup_answer(fixture->lookup, &answer), 0);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->error, 0);
}

static void
one_that_cannot_start(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;

	fixture->start_error = EACCES;
	run(fixture, "");
	assert_int_equal(fixture->error, HECAT_ERROR_RESOLVE);
	assert_int_equal(fixture->cancelled, 0);
	entry = hecat_connector_get_error(fixture->connector, 0);
	assert_int_equal(hecat_error_entry_get_error(entry), EAI_SYSTEM);
	assert_int_equal(hecat_error_entry_get_system_error(entry), EACCES);
}

/* Answers a lookup when it was put off once. */
static void
free_descriptors(struct hecat_connector *connector,
    const struct hecat_event *event, void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_OUT_OF_DESCRIPTORS)
		fixture->start_error = 0;
}

static void
without_a_descriptor_it_is_asked_again(void **state)
{
	struct fixture *fixture = *state;

	hecat_config_set_observer(fixture->config, free_descriptors, fixture);
	fixture->start_error = EMFILE;
	run(fixture, "0=127.0.0.1");
	assert_int_equal(fixture->error, 0);
	assert_int_equal(fixture->started, 2);
}

static void
literals_need_none(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture, "127.0.0.1");
	real_loop_run(fixture->base, &fixture->callbacks, 1);
	assert_int_equal(fixture->error, 0);
	assert_int_equal(fixture->started, 0);
}

static void
given_up(void **state)
{
	static const char *const scripts[] = { "", "|", "6=!again |",
		"4=127.0.0.1+ |", "6=127.0.0.1+ 4= |" };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		for (int how = 0; how < 4; how++) {
			fixture->script = scripts[i];
			fixture->cancels_in_start = how == 1;
			fixture->frees_in_start = how == 2;
			begin(fixture, "name.test");
			real_loop_run(fixture->base, &fixture->started, 1);
			if (how == 0)
				hecat_connector_cancel(fixture->connector);
			if (how == 3) {
				hecat_connector_free(fixture->connector);
				fixture->connector = NULL;
			}
			real_loop_settle(fixture->base);
			assert_int_equal(fixture->cancelled, 1);
			assert_int_equal(fixture->callbacks, 0);
		}
}

/* Answered completely, and dropped before that is passed on. */
static void
given_up_when_it_was_answered(void **state)
{
	struct fixture *fixture = *state;

	fixture->script = "0=127.0.0.1";
	for (int how = 0; how < 2; how++) {
		fixture->cancels_in_start = how == 0;
		fixture->frees_in_start = how == 1;
		begin(fixture, "name.test");
		real_loop_run(fixture->base, &fixture->started, 1);
		real_loop_settle(fixture->base);
		assert_int_equal(fixture->cancelled, 0);
		assert_int_equal(fixture->callbacks, 0);
	}
}

static void
what_is_no_answer(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_storage strange = { .ss_family = AF_UNIX };
	struct evutil_addrinfo node = {
		.ai_addr = (struct sockaddr *)&strange,
		.ai_addrlen = sizeof(strange),
	};
	const struct hecat_answer wrong[] = {
		{ .size = sizeof(wrong[0]) - 1 },
		{ .size = sizeof(wrong[0]), .family = AF_UNIX },
		{ .size = sizeof(wrong[0]), .family = AF_INET6 },
		{ .size = sizeof(wrong[0]), .addresses = &node },
		{ .size = sizeof(wrong[0]),
		    .error = EAI_AGAIN,
		    .addresses = &node },
	};

	hecat_config_set_family(fixture->config, AF_INET);
	fixture->script = "|";
	begin(fixture, "name.test");
	real_loop_run(fixture->base, &fixture->started, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		assert_int_equal(
		    hecat_lookup_answer(fixture->lookup, &wrong[i]), -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(hecat_lookup_answer(fixture->lookup, NULL), -1);
	assert_int_equal(hecat_lookup_answer(NULL, &wrong[0]), -1);
}

static void
what_is_no_resolver(void **state)
{
	struct fixture *fixture = *state;
	struct hecat_resolver_methods wrong[] = { methods, methods, methods };
	void *arg;

	wrong[0].size--;
	wrong[1].start = NULL;
	wrong[2].cancel = NULL;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
		    hecat_config_set_resolver(fixture->config, &wrong[i], NULL),
		    -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(hecat_config_set_resolver(NULL, &methods, NULL), -1);
	assert_ptr_equal(
	    hecat_config_get_resolver(fixture->config, &arg), &methods);
	assert_ptr_equal(arg, fixture);
	assert_int_equal(
	    hecat_config_set_resolver(fixture->config, NULL, NULL), 0);
	assert_null(hecat_config_get_resolver(fixture->config, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_asked_and_answers),
		TEST(one_family),
		TEST(all_answers_together),
		TEST(its_words_are_kept),
		TEST(ports_of_its_own),
		TEST(one_that_cannot_start),
		TEST(without_a_descriptor_it_is_asked_again),
		TEST(literals_need_none),
		TEST(given_up),
		TEST(given_up_when_it_was_answered),
		TEST(what_is_no_answer),
		TEST(what_is_no_resolver),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
