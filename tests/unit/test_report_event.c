/* SPDX-License-Identifier: ISC */
/*
 * The line of -vv for each kind of event, compared with tests/golden.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include "events.h"
#include "fake/fake_address.h"
#include "fake/golden.h"
#include "report/report.h"
#include "fake/seconds.h"
#include "fake/trace_build.h"

/* The events of one test, 1.5 ms apart. */
struct lines {
	struct golden golden;
	monotime_t next;
};

static void
say(struct lines *lines, struct hecat_event event)
{
	lines->next += 1500;
	event.time = BUILD_START + lines->next;
	report_event(lines->golden.out, &event, BUILD_START);
}

/* Says an event about the address of that name (see fake_address.h). */
static void
say_of(struct lines *lines, const char *name, struct hecat_event event)
{
	struct address address = fake_address(name, 80);

	event.address = &address.sa;
	say(lines, event);
}

static void
say_lookup(struct lines *lines, int family, struct hecat_event answer)
{
	say(lines,
	    (struct hecat_event){
		.type = HECAT_EVENT_QUERY,
		.family = family,
	    });
	answer.type = HECAT_EVENT_ANSWER;
	if (answer.server == NULL)
		answer.ttl = -1;
	answer.family = family;
	say(lines, answer);
}

static void
lookups(void **state)
{
	struct address server = fake_address("192.0.2.53", 53);
	struct lines lines = { .next = 0 };

	(void)state;
	golden_open(&lines.golden);
	say_lookup(&lines, AF_INET6, (struct hecat_event){ .count = 1 });
	say_lookup(&lines, AF_INET, (struct hecat_event){ .count = 12 });
	say_lookup(&lines, AF_UNSPEC, (struct hecat_event){ .count = 2 });
	say_lookup(
	    &lines, AF_INET6, (struct hecat_event){ .error = EAI_NODATA });
	say_lookup(
	    &lines, AF_INET, (struct hecat_event){ .error = EAI_NONAME });
	say_lookup(&lines, AF_INET, (struct hecat_event){ .error = EAI_AGAIN });
	say_lookup(&lines, AF_INET6,
	    (struct hecat_event){
		.error = EAI_SYSTEM,
		.system_error = EMFILE,
	    });
	say_lookup(&lines, AF_INET6,
	    (struct hecat_event){
		.count = 1,
		.blocking = true,
	    });
	say_lookup(&lines, AF_INET,
	    (struct hecat_event){
		.count = 1,
		.name = "host.corp.test",
	    });
	/* Whoever wrote resolv.conf. */
	say_lookup(&lines, AF_INET,
	    (struct hecat_event){
		.error = EAI_NODATA,
		.name = "b\xc3\xbc"
			"cher.\x1b[31m\xc2\x9b\x9b\xe2\x80\xae\xff.test\xc3",
	    });
	say_lookup(&lines, AF_INET6,
	    (struct hecat_event){
		.count = 3,
		.server = &server.sa,
		.ttl = 300,
	    });
	say_lookup(&lines, AF_INET,
	    (struct hecat_event){
		.error = EAI_AGAIN,
		.text = "SERVFAIL from 192.0.2.53",
		.server = &server.sa,
		.ttl = -1,
	    });
	golden_check(&lines.golden, "lookups.event");
}

static void
order(void **state)
{
	struct lines lines = { .next = 0 };

	(void)state;
	golden_open(&lines.golden);
	for (unsigned rule = 0; rule <= 10; rule++)
		say_of(&lines, rule % 2 == 0 ? "6a" : "4a",
		    (struct hecat_event){
			.type = HECAT_EVENT_CANDIDATE,
			.turn = rule,
			.rule = rule,
		    });
	say_of(
	    &lines, "4b", (struct hecat_event){ .type = HECAT_EVENT_SKIPPED });
	golden_check(&lines.golden, "order.event");
}

static void
starts(void **state)
{
	static const enum hecat_cause causes[] = {
		HECAT_CAUSE_FIRST,
		HECAT_CAUSE_DELAY_PASSED,
		HECAT_CAUSE_PREVIOUS_FAILED,
		HECAT_CAUSE_LATE_ANSWER,
	};
	struct address source = fake_address("4s", 0);
	struct lines lines = { .next = 0 };

	(void)state;
	golden_open(&lines.golden);
	for (size_t i = 0; i < 4; i++)
		say_of(&lines, "6a",
		    (struct hecat_event){
			.type = HECAT_EVENT_ATTEMPT_STARTED,
			.attempt = i,
			.cause = causes[i],
		    });
	say_of(&lines, "4a",
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_STARTED,
		.attempt = 4,
		.source = &source.sa,
	    });
	say(&lines,
	    (struct hecat_event){
		.type = HECAT_EVENT_OUT_OF_DESCRIPTORS,
		.error = EMFILE,
	    });
	golden_check(&lines.golden, "starts.event");
}

/* Says the end of attempt 1; `offender` may be NULL. */
static void
say_end(struct lines *lines, enum hecat_outcome outcome, int error,
    const char *offender)
{
	struct address sender = fake_address(offender ? offender : "6a", 0);

	say_of(lines, "6a",
	    (struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.outcome = outcome,
		.error = error,
		.icmp_sender = offender == NULL ? NULL : &sender.sa,
		.rtt = -1,
	    });
}

static void
ends(void **state)
{
	struct lines lines = { .next = 1000000 };

	(void)state;
	golden_open(&lines.golden);
	say_end(&lines, HECAT_OUTCOME_WON, 0, NULL);
	say_end(&lines, HECAT_OUTCOME_FAILED, ECONNREFUSED, NULL);
	say_end(&lines, HECAT_OUTCOME_FAILED, EHOSTUNREACH, "6b");
	/* The destination itself is not named twice. */
	say_end(&lines, HECAT_OUTCOME_FAILED, EHOSTUNREACH, "6a");
	say_end(&lines, HECAT_OUTCOME_TIMED_OUT, ETIMEDOUT, NULL);
	say_end(&lines, HECAT_OUTCOME_CANCELLED, 0, NULL);
	say_end(&lines, HECAT_OUTCOME_CLOSED, 0, NULL);
	golden_check(&lines.golden, "ends.event");
}

static void
results(void **state)
{
	static const enum hecat_error results[] = {
		0,
		HECAT_ERROR_CONNECT,
		HECAT_ERROR_RESOLVE,
		HECAT_ERROR_TIMEOUT,
		HECAT_ERROR_MEMORY,
	};
	struct lines lines = { .next = 0 };

	(void)state;
	golden_open(&lines.golden);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		say(&lines,
		    (struct hecat_event){
			.type = HECAT_EVENT_ENDED,
			.result = results[i],
		    });
	golden_check(&lines.golden, "results.event");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups),
		cmocka_unit_test(order),
		cmocka_unit_test(starts),
		cmocka_unit_test(ends),
		cmocka_unit_test(results),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
