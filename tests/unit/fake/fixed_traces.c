/* SPDX-License-Identifier: ISC */
/*
 * Connects, as a connector would report them. The times are those of
 * real runs, rounded a little.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>

#include "fake/fixed_traces.h"
#include "fake/trace_build.h"

#define SIX     "2001:db8:1::a"
#define SIX_TOO "2001:db8:1::b"
#define FOUR    "198.51.100.1"

#define FROM_SIX  "2001:db8::1"
#define FROM_FOUR "192.0.2.1"

/* Both families are answered, an address each. */
static void
begin(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer(trace, 10424, AF_INET6, 1);
	build_answer(trace, 11340, AF_INET, 1);
	build_order(trace, SIX " " FOUR "/6");
}

static void
healthy(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_won(trace, 40686, 1, FROM_SIX, 30125);
	build_result(trace, 40687, 0);
}

static void
black_hole(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260470, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 280898, 1, FROM_SIX, 0);
	build_won(trace, 280913, 2, FROM_FOUR, 20118);
	build_result(trace, 280913, 0);
}

static void
refused(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10425, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 20589, 1, ECONNREFUSED, FROM_SIX);
	build_start(trace, 20590, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_won(trace, 40765, 2, FROM_FOUR, 20059);
	build_result(trace, 40766, 0);
}

static void
prohibited(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10555, SIX, HECAT_CAUSE_FIRST);
	build_end(trace, 20737, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = EACCES,
		.source = FROM_SIX,
		.offender = "2001:db8:ff::1",
	    });
	build_start(trace, 20739, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_won(trace, 40916, 2, FROM_FOUR, 20090);
	build_result(trace, 40917, 0);
}

/* The Resolution Delay passes without an AAAA answer. */
static void
late(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer(trace, 11716, AF_INET, 1);
	build_order(trace, FOUR);
	build_start(trace, 61804, FOUR, HECAT_CAUSE_FIRST);
	build_won(trace, 82127, 1, FROM_FOUR, 20121);
	build_result(trace, 82128, 0);
}

/* IPv4 has failed when the AAAA answer comes, without an error of a router. */
static void
late_but_needed(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer(trace, 11716, AF_INET, 1);
	build_order(trace, FOUR);
	build_start(trace, 61804, FOUR, HECAT_CAUSE_FIRST);
	build_end(trace, 71950, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = EHOSTUNREACH,
		.source = FROM_FOUR,
		.offender = FOUR, /* it speaks for itself: not named */
	    });
	build_answer(trace, 150300, AF_INET6, 2);
	build_order(trace, SIX " " FOUR "/6 " SIX_TOO "/10");
	build_start(trace, 150310, SIX, HECAT_CAUSE_LATE_ANSWER);
	build_end(trace, 1230040, 2,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_WON,
		.source = FROM_SIX,
		.rtt = 30020,
		.retransmissions = 1,
	    });
	build_result(trace, 1230041, 0);
}

