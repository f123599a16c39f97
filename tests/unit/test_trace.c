/* SPDX-License-Identifier: ISC */
/*
 * The record of a connect: events in, record out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "events.h"
#include "fake/fake_address.h"
#include "report/trace.h"

#define MANY 100

static struct trace trace;

static int
setup(void **state)
{
	(void)state;
	trace_init(&trace, 1000);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	assert_false(trace.incomplete);
	trace_release(&trace);
	return (0);
}

/* Observes an event whose pointers are gone as soon as it has been. */
static void
observe(struct hecat_event event, const char *address, const char *source,
    const char *offender)
{
	struct address of_event, of_source, of_offender;

	if (address != NULL) {
		of_event = fake_address(address, 80);
		event.address = &of_event.sa;
	}
	if (source != NULL) {
		of_source = fake_address(source, 0);
		event.source = &of_source.sa;
	}
	if (offender != NULL) {
		of_offender = fake_address(offender, 0);
		event.icmp_sender = &of_offender.sa;
	}
	trace_observe(&trace, &event);
}

static void
assert_address(const struct address *address, const char *name)
{
	char text[FAKE_ADDRESS_NAME_MAX];

	assert_true(address->length != 0);
	assert_string_equal(fake_address_name(address, text), name);
}

static void
query(int64_t time, int family)
{
	observe(
	    (struct hecat_event){
		.type = HECAT_EVENT_QUERY, .time = time, .family = family },
	    NULL, NULL, NULL);
}

static void
answer(int64_t time, int family, int error, size_t count)
{
	observe((struct hecat_event){ .type = HECAT_EVENT_ANSWER,
		    .time = time,
		    .family = family,
		    .error = error,
		    .system_error = error == EAI_SYSTEM ? EMFILE : 0,
		    .blocking = family == AF_INET,
		    .count = count },
	    NULL, NULL, NULL);
}

static void
candidate(size_t turn, const char *name, unsigned rule, bool skipped)
{
	observe((struct hecat_event){ .type = skipped ? HECAT_EVENT_SKIPPED
						      : HECAT_EVENT_CANDIDATE,
		    .turn = turn,
		    .rule = rule },
	    name, NULL, NULL);
}

static void
started(int64_t time, size_t attempt, const char *name, const char *source,
    enum hecat_cause cause)
{
	observe((struct hecat_event){ .type = HECAT_EVENT_ATTEMPT_STARTED,
		    .time = time,
		    .attempt = attempt,
		    .cause = cause },
	    name, source, NULL);
}

static void
ended(int64_t time, size_t attempt, enum hecat_outcome outcome, int error,
    const char *source, const char *offender)
{
	observe((struct hecat_event){ .type = HECAT_EVENT_ATTEMPT_ENDED,
		    .time = time,
		    .attempt = attempt,
		    .outcome = outcome,
		    .error = error,
		    .established = 888,
		    .rtt = 777,
		    .retransmissions = 2 },
	    "6a", source, offender);
}

static void
it_begins_empty(void **state)
{
	(void)state;
	assert_int_equal(trace.start, 1000);
	assert_true(trace.end == MONOTIME_NEVER);
	assert_int_equal(trace.query_count, 0);
	assert_int_equal(trace.candidate_count, 0);
	assert_int_equal(trace.attempt_count, 0);
	assert_int_equal(trace.starts_put_off, 0);
	assert_null(trace_winner(&trace));
}

static void
pending_is_what_has_no_end_yet(void **state)
{
	(void)state;
	assert_false(trace_is_pending(&trace));
	observe((struct hecat_event){ .type = HECAT_EVENT_QUERY,
		    .family = AF_INET },
	    NULL, NULL, NULL);
	assert_true(trace_is_pending(&trace));
	observe(
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER, .time = 1010, .family = AF_INET },
	    NULL, NULL, NULL);
	assert_false(trace_is_pending(&trace));
	started(1020, 0, "6a", NULL, HECAT_CAUSE_FIRST);
	assert_true(trace_is_pending(&trace));
	ended(1030, 0, HECAT_OUTCOME_FAILED, ECONNREFUSED, NULL, NULL);
	assert_false(trace_is_pending(&trace));
}

