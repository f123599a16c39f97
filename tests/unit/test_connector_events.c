/* SPDX-License-Identifier: ISC */
/*
 * The events of a connector, in order and complete. An event
 * is a time in ms and some words; connect_drive.h has the form of a row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include "events.h"
#include "fake/connect_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

#define STORY_MAX 4096

/* The events as text, one to a line. */
struct story {
	char text[STORY_MAX];
	size_t events;
};

static const char *
family_word(int family)
{
	if (family == AF_UNSPEC)
		return ("both");
	return (family == AF_INET ? "A" : "AAAA");
}

static const char *
error_word(int error)
{
	switch (error) {
	case 0:
		return ("");
	case ECONNREFUSED:
		return (" refused");
	case ENETUNREACH:
		return (" unreachable");
	case ETIMEDOUT:
		return (" timeout");
	case EMFILE:
		return (" descriptors");
	case EACCES:
		return (" EACCES");
	case EAI_NODATA:
		return (" nodata");
	case EAI_SYSTEM:
		return (" system");
	default:
		return (" unexpected");
	}
}

/* Returns the name of `sa`, written to `name`; "" for NULL. */
static const char *
name_of(const struct sockaddr *sa, const char *before, char *name)
{
	struct address address;
	char host[FAKE_ADDRESS_NAME_MAX];

	*name = '\0';
	if (sa == NULL)
		return (name);
	assert_true(
	    address_from_sockaddr(&address, sa, sizeof(struct sockaddr_in6)));
	text_append(name, FAKE_PAIR_NAME_MAX, "%s%s", before,
	    fake_address_name(&address, host));
	return (name);
}

static void
render_answer(struct story *story, const struct hecat_event *event)
{
	text_append(story->text, STORY_MAX, "answer %s%s",
	    family_word(event->family), error_word(event->error));
	if (event->error == 0)
		text_append(story->text, STORY_MAX, " x%zu", event->count);
	if (event->error == EAI_SYSTEM)
		text_append(story->text, STORY_MAX, "%s",
		    error_word(event->system_error));
	assert_false(event->blocking);
}

static void
render_start(struct story *story, const struct hecat_event *event)
{
	static const char *const causes[] = {
		[HECAT_CAUSE_FIRST] = "first",
		[HECAT_CAUSE_DELAY_PASSED] = "delay",
		[HECAT_CAUSE_PREVIOUS_FAILED] = "failed",
		[HECAT_CAUSE_LATE_ANSWER] = "late",
	};
	char name[FAKE_PAIR_NAME_MAX], source[FAKE_PAIR_NAME_MAX];

	text_append(story->text, STORY_MAX, "start %zu %s%s: %s",
	    event->attempt, name_of(event->address, "", name),
	    name_of(event->source, "<", source), causes[event->cause]);
}

static void
render_end(struct story *story, const struct hecat_event *event)
{
	static const char *const outcomes[] = {
		[HECAT_OUTCOME_WON] = "won",
		[HECAT_OUTCOME_FAILED] = "failed",
		[HECAT_OUTCOME_TIMED_OUT] = "timed out",
		[HECAT_OUTCOME_CANCELLED] = "cancelled",
		[HECAT_OUTCOME_CLOSED] = "closed",
	};
	char name[FAKE_PAIR_NAME_MAX], source[FAKE_PAIR_NAME_MAX];

	text_append(story->text, STORY_MAX, "end %zu %s%s: %s%s",
	    event->attempt, name_of(event->address, "", name),
	    name_of(event->source, "<", source), outcomes[event->outcome],
	    error_word(event->error));
	if (event->established < event->time) {
		text_append(story->text, STORY_MAX, ", TCP at ");
		milliseconds_append(
		    story->text, STORY_MAX, event->established - FAKE_EPOCH);
	}
	/* A start that failed has no facts. */
	assert_int_equal(event->rtt, event->error == ENETUNREACH ? -1 : 1234);
}