/* -w 2: the budget ends all of it. */
static void
dead(struct trace *trace)
{
	build_queries(trace, 30);
	build_answer(trace, 11258, AF_INET6, 1);
	build_answer(trace, 11753, AF_INET, 2);
	build_order(trace, SIX " " FOUR "/6 198.51.100.2/10");
	build_start(trace, 11263, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 261317, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_start(trace, 511368, "198.51.100.2", HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 2000108, 1, FROM_SIX, 1);
	build_cancelled(trace, 2000128, 2, FROM_FOUR, 1);
	build_cancelled(trace, 2000136, 3, FROM_FOUR, 1);
	build_result(trace, 2000142, HECAT_ERROR_TIMEOUT);
}

/* --attempt-timeout: each attempt has its own end. */
static void
timed_out(struct trace *trace)
{
	struct build_end end = {
		.outcome = HECAT_OUTCOME_TIMED_OUT,
		.error = ETIMEDOUT,
		.source = FROM_SIX,
	};

	build_order(trace, SIX " " FOUR "/6");
	build_start(trace, 90, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 250120, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_end(trace, 500150, 1, &end);
	end.source = FROM_FOUR;
	build_end(trace, 750180, 2, &end);
	build_result(trace, 750181, HECAT_ERROR_CONNECT);
}

static void
not_found(struct trace *trace)
{
	build_queries(trace, 20);
	build_no_answer(trace, 3551, AF_INET6, EAI_NONAME, 0);
	build_no_answer(trace, 3555, AF_INET, EAI_NONAME, 0);
	build_result(trace, 3560, HECAT_ERROR_RESOLVE);
}

/* The resolver's server is broken for one family, the other has no address. */
static void
unresolved(struct trace *trace)
{
	build_queries(trace, 20);
	build_no_answer(trace, 10412000, AF_INET6, EAI_AGAIN, 0);
	build_no_answer(trace, 3555, AF_INET, EAI_NODATA, 0);
	build_result(trace, 10412010, HECAT_ERROR_RESOLVE);
}

/* The budget runs out before there is an answer. */
static void
silent(struct trace *trace)
{
	build_query(trace, 20, AF_UNSPEC);
	build_result(trace, 2000100, HECAT_ERROR_TIMEOUT);
}

/* A signal, in the middle of two attempts. */
static void
interrupted(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260470, FOUR, HECAT_CAUSE_DELAY_PASSED);
	trace_interrupt(trace, BUILD_START + 600300);
}

/* A signal, before anything was answered. */
static void
interrupted_early(struct trace *trace)
{
	build_queries(trace, 17);
	trace_interrupt(trace, BUILD_START + 5250);
}

/* -f 3: twelve addresses that fail for three reasons. */
static void
folded(struct trace *trace)
{
	static const char *const fours[] = {
		"198.51.100.1",
		"198.51.100.2",
		"198.51.100.3",
		"198.51.100.4",
		"198.51.100.5",
		"198.51.100.6",
		"198.51.100.7",
		"198.51.100.8",
		"198.51.100.9",
	};
	size_t number = 4;

	build_queries(trace, 17);
	build_answer(trace, 10424, AF_INET6, 3);
	build_answer(trace, 11340, AF_INET, 9);
	build_order(trace,
	    SIX " " SIX_TOO "/10 2001:db8:1::c/10 198.51.100.1/6 "
		"198.51.100.2/10 198.51.100.3/10 198.51.100.4/10 "
		"198.51.100.5/10 198.51.100.6/10 198.51.100.7/10 "
		"198.51.100.8/10 198.51.100.9/10");
	build_start(trace, 11400, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 11430, 1, ENETUNREACH, NULL);
	build_start(trace, 11440, SIX_TOO, HECAT_CAUSE_PREVIOUS_FAILED);
	build_failed(trace, 11470, 2, ENETUNREACH, NULL);
	build_start(trace, 11480, "2001:db8:1::c", HECAT_CAUSE_PREVIOUS_FAILED);
	build_failed(trace, 11510, 3, ENETUNREACH, NULL);
	for (size_t i = 0; i < 9; i++, number++) {
		monotime_t at = 11520 + 10000 * (monotime_t)i;

		build_start(trace, at, fours[i], HECAT_CAUSE_PREVIOUS_FAILED);
		build_failed(trace, at + 9990, number,
		    i < 8 ? ECONNREFUSED : EHOSTUNREACH, FROM_FOUR);
	}
	build_result(trace, 101520, HECAT_ERROR_CONNECT);
}

/* -s 192.0.2.1: what has no source is left out, and the rest refuses. */
static void
skipped(struct trace *trace)
{
	begin(trace);
	build_order(trace, SIX "/skipped " FOUR "/6");
	build_start_from(trace, 11350, FOUR, FROM_FOUR, HECAT_CAUSE_FIRST);
	build_failed(trace, 31400, 1, ECONNREFUSED, FROM_FOUR);
	build_result(trace, 31410, HECAT_ERROR_CONNECT);
}

/* --exclude 2001:db8::/32: the same of what is excluded, which is last. */
static void
excluded(struct trace *trace)
{
	begin(trace);
	build_order(trace, FOUR " " SIX "/excluded");
	build_start(trace, 11350, FOUR, HECAT_CAUSE_FIRST);
	build_failed(trace, 31400, 1, ECONNREFUSED, FROM_FOUR);
	build_result(trace, 31410, HECAT_ERROR_CONNECT);
}

/* Starts wait for descriptors. */
static void
out_of_descriptors(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_out_of_descriptors(trace, 260440, EMFILE);
	build_out_of_descriptors(trace, 510440, EMFILE);
	build_failed(trace, 610000, 1, EHOSTUNREACH, FROM_SIX);
	build_start(trace, 610010, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_won(trace, 630300, 2, FROM_FOUR, 20118);
	build_result(trace, 630301, 0);
}

/* No thread could be made: the lookups ran one after the other. */
static void
blocking(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer_in_place(trace, 10424, AF_INET6, 1);
	build_answer_in_place(trace, 21340, AF_INET, 1);
	build_order(trace, SIX " " FOUR "/6");
	build_start(trace, 21350, SIX, HECAT_CAUSE_FIRST);
	build_won(trace, 51686, 1, FROM_SIX, 30125);
	build_result(trace, 51687, 0);
}

/* The longest addresses there are, for narrow terminals. */
static void
wide(struct trace *trace)
{
	static const char one[] = "2001:db8:1111:2222:3333:4444:5555:6661";
	static const char two[] = "2001:db8:1111:2222:3333:4444:5555:6662";

	build_query(trace, 17, AF_INET6);
	build_answer(trace, 10424, AF_INET6, 2);
	build_order(trace,
	    "2001:db8:1111:2222:3333:4444:5555:6661 "
	    "2001:db8:1111:2222:3333:4444:5555:6662/9");
	build_start(trace, 10430, one, HECAT_CAUSE_FIRST);
	build_end(trace, 90500, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_FAILED,
		.error = ENOPROTOOPT,
		.offender = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    });
	build_start(trace, 90510, two, HECAT_CAUSE_PREVIOUS_FAILED);
	build_won(trace, 130600, 2, NULL, 40010);
	build_result(trace, 130601, 0);
}

/* The name that was found is one in a search domain. */
static void
searched(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer_of(
	    trace, 22100, AF_INET6, "host.test.corp.test", 0, EAI_NODATA);
	build_answer_of(trace, 22105, AF_INET, "host.test.corp.test", 1, 0);
	build_order(trace, FOUR);
	build_start(trace, 22150, FOUR, HECAT_CAUSE_FIRST);
	build_failed(trace, 42327, 1, ECONNREFUSED, FROM_FOUR);
	build_result(trace, 42328, HECAT_ERROR_CONNECT);
}

/* A name server is asked that has one family, and fails for the other one. */
static void
name_server(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer_by(trace, 1410, AF_INET6,
	    &(struct build_answer){
		.error = EAI_AGAIN,
		.text = "SERVFAIL from 192.0.2.53",
		.server = "192.0.2.53",
		.ttl = -1,
	    });
	build_answer_by(trace, 22105, AF_INET,
	    &(struct build_answer){
		.count = 1, .server = "192.0.2.53", .ttl = 3600 });
	build_order(trace, FOUR);
	build_start(trace, 22150, FOUR, HECAT_CAUSE_FIRST);
	build_won(trace, 42327, 1, FROM_FOUR, 20117);
	build_result(trace, 42328, 0);
}

/* Two name servers: the first is silent, the second one refuses. */
static void
name_servers_failed(struct trace *trace)
{
	build_queries(trace, 17);
	build_answer_by(trace, 1000410, AF_INET6,
	    &(struct build_answer){
		.error = EAI_FAIL,
		.text = "REFUSED from 2001:db8::54",
		.server = "2001:db8::54",
		.ttl = -1,
	    });
	build_answer_by(trace, 2000105, AF_INET,
	    &(struct build_answer){
		.error = EAI_AGAIN,
		.text = "no answer from 192.0.2.53 in 2.0 s",
	    });
	build_result(trace, 2000106, HECAT_ERROR_RESOLVE);
}

/* The name servers say in their words that there is no address. */
static void
name_server_without(struct trace *trace)
{
	const struct build_answer answer = {
		.error = EAI_NODATA,
		.text = "NODATA from 192.0.2.53",
		.server = "192.0.2.53",
		.ttl = -1,
	};

	build_queries(trace, 17);
	build_answer_by(trace, 410, AF_INET6, &answer);
	build_answer_by(trace, 512, AF_INET, &answer);
	build_result(trace, 513, HECAT_ERROR_RESOLVE);
}

/* Memory was short for the second attempt, which won. */
static void
incomplete(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 20610, 1, ECONNREFUSED, FROM_SIX);
	build_result(trace, 40760, 0);
	trace->incomplete = true;
}

