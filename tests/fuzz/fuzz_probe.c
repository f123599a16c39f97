/* SPDX-License-Identifier: ISC */
/*
 * Reports of a probe: text that a terminal shows and does not obey, and JSON.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "choices.h"
#include "fake/output_check.h"
#include "probe/report.h"

#define ADDRESSES_MAX 8
#define TRIES_MAX     6

static const char *const reasons[] = {
	"Connection refused",
	"no answer in 3.0 s",
	"Permission denied, says 2001:db8:ff::1",
	"closed by the peer",
};

/* Looks up what is asked; each family has addresses, none, or no answer. */
static void
look_up(struct choices *choices, struct trace *lookup, char *name, size_t size)
{
	static const int errors[] = { 0, EAI_NONAME, EAI_AGAIN, EAI_FAIL };
	static const int families[] = { AF_INET6, AF_INET };

	trace_init(lookup, 0);
	for (unsigned i = choose(choices, 3); i > 0; i--) {
		struct hecat_event event = {
			.type = HECAT_EVENT_QUERY,
			.family = families[i % 2],
			.time = choose(choices, 65536),
		};

		if (choose_one_in(choices, 8))
			event.family = AF_UNSPEC;
		trace_observe(lookup, &event);
		event.type = HECAT_EVENT_ANSWER;
		event.time += choose(choices, 65536);
		event.error = errors[choose(choices, 4)];
		event.count = event.error == 0 ? choose(choices, 9) : 0;
		event.name = choose_text(choices, name, size);
		if (!choose_one_in(choices, 5))
			trace_observe(lookup, &event);
	}
	if (choose_one_in(choices, 4))
		trace_interrupt(lookup, 200000);
	lookup->incomplete = choose_one_in(choices, 16);
}

static void
try_address(struct choices *choices, struct verdict_address *result)
{
	struct address address = choose_address(choices, 80);

	CHECK(verdict_address_init(result, &address, TRIES_MAX));
	for (unsigned i = choose(choices, TRIES_MAX + 1); i > 0; i--) {
		if (choose_one_in(choices, 2))
			verdict_add_success(result,
			    choose_one_in(choices, 4)
				? -1
				: (monotime_t)choose(choices, 65536),
			    choose(choices, 3));
		else
			verdict_add_failure(result,
			    (enum fault)(1 + choose(choices, FAULT_COUNT - 1)),
			    choose_one_in(choices, 2) ? ECONNREFUSED : 0,
			    reasons[choose(choices, 4)], choose(choices, 3));
	}
	if (choose_one_in(choices, 4))
		verdict_set_pending(result, choose_number(choices) & INT64_MAX,
		    choose(choices, 3));
}

/* Races what there is to its end, or is interrupted. */
static void
race(struct choices *choices, struct trace *trace)
{
	int64_t now = choose(choices, 65536);

	trace_init(trace, 0);
	for (size_t i = 0, count = choose(choices, 5); i < count; i++) {
		struct address address = choose_address(choices, 80);
		struct hecat_event event = {
			.type = HECAT_EVENT_ATTEMPT_STARTED,
			.time = now,
			.attempt = i,
			.address = &address.sa,
			.cause = (enum hecat_cause)choose(choices, 4),
		};

		trace_observe(trace, &event);
		now += choose(choices, 65536);
		event.type = HECAT_EVENT_ATTEMPT_ENDED;
		event.time = now;
		event.outcome = (enum hecat_outcome)choose(choices, 5);
		event.error = ECONNREFUSED;
		event.established = MONOTIME_NEVER;
		event.rtt = -1;
		if (!choose_one_in(choices, 4))
			trace_observe(trace, &event);
	}
	trace_interrupt(trace, now);
	trace->incomplete = choose_one_in(choices, 16);
}

static void
check(const struct probe_report *report)
{
	char *text = NULL, *json = NULL;
	size_t text_size, json_size;
	FILE *text_out = open_memstream(&text, &text_size);
	FILE *json_out = open_memstream(&json, &json_size);

	CHECK(text_out != NULL && json_out != NULL);
	report_probe_text(text_out, report);
	report_probe_json(json_out, report);
	CHECK(fclose(text_out) == 0 && fclose(json_out) == 0);
	CHECK(output_fault(text, text_size, "") == NULL);
	CHECK(output_fault(json, json_size, "") == NULL);
	CHECK(output_json_fault(json, json_size) == NULL);
	free(text);
	free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	char host[300], service[40], name[300];
	struct verdict_address results[ADDRESSES_MAX];
	struct trace lookup, raced;
	struct probe_report report = {
		.target.host = choose_text(&choices, host, sizeof(host)),
		.target.service = choose_text(
		    &choices, service, sizeof(service)),
		.result = (enum probe_result)choose(
		    &choices, PROBE_INTERRUPTED + 1),
		.rounds = choose(&choices, 65536),
		.rounds_wanted = choose(&choices, 65536),
		.lookup = &lookup,
		.addresses = results,
		.address_count = choose(&choices, ADDRESSES_MAX + 1),
	};

	look_up(&choices, &lookup, name, sizeof(name));
	for (size_t i = 0; i < report.address_count; i++)
		try_address(&choices, &results[i]);
	race(&choices, &raced);
	if (!choose_one_in(&choices, 4))
		report.race = &raced;
	check(&report);
	for (size_t i = 0; i < report.address_count; i++)
		verdict_address_release(&results[i]);
	trace_release(&lookup);
	trace_release(&raced);
	return (0);
}
