/* SPDX-License-Identifier: ISC */
/*
 * Reports of a connect: whatever happened, and whatever it is called, each is
 * text that a terminal shows and does not obey, and JSON is JSON.
 *
 * The input is the target, then events until it ends. They come in the order in
 * which a connector has them or in any other, with times that go on.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "choices.h"
#include "fake/output_check.h"
#include "report/report.h"
#include "report/relay.h"
#include "relay/relay.h"

#define EVENTS_MAX 64
#define START      INT64_C(777000111)

static const int errors[] = { 0, ECONNREFUSED, ENETUNREACH, ETIMEDOUT, EMFILE,
	EINVAL, ENOMEM, -1, 9999 };
static const int lookup_errors[] = { 0, EAI_NONAME, EAI_AGAIN, EAI_SYSTEM,
	EAI_FAIL, EAI_MEMORY, -9999, 1 };
static const int families[] = { AF_INET6, AF_INET, AF_UNSPEC };

/* A report that is being written. */
struct output {
	FILE *out;
	char *text;
	size_t size;
};

static void
begin(struct output *output)
{
	*output = (struct output){ .text = NULL };
	output->out = open_memstream(&output->text, &output->size);
	CHECK(output->out != NULL);
}

static void
end(struct output *output, const char *allowed)
{
	CHECK(fclose(output->out) == 0);
	CHECK(output_fault(output->text, output->size, allowed) == NULL);
	free(output->text);
}

static void
end_json(struct output *output)
{
	fflush(output->out);
	CHECK(output_json_fault(output->text, output->size) == NULL);
	end(output, "");
}

/* What one event points to. */
struct event {
	struct hecat_event event;
	struct address address, source, offender;
	char name[300];
};

static const struct sockaddr *
maybe(struct choices *choices, struct address *address, unsigned odds)
{
	*address = choose_address(choices, 80);
	return (choose_one_in(choices, odds) ? NULL : &address->sa);
}

/* Makes the next event; an attempt that ends has been started. */
static void
choose_event(struct choices *choices, struct event *out,
    const struct trace *trace, int64_t now)
{
	struct hecat_event *event = &out->event;
	unsigned type = choose(choices, HECAT_EVENT_ENDED);

	*event = (struct hecat_event){
		.type = (enum hecat_event_type)type,
		.time = now,
		.family = families[choose(choices, 3)],
		.blocking = choose_one_in(choices, 4),
		.attempt = trace->attempt_count,
		.cause = (enum hecat_cause)choose(
		    choices, HECAT_CAUSE_LATE_ANSWER + 1),
		.outcome = (enum hecat_outcome)choose(
		    choices, HECAT_OUTCOME_CLOSED + 1),
		.established = MONOTIME_NEVER,
		.rtt = -1,
	};
	switch (event->type) {
	case HECAT_EVENT_ANSWER:
		event->error = lookup_errors[choose(choices, 8)];
		event->system_error = errors[choose(choices, 9)];
		event->count = event->error == 0 ? choose(choices, 300) : 0;
		if (choose_one_in(choices, 2))
			event->name = choose_text(
			    choices, out->name, sizeof(out->name));
		break;
	case HECAT_EVENT_CANDIDATE:
	case HECAT_EVENT_SKIPPED:
		event->turn = choose_one_in(choices, 8)
		    ? 0
		    : trace->candidate_count;
		event->rule = choose(choices, 12);
		event->address = maybe(choices, &out->address, 255);
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		event->address = maybe(choices, &out->address, 255);
		event->source = maybe(choices, &out->source, 2);
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		if (trace->attempt_count > 0)
			event->attempt = choose(
			    choices, (unsigned)trace->attempt_count);
		event->error = errors[choose(choices, 9)];
		event->address = maybe(choices, &out->address, 255);
		event->source = maybe(choices, &out->source, 2);
		event->icmp_sender = maybe(choices, &out->offender, 2);
		if (choose_one_in(choices, 2))
			event->established = now - choose(choices, 65536);
		if (choose_one_in(choices, 2))
			event->rtt = choose_number(choices) & INT64_MAX;
		event->retransmissions = choose(choices, 5);
		break;
	default:
		event->error = errors[choose(choices, 9)];
		break;
	}
}

static void
observe(struct trace *trace, const struct event *event)
{
	struct output output;

	begin(&output);
	report_event(output.out, &event->event, START);
	end(&output, "");
	trace_observe(trace, &event->event);
}

/* Plays a connect; it ends, or is interrupted. */
static void
play(struct choices *choices, struct trace *trace)
{
	struct event event;
	int64_t now = START;

	trace_init(trace, START);
	for (unsigned i = choose(choices, EVENTS_MAX); i > 0; i--) {
		now += choose_one_in(choices, 8)
		    ? choose_number(choices) & 0xffffffffffff
		    : choose(choices, 65536);
		choose_event(choices, &event, trace, now);
		observe(trace, &event);
	}
	now += choose(choices, 65536);
	trace->incomplete = choose_one_in(choices, 8);
	if (choose_one_in(choices, 4)) {
		trace_interrupt(trace, now);
		return;
	}
	/* A connector ends what runs before it ends itself. */
	for (size_t i = 0; i < trace->attempt_count; i++) {
		if (trace->attempts[i].end != MONOTIME_NEVER)
			continue;
		choose_event(choices, &event, trace, now);
		event.event.type = HECAT_EVENT_ATTEMPT_ENDED;
		event.event.attempt = i;
		event.event.outcome = HECAT_OUTCOME_CANCELLED;
		observe(trace, &event);
	}
	event.event = (struct hecat_event){
		.type = HECAT_EVENT_ENDED,
		.time = now,
		.result = (enum hecat_error)choose(
		    choices, HECAT_ERROR_CANCELLED + 1),
	};
	observe(trace, &event);
}

