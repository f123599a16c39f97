/* SPDX-License-Identifier: ISC */
/*
 * What hosts did to a probe, try by try.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include "fake/fake_address.h"
#include "fake/fixed_probes.h"
#include "fake/fixed_traces.h"
#include "fake/trace_build.h"

#define TRIES_MAX 8

#define SIX  "2001:db8:1::a"
#define FOUR "198.51.100.1"

/* Adds an address and the RTT of each of its tries that connected; 0: end. */
static struct verdict_address *
add(struct fixed_probe_state *state, const char *name, const monotime_t *rtts)
{
	struct verdict_address *result =
	    &state->addresses[state->address_count++];
	struct address address = fake_address(name, 80);

	assert_true(state->address_count <= FIXED_PROBE_ADDRESSES);
	assert_true(verdict_address_init(result, &address, TRIES_MAX));
	for (; rtts != NULL && *rtts != 0; rtts++)
		verdict_add_success(result, *rtts, 0);
	return (result);
}

static void
add_failures(struct verdict_address *result, unsigned times, enum fault fault,
    int error, const char *reason, unsigned retransmissions)
{
	for (unsigned i = 0; i < times; i++)
		verdict_add_failure(
		    result, fault, error, reason, retransmissions);
}

/* Both families are answered. */
static void
look_up(struct fixed_probe_state *state, size_t six, size_t four)
{
	build_queries(&state->lookup, 17);
	build_answer(&state->lookup, 10424, AF_INET6, six);
	build_answer(&state->lookup, 11340, AF_INET, four);
}

/* Repeats the lookup; what the resolver has been told it still knows. */
static void
look_up_again(struct fixed_probe_state *state)
{
	const struct trace *lookup = &state->lookup;

	build_queries(&state->race, 20);
	for (size_t i = 0; i < lookup->query_count; i++) {
		const struct trace_query *query = &lookup->queries[i];

		if (query->error == 0)
			build_answer(
			    &state->race, 830, query->family, query->count);
		else if (query->error != EAI_AGAIN)
			build_no_answer(
			    &state->race, 830, query->family, query->error, 0);
	}
}

/* One attempt, and no other candidate. */
static void
race_of_one(struct fixed_probe_state *state, const char *address)
{
	build_order(&state->race, address);
	build_start(&state->race, 860, address, HECAT_CAUSE_FIRST);
	build_won(&state->race, 21100, 1, NULL, 20100);
	build_result(&state->race, 21110, 0);
}

static void
race_won_by_first(struct fixed_probe_state *state, const char *address)
{
	look_up_again(state);
	race_of_one(state, address);
}

static void
race_won_by_second(struct fixed_probe_state *state)
{
	look_up_again(state);
	build_order(&state->race, SIX " " FOUR "/6");
	build_start(&state->race, 860, SIX, HECAT_CAUSE_FIRST);
	build_start(&state->race, 250920, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(&state->race, 271150, 1, NULL, 0);
	build_won(&state->race, 271160, 2, NULL, 20100);
	build_result(&state->race, 271170, 0);
}

static void
healthy(struct fixed_probe_state *state)
{
	static const monotime_t six[] = { 20118, 21040, 20130, 0 };
	static const monotime_t four[] = { 20511, 20502, 20997, 0 };

	look_up(state, 1, 1);
	add(state, SIX, six);
	add(state, FOUR, four);
	race_won_by_first(state, SIX);
}

static void
broken(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 20142, 20118, 0 };

	look_up(state, 1, 1);
	add_failures(add(state, SIX, NULL), 3, FAULT_NO_ANSWER, 0,
	    "no answer in 3.0 s", 2);
	add(state, FOUR, four);
	race_won_by_second(state);
}

/* An address of each family refuses, and one loses a SYN now and then. */
static void
partly(struct fixed_probe_state *state)
{
	static const monotime_t good[] = { 20118, 21040, 20130, 0 };
	static const monotime_t lossy[] = { 20502, 0 };
	struct verdict_address *result;

	look_up(state, 2, 1);
	add(state, SIX, good);
	add_failures(add(state, "2001:db8:1::b", NULL), 3, FAULT_REJECTED,
	    EACCES, "Permission denied (ICMP from 2001:db8:ff::1)", 0);
	result = add(state, FOUR, lossy);
	add_failures(result, 1, FAULT_NO_ANSWER, 0, "no answer in 500 ms", 0);
	verdict_add_success(result, -1, 1);
	race_won_by_first(state, SIX);
}