/* The same where there is no connection. */
static void
incomplete_failed(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 20610, 1, ECONNREFUSED, FROM_SIX);
	build_result(trace, 40760, HECAT_ERROR_CONNECT);
	trace->incomplete = true;
}

/* The first one has connected, too, by the time that the other one wins. */
static void
unused(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260480, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_end(trace, 280636, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_CANCELLED,
		.source = FROM_SIX,
		.established = 280634,
	    });
	build_won(trace, 280638, 2, FROM_FOUR, 20059);
	build_result(trace, 280640, 0);
}

/* The peer ended the first one before it was a success. */
static void
closed(struct trace *trace)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_end(trace, 90710, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_CLOSED,
		.source = FROM_SIX,
		.established = 30500,
	    });
	build_start(trace, 90720, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_won(trace, 110930, 2, FROM_FOUR, 20059);
	build_result(trace, 110940, 0);
}

static void
out_of_memory(struct trace *trace)
{
	begin(trace);
	build_start(trace, 11400, SIX, HECAT_CAUSE_FIRST);
	build_failed(trace, 11410, 1, ENOMEM, NULL);
	build_result(trace, 11420, HECAT_ERROR_MEMORY);
}

const struct tls_facts fixed_tls_www = {
	.version = "TLSv1.3",
	.cipher = "TLS_AES_256_GCM_SHA384",
	.group = "x25519",
	.alpn = "h2",
	.has_certificate = true,
	.subject = "CN=www.test, O=Test",
	.issuer = "CN=Test Authority",
	.names = (const char *const[]){ "www.test", "test", "192.0.2.80" },
	.name_count = 3,
	.not_before = 1690000000,
	.not_after = 1700000000 + 61 * 24 * 60 * 60,
	.fingerprint = { 0x29, 0xc8, 0x4a, 0xcc, [31] = 0x0f },
	.verified = true,
	.verify_text = "ok",
};