/* Has a dialogue with a proxy, which may have come to any state. */
static void
choose_tunnel(struct choices *choices, struct trace *trace,
    struct trace_tunnel *tunnel, char *host)
{
	char reply[TRACE_REPLY_MAX];
	struct address address = choose_address(choices, 80);
	int64_t rest = trace->end - START;
	int64_t start, end;

	if (!choose_one_in(choices, 2))
		return;
	/* All of it is before the end of the connect. */
	start = START + (choose_number(choices) & INT64_MAX) % (rest + 1);
	end = start +
	    (choose_number(choices) & INT64_MAX) % (trace->end - start + 1);
	*tunnel = (struct trace_tunnel){
		.scheme = "socks5",
		.protocol = "SOCKS 5",
		.host = host,
		.service = "1080",
		.is_tls = choose_one_in(choices, 3),
	};
	trace_tunnel_begin(tunnel, &address);
	for (unsigned i = choose(choices, 4); i > 0; i--) {
		trace_tunnel_begin(tunnel, &address);
		trace_tunnel_ask(tunnel, start);
		trace_tunnel_answer(tunnel,
		    (enum trace_tunnel_state)(
			TRACE_TUNNEL_OPEN + choose(choices, 3)),
		    choose_text(choices, reply, sizeof(reply)), end);
		if (i > 1 && !trace_tunnel_keep_refusal(tunnel))
			abort();
	}
	if (choose_one_in(choices, 3)) {
		trace_tunnel_begin(tunnel, &address);
		if (choose_one_in(choices, 2))
			trace_tunnel_ask(tunnel, start);
	}
	trace->tunnel = tunnel;
}

static void
render_people(struct choices *choices, const struct report *report)
{
	const struct terminal terminal = {
		.columns = choose(choices, 300),
		.colour = choose_one_in(choices, 2),
		.unicode = choose_one_in(choices, 2),
	};
	struct output output;

	begin(&output);
	report_text(output.out, report);
	end(&output, "");
	begin(&output);
	report_chart(output.out, report, &terminal);
	end(&output, terminal.colour ? "\033" : "");
	begin(&output);
	if (report->trace->tunnel == NULL ||
	    report->trace->tunnel->state == TRACE_TUNNEL_OPEN)
		report_connection(
		    output.out, report->trace, &report->target, START);
	report_failure(output.out, report->trace, &report->target);
	report_no_descriptor(output.out, report->trace, &report->target);
	report_notes(output.out, report->trace);
	end(&output, "");
}

static void
render_relay(struct choices *choices)
{
	const struct relay_result result = {
		.end = (enum relay_end)choose(choices, RELAY_FAILED + 1),
		.error = errors[choose(choices, 9)],
		.unacked = (uint64_t)choose_number(choices),
		.stalled = choose_one_in(choices, 2),
		.unwritten = (uint64_t)choose_number(choices),
		.suspect_mss = (uint32_t)choose_number(choices),
		.moved = { (uint64_t)choose_number(choices),
		    (uint64_t)choose_number(choices) },
	};
	struct output output;

	begin(&output);
	report_relay(output.out, &result, choose_number(choices) & INT64_MAX);
	report_relay_notice(output.out,
	    (enum relay_notice)choose(choices, RELAY_NO_REPLY + 1),
	    choose_number(choices) & INT64_MAX);
	report_transfer(
	    output.out, &result, choose_number(choices) & INT64_MAX);
	end(&output, "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	char host[300], service[40];
	struct trace trace;
	struct report report = {
		.trace = &trace,
		.target.host = choose_text(&choices, host, sizeof(host)),
		.target.service = choose_text(
		    &choices, service, sizeof(service)),
	};
	struct trace_tunnel tunnel = { .scheme = NULL };
	struct output output;

	play(&choices, &trace);
	report.relayed = choose_one_in(&choices, 2);
	report.sent = (uint64_t)choose_number(&choices);
	report.received = (uint64_t)choose_number(&choices);
	report.unacked = (uint64_t)choose_number(&choices);
	report.unwritten = (uint64_t)choose_number(&choices);
	report.suspect_mss = (uint32_t)choose_number(&choices);
	report.duration = choose_number(&choices) & INT64_MAX;
	choose_tunnel(&choices, &trace, &tunnel, host);
	begin(&output);
	report_json(output.out, &report);
	end_json(&output);
	render_people(&choices, &report);
	render_relay(&choices);
	trace_release(&trace);
	trace_tunnel_release(&tunnel);
	return (0);
}