static void
slower(struct fixed_probe_state *state)
{
	static const monotime_t six[] = { 180300, 180100, 181000, 0 };
	static const monotime_t four[] = { 20134, 20142, 20118, 0 };

	look_up(state, 1, 1);
	add(state, SIX, six);
	add(state, FOUR, four);
	look_up_again(state);
	build_order(&state->race, SIX " " FOUR "/6");
	build_start(&state->race, 860, SIX, HECAT_CAUSE_FIRST);
	build_won(&state->race, 181100, 1, NULL, 180100);
	build_result(&state->race, 181110, 0);
}

/* A host without IPv6, asked once. */
static void
one_family(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 0 };

	build_queries(&state->lookup, 17);
	build_no_answer(&state->lookup, 10424, AF_INET6, EAI_NODATA, 0);
	build_answer(&state->lookup, 11340, AF_INET, 1);
	add(state, FOUR, four);
	race_won_by_first(state, FOUR);
}

/* An address, not a name: nothing is asked. */
static void
given(struct fixed_probe_state *state)
{
	static const monotime_t six[] = { 20134, 0 };

	add(state, SIX, six);
	race_of_one(state, SIX);
}

/* The only AAAA record is an IPv4-mapped address. */
static void
mapped(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 0 };

	build_queries(&state->lookup, 17);
	build_answer(&state->lookup, 10424, AF_INET6, 1);
	build_no_answer(&state->lookup, 11340, AF_INET, EAI_NODATA, 0);
	add(state, FOUR, four);
	race_won_by_first(state, FOUR);
}

static void
dead(struct fixed_probe_state *state)
{
	look_up(state, 1, 1);
	add_failures(add(state, SIX, NULL), 2, FAULT_REJECTED, EHOSTUNREACH,
	    "No route to host (ICMP from 2001:db8:ff::1)", 0);
	add_failures(add(state, FOUR, NULL), 2, FAULT_REFUSED, ECONNREFUSED,
	    "Connection refused", 0);
}

/* This machine has no IPv6, and nothing is wrong with the host. */
static void
unavailable(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 20142, 20118, 0 };

	look_up(state, 1, 1);
	add_failures(add(state, SIX, NULL), 3, FAULT_UNAVAILABLE, 0,
	    "no IPv6 address", 0);
	add(state, FOUR, four);
	race_won_by_first(state, FOUR);
}

/* Local ports were short for a moment, and one address is forbidden here. */
static void
partly_unavailable(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 20142, 0 };

	build_queries(&state->lookup, 17);
	build_no_answer(&state->lookup, 10424, AF_INET6, EAI_NODATA, 0);
	build_answer(&state->lookup, 11340, AF_INET, 2);
	add_failures(add(state, FOUR, four), 1, FAULT_UNAVAILABLE, 0,
	    "no free local port", 0);
	add_failures(add(state, "198.51.100.2", NULL), 3, FAULT_UNAVAILABLE, 0,
	    "prohibited by a local route or firewall", 0);
	race_won_by_first(state, FOUR);
}

/* The first SYN of every try to IPv4 is lost, and the AAAA record comes late.
 */