struct tls_facts
fixed_tls_another(bool is_verified, int64_t not_after, const char *fault)
{
	static const char *const names[] = { "a.test", "b.test", "c.test",
		"d.test", "e.test", "f.test", "g.test", "h.test" };
	struct tls_facts facts = fixed_tls_www;

	facts.group = NULL;
	facts.alpn = NULL;
	facts.subject = NULL;
	facts.names = names;
	facts.name_count = sizeof(names) / sizeof(names[0]);
	facts.not_after = not_after;
	facts.verified = is_verified;
	facts.verify_error = 62;
	facts.verify_text = fault;
	return (facts);
}

/* The first address presents the certificate of another host. */
static void
tls(struct trace *trace)
{
	struct tls_facts other = fixed_tls_another(
	    false, 1700086400 + 1, "hostname mismatch");

	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	trace_handshake(trace, 0, &other);
	build_end(trace, 71004, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_STEP_FAILED,
		.error = EPROTO,
		.text = "certificate is for a.test, b.test, c.test and 5 more,"
			" not www.test",
		.source = FROM_SIX,
		.established = 40600,
		.rtt = 30170,
	    });
	build_start(trace, 71010, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	trace_handshake(trace, 1, &fixed_tls_www);
	build_end(trace, 132460, 2,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_WON,
		.source = FROM_FOUR,
		.established = 101230,
		.rtt = 30219,
	    });
	build_result(trace, 132461, 0);
}