static void
queries_and_their_answers(void **state)
{
	(void)state;
	query(1001, AF_INET6);
	query(1002, AF_INET);
	assert_int_equal(trace.query_count, 2);
	assert_true(trace.queries[0].end == MONOTIME_NEVER);
	answer(1020, AF_INET, EAI_SYSTEM, 0);
	assert_true(trace.queries[0].end == MONOTIME_NEVER);
	answer(1030, AF_INET6, 0, 3);

	assert_int_equal(trace.queries[0].family, AF_INET6);
	assert_int_equal(trace.queries[0].start, 1001);
	assert_int_equal(trace.queries[0].end, 1030);
	assert_int_equal(trace.queries[0].error, 0);
	assert_int_equal(trace.queries[0].count, 3);
	assert_false(trace.queries[0].blocking);
	assert_int_equal(trace.queries[1].family, AF_INET);
	assert_int_equal(trace.queries[1].start, 1002);
	assert_int_equal(trace.queries[1].end, 1020);
	assert_int_equal(trace.queries[1].error, EAI_SYSTEM);
	assert_int_equal(trace.queries[1].system_error, EMFILE);
	assert_true(trace.queries[1].blocking);
}

/* A copy: that of the event is invalid after the call. */
static void
the_name_that_was_asked(void **state)
{
	char name[300] = "host.corp.test";

	(void)state;
	query(10, AF_INET6);
	query(10, AF_INET);
	observe((struct hecat_event){ .type = HECAT_EVENT_ANSWER,
		    .family = AF_INET,
		    .count = 1,
		    .name = name },
	    NULL, NULL, NULL);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(trace.queries[1].name, "host.corp.test");
	assert_string_equal(trace.queries[0].name, "");
	/* One that is too long is cut. */
	observe(
	    (struct hecat_event){
		.type = HECAT_EVENT_ANSWER, .family = AF_INET6, .name = name },
	    NULL, NULL, NULL);
	assert_int_equal(strlen(trace.queries[0].name), TRACE_NAME_SIZE - 1);
}

static void
one_answer_for_both_families(void **state)
{
	(void)state;
	query(1001, AF_UNSPEC);
	answer(1020, AF_UNSPEC, 0, 2);
	assert_int_equal(trace.query_count, 1);
	assert_int_equal(trace.queries[0].end, 1020);
	assert_int_equal(trace.queries[0].count, 2);
}

/* When no question could be put. */
static void
one_answer_settles_every_query(void **state)
{
	(void)state;
	query(1001, AF_INET6);
	query(1001, AF_INET);
	answer(1001, AF_UNSPEC, EAI_SYSTEM, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(trace.queries[i].end, 1001);
		assert_int_equal(trace.queries[i].system_error, EMFILE);
	}
}

static void
the_last_order_counts(void **state)
{
	(void)state;
	candidate(0, "6a", 0, false);
	candidate(1, "6b", 10, false);
	candidate(0, "6a", 0, false);
	candidate(1, "4a", 6, false);
	candidate(2, "6b", 0, true);
	assert_int_equal(trace.candidate_count, 3);
	assert_address(&trace.candidates[0].address, "6a");
	assert_address(&trace.candidates[1].address, "4a");
	assert_int_equal(trace.candidates[1].rule, 6);
	assert_false(trace.candidates[1].skipped);
	assert_address(&trace.candidates[2].address, "6b");
	assert_true(trace.candidates[2].skipped);
}