static void
render_words(struct story *story, const struct hecat_event *event)
{
	char name[FAKE_PAIR_NAME_MAX];

	switch (event->type) {
	case HECAT_EVENT_QUERY:
		text_append(story->text, STORY_MAX, "query %s",
		    family_word(event->family));
		break;
	case HECAT_EVENT_ANSWER:
		render_answer(story, event);
		break;
	case HECAT_EVENT_CANDIDATE:
	case HECAT_EVENT_SKIPPED:
		text_append(story->text, STORY_MAX, "%s %zu %s",
		    event->type == HECAT_EVENT_SKIPPED ? "skip" : "turn",
		    event->turn, name_of(event->address, "", name));
		if (event->rule != 0)
			text_append(
			    story->text, STORY_MAX, " by %u", event->rule);
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		render_start(story, event);
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		render_end(story, event);
		break;
	case HECAT_EVENT_OUT_OF_DESCRIPTORS:
		text_append(story->text, STORY_MAX, "starved%s%s",
		    error_word(event->error), event->lookup ? " lookup" : "");
		break;
	case HECAT_EVENT_ENDED:
		text_append(story->text, STORY_MAX, "over %d%s",
		    (int)event->result, name_of(event->address, " ", name));
		break;
	}
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct story *story = arg;

	(void)connector;
	story->events++;
	milliseconds_append(story->text, STORY_MAX, event->time - FAKE_EPOCH);
	text_append(story->text, STORY_MAX, " ");
	render_words(story, event);
	text_append(story->text, STORY_MAX, "\n");
}

/* Makes the connector of a row anew, with an observer. */
static void
observe_row(
    struct connect *connect, const struct connect_row *row, struct story *story)
{
	*story = (struct story){ .events = 0 };
	connect_init(connect, row);
	hecat_connector_free(connect->connector);
	connect->world.released = 0;
	connect->world.may_call = false;
	connect->config.observer = observe;
	connect->config.observer_arg = story;
	connect_begin(connect);
	assert_int_equal(story->events, 0);
}

static void
check(const struct connect_row *row)
{
	struct connect connect;
	struct story story;
	size_t events;

	observe_row(&connect, row, &story);
	connect_run(&connect);
	assert_row(row->rule, row->outcome, story.text);
	events = story.events;
	connect_release(&connect);
	assert_int_equal(story.events, events);
}