/* One address is expired, and one never ends its handshake. */
static void
tls_failed(struct trace *trace)
{
	struct tls_facts expired = fixed_tls_another(
	    false, 1699999999, "certificate has expired");

	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	trace_handshake(trace, 0, &expired);
	build_end(trace, 71004, 1,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_STEP_FAILED,
		.error = EPROTO,
		.text = "certificate expired on 2023-11-14",
		.source = FROM_SIX,
		.established = 40600,
		.rtt = 30170,
	    });
	build_start(trace, 71010, FOUR, HECAT_CAUSE_PREVIOUS_FAILED);
	build_end(trace, 60101230, 2,
	    &(struct build_end){
		.outcome = HECAT_OUTCOME_TIMED_OUT,
		.source = FROM_FOUR,
		.established = 101230,
		.rtt = 30219,
		.in_step = true,
	    });
	build_result(trace, 60101231, HECAT_ERROR_CONNECT);
}

static struct trace_tunnel tunnel;

/* Has a proxy that is asked for `address`, NULL: for the name. */
static void
begin_tunnel(struct trace *trace, const char *address)
{
	struct address asked = { .length = 0 };

	trace_tunnel_release(&tunnel);
	tunnel.scheme = address == NULL ? "http" : "socks5";
	tunnel.protocol = address == NULL ? "HTTP" : "SOCKS 5";
	tunnel.host = "proxy.test";
	tunnel.service = "1080";
	if (address != NULL)
		address_parse(&asked, address, 0);
	trace_tunnel_begin(&tunnel, &asked);
	trace->tunnel = &tunnel;
}

/* The race to the proxy, whose second address wins. */
static void
build_proxy(struct trace *trace, monotime_t end, enum hecat_outcome outcome,
    const char *text)
{
	begin(trace);
	build_start(trace, 10430, SIX, HECAT_CAUSE_FIRST);
	build_start(trace, 260430, FOUR, HECAT_CAUSE_DELAY_PASSED);
	build_cancelled(trace, 291430, 1, FROM_SIX, 0);
	trace_tunnel_ask(&tunnel, BUILD_START + 291430);
	if (text != NULL)
		trace_tunnel_answer(&tunnel,
		    outcome == HECAT_OUTCOME_WON ? TRACE_TUNNEL_OPEN
						 : TRACE_TUNNEL_REFUSED,
		    text, BUILD_START + end);
	build_end(trace, end, 2,
	    &(struct build_end){
		.outcome = outcome,
		.text = outcome == HECAT_OUTCOME_WON ? NULL : text,
		.source = FROM_FOUR,
		.established = 291430,
		.rtt = 30990,
		.in_step = outcome == HECAT_OUTCOME_CANCELLED,
	    });
	build_result(trace, end,
	    outcome == HECAT_OUTCOME_WON             ? 0
		: outcome == HECAT_OUTCOME_CANCELLED ? HECAT_ERROR_TIMEOUT
						     : HECAT_ERROR_CONNECT);
}

/* An HTTP proxy. */
static void
proxied(struct trace *trace)
{
	begin_tunnel(trace, NULL);
	build_proxy(trace, 352430, HECAT_OUTCOME_WON, "200 \x1b[31mok");
}

static void
proxy_refused(struct trace *trace)
{
	begin_tunnel(trace, NULL);
	build_proxy(trace, 352430, HECAT_OUTCOME_STEP_FAILED,
	    "407 Proxy Authentication Required");
}

static void
proxy_silent(struct trace *trace)
{
	begin_tunnel(trace, NULL);
	build_proxy(trace, 2000430, HECAT_OUTCOME_CANCELLED, NULL);
}

/* Keeps an address that was refused, and begins with the next one. */
static void
refuse_first(struct trace *trace)
{
	struct address next;

	begin_tunnel(trace, SIX);
	trace_tunnel_ask(&tunnel, BUILD_START + 4000);
	trace_tunnel_answer(&tunnel, TRACE_TUNNEL_REFUSED,
	    "SOCKS: network unreachable", BUILD_START + 9000);
	assert_true(trace_tunnel_keep_refusal(&tunnel));
	address_parse(&next, FOUR, 0);
	trace_tunnel_begin(&tunnel, &next);
}

static void
proxy_next(struct trace *trace)
{
	refuse_first(trace);
	build_proxy(trace, 352430, HECAT_OUTCOME_WON, "succeeded");
}