static void
attempts(void **state)
{
	const struct trace_attempt *first, *second;

	(void)state;
	started(1010, 0, "6a", NULL, HECAT_CAUSE_FIRST);
	started(1260, 1, "4a", "4s", HECAT_CAUSE_DELAY_PASSED);
	assert_int_equal(trace.attempt_count, 2);
	first = &trace.attempts[0];
	second = &trace.attempts[1];
	assert_address(&first->address, "6a");
	assert_int_equal(first->source.length, 0);
	assert_false(first->bound);
	assert_true(first->end == MONOTIME_NEVER);
	assert_int_equal(first->rtt, -1);
	assert_address(&second->address, "4a");
	assert_address(&second->source, "4s");
	assert_true(second->bound);
	assert_int_equal(second->start, 1260);
	assert_int_equal(second->cause, HECAT_CAUSE_DELAY_PASSED);

	ended(1300, 0, HECAT_OUTCOME_FAILED, EHOSTUNREACH, "6f", "6e");
	assert_int_equal(first->end, 1300);
	assert_int_equal(first->outcome, HECAT_OUTCOME_FAILED);
	assert_int_equal(first->error, EHOSTUNREACH);
	assert_address(&first->source, "6f");
	assert_address(&first->offender, "6e");
	assert_int_equal(first->rtt, 777);
	assert_int_equal(first->retransmissions, 2);
	assert_false(first->bound); /* it is the host's choice all the same */
	assert_true(second->end == MONOTIME_NEVER);
}

static void
the_winner(void **state)
{
	(void)state;
	started(1010, 0, "6a", NULL, HECAT_CAUSE_FIRST);
	started(1260, 1, "4a", NULL, HECAT_CAUSE_DELAY_PASSED);
	/* Not ended is not won, though the outcome is 0 in both. */
	assert_null(trace_winner(&trace));
	ended(1300, 0, HECAT_OUTCOME_CANCELLED, 0, NULL, NULL);
	assert_null(trace_winner(&trace));
	ended(1300, 1, HECAT_OUTCOME_WON, 0, NULL, NULL);
	assert_ptr_equal(trace_winner(&trace), &trace.attempts[1]);
}

static void
the_end(void **state)
{
	(void)state;
	observe((struct hecat_event){ .type = HECAT_EVENT_ENDED,
		    .time = 5000,
		    .result = HECAT_ERROR_TIMEOUT },
	    NULL, NULL, NULL);
	assert_int_equal(trace.end, 5000);
	assert_int_equal(trace.result, HECAT_ERROR_TIMEOUT);
}

static void
how_often_a_start_was_put_off(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		observe(
		    (struct hecat_event){
			.type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
			.error = i == 2 ? ENFILE : EMFILE },
		    NULL, NULL, NULL);
	assert_int_equal(trace.starts_put_off, 3);
	assert_int_equal(trace.put_off_error, ENFILE);
}

static void
lookup_put_off(void)
{
	observe((struct hecat_event){ .type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
		    .lookup = true,
		    .error = EMFILE },
	    NULL, NULL, NULL);
}

/* It starts anew, and is the same lookup. */
static void
a_lookup_that_is_put_off_is_one(void **state)
{
	(void)state;
	query(1000, AF_INET6);
	query(1000, AF_INET);
	answer(1010, AF_INET, 0, 1);
	for (int i = 1; i <= 3; i++) {
		assert_true(trace_is_pending(&trace));
		lookup_put_off();
		assert_false(trace_is_pending(&trace));
		assert_int_equal(trace_shortage(&trace), EMFILE);
		query(1010 + i * 100, AF_INET6);
		query(1010 + i * 100, AF_INET);
	}
	assert_int_equal(trace_shortage(&trace), 0);
	answer(1400, AF_INET6, 0, 2);
	answer(1400, AF_INET, 0, 3);
	assert_false(trace_is_pending(&trace));
	assert_int_equal(trace.starts_put_off, 1);
	assert_int_equal(trace_shortage(&trace), 0);
	assert_int_equal(trace.query_count, 2);
	assert_int_equal(trace.queries[0].start, 1000);
	assert_int_equal(trace.queries[0].end, 1400);
	assert_int_equal(trace.queries[0].count, 2);
	assert_int_equal(trace.queries[1].end, 1010);
	assert_int_equal(trace.queries[1].count, 1);
}

static void
answered(int error, int system_error)
{
	observe((struct hecat_event){ .type = HECAT_EVENT_QUERY,
		    .family = AF_INET6 },
	    NULL, NULL, NULL);
	observe((struct hecat_event){ .type = HECAT_EVENT_ANSWER,
		    .family = AF_INET6,
		    .error = error,
		    .system_error = system_error },
	    NULL, NULL, NULL);
}