static void
lossy(struct fixed_probe_state *state)
{
	static const monotime_t six[] = { 20118, 21040, 0 };
	struct verdict_address *result;

	look_up(state, 1, 1);
	add(state, SIX, six);
	result = add(state, FOUR, NULL);
	verdict_add_success(result, -1, 1);
	verdict_add_success(result, -1, 1);
	build_queries(&state->race, 20);
	build_answer(&state->race, 10400, AF_INET, 1);
	build_answer(&state->race, 60100, AF_INET6, 1);
	build_order(&state->race, SIX " " FOUR "/6");
	build_start(&state->race, 60400, FOUR, HECAT_CAUSE_FIRST);
	build_start(&state->race, 310500, SIX, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(&state->race, 330690, 1, NULL, 0);
	build_won(&state->race, 330700, 2, NULL, 20118);
	build_result(&state->race, 330710, 0);
}

/* IPv6 refuses, is rejected, and does not answer; A is not known. */
static void
three_things(struct fixed_probe_state *state)
{
	static const monotime_t good[] = { 20118, 0 };

	build_queries(&state->lookup, 17);
	build_answer(&state->lookup, 10424, AF_INET6, 4);
	build_no_answer(&state->lookup, 10412000, AF_INET, EAI_AGAIN, 0);
	add_failures(add(state, SIX, NULL), 1, FAULT_REFUSED, ECONNREFUSED,
	    "Connection refused", 0);
	add_failures(add(state, "2001:db8:1::b", NULL), 1, FAULT_REJECTED,
	    EACCES, "Permission denied (ICMP from 2001:db8:ff::1)", 0);
	add_failures(add(state, "2001:db8:1::c", NULL), 1, FAULT_NO_ANSWER, 0,
	    "no answer in 3.0 s", 2);
	add(state, "2001:db8:1::d", good);
	look_up_again(state);
	build_order(&state->race,
	    SIX " 2001:db8:1::b/9 2001:db8:1::c/9 2001:db8:1::d/9");
	build_start(&state->race, 860, SIX, HECAT_CAUSE_FIRST);
	build_failed(&state->race, 10860, 1, ECONNREFUSED, NULL);
	build_start(
	    &state->race, 10870, "2001:db8:1::b", HECAT_CAUSE_PREVIOUS_FAILED);
	build_failed(&state->race, 20870, 2, EACCES, NULL);
	build_start(
	    &state->race, 20880, "2001:db8:1::c", HECAT_CAUSE_PREVIOUS_FAILED);
	build_start(
	    &state->race, 270900, "2001:db8:1::d", HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(&state->race, 291090, 3, NULL, 0);
	build_won(&state->race, 291100, 4, NULL, 20100);
	build_result(&state->race, 291110, 0);
}

/* The name does not exist, or its server is broken. */
static void
unresolved(struct fixed_probe_state *state)
{
	build_queries(&state->lookup, 17);
	build_no_answer(&state->lookup, 10412000, AF_INET6, EAI_AGAIN, 0);
	build_no_answer(&state->lookup, 3555, AF_INET, EAI_NONAME, 0);
}

/* -w runs out before AAAA is answered. */
static void
out_of_time_early(struct fixed_probe_state *state)
{
	build_queries(&state->lookup, 17);
	build_answer(&state->lookup, 11340, AF_INET, 1);
	add(state, FOUR, NULL);
}

/* ^C in the first round: one address has answered, one has not yet. */
static void
interrupted(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 0 };

	look_up(state, 1, 1);
	verdict_set_pending(add(state, SIX, NULL), 1803000, 1);
	add(state, FOUR, four);
}

/* A signal before A is answered. */
static void
interrupted_lookup(struct fixed_probe_state *state)
{
	build_queries(&state->lookup, 17);
	build_answer(&state->lookup, 10424, AF_INET6, 1);
	trace_interrupt(&state->lookup, BUILD_START + 600300);
	add(state, SIX, NULL);
}

/* A signal while there is no address at all. */
static void
interrupted_early(struct fixed_probe_state *state)
{
	build_queries(&state->lookup, 17);
	trace_interrupt(&state->lookup, BUILD_START + 5250);
}

static void
interrupted_race(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 20142, 0 };

	look_up(state, 1, 1);
	add_failures(add(state, SIX, NULL), 2, FAULT_NO_ANSWER, 0,
	    "no answer in 3.0 s", 2);
	add(state, FOUR, four);
	look_up_again(state);
	build_order(&state->race, SIX " " FOUR "/6");
	build_start(&state->race, 860, SIX, HECAT_CAUSE_FIRST);
	trace_interrupt(&state->race, BUILD_START + 120400);
}

/* -w ends the second of three rounds. */
static void
out_of_time(struct fixed_probe_state *state)
{
	static const monotime_t four[] = { 20134, 20142, 0 };
	struct verdict_address *result;

	look_up(state, 1, 1);
	result = add(state, SIX, NULL);
	add_failures(result, 1, FAULT_NO_ANSWER, 0, "no answer in 3.0 s", 2);
	verdict_set_pending(result, 780100, 0);
	add(state, FOUR, four);
}

/* Memory was short for some of the lookup. */
static void
incomplete(struct fixed_probe_state *state)
{
	one_family(state);
	state->lookup.incomplete = true;
}

/* One address presents another certificate, and fails for it. */
static void
other_certificate(struct fixed_probe_state *state)
{
	struct tls_facts other = fixed_tls_another(
	    false, 1699999999, "certificate has expired");
	struct verdict_address *result;

	look_up(state, 1, 2);
	result = add(state, SIX, NULL);
	add_failures(result, 3, FAULT_TLS, EPROTO,
	    "certificate expired on 2023-11-14", 0);
	other.fingerprint[0] = 1;
	verdict_set_tls(result, &other, 30100);
	result = add(state, FOUR, (monotime_t[]){ 20100, 20200, 20300, 0 });
	verdict_set_tls(result, &fixed_tls_www, 31200);
	result = add(
	    state, "198.51.100.2", (monotime_t[]){ 20100, 20200, 20300, 0 });
	verdict_set_tls(result, &fixed_tls_www, 31300);
	look_up_again(state);
	race_of_one(state, FOUR);
}