/* The events of each row. */
static const struct connect_row stories[] = {
	{ .rule = "the other family wins",
	    .aaaa = "10 6a",
	    .a = "20 4a",
	    .attempts = "4a=5S",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA x1\n"
		       "10 turn 0 6a\n"
		       "10 start 0 6a: first\n"
		       "20 answer A x1\n"
		       "20 turn 0 6a\n"
		       "20 turn 1 4a by 6\n"
		       "260 start 1 4a: delay\n"
		       "265 end 0 6a: cancelled\n"
		       "265 end 1 4a: won\n"
		       "265 over 0 4a\n" },
	{ .rule = "every way to fail",
	    .addresses = "6a 6b 6c",
	    .attempts = "6a=U 6b=30R",
	    .attempt_timeout = "100",
	    .outcome = "0 turn 0 6a\n"
		       "0 turn 1 6b by 10\n"
		       "0 turn 2 6c by 10\n"
		       "0 start 0 6a: first\n"
		       "0 end 0 6a: failed unreachable\n"
		       "0 start 1 6b: failed\n"
		       "30 end 1 6b: failed refused\n"
		       "30 start 2 6c: failed\n"
		       "130 end 2 6c: timed out timeout\n"
		       "130 over 1\n" },
	{ .rule = "a late answer",
	    .aaaa = "10 nodata",
	    .a = "20 4a",
	    .attempts = "4a=5R",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA nodata\n"
		       "20 answer A x1\n"
		       "20 turn 0 4a\n"
		       "20 start 0 4a: first\n"
		       "25 end 0 4a: failed refused\n"
		       "25 over 1\n" },
	{ .rule = "an attempt brought about by a late answer",
	    .aaaa = "10 6a",
	    .a = "400 4a",
	    .attempts = "4a=5S",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA x1\n"
		       "10 turn 0 6a\n"
		       "10 start 0 6a: first\n"
		       "400 answer A x1\n"
		       "400 turn 0 6a\n"
		       "400 turn 1 4a by 6\n"
		       "400 start 1 4a: late\n"
		       "405 end 0 6a: cancelled\n"
		       "405 end 1 4a: won\n"
		       "405 over 0 4a\n" },
	{ .rule = "sources, and who is skipped",
	    .addresses = "6a 4a",
	    .sources = "4s",
	    .attempts = "4a<4s=5S",
	    .outcome = "0 turn 0 4a\n"
		       "0 skip 1 6a by 1\n"
		       "0 start 0 4a<4s: first\n"
		       "5 end 0 4a<4s: won\n"
		       "5 over 0 4a\n" },
	{ .rule = "a source port alone is no source",
	    .addresses = "4a",
	    .source_port = 4321,
	    .attempts = "4a=5S",
	    .outcome = "0 turn 0 4a\n"
		       "0 start 0 4a: first\n"
		       "5 end 0 4a: won\n"
		       "5 over 0 4a\n" },
	{ .rule = "no descriptor for a second attempt",
	    .addresses = "6a 6b",
	    .descriptors = 1,
	    .attempts = "6a=300R 6b=5S",
	    .outcome = "0 turn 0 6a\n"
		       "0 turn 1 6b by 10\n"
		       "0 start 0 6a: first\n"
		       "250 starved descriptors\n"
		       "300 end 0 6a: failed refused\n"
		       "300 start 1 6b: delay\n"
		       "305 end 1 6b: won\n"
		       "305 over 0 6b\n" },
	{ .rule = "a success is the first byte",
	    .addresses = "6a 6b 6c",
	    .attempts = "6a=20S 6b=5S,10C 6c=5S,30D",
	    .success = HECAT_SUCCESS_DATA,
	    .outcome = "0 turn 0 6a\n"
		       "0 turn 1 6b by 10\n"
		       "0 turn 2 6c by 10\n"
		       "0 start 0 6a: first\n"
		       "250 start 1 6b: delay\n"
		       "260 end 1 6b: closed, TCP at 255\n"
		       "260 start 2 6c: failed\n"
		       "290 end 0 6a: cancelled, TCP at 20\n"
		       "290 end 2 6c: won, TCP at 265\n"
		       "290 over 0 6c\n" },
	{ .rule = "the deadline",
	    .a = "10 4a",
	    .timeout = "100",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer A x1\n"
		       "10 turn 0 4a\n"
		       "60 start 0 4a: first\n"
		       "100 end 0 4a: cancelled\n"
		       "100 over 3\n" },
	{ .rule = "two successes: the higher number is cancelled",
	    .addresses = "6a 6b",
	    .attempts = "6a=300S 6b=50S",
	    .outcome = "0 turn 0 6a\n"
		       "0 turn 1 6b by 10\n"
		       "0 start 0 6a: first\n"
		       "250 start 1 6b: delay\n"
		       "300 end 1 6b: cancelled\n"
		       "300 end 0 6a: won\n"
		       "300 over 0 6a\n" },
	{ .rule = "one question for both",
	    .both = "10 4a 6a",
	    .order = HECAT_ORDER_RESOLVER,
	    .attempts = "4a=5S",
	    .outcome = "0 query both\n"
		       "10 answer both x2\n"
		       "10 turn 0 4a\n"
		       "10 turn 1 6a\n"
		       "10 start 0 4a: first\n"
		       "15 end 0 4a: won\n"
		       "15 over 0 4a\n" },
	{ .rule = "one answer to two questions: each family has its part",
	    .both = "10 4a 6a 4b",
	    .attempts = "6a=5S",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA x1\n"
		       "10 answer A x2\n"
		       "10 turn 0 6a\n"
		       "10 turn 1 4a by 6\n"
		       "10 turn 2 4b by 10\n"
		       "10 start 0 6a: first\n"
		       "15 end 0 6a: won\n"
		       "15 over 0 6a\n" },
	{ .rule = "one answer to two questions, of one family",
	    .both = "10 4a",
	    .attempts = "4a=5S",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA nodata\n"
		       "10 answer A x1\n"
		       "10 turn 0 4a\n"
		       "10 start 0 4a: first\n"
		       "15 end 0 4a: won\n"
		       "15 over 0 4a\n" },
	{ .rule = "one negative answer to two questions",
	    .both = "10 nodata",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer AAAA nodata\n"
		       "10 answer A nodata\n"
		       "10 over 2\n" },
	{ .rule = "no question can be put",
	    .resolver_error = EACCES,
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "0 answer AAAA system EACCES\n"
		       "0 answer A system EACCES\n"
		       "0 over 2\n" },
	{ .rule = "no question can be put for one family",
	    .resolver_error = EACCES,
	    .family = AF_INET,
	    .outcome = "0 query A\n"
		       "0 answer A system EACCES\n"
		       "0 over 2\n" },
	{ .rule = "no descriptor for the lookup, then for the attempt",
	    .resolver_error = EMFILE,
	    .resolver_error_until = "150",
	    .family = AF_INET,
	    .a = "10 4a",
	    .attempts = "4a=E300/5S",
	    .outcome = "0 starved descriptors lookup\n"
		       "200 query A\n"
		       "210 answer A x1\n"
		       "210 turn 0 4a\n"
		       "210 starved descriptors\n"
		       "310 start 0 4a: first\n"
		       "315 end 0 4a: won\n"
		       "315 over 0 4a\n" },
	{ .rule = "no descriptor for the lookup on its way",
	    .no_descriptor_until = "1",
	    .no_descriptor_family = AF_INET6,
	    .aaaa = "10 6a",
	    .a = "20 nodata",
	    .both = "5 6a",
	    .attempts = "6a=5S",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "20 answer A nodata\n"
		       "20 starved descriptors lookup\n"
		       "120 query AAAA\n"
		       "120 query A\n"
		       "125 answer AAAA x1\n"
		       "125 answer A nodata\n"
		       "125 turn 0 6a\n"
		       "125 start 0 6a: first\n"
		       "130 end 0 6a: won\n"
		       "130 over 0 6a\n" },
	{ .rule = "both negative",
	    .aaaa = "30 nodata",
	    .a = "10 nodata",
	    .outcome = "0 query AAAA\n"
		       "0 query A\n"
		       "10 answer A nodata\n"
		       "30 answer AAAA nodata\n"
		       "30 over 2\n" },
};