/* Ends an attempt, the first. */
static void
failed(int error)
{
	started(0, 0, "6a", NULL, HECAT_CAUSE_FIRST);
	ended(1, 0, HECAT_OUTCOME_FAILED, error, NULL, NULL);
}

static void
a_shortage_is_told_from_a_fault_of_the_host(void **state)
{
	static const int shortages[] = { ENOMEM, ENOBUFS, EMFILE, ENFILE,
		ENOSPC };

	(void)state;
	assert_int_equal(trace_shortage(&trace), 0);
	failed(ECONNREFUSED);
	assert_int_equal(trace_shortage(&trace), 0);
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
		trace_release(&trace);
		trace_init(&trace, 0);
		failed(shortages[i]);
		assert_int_equal(trace_shortage(&trace), shortages[i]);
		trace_release(&trace);
		trace_init(&trace, 0);
		answered(EAI_SYSTEM, shortages[i]);
		assert_int_equal(trace_shortage(&trace), shortages[i]);
	}
}

static void
a_lookup_may_be_short_of_memory(void **state)
{
	(void)state;
	answered(EAI_SYSTEM, EPERM);
	assert_int_equal(trace_shortage(&trace), 0);
	answered(EAI_MEMORY, 0);
	assert_int_equal(trace_shortage(&trace), ENOMEM);
}

static void
what_has_no_record_was_short_of_memory(void **state)
{
	(void)state;
	trace.incomplete = true;
	assert_int_equal(trace_shortage(&trace), ENOMEM);
	trace.incomplete = false;
	observe((struct hecat_event){ .type = HECAT_EVENT_ENDED,
		    .time = 1,
		    .result = HECAT_ERROR_MEMORY },
	    NULL, NULL, NULL);
	assert_int_equal(trace_shortage(&trace), ENOMEM);
}

static void
any_number_of_everything(void **state)
{
	struct address address;
	char name[] = "6a";

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		name[1] = (char)('a' + i % 6);
		candidate(i, name, 0, false);
		started((int64_t)(1000 + i), i, name, NULL,
		    HECAT_CAUSE_PREVIOUS_FAILED);
		ended((int64_t)(2000 + i), i, HECAT_OUTCOME_FAILED,
		    ECONNREFUSED, NULL, NULL);
	}
	assert_int_equal(trace.candidate_count, MANY);
	assert_int_equal(trace.attempt_count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		name[1] = (char)('a' + i % 6);
		address = fake_address(name, 80);
		assert_true(
		    address_equal(&trace.candidates[i].address, &address));
		assert_true(
		    address_equal(&trace.attempts[i].address, &address));
		assert_int_equal(trace.attempts[i].start, 1000 + i);
		assert_int_equal(trace.attempts[i].end, 2000 + i);
	}
}

/* A third query, the end of an attempt that never was. */
static void
what_does_not_fit_is_left_out(void **state)
{
	(void)state;
	query(1001, AF_INET6);
	query(1002, AF_INET);
	query(1003, AF_UNSPEC);
	assert_int_equal(trace.query_count, 2);
	ended(1300, 7, HECAT_OUTCOME_FAILED, ECONNREFUSED, NULL, NULL);
	assert_int_equal(trace.attempt_count, 0);
	answer(1300, AF_INET, 0, 1);
	assert_true(trace.queries[0].end == MONOTIME_NEVER);
}

/* A lookup that failed or is pending is preferred to "no address". */
static void
why_there_is_no_address_of_a_family(void **state)
{
	(void)state;
	assert_null(trace_fruitless_query(&trace, AF_INET));
	query(1001, AF_INET6);
	query(1002, AF_INET);
	assert_ptr_equal(
	    trace_fruitless_query(&trace, AF_INET), &trace.queries[1]);
	assert_false(trace_query_failed(&trace.queries[1]));
	answer(1100, AF_INET, EAI_AGAIN, 0);
	assert_true(trace_query_failed(&trace.queries[1]));
	answer(1200, AF_INET6, 0, 2);
	assert_null(trace_fruitless_query(&trace, AF_INET6));
	assert_ptr_equal(
	    trace_fruitless_query(&trace, AF_INET), &trace.queries[1]);
}