/* All addresses present the same one, and it is not for this host. */
static void
wrong_certificate(struct fixed_probe_state *state)
{
	struct tls_facts other = fixed_tls_another(
	    false, 1700086400 + 1, "hostname mismatch");
	struct verdict_address *result;

	look_up(state, 1, 1);
	for (size_t i = 0; i < 2; i++) {
		result = add(state, i == 0 ? SIX : FOUR, NULL);
		add_failures(result, 3, FAULT_TLS, EPROTO,
		    "certificate is for a.test, not host.test", 0);
		verdict_set_tls(result, &other, 30100);
	}
}

const struct fixed_probe fixed_probes[] = {
	{ "probe-tls", other_certificate, 3, 0, PROBE_COMPLETE, 11 },
	{ "probe-tls-failed", wrong_certificate, 3, 0, PROBE_COMPLETE, 6 },
	{ "probe-healthy", healthy, 3, 0, PROBE_COMPLETE, 0 },
	{ "probe-broken", broken, 3, 0, PROBE_COMPLETE, 11 },
	{ "probe-partly", partly, 3, 0, PROBE_COMPLETE, 11 },
	{ "probe-slower", slower, 3, 0, PROBE_COMPLETE, 0 },
	{ "probe-one-family", one_family, 1, 0, PROBE_COMPLETE, 0 },
	{ "probe-given", given, 1, 0, PROBE_COMPLETE, 0 },
	{ "probe-mapped", mapped, 1, 0, PROBE_COMPLETE, 0 },
	{ "probe-dead", dead, 2, 0, PROBE_COMPLETE, 1 },
	{ "probe-unavailable", unavailable, 3, 0, PROBE_COMPLETE, 0 },
	{ "probe-partly-unavailable", partly_unavailable, 3, 0, PROBE_COMPLETE,
	    0 },
	{ "probe-lossy", lossy, 2, 0, PROBE_COMPLETE, 11 },
	{ "probe-three-things", three_things, 1, 0, PROBE_COMPLETE, 11 },
	{ "probe-unresolved", unresolved, 0, 3, PROBE_UNRESOLVED, 3 },
	{ "probe-timeout-early", out_of_time_early, 0, 3, PROBE_TIMEOUT, 4 },
	{ "probe-interrupted", interrupted, 1, 3, PROBE_INTERRUPTED, 130 },
	{ "probe-interrupted-lookup", interrupted_lookup, 0, 3,
	    PROBE_INTERRUPTED, 130 },
	{ "probe-interrupted-early", interrupted_early, 0, 3, PROBE_INTERRUPTED,
	    130 },
	{ "probe-interrupted-race", interrupted_race, 2, 2, PROBE_INTERRUPTED,
	    130 },
	{ "probe-incomplete", incomplete, 1, 0, PROBE_COMPLETE, 0 },
	{ "probe-timeout", out_of_time, 2, 3, PROBE_TIMEOUT, 11 },
};
const size_t fixed_probe_count = sizeof(fixed_probes) / sizeof(fixed_probes[0]);

void
fixed_probe_init(
    const struct fixed_probe *fixed, struct fixed_probe_state *state)
{
	*state = (struct fixed_probe_state){ .address_count = 0 };
	trace_init(&state->lookup, BUILD_START);
	trace_init(&state->race, BUILD_START);
	fixed->build(state);
}

void
fixed_probe_release(struct fixed_probe_state *state)
{
	for (size_t i = 0; i < state->address_count; i++)
		verdict_address_release(&state->addresses[i]);
	trace_release(&state->lookup);
	trace_release(&state->race);
}

struct probe_report
fixed_probe_report(
    const struct fixed_probe *fixed, const struct fixed_probe_state *state)
{
	return ((struct probe_report){
	    .target = { "host.test", "80", 80, false },
	    .started_at = BUILD_WALL_START,
	    .exit_status = fixed->exit_status,
	    .result = fixed->result,
	    .rounds = fixed->rounds,
	    .rounds_wanted = fixed->wanted == 0 ? fixed->rounds : fixed->wanted,
	    .lookup = &state->lookup,
	    .addresses = state->addresses,
	    .address_count = state->address_count,
	    .race = state->race.attempt_count == 0 ? NULL : &state->race,
	});
}