static void
the_whole_story(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		check(&stories[i]);
}

static void
an_observer_hears_nothing_of_a_free(void **state)
{
	struct connect connect;
	struct story story;
	size_t events;

	(void)state;
	observe_row(&connect,
	    &(struct connect_row){ .aaaa = "10 6a 6b", .a = "20 4a" }, &story);
	for (int i = 0; i < 4; i++)
		assert_true(fake_world_step(&connect.world));
	events = story.events;
	assert_true(events > 0);
	connect_release(&connect);
	assert_int_equal(story.events, events);
}

/* What its type does not have is 0 or NULL, and what it has comes out. */
static void
a_getter_returns_what_the_event_has(void **state)
{
	struct address address = fake_address("6a", 80);
	const struct hecat_event full = {
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.time = 1500000,
		.family = AF_INET6,
		.error = 1,
		.system_error = 2,
		.lookup = true,
		.blocking = true,
		.count = 3,
		.name = "name",
		.turn = 4,
		.rule = 5,
		.attempt = 6,
		.cause = HECAT_CAUSE_LATE_ANSWER,
		.outcome = HECAT_OUTCOME_CLOSED,
		.address = &address.sa,
		.source = &address.sa,
		.icmp_sender = &address.sa,
		.established = 2500000,
		.rtt = 7,
		.retransmissions = 8,
		.result = HECAT_ERROR_TIMEOUT,
	};
	struct hecat_event none = {
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.established = MONOTIME_NEVER,
		.rtt = -1,
	};
	struct timeval tv;

	(void)state;
	assert_int_equal(
	    hecat_event_get_type(&full), HECAT_EVENT_ATTEMPT_ENDED);
	hecat_event_get_time(&full, &tv);
	assert_true(tv.tv_sec == 1 && tv.tv_usec == 500000);
	assert_int_equal(hecat_event_get_family(&full), AF_INET6);
	assert_int_equal(hecat_event_get_error(&full), 1);
	assert_int_equal(hecat_event_get_system_error(&full), 2);
	assert_int_equal(hecat_event_is_lookup(&full), 1);
	assert_int_equal(hecat_event_is_blocking(&full), 1);
	assert_int_equal(hecat_event_get_address_count(&full), 3);
	assert_string_equal(hecat_event_get_name(&full), "name");
	assert_int_equal(hecat_event_get_turn(&full), 4);
	assert_int_equal(hecat_event_get_rule(&full), 5);
	assert_int_equal(hecat_event_get_attempt(&full), 6);
	assert_int_equal(hecat_event_get_cause(&full), HECAT_CAUSE_LATE_ANSWER);
	assert_int_equal(hecat_event_get_outcome(&full), HECAT_OUTCOME_CLOSED);
	assert_ptr_equal(hecat_event_get_address(&full), &address.sa);
	assert_ptr_equal(hecat_event_get_source(&full), &address.sa);
	assert_ptr_equal(hecat_event_get_icmp_sender(&full), &address.sa);
	assert_ptr_equal(hecat_event_get_established(&full, &tv), &tv);
	assert_true(tv.tv_sec == 2 && tv.tv_usec == 500000);
	assert_ptr_equal(hecat_event_get_rtt(&full, &tv), &tv);
	assert_true(tv.tv_sec == 0 && tv.tv_usec == 7);
	assert_int_equal(hecat_event_get_retransmissions(&full), 8);
	assert_int_equal(hecat_event_get_result(&full), HECAT_ERROR_TIMEOUT);
	assert_null(hecat_event_get_established(&none, &tv));
	assert_null(hecat_event_get_rtt(&none, &tv));
	/* Other types set neither, and have none. */
	none = (struct hecat_event){ .type = HECAT_EVENT_QUERY };
	assert_null(hecat_event_get_established(&none, &tv));
	assert_null(hecat_event_get_rtt(&none, &tv));
	assert_null(hecat_event_get_address(&none));
	assert_null(hecat_event_get_name(&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_story),
		cmocka_unit_test(an_observer_hears_nothing_of_a_free),
		cmocka_unit_test(a_getter_returns_what_the_event_has),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