static void
a_negative_answer_is_no_failure(void **state)
{
	static const int negative[] = { EAI_NONAME, EAI_NODATA,
		EAI_ADDRFAMILY };
	static const int failures[] = { EAI_AGAIN, EAI_FAIL, EAI_SYSTEM,
		EAI_MEMORY };
	struct trace_query one = { .end = 1100 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		one.error = negative[i];
		assert_false(trace_query_failed(&one));
	}
	for (size_t i = 0; i < 4; i++) {
		one.error = failures[i];
		assert_true(trace_query_failed(&one));
	}
}

/* Two lookups of a family, or one for both. */
static void
the_lookup_that_says_most_is_found(void **state)
{
	(void)state;
	query(1001, AF_UNSPEC);
	query(1002, AF_INET);
	answer(1100, AF_INET, EAI_NONAME, 0);
	assert_ptr_equal(
	    trace_fruitless_query(&trace, AF_INET), &trace.queries[0]);
	assert_ptr_equal(
	    trace_fruitless_query(&trace, AF_INET6), &trace.queries[0]);
	answer(1200, AF_UNSPEC, 0, 1);
	assert_null(trace_fruitless_query(&trace, AF_INET));
	assert_null(trace_fruitless_query(&trace, AF_INET6));
}

/* Ends an attempt that had TCP in its step, for a certificate or not. */
static void
ended_in_step(size_t attempt, long verify_error)
{
	struct tls_facts facts = { .verify_error = verify_error };

	trace_handshake(&trace, attempt, &facts);
	ended(1300, attempt, HECAT_OUTCOME_STEP_FAILED, 0, NULL, NULL);
}

/* Every step that failed has to have failed for its certificate. */
static void
a_certificate_is_what_was_refused(void **state)
{
	(void)state;
	assert_false(trace_refused_certificate(&trace));
	started(1010, 0, "6a", NULL, HECAT_CAUSE_FIRST);
	ended_in_step(0, 0);
	assert_false(trace_refused_certificate(&trace));
	ended_in_step(0, 18);
	assert_true(trace_refused_certificate(&trace));
	started(1020, 1, "4a", NULL, HECAT_CAUSE_PREVIOUS_FAILED);
	trace.attempts[1].established = MONOTIME_NEVER;
	assert_true(trace_refused_certificate(&trace));
	ended_in_step(1, 62);
	assert_true(trace_refused_certificate(&trace));
	ended_in_step(1, 0);
	assert_false(trace_refused_certificate(&trace));
	ended(1300, 1, HECAT_OUTCOME_STEP_FAILED, 0, NULL, NULL);
	started(1030, 2, "4b", NULL, HECAT_CAUSE_PREVIOUS_FAILED);
	ended(1300, 2, HECAT_OUTCOME_STEP_FAILED, 0, NULL, NULL);
	assert_false(trace_refused_certificate(&trace));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_empty),
		TEST(pending_is_what_has_no_end_yet),
		TEST(queries_and_their_answers),
		TEST(the_name_that_was_asked),
		TEST(one_answer_for_both_families),
		TEST(one_answer_settles_every_query),
		TEST(the_last_order_counts),
		TEST(attempts),
		TEST(the_winner),
		TEST(the_end),
		TEST(how_often_a_start_was_put_off),
		TEST(a_lookup_that_is_put_off_is_one),
		TEST(a_shortage_is_told_from_a_fault_of_the_host),
		TEST(a_lookup_may_be_short_of_memory),
		TEST(what_has_no_record_was_short_of_memory),
		TEST(any_number_of_everything),
		TEST(why_there_is_no_address_of_a_family),
		TEST(a_negative_answer_is_no_failure),
		TEST(the_lookup_that_says_most_is_found),
		TEST(what_does_not_fit_is_left_out),
		TEST(a_certificate_is_what_was_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