static void
proxy_all_refused(struct trace *trace)
{
	refuse_first(trace);
	build_proxy(trace, 352430, HECAT_OUTCOME_STEP_FAILED,
	    "SOCKS: connection refused");
}

void
fixed_trace_set_replies(const char *text)
{
	tunnel.host = text;
	snprintf(tunnel.reply, sizeof(tunnel.reply), "%s", text);
	for (size_t i = 0; i < tunnel.refusal_count; i++)
		snprintf(tunnel.refusals[i].reply,
		    sizeof(tunnel.refusals[i].reply), "%s", text);
}

const struct fixed_trace fixed_traces[] = {
	{ .name = "tls", .build = tls },
	{ .name = "tls-failed", .build = tls_failed, .exit_status = 6 },
	{ .name = "healthy", .build = healthy },
	{ .name = "relayed",
	    .build = healthy,
	    .exit_status = 5,
	    .relayed = { .relayed = true,
		.sent = 1048576,
		.received = 5120,
		.acked = 977624,
		.unacked = 70952,
		.unwritten = 1024,
		.suspect_mss = 1460,
		.duration = 1234567 } },
	{ .name = "black-hole", .build = black_hole },
	{ .name = "refused", .build = refused },
	{ .name = "prohibited", .build = prohibited },
	{ .name = "late", .build = late },
	{ .name = "late-but-needed", .build = late_but_needed },
	{ .name = "dead", .build = dead, .exit_status = 4 },
	{ .name = "timed-out", .build = timed_out, .exit_status = 1 },
	{ .name = "not-found", .build = not_found, .exit_status = 3 },
	{ .name = "unresolved", .build = unresolved, .exit_status = 3 },
	{ .name = "silent", .build = silent, .exit_status = 4 },
	{ .name = "searched", .build = searched, .exit_status = 1 },
	{ .name = "dns", .build = name_server },
	{ .name = "dns-failed",
	    .build = name_servers_failed,
	    .exit_status = 3 },
	{ .name = "dns-without",
	    .build = name_server_without,
	    .exit_status = 3 },
	{ .name = "interrupted", .build = interrupted, .exit_status = 130 },
	{ .name = "interrupted-early",
	    .build = interrupted_early,
	    .exit_status = 130 },
	{ .name = "folded", .build = folded, .exit_status = 1 },
	{ .name = "skipped", .build = skipped, .exit_status = 1 },
	{ .name = "excluded", .build = excluded, .exit_status = 1 },
	{ .name = "starved", .build = out_of_descriptors },
	{ .name = "in-place", .build = blocking },
	{ .name = "wide", .build = wide },
	{ .name = "unused", .build = unused },
	{ .name = "closed", .build = closed },
	{ .name = "proxy", .build = proxied },
	{ .name = "proxy-refused", .build = proxy_refused, .exit_status = 9 },
	{ .name = "proxy-silent", .build = proxy_silent, .exit_status = 4 },
	{ .name = "proxy-next", .build = proxy_next },
	{ .name = "proxy-all-refused",
	    .build = proxy_all_refused,
	    .exit_status = 9 },
	{ .name = "out-of-memory", .build = out_of_memory, .exit_status = 70 },
	{ .name = "incomplete", .build = incomplete, .incomplete = true },
	{ .name = "incomplete-failed",
	    .build = incomplete_failed,
	    .exit_status = 1,
	    .incomplete = true },
};
const size_t fixed_trace_count = sizeof(fixed_traces) / sizeof(fixed_traces[0]);

void
fixed_trace_init(const struct fixed_trace *fixed, struct trace *trace)
{
	trace_init(trace, BUILD_START);
	fixed->build(trace);
	assert_int_equal(trace->incomplete, fixed->incomplete);
}

struct report
fixed_trace_report(const struct fixed_trace *fixed, const struct trace *trace)
{
	struct report report = fixed->relayed;

	report.trace = trace;
	report.target = (struct report_target){ "host.test", "80", 80, false };
	report.started_at = BUILD_WALL_START;
	report.exit_status = fixed->exit_status;
	return (report);
}
